"""Nothing bounds how long a token works.

The API server cannot take a token back: it works until its `exp`, also after the account was
closed, the group was left or the job's log was read by somebody else. How long that is, the issuer
decides. Dex's tokens live a day unless it is told otherwise, ZITADEL's half a day; GitLab's as long
as the job may run; most login servers let each client choose.

Bad: whatever the issuer sends.

    issuer: {url: "https://sso.example.org/dex", audiences: [kubernetes]}

Good: at most an hour, whatever happens at the issuer.

    claimValidationRules:
    - expression: claims.exp - claims.iat <= 3600
      message: the token lives longer than an hour

First shorten the tokens at the issuer (Dex: `expiry.idTokens`), or the rule refuses everybody.

Told of issuers whose tokens live long by default, with confidence medium; of those where the job
itself chooses (GitLab, Buildkite) with confidence low; of every other with `--pedantic` alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import ClaimValidationRule
from kube_oidc.rules.entry import Entry
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.subject import Subject

ABOUT: Final = About(
    "long-lived-token",
    "A stolen token may work for long",
    Severity.WARNING,
    Confidence.LOW,
    "https://www.rfc-editor.org/rfc/rfc8725#section-3",
    "services.kube-oidc.issuers.sso.claimValidationRules = "
    '[ { expression = "claims.exp - claims.iat <= 3600"; message = "the token lives longer '
    'than an hour"; } ];',
)
_HOUR: Final = 3600
_LONG: Final = 12 * _HOUR
_MONTH: Final = 30 * 24 * _HOUR


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every entry that takes a token of a month, of an issuer that could make one."""
    for entry in subject.entries:
        who = entry.provider.lifetime_chosen_by
        if who == "job" or _is_long(entry) or (subject.pedantic and who != "provider"):
            yield from _entry(entry)


def _is_long(entry: Entry) -> bool:
    return entry.provider.known and entry.provider.token_lifetime >= _LONG


def _entry(entry: Entry) -> Iterator[Finding]:
    start = (entry.ordinary or {}).get("iat")
    if not isinstance(start, int):
        return
    lasting = (entry.ordinary or {}) | {"exp": start + _MONTH}
    if entry.user(lasting) is None:
        return
    life = entry.provider.token_lifetime
    usual = f"; {entry.provider.title}'s live {life // _HOUR} hours by default" if _is_long(entry) else ""
    message = f"a token that lives a month is accepted{usual}, and no token can be taken back"
    rule = ClaimValidationRule(
        expression=f"claims.exp - claims.iat <= {_HOUR}", message="the token lives longer than an hour"
    )
    note = (
        "bound it, at what the issuer is set to:"
        if life <= _HOUR
        else "shorten it at the issuer, and bound it:"
    )
    confidence = Confidence.MEDIUM if _is_long(entry) else Confidence.LOW
    path = entry.path.child("claimValidationRules")
    yield Finding(path, message, Remedy(note, claim_rules=(rule,)), lasting, confidence)
