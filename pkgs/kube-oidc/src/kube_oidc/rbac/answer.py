"""What a user may do, and the answers to questions about it. Pure but for `ask`, which may be an API server."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kube_oidc.model import UserInfo
from kube_oidc.rbac.builtin import builtin_names
from kube_oidc.rbac.model import Request
from kube_oidc.rbac.nearest import Near, nearest
from kube_oidc.rbac.policy import Decision, Grant, Policy, with_authenticated_group

Ask = Callable[[UserInfo, Request], bool | None]  # the API server's own answer; None if we may not ask


@dataclass(frozen=True, slots=True)
class Answer:
    """`allowed` is None if some objects could not be read and the others do not allow it.

    `api_server` is its own answer, None if it was not asked. `other_user` is the user named by a refusal, if that
    is not the token's user.
    """

    request: Request
    allowed: bool | None
    decision: Decision
    nearest: tuple[Near, ...] = ()
    api_server: bool | None = None
    other_user: str = ""


@dataclass(frozen=True, slots=True)
class Permissions:
    """`grants` are the user's own; `everybody` those that Kubernetes itself gives every authenticated user."""

    user: UserInfo
    grants: tuple[Grant, ...]
    everybody: tuple[Grant, ...]
    answers: tuple[Answer, ...]


def permissions(
    policy: Policy,
    user: UserInfo,
    questions: Sequence[tuple[Request, str]],
    *,
    complete: bool,
    ask: Ask | None = None,
) -> Permissions:
    """What the user of an accepted token may do; each question is a request and the user named by a refusal, or empty.

    `complete` says that all objects were read, so that what they do not allow is not allowed.
    """
    everywhere = with_authenticated_group(user)
    own = builtin_names()
    grants = tuple(policy.grants(everywhere))
    return Permissions(
        everywhere,
        tuple(grant for grant in grants if (grant.binding.namespace, grant.binding.name) not in own),
        tuple(grant for grant in grants if (grant.binding.namespace, grant.binding.name) in own),
        tuple(_answer(policy, everywhere, request, whom, complete, ask) for request, whom in questions),
    )


def _answer(
    policy: Policy, user: UserInfo, request: Request, whom: str, complete: bool, ask: Ask | None
) -> Answer:
    decision = policy.allows(user, request)
    api_server = ask(user, request) if ask else None
    allowed = True if decision.allowed else (False if complete else None)
    near = () if decision.allowed else nearest(policy, user, request, builtin_names())
    other = whom if whom and whom != user.username else ""
    return Answer(request, allowed, decision, near, api_server, other)
