"""Tokens of several clients are taken, and nothing says which client asked for them.

A token may be meant for several audiences at once, and `azp` then says which client it was made
for. The API server looks for one audience of its list in the token and never at `azp`: a token that
another client of the same issuer got, with one of these audiences among its own (a shared client
scope in Keycloak, a trusted peer in Dex), is as good as a login at the cluster.

Bad: two audiences, any client.

    issuer:
      audiences: [kubernetes, headlamp]
      audienceMatchPolicy: MatchAny

Good: the clients that log people in here.

    claimValidationRules:
    - expression: '!has(claims.azp) || claims.azp in ["kubernetes", "headlamp"]'
      message: the token was made for another client

Whether the issuer makes such tokens at all, the file cannot say: hence the low confidence.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import ClaimValidationRule
from kube_oidc.rules.entry import Entry
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.subject import Subject

ABOUT: Final = About(
    "authorized-party-unpinned",
    "A token that another client got is accepted",
    Severity.WARNING,
    Confidence.LOW,
    "https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation",
    "services.kube-oidc.issuers.sso.claimValidationRules = "
    "[ { expression = ''!has(claims.azp) || claims.azp in [\"kubernetes\", \"headlamp\"]''; } ];",
)
_OTHER: Final = "another-client"


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every issuer of people with several audiences that takes another client's token."""
    for entry in subject.entries:
        if not entry.provider.is_ci and len(entry.model.issuer.audiences) > 1:
            yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[Finding]:
    audiences = entry.model.issuer.audiences
    if entry.ordinary is None:
        return
    foreign = entry.ordinary | {"aud": [audiences[0], _OTHER], "azp": _OTHER}
    if entry.user(foreign) is None:
        return
    rule = ClaimValidationRule(
        expression=f"!has(claims.azp) || claims.azp in {json.dumps(list(audiences), ensure_ascii=False)}",
        message="the token was made for another client",
    )
    message = f"a token that another client got, with {audiences[0]!r} among its audiences, is accepted"
    remedy = Remedy("say which clients log people in:", claim_rules=(rule,))
    yield Finding(entry.path.child("issuer", "audiences"), message, remedy, foreign)
