"""Expression fails for every token."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from kube_oidc.authn.authenticate import Refused
from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.ask import refuses_all
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
    asks=True,
)
_COVERED: Final = frozenset({"string-compared-as-boolean", "unknown-claim"})
_PLURALS: Final = frozenset({"groups", "roles"})


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports expressions at which authentication fails for every token."""
    for entry in config.entries:
        found = list(_entry(entry)) if entry.sample_claims is None else []
        found += [each for read in entry.expressions for each in _added(entry, read)]
        yield from found
        if not found and not _COVERED & entry.reported and refuses_all(entry):
            yield _proved(entry)


def _proved(entry: IssuerUnderReview) -> Finding:
    """Reports the rule that no token passes, or that none passes all of them."""
    rules = entry.model.claim_validation_rules
    path = entry.path.child("claimValidationRules") if rules else entry.path.child("userValidationRules")
    for position, rule in enumerate(rules):
        if refuses_all(entry, replace(entry.model, claim_validation_rules=(rule,), user_validation_rules=())):
            field = "claim" if rule.claim else "expression"
            found = f"no token of {entry.provider.title} passes this rule (proved for all tokens)"
            return Finding(path.index(position).child(field), found, Remedy(_usual(entry, position)))
    return Finding(
        path,
        f"no token of {entry.provider.title} passes all of these rules (proved for all tokens)",
        Remedy(_usual(entry)),
    )


def _usual(entry: IssuerUnderReview, position: int | None = None) -> str:
    """Returns what the claims look like that the rule at this position reads, or that all rules do."""
    every = entry.path.child("claimValidationRules")
    paths = {every.index(number): number for number in range(len(entry.model.claim_validation_rules))}
    read = [(paths[rule.path.parent()], place[0]) for rule in entry.rules for place in rule.facts.reads]
    read += [(number, rule.claim) for number, rule in enumerate(entry.model.claim_validation_rules)]
    names = dict.fromkeys(name for number, name in read if position in (None, number))
    example = entry.provider.example
    values = [f"{name}: {json.dumps(example[name])}" for name in names if name in example]
    if not values:
        return "compare the rules with a real token's claims"
    return f"a token has, for example, {', '.join(values)}"


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
