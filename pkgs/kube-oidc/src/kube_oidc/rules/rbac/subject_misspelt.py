"""A binding names somebody, one character from whom it means.

No token becomes this name, and one becomes the name beside it. The grant looks as if it were there,
the job is refused, and the next who looks adds a wider one.

Bad: `ref/heads` for `refs/heads`.

    subjects: [{kind: User, name: "forgejo:repo:adam/site:ref:ref/heads/main"}]

Good: as the token has it.

    subjects: [{kind: User, name: "forgejo:repo:adam/site:ref:refs/heads/main"}]
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.finding import About, Confidence
from kube_oidc.rules.rbac.finding import GrantFinding
from kube_oidc.rules.rbac.grants import Grants
from kube_oidc.rules.rbac.spelling import meant

ABOUT: Final = About(
    "subject-misspelt",
    "A subject is one character from whom it means",
    Severity.WARNING,
    Confidence.HIGH,
    "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects",
    'services.kube-oidc.grants.site = { issuer = "forgejo"; '
    'workload = { repository = "adam/site"; ref = "refs/heads/main"; }; namespace = "site"; preset = "deploy"; };',
)


def check(grants: Grants) -> Iterator[GrantFinding]:
    """One finding for every subject that no token becomes, with one beside it that a token does."""
    for binding, subject in grants.unmade:
        other = meant(grants, subject.kind, subject.name)
        if other is not None:
            message = f"no token becomes the {subject.kind} {subject.name!r}, and one becomes {other!r}"
            yield GrantFinding(binding, subject, message, f'write name: "{other}"')
