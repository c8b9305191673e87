"""An address of the organization at Google, and no word that the organization gave it.

A Google account can be made with any address whose mail its maker can read once: one with a `+` in
it, a mailing list's, one of somebody who left since. `email_verified` is true in its tokens for
ever, and the organization's administrators neither see the account nor can they close it. Google
vouches for an address only where `hd` names the organization, and for gmail.com.

Bad: the end of the address.

    claimValidationRules:
    - expression: claims.email_verified == true && claims.email.endsWith("@org.example")

Good: the organization's own claim.

    claimValidationRules:
    - {claim: hd, requiredValue: org.example}
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import ClaimValidationRule
from kube_oidc.rules.entry import Claims, Entry
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.strangers import of_stranger
from kube_oidc.rules.subject import Subject
from kube_oidc.rules.tokens import without

ABOUT: Final = About(
    "workspace-unpinned",
    "An address at Google that the organization did not give",
    Severity.WARNING,
    Confidence.MEDIUM,
    "https://developers.google.com/identity/gsi/web/guides/verify-google-id-token",
    'services.kube-oidc.issuers.google.trust.owners = [ "org.example" ];',
)
# Google's own, for whose addresses it vouches: private mailboxes, and the service accounts of one project.
_OWN: Final = ("gmail.com", "googlemail.com", "gserviceaccount.com")
_NAME: Final = "somebody+else"
_ACCOUNT: Final = {"sub": "100000000000000000003", "email_verified": True}


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every entry for Google that takes such an account for one of the organization's."""
    for entry in subject.entries:
        if entry.provider.id == "google" and entry.ordinary is not None:
            yield from _entry(entry, entry.ordinary)


def _entry(entry: Entry, ordinary: Claims) -> Iterator[Finding]:
    domain = str(ordinary.get("email", "")).rpartition("@")[2]
    if not domain or domain.endswith(_OWN):
        return
    if any(entry.user(claims) is not None for claims in of_stranger(entry, ordinary)):
        return  # anybody comes in, which shared-issuer-unpinned says
    # `google` is in the tokens of machines alone.
    outside = without(without(ordinary, "hd"), "google") | _ACCOUNT | {"email": f"{_NAME}@{domain}"}
    user = entry.user(outside)
    if user is not None:
        message = (
            f"an account outside the organization, with an address that ends in {domain}, "
            f"becomes {user.username!r}"
        )
        rule = ClaimValidationRule(claim="hd", required_value=domain)
        remedy = Remedy("pin the organization's own claim:", claim_rules=(rule,))
        yield Finding(entry.path.child("claimValidationRules"), message, remedy, outside)
