"""Which users and groups RBAC allows something, as a condition on the user that a token becomes."""

from __future__ import annotations

from dataclasses import dataclass

from kube_oidc.model import UserInfo
from kube_oidc.proof.question import quoted
from kube_oidc.rbac import Policy, Request, username_of
from kube_oidc.rbac.model import ANONYMOUS, AUTHENTICATED, MASTERS


@dataclass(frozen=True, slots=True)
class Allowed:
    """The users and groups in bindings that RBAC allows a request; `system:masters` always is among them."""

    users: tuple[str, ...]
    groups: tuple[str, ...]

    @property
    def is_everyone(self) -> bool:
        """Whether every accepted token is allowed."""
        return AUTHENTICATED in self.groups

    @property
    def condition(self) -> str:
        """CEL over `user`: whether it is one of them."""
        if self.is_everyone:
            return "true"
        groups = f"user.groups.exists(g, g in [{', '.join(map(quoted, self.groups))}])"
        return (
            f"user.username in [{', '.join(map(quoted, self.users))}] || {groups}" if self.users else groups
        )


def who_can(policy: Policy, request: Request) -> Allowed:
    """Every user and group that a binding names and that may do this by itself."""
    users: dict[str, None] = {}
    groups: dict[str, None] = {MASTERS: None}
    for binding in policy.bindings:
        for subject in binding.subjects:
            if subject.kind == "Group":
                groups[subject.name] = None
            elif name := username_of(subject, binding):
                users[name] = None
    return Allowed(
        tuple(name for name in users if name != ANONYMOUS and policy.allows(UserInfo(name), request).allowed),
        tuple(name for name in groups if policy.allows(UserInfo("", groups=(name,)), request).allowed),
    )
