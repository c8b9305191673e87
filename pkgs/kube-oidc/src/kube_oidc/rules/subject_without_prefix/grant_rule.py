"""Subject without the issuer's prefix."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.finding import Confidence, RuleMetadata
from kube_oidc.rules.engine.grant_finding import GrantFinding
from kube_oidc.rules.engine.grants import Grants
from kube_oidc.rules.engine.identities import Identities

RULE: Final = RuleMetadata(
    id="subject-without-prefix",
    title="Subject without the issuer's prefix",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects",
    has_proof=False,
)


def check(grants: Grants) -> Iterator[GrantFinding]:
    """Reports names that no issuer produces, but that one would with its prefix, or with it instead of another."""
    for binding, subject in grants.unreachable_subjects:
        found = _with_prefix(grants, subject.kind, subject.name)
        if found is None:
            continue
        identities, prefix, name = found
        message = (
            f"no token has the {subject.kind} {subject.name!r}: names from {identities.entry.model.issuer.url} "
            f"begin with {prefix!r}"
        )
        head = "subjects:\n  - apiGroup: rbac.authorization.k8s.io"
        remedy = f"{head}\n    kind: {subject.kind}\n    name: {_quoted(name)}"
        yield GrantFinding(binding, subject, message, remedy)


def _with_prefix(grants: Grants, kind: str, name: str) -> tuple[Identities, str, str] | None:
    for identities in grants.identities:
        forms = identities.user_templates if kind == "User" else identities.group_templates
        for prefix in dict.fromkeys(form.beginning for form in forms if form.beginning):
            if name.startswith(prefix) or not _is_likely(identities, kind, name):
                continue
            if identities.can_produce(kind, prefix + name) is not None:
                return identities, prefix, prefix + name
    return None


def _is_likely(identities: Identities, kind: str, name: str) -> bool:
    """People's names can be any text, and client certificates have such names too: only addresses and groups count."""
    return identities.entry.provider.is_ci or kind == "Group" or "@" in name


def _quoted(name: str) -> str:
    import json  # noqa: PLC0415 - only for a finding

    return json.dumps(name, ensure_ascii=False)
