"""An issuer that the whole world uses, and nothing that says whose jobs may come in.

GitHub, gitlab.com, Buildkite, HCP Terraform, Codefresh, Pulumi Cloud, Vercel (in the issuer mode
Global), Google and Microsoft's tenant of personal accounts sign tokens for everybody, with one key
and for any audience that is asked for, Sigstore for one of its own. The audience guards nothing: a
stranger's job asks for the same one, and so does, at Google, a service account of a stranger's
project. What makes a token yours is the owner, the organization or the domain in it, and the
configuration has to pin that.

Bad: no rule names an owner.

    jwt:
    - issuer: {url: "https://token.actions.githubusercontent.com", audiences: [kubernetes]}
      claimMappings:
        username: {claim: sub, prefix: "github:"}

Good: a rule names the owner by number, which outlives a rename.

      claimValidationRules:
      - claim: repository_owner_id
        requiredValue: "1234567"

Even where no RBAC binding names the stranger, the token is accepted: it is in
`system:authenticated`, and every binding of that group is its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.diagnostics import Severity
from kube_oidc.model import ClaimValidationRule
from kube_oidc.rules.choices import choices
from kube_oidc.rules.entry import Entry
from kube_oidc.rules.finding import About, Confidence, Finding, Remedy
from kube_oidc.rules.strangers import borrowing, is_service_account, of_stranger
from kube_oidc.rules.subject import Subject

ABOUT: Final = About(
    "shared-issuer-unpinned",
    "A stranger's job is accepted",
    Severity.WARNING,
    Confidence.HIGH,
    "https://docs.github.com/en/actions/concepts/security/openid-connect",
    'services.kube-oidc.issuers.github.trust.ownerIds = [ "1234567" ];',
)
_WHOSE: Final = {"google": "account", "entra": "personal account", "sigstore": "account"}


def check(subject: Subject) -> Iterator[Finding]:
    """One finding for every shared issuer that takes a stranger's token."""
    for entry in subject.entries:
        if entry.provider.shared and entry.ordinary is not None:
            yield from _entry(entry)


def _entry(entry: Entry) -> Iterator[Finding]:
    ordinary = entry.ordinary or {}
    whose = _WHOSE.get(entry.provider.id, "job")
    strangers = (claims for chosen in choices(entry, ordinary) for claims in of_stranger(entry, chosen))
    for claims in strangers:
        user = entry.user(claims)
        if user is not None:
            logs_in = entry.provider.id == "google" and not is_service_account(claims)
            who = whose if entry.provider.id != "google" or logs_in else f"service {whose}"
            message = (
                f"any {who} of {entry.provider.title} is accepted, whoever owns it: "
                f"a stranger becomes {user.username!r}"
            )
            # Google signs for a client of yours; who may log in with it is set there, out of sight here.
            confidence = Confidence.MEDIUM if logs_in else None
            yield Finding(entry.path.child("issuer", "url"), message, _remedy(entry), claims, confidence)
            return
    for claims in borrowing(entry, ordinary):
        user = entry.user(claims)
        if user is not None:
            message = (
                f"a stranger's job that calls the workflow which is pinned becomes {user.username!r}: "
                "anybody may call it where its repository is public"
            )
            yield Finding(
                entry.path.child("issuer", "url"), message, _remedy(entry), claims, Confidence.MEDIUM
            )
            return


def _remedy(entry: Entry) -> Remedy:
    trust = entry.provider.trust
    claim = trust.get("ownerIds") or trust.get("owners") or str(entry.provider.facts["username"]["claim"])
    note = f"pin whose tokens these are; {entry.provider.facts['pinAdvice']}"
    return Remedy(
        note, claim_rules=(ClaimValidationRule(claim=claim, required_value=f"YOUR-{claim.upper()}"),)
    )
