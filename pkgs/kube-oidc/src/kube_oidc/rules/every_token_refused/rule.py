"""Expression fails for every token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.authn.authenticate import Refused
from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import Expression, IssuerUnderReview
from kube_oidc.rules.engine.tokens import closest_claims

RULE: Final = RuleMetadata(
    id="every-token-refused",
    title="Expression fails for every token",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://kubernetes.io/docs/reference/access-authn-authz/authentication/#configuring-the-api-server",
    has_proof=False,
)
_PLURALS: Final = frozenset({"groups", "roles"})


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports expressions at which authentication fails for every token."""
    for entry in config.entries:
        if entry.sample_claims is None:
            yield from _entry(entry)
        for read in entry.expressions:
            yield from _added(entry, read)


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    outcome = entry.outcome(closest_claims(entry))
    if not isinstance(outcome, Refused):
        return
    reason = re.sub(r"^oidc: ", "", outcome.reason)
    for read in entry.expressions:
        from kube_oidc.rules.engine.always_failing_patterns import (  # noqa: PLC0415 - most files have no expression
            always_failing_pattern,
        )

        remedy = always_failing_pattern(read)
        if remedy is not None:
            yield Finding(read.path, f"every token is refused: {reason}", Remedy(remedy))


def _added(entry: IssuerUnderReview, read: Expression) -> Iterator[Finding]:
    """Reports strings that are added to a list, if authentication of such a token fails."""
    from kube_oidc.rules.engine.always_failing_patterns import (  # noqa: PLC0415
        added_to_text,
    )

    for claim in sorted(added_to_text(read)):
        known = entry.provider.type_of(claim)
        if known not in (None, "list") or (known is None and claim not in _PLURALS):
            continue
        claims = (entry.sample_claims or closest_claims(entry)) | {claim: ["one", "two"]}
        outcome = entry.outcome(claims)
        if isinstance(outcome, Refused) and "no such overload" in outcome.reason:
            message = f"{claim} is a list, and a string can't be added to it: {outcome.reason.removeprefix('oidc: ')}"
            remedy = Remedy(f'add it to each element: dyn(claims.?{claim}.orValue([])).map(one, "…" + one)')
            # An issuer of people can be configured to send a string.
            confidence = Confidence.HIGH if known and entry.provider.is_ci else Confidence.MEDIUM
            yield Finding(read.path, message, remedy, confidence=confidence)
