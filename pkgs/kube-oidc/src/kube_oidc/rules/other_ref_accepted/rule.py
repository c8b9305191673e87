"""Branch or tag of another name is accepted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.ask import shown_by_one
from kube_oidc.rules.engine.attacker import constant_groups, named_in, other_refs
from kube_oidc.rules.engine.becomes import becomes
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import IssuerUnderReview

RULE: Final = RuleMetadata(
    id="other-ref-accepted",
    title="Branch or tag of another name is accepted",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://kubernetes.io/docs/reference/using-api/cel/",
    asks=True,
)
_COVERED: Final = frozenset({"shared-issuer-unpinned", "unanchored-match", "every-token-refused"})
_WITH_REF: Final = frozenset(
    {"sub", "ref", "ref_path", "workflow_ref", "job_workflow_ref", "ci_config_ref_uri"}
)


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports CI issuers that give what they give to a branch to others whose names resemble it."""
    for entry in config.entries:
        if entry.provider.is_ci and not _COVERED & entry.reported:
            yield from _entry(entry)


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    attackers, groups = tuple(other_refs(entry)), constant_groups(entry)
    has_ref = bool(_WITH_REF & {place[0] for place in entry.sources("username")})
    if not attackers or (has_ref and not groups):
        return  # the user name tells the branches apart, and so can a binding
    claims = shown_by_one(entry, attackers, (named_in(groups),) if groups else ())
    if claims is None:
        return
    claim = entry.provider.trust["refs"]
    message = (
        f"{claims[claim]!r} in {claim} {becomes(entry, claims)}: anyone who can push can choose that name"
    )
    remedy = Remedy(f'compare the whole ref: claims.{claim} == "refs/heads/…"')
    yield Finding(entry.path.child("claimValidationRules"), message, remedy, claims)
