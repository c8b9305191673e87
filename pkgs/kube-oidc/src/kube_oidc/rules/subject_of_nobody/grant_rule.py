"""Subject no issuer can produce."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.closest_subject import closest_known_subject
from kube_oidc.rules.engine.finding import Confidence, RuleMetadata
from kube_oidc.rules.engine.grant_finding import GrantFinding
from kube_oidc.rules.engine.grants import Grants
from kube_oidc.rules.engine.identities import Identities
from kube_oidc.rules.engine.workloads import is_default_subject

RULE: Final = RuleMetadata(
    id="subject-of-nobody",
    title="Subject no issuer can produce",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects",
    has_proof=False,
)


def check(grants: Grants) -> Iterator[GrantFinding]:
    """Reports subjects that no token can have, which is proved, except those with a probable typo."""
    for binding, subject in grants.unreachable_subjects:
        entry = next(
            (one.entry for one in grants.identities if _is_like(one, subject.kind, subject.name)), None
        )
        if (entry is None and not grants.pedantic) or (subject.kind, subject.name) in grants.undecided:
            continue
        if closest_known_subject(grants, subject.kind, subject.name) is not None:
            continue  # reported by subject-misspelt
        name = f"{subject.kind} {subject.name!r}"
        if entry is None:
            message, confidence = f"no issuer in this file can produce the {name}", Confidence.LOW
        else:
            message = f"{entry.model.issuer.url} produces names like it, but no token of it has the {name}"
            confidence = Confidence.MEDIUM
        remedy = "correct or remove the subject; `kube-oidc explain` shows which user a token becomes"
        yield GrantFinding(binding, subject, message, remedy, confidence=confidence)
    yield from _customized(grants)


def _customized(grants: Grants) -> Iterator[GrantFinding]:
    """Reports users whose token has a subject in none of the provider's default formats."""
    for held in grants.held:
        entry, subject = held.entry, str(held.claims.get("sub", ""))
        name = held.grant.subject.name
        if held.grant.subject.kind != "User" or not subject or not name.endswith(subject):
            continue
        if not entry.provider.has_custom_subjects or is_default_subject(entry, subject):
            continue
        endings = [form["template"] for form in entry.provider.subjects if "since" not in form]
        message = f"{held.subject} needs a token with sub {subject!r}, which only a customized subject format produces"
        remedy = f"unless the repository customizes it, complete the name: {', '.join(endings)}"
        yield GrantFinding(held.grant.binding, held.grant.subject, message, remedy)


def _is_like(identities: Identities, kind: str, name: str) -> bool:
    forms = identities.user_templates if kind == "User" else identities.group_templates
    known = identities.entry.sample_claims is not None  # otherwise nothing is known about the others either
    return known and any(form.beginning and name.startswith(form.beginning) for form in forms)
