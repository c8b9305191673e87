"""Different identities map to one user name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeAlias

from kube_oidc.diagnostics import Severity
from kube_oidc.rules.engine.attackers import attacker_claims
from kube_oidc.rules.engine.config import ConfigUnderReview
from kube_oidc.rules.engine.finding import Confidence, Finding, Remedy, RuleMetadata
from kube_oidc.rules.engine.identities_met import met
from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview
from kube_oidc.rules.engine.workloads import of_claim

RULE: Final = RuleMetadata(
    id="ambiguous-username",
    title="Different identities map to one user name",
    severity=Severity.WARNING,
    confidence=Confidence.MEDIUM,
    source="https://kubernetes.io/docs/reference/access-authn-authz/authentication/",
    asks=True,
)
_COVERED: Final = frozenset(
    {"author-controlled-claim", "email-unverified", "every-token-refused", "shared-issuer-unpinned"}
)
Trio: TypeAlias = tuple[Claims, Claims, Claims]
_REMEDY: Final = Remedy("use a separator that neither part can contain, for example a colon")
_ADDRESS: Final = Remedy("use the whole address, or pin the domain")
_OTHER_DOMAIN: Final = "other.example"


def check(config: ConfigUnderReview) -> Iterator[Finding]:
    """Reports each issuer that maps two identities to one user name."""
    for entry in config.entries:
        if entry.sample_claims is not None:
            findings = tuple(_likely(entry, entry.sample_claims))
            yield from findings or (() if _COVERED & entry.reported else _entry(entry))


def _entry(entry: IssuerUnderReview) -> Iterator[Finding]:
    found = met(entry, "username")
    if found is not None:
        values = [repr(claims[found.claim]) if found.claim in claims else "none" for claims in found[:2]]
        said = f"two tokens with a different {found.claim} ({' and '.join(values)})"
        message = f"{said} both get the user name {found.name!r}"
        called = all(
            entry.provider.claims.get(place[0], {}).get("calledWorkflow")
            for place in entry.sources("username")
        )
        remedy = Remedy(f"put {found.claim} into the user name, between separators that it can't contain")
        confidence = Confidence.LOW if called else None
        yield Finding(entry.mapping_path("username"), message, remedy, found.other, confidence)


def _likely(entry: IssuerUnderReview, sample_claims: Claims) -> Iterator[Finding]:
    if entry.model.claim_mappings.username.expression:
        if entry.provider.is_ci:
            yield from _jobs(entry, sample_claims)
        elif ("email",) in entry.sources("username") and "verified" not in entry.provider.claims.get(
            "email", {}
        ):
            yield from _people(entry, sample_claims)


def _jobs(entry: IssuerUnderReview, sample_claims: Claims) -> Iterator[Finding]:
    if (
        any(entry.user(claims) is not None for claims in attacker_claims(entry, sample_claims))
        and entry.provider.shared
    ):
        return  # anyone is accepted: shared-issuer-unpinned
    for one, other, third in _pairs(entry, sample_claims):
        users = [entry.user(claims) for claims in (one, other, third)]
        names = [user.username if user is not None else None for user in users]
        if names[0] is not None and names[0] == names[1] != names[2]:
            message = f"{_said(entry, one)} and {_said(entry, other)} both get the user name {names[0]!r}"
            yield Finding(entry.mapping_path("username"), message, _REMEDY, other)
            return


def _pairs(entry: IssuerUnderReview, sample_claims: Claims) -> Iterator[Trio]:
    """Yields two jobs whose names could be joined to the same text, and one whose name differs."""
    trust = entry.provider.trust
    owner = str(sample_claims.get(trust.get("owners", ""), "aa"))
    has_bare_refs = not str(entry.provider.example.get("ref", "refs/")).startswith("refs/")
    for between in ("", *entry.provider.name_separators):
        yield (
            _job(entry, f"aa{between}bb/cc", 1),
            _job(entry, f"aa/bb{between}cc", 2),
            _job(entry, "aa/zz", 3),
        )
        if has_bare_refs:
            yield (
                _job(entry, f"{owner}/aa{between}bb", 1) | _ref(entry, "cc"),
                _job(entry, f"{owner}/aa", 2) | _ref(entry, f"bb{between}cc"),
                _job(entry, f"{owner}/zz", 3) | _ref(entry, "cc"),
            )


def _ref(entry: IssuerUnderReview, branch: str) -> Claims:
    return {entry.provider.trust["refs"]: f"refs/heads/{branch}", "ref": branch}


def _job(entry: IssuerUnderReview, repository: str, number: int) -> Claims:
    """Returns the claims of a job in this repository, with separate numeric IDs."""
    trust = entry.provider.trust
    claims = of_claim(entry, trust.get("repositories", ""), repository)
    owner, _, name = repository.rpartition("/")
    if "/" not in str(entry.provider.example.get(trust.get("repositories", ""), "/")):
        claims = claims | {trust["repositories"]: name}
    mine = str((entry.sample_claims or {}).get(trust.get("owners", "")))
    numbers = {
        trust[what] for what in ("repositoryIds", *(("ownerIds",) if owner != mine else ())) if what in trust
    }
    return claims | {claim: f"{number}" * 9 for claim in numbers if claim in claims}


def _said(entry: IssuerUnderReview, claims: Claims) -> str:
    trust = entry.provider.trust
    name, owner = (str(claims.get(trust.get(what, ""), "")) for what in ("repositories", "owners"))
    return name if "/" in name else f"{owner}/{name}"


def _people(entry: IssuerUnderReview, sample_claims: Claims) -> Iterator[Finding]:
    user = entry.user(sample_claims)
    mailbox = str(sample_claims["email"]).partition("@")[0]
    for claims in attacker_claims(entry, sample_claims):
        other = claims | {"email": f"{mailbox}@{_OTHER_DOMAIN}", "email_verified": True}
        becomes, third = entry.user(other), entry.user(other | {"email": f"zz@{_OTHER_DOMAIN}"})
        if user is None or becomes is None or becomes.username != user.username:
            continue
        if third is None or third.username != user.username:
            message = (
                f"{sample_claims['email']} and {other['email']} both get the user name {user.username!r}"
            )
            yield Finding(entry.mapping_path("username"), message, _ADDRESS, other)
            return
