"""A binding names somebody whom no issuer of this file makes.

The name begins as an issuer's names do, and no token becomes it: its rules refuse such a token, the
provider writes its subjects in another way, or the name is from before a change. Nobody has the
grant now. Who can make such a token later, after the next change of a rule, has it at once.

Bad: the issuer lets in jobs of `adam` alone.

    subjects: [{kind: User, name: "forgejo:repo:eve/site:ref:refs/heads/main"}]

Good: whom the issuer makes, or no binding.

    subjects: [{kind: User, name: "forgejo:repo:adam/site:ref:refs/heads/main"}]

Names without the beginning of an issuer's may be those of certificates or of other issuers: they
are told with `--pedantic` alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.finding import About, Confidence
from kube_oidc.rules.identities import Identities
from kube_oidc.rules.rbac.finding import GrantFinding
from kube_oidc.rules.rbac.grants import Grants
from kube_oidc.rules.rbac.spelling import meant

ABOUT: Final = About(
    "subject-of-nobody",
    "A binding names somebody whom no issuer makes",
    Severity.WARNING,
    Confidence.MEDIUM,
    "https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects",
    'services.kube-oidc.grants.site = { issuer = "forgejo"; '
    'workload = { repository = "adam/site"; ref = "refs/heads/main"; }; namespace = "site"; preset = "deploy"; };',
)


def check(grants: Grants) -> Iterator[GrantFinding]:
    """One finding for every such subject that is not misspelt."""
    for binding, subject in grants.unmade:
        entry = next(
            (one.entry for one in grants.identities if _is_like(one, subject.kind, subject.name)), None
        )
        if entry is None and not grants.pedantic:
            continue
        if meant(grants, subject.kind, subject.name) is not None:
            continue  # subject-misspelt says it
        whom = f"{subject.kind} {subject.name!r}"
        if entry is None:
            message, confidence = f"no issuer of this file makes the {whom}", Confidence.LOW
        else:
            message = f"{entry.model.issuer.url} makes names like it, and no token of it becomes the {whom}"
            confidence = Confidence.MEDIUM
        remedy = "remove the subject, or correct it: `kube-oidc explain` says whom a token becomes"
        yield GrantFinding(binding, subject, message, remedy, confidence=confidence)


def _is_like(identities: Identities, kind: str, name: str) -> bool:
    forms = identities.user_forms if kind == "User" else identities.group_forms
    known = identities.entry.ordinary is not None  # else nothing is known of the others either
    return known and any(form.beginning and name.startswith(form.beginning) for form in forms)
