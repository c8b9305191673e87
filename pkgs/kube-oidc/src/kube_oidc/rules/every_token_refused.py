"""The configuration is valid, and an expression in it fails for every token.

What CEL cannot know before a token comes, it finds out then, and the token is refused with "invalid
bearer token". Some expressions compile and never work:

- numbers of a token are `double` from Kubernetes 1.34 on, and a whole number is an `int`:
  `claims.exp - 3600` mixes the two. `claims.exp - claims.iat <= 3600` is right.
- `"groups" in claims` and `size(claims)` do not work from 1.34 on; `has(claims.groups)` does.
- `"oidc:" + claims.groups` adds a text to a list; `.map(group, "oidc:" + group)` adds it to each.
- `claims.groups.split(",")` makes a list that is not taken as groups; `.map(g, g)` behind it helps.

Bad: up to 1.33 this worked.

    claimValidationRules:
    - expression: '"groups" in claims'

Good: everywhere.

    claimValidationRules:
    - expression: has(claims.groups)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.authn.authenticate import Refused
from kube_oidc.diagnostics import Severity
from kube_oidc.rules.entry import Entry, Expression
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.subject import Subject
from kube_oidc.rules.tokens import nearest

ABOUT: Final = About(
    "every-token-refused",
    "An expression fails for every token",
    Severity.WARNING,
    Confidence.HIGH,
    "https://kubernetes.io/docs/reference/access-authn-authz/authentication/#configuring-the-api-server",
    'services.kube-oidc.issuers.sso.claimValidationRules = [ { expression = "has(claims.groups)"; } ];',
)
_PLURALS: Final = frozenset({"groups", "roles"})


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every such expression, where the API server's walk does fail at it."""
    for entry in subject.entries:
        if entry.ordinary is None:
            yield from _entry(entry)
        for read in entry.expressions:
            yield from _added(entry, read)


def _entry(entry: Entry) -> Iterator[Finding]:
    outcome = entry.outcome(nearest(entry))
    if not isinstance(outcome, Refused):
        return
    reason = re.sub(r"^oidc: ", "", outcome.reason)
    for read in entry.expressions:
        from kube_oidc.rules.traps import trap  # noqa: PLC0415 - most files have no expression

        remedy = trap(read)
        if remedy is not None:
            yield Finding(read.path, f"every token is refused: {reason}", Remedy(remedy))


def _added(entry: Entry, read: Expression) -> Iterator[Finding]:
    """A text added to a list: what a token makes of it is asked of the API server's walk."""
    from kube_oidc.rules.traps import added_to_text  # noqa: PLC0415 - most files have no expression

    for claim in sorted(added_to_text(read)):
        known = entry.provider.type_of(claim)
        if known not in (None, "list") or (known is None and claim not in _PLURALS):
            continue
        claims = (entry.ordinary or nearest(entry)) | {claim: ["one", "two"]}
        outcome = entry.outcome(claims)
        if isinstance(outcome, Refused) and "no such overload" in outcome.reason:
            message = (
                f"{claim} is a list, to which no text can be added: {outcome.reason.removeprefix('oidc: ')}"
            )
            remedy = Remedy(f'add to each: dyn(claims.?{claim}.orValue([])).map(one, "…" + one)')
            # An issuer of people can be made to send a text.
            confidence = Confidence.HIGH if known and entry.provider.is_ci else Confidence.MEDIUM
            yield Finding(read.path, message, remedy, confidence=confidence)
