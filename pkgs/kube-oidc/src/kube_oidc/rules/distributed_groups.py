"""The API server asks another server for the groups, at an address that stands in the token.

With `groups.claim`, and only there, a token without the claim may name it in `_claim_names` and an
address in `_claim_sources`. The API server then fetches that address while the request waits, and
takes the groups from the signed answer, whose issuer the answer itself names. Microsoft Entra sends
this for people in more than 200 groups, with an address that does not answer in this way: they are
refused, and read "Unauthorized". An expression never follows such an address.

Bad: the claim.

    claimMappings:
      groups: {claim: groups, prefix: "oidc:"}

Good: what the token itself says; without the claim no group.

    claimMappings:
      groups: {expression: 'dyn(claims.?groups.orValue([])).map(g, "oidc:" + g)'}

Most login servers never send distributed claims, which the file cannot say. So this is told of
Entra, and of issuers that are not known here with `--pedantic` alone, with confidence low.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import PrefixedClaimOrExpression
from kube_oidc.rules.entry import Entry
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.subject import Subject

ABOUT: Final = About(
    "distributed-groups",
    "Groups are fetched from where the token says",
    Severity.WARNING,
    Confidence.LOW,
    "https://openid.net/specs/openid-connect-core-1_0.html#AggregatedDistributedClaims",
    "services.kube-oidc.issuers.entra.claimMappings.groups = "
    "{ claim = null; expression = ''dyn(claims.?groups.orValue([])).map(g, \"entra:\" + g)''; };",
)
_ENTRA: Final = "entra"


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every groups.claim of an issuer that sends distributed claims; pedantically, or may."""
    for entry in subject.entries:
        claim = entry.model.claim_mappings.groups.claim
        sends = entry.provider.id == _ENTRA and claim == "groups"
        if claim and (sends or (subject.pedantic and not entry.provider.known)):
            yield _finding(entry, claim, sends=sends)


def _finding(entry: Entry, claim: str, *, sends: bool) -> Finding:
    message = f"a token without {claim!r} may name an address to fetch it from, and the API server does"
    if sends:
        message = (
            "whoever is in more than 200 groups is refused: Entra sends an address instead of the groups, "
            "and the API server gets no answer there"
        )
    expression = f"dyn({_optional(claim)}.orValue([]))"
    if prefix := entry.model.claim_mappings.groups.prefix:
        expression += f".map(group, {json.dumps(prefix, ensure_ascii=False)} + group)"
    note = "take the groups of the token itself (a list), and none where there are none:"
    remedy = Remedy(note, groups=PrefixedClaimOrExpression(expression=expression))
    confidence = Confidence.MEDIUM if sends else Confidence.LOW
    return Finding(entry.mapping_path("groups"), message, remedy, confidence=confidence)


def _optional(claim: str) -> str:
    return f"claims.?{claim}" if claim.isidentifier() else f"claims[?{json.dumps(claim, ensure_ascii=False)}]"
