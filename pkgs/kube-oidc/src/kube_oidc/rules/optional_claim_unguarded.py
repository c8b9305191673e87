"""A person whose token lacks an optional claim is locked out.

An expression that reads a claim which is not there fails, and a mapping that fails refuses the
token. Many issuers leave out what is empty: `groups` of somebody in no group, `email` of an account
without one. Somebody who should come in, with fewer rights, does not come in at all, and reads
"Unauthorized".

Bad: the claim is taken for granted.

    claimMappings:
      groups: {expression: 'dyn(claims.groups).map(g, "oidc:" + g)'}

Good: without the claim there are no groups.

    claimMappings:
      groups: {expression: 'dyn(claims.?groups.orValue([])).map(g, "oidc:" + g)'}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.authn.authenticate import Refused
from kube_oidc.diagnostics import Severity
from kube_oidc.providers.provider import is_personal
from kube_oidc.rules.entry import Entry, Expression
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.subject import Subject
from kube_oidc.rules.tokens import get, is_missing, without

ABOUT: Final = About(
    "optional-claim-unguarded",
    "Without an optional claim the token is refused",
    Severity.WARNING,
    Confidence.MEDIUM,
    "https://kubernetes.io/docs/reference/using-api/cel/#optional-types",
    "services.kube-oidc.issuers.sso.claimMappings.groups = "
    "{ claim = null; expression = ''dyn(claims.?groups.orValue([])).map(g, \"sso:\" + g)''; };",
)
_ALWAYS: Final = frozenset({"iss", "sub", "aud", "exp", "iat"})


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every claim that groups, uid or an extra needs, and that a token may lack."""
    for entry in subject.entries:
        needed = {place[0] for place in entry.sources("username")}
        for name, read in entry.mappings.items():
            if name != "username" and entry.ordinary is not None:
                yield from _mapping(entry, read, needed)


def _mapping(entry: Entry, read: Expression, needed: set[str]) -> Iterator[Finding]:
    ordinary = entry.ordinary or {}
    for claim in sorted({place[0] for place in read.facts.reads} - needed - _ALWAYS):
        known = entry.provider.claims.get(claim)
        if not (known["optional"] if known else is_personal(claim)):
            continue
        if is_missing(get(ordinary, (claim,))):
            continue
        poorer = without(ordinary, claim)
        outcome = entry.outcome(poorer)
        if isinstance(outcome, Refused) and f"no such key: {claim}" in outcome.reason:
            if any(claim in (place[0] for place in rule.facts.reads) for rule in entry.rules):
                continue  # a rule wants the claim as well, so it is meant
            message = f"a token without {claim} is refused: {outcome.reason.removeprefix('oidc: ')}"
            remedy = Remedy(
                f"ask first: claims.?{claim}.orValue({_empty(ordinary[claim])}) for claims.{claim}"
            )
            yield Finding(read.path, message, remedy, confidence=Confidence.MEDIUM)


def _empty(value: object) -> str:
    match value:
        case list():
            return "[]"
        case dict():
            return "{}"
        case bool():
            return "false"
        case int() | float():
            return "0"
    return '""'
