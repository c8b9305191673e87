"""Unverified e-mail address used as the user name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import ClaimValidationRule, PrefixedClaimOrExpression
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview
from kube_oidc.rules.engine.tokens import get, literals, put, without

RULE: Final = RuleMetadata(
    id="email-unverified",
    title="Unverified e-mail address used as the user name",
    severity=Severity.WARNING,
    confidence=Confidence.HIGH,
    source="https://openid.net/specs/openid-connect-core-1_0.html#ClaimStability",
)
_UNRELATED_ADDRESS: Final = "unrelated@example.invalid"
REQUIRE_VERIFIED: Final = ClaimValidationRule(
    expression="claims.?email_verified.orValue(false) == true",
    message="the e-mail address must be verified",
)


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports issuers that accept an address which the token doesn't call verified."""
    for entry in config.entries:
        findings = tuple(_entry(entry))
        yield from findings or _groups(entry)


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    sample_claims = entry.sample_claims
    if sample_claims is None or ("email",) not in entry.sources("username"):
        return
    if not _is_named_by_address(entry, sample_claims):
        return
    remedy = Remedy("require verified addresses:", claim_rules=(REQUIRE_VERIFIED,))
    place = entry.mapping_path("username")
    if _vouches(entry) == "never":
        yield _by_id(entry)
        return
    for address in dict.fromkeys((str(get(sample_claims, ("email",))), *_addresses(entry))):
        found = _unproved(entry, put(sample_claims, ("email",), address))
        if found is not None:
            claims, message, confidence = found
            yield Finding(place, message, remedy, claims, confidence)
            return


def _unproved(entry: IssuerUnderReview, usual: Claims) -> tuple[Claims, str, Confidence] | None:
    """Returns the token with an address that isn't verified, if its user is named by the address."""
    said = "an unverified e-mail address is used as the user name"
    for value, message, sure in (
        (False, said, Confidence.HIGH),
        ("false", f'{said} if the issuer sends email_verified as text, "false"', Confidence.MEDIUM),
    ):
        claims = put(usual, ("email_verified",), value)
        if _is_named_by_address(entry, claims):
            return claims, message, sure
    silent = without(usual, "email_verified")
    if not _is_named_by_address(entry, silent):
        return None
    message = (
        "a token without email_verified is accepted, so the user name can be an unverified e-mail address"
    )
    return silent, message, Confidence.LOW if _vouches(entry) == "always" else Confidence.MEDIUM


def _groups(entry: IssuerUnderReview) -> Iterator[Finding]:
    """The same for an address that decides about groups."""
    sample_claims = entry.sample_claims
    if sample_claims is None or ("email",) not in entry.sources("groups") or _vouches(entry) == "never":
        return
    unrelated = entry.user(put(sample_claims, ("email",), _UNRELATED_ADDRESS))
    for address in dict.fromkeys((str(get(sample_claims, ("email",))), *_addresses(entry))):
        usual = put(sample_claims, ("email",), address)
        user = entry.user(usual)
        if user is None or (unrelated is not None and user.groups == unrelated.groups):
            continue
        for claims, said, sure in (
            (put(usual, ("email_verified",), value=False), "an unverified e-mail address", Confidence.HIGH),
            (without(usual, "email_verified"), "an e-mail address without email_verified", Confidence.MEDIUM),
        ):
            unproved = entry.user(claims)
            if unproved is not None and unproved.groups == user.groups:
                message = f"{said} puts the user into {', '.join(user.groups)}"
                remedy = Remedy("require verified addresses:", claim_rules=(REQUIRE_VERIFIED,))
                confidence = Confidence.LOW if _vouches(entry) == "always" else sure
                yield Finding(entry.mapping_path("groups"), message, remedy, claims, confidence)
                return


def _vouches(entry: IssuerUnderReview) -> str:
    """For which addresses the provider vouches: `always`, `never`, or an empty string if email_verified says so."""
    return str(entry.provider.claims.get("email", {}).get("verified", ""))


def _addresses(entry: IssuerUnderReview) -> Iterator[str]:
    """Yields addresses that the strings in the file could match."""
    for text in literals(entry):
        if "@" in text[1:]:
            yield text
        elif "." in text:
            yield f"ada@{text.removeprefix('@')}"


def _is_named_by_address(entry: IssuerUnderReview, claims: Claims) -> bool:
    """Is the token accepted with a user name that contains its address?"""
    user = entry.user(claims)
    return user is not None and str(get(claims, ("email",))) in user.username


def _by_id(entry: IssuerUnderReview) -> Finding:
    """For a provider that verifies no address: its file names a better claim for the user name."""
    better = str(entry.provider.facts["username"].get("claim", ""))
    mapping = entry.model.claim_mappings.username
    username = None if mapping.expression else PrefixedClaimOrExpression(better, mapping.prefix)
    message = f"{entry.provider.title} doesn't verify email; administrators can set it to any value"
    remedy = Remedy("use the immutable user ID (changes every user name):", username=username)
    return Finding(entry.mapping_path("username"), message, remedy, entry.sample_claims, Confidence.LOW)
