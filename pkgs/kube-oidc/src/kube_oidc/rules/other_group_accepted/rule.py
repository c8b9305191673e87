"""Group whose name only resembles the intended one is enough."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.ask import shown
from kube_oidc.rules.engine.attacker import another_group, constant_groups, named_in
from kube_oidc.rules.engine.becomes import becomes
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview

RULE: Final = RuleMetadata(
    id="other-group-accepted",
    title="Group whose name only resembles the intended one is enough",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://kubernetes.io/docs/reference/using-api/cel/",
    asks=True,
)
_COVERED: Final = frozenset({"shared-issuer-unpinned", "every-token-refused"})
_GROUPS: Final = ("groups", "roles", "cognito:groups")
_REMEDY: Final = Remedy('compare whole groups: "admins" in dyn(claims.?groups.orValue([]))')
_UNRELATED: Final = "zz"


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports issuers of people that let in, or put into a group, members of groups that the file doesn't name."""
    for entry in config.entries:
        if not entry.provider.is_ci and not _COVERED & entry.reported:
            yield from _entry(entry)


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    groups = constant_groups(entry)
    rules = {place[0] for read in entry.rules for place in read.facts.reads}
    for claim in _GROUPS:
        mapped = groups and (claim,) in entry.sources("groups")
        if claim not in rules and not mapped:
            continue
        claims = shown(entry, another_group(entry, claim), (named_in(groups),) if groups else ())
        if claims is None or _is_the_same(entry, claims, claim):
            continue
        if not claims.get(claim) and not groups and (claim,) in entry.sources("groups"):
            continue  # who is in no group gets none
        path = entry.mapping_path("groups") if mapped else entry.path.child("claimValidationRules")
        message = f"{_member(claims, claim)} {becomes(entry, claims)}"
        yield Finding(path, message, _REMEDY, claims)
        return


def _is_the_same(entry: IssuerUnderReview, claims: Claims, claim: str) -> bool:
    """Would any other group do as well? Then groups aren't what lets the user in."""
    user, other = entry.user(claims), entry.user({**claims, claim: [_UNRELATED]})
    return other is not None and user is not None and set(user.groups) <= set(other.groups)


def _member(claims: Claims, claim: str) -> str:
    if not claims.get(claim):
        return f"someone without {claim}"
    return f"a member of {claims[claim][0]!r}, which the file doesn't name,"
