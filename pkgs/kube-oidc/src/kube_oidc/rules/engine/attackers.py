"""Tokens that someone else's job or account gets from the same issuer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview
from kube_oidc.rules.engine.workloads import of_event

OWNER: Final = "stranger"
_ORDER: Final = ("ref", "event", "environment")
_NUMBER: Final = "999999999"
_COMMIT: Final = "9" * 40
_NAME: Final = "deploy"
_REGISTERED: Final = ("iss", "aud", "exp", "iat", "nbf", "jti")
_DOMAIN: Final = "stranger.example"
_PERSON: Final = {
    "sub": "AAAAAAAAAAAAAAAAAAAAAStrangerStrangerStranger",
    "oid": "99999999-9999-9999-9999-999999999999",
    "email": f"{OWNER}@{_DOMAIN}",
    "preferred_username": f"{OWNER}@{_DOMAIN}",
    "upn": f"{OWNER}@{_DOMAIN}",
    "name": "Stranger",
}


class Attacker(NamedTuple):
    """A token of someone else's job or account; with `needs_client` only an OAuth client of the owner's gets it."""

    claims: Claims
    who: str = "job"
    needs_client: bool = False


def attacker_claims(entry: IssuerUnderReview, claims: Claims, owner: str = OWNER) -> Iterator[Claims]:
    """Yields the claims of every token of `attackers`."""
    return (attacker.claims for attacker in attackers(entry, claims, owner))


def attackers(entry: IssuerUnderReview, claims: Claims, owner: str = OWNER) -> Iterator[Attacker]:
    """Yields the token `claims` as an unrelated `owner` gets it.

    What a stranger can choose (branch, event, environment, names) is as in `claims`; what the issuer writes (owner,
    repository, their IDs, the subject) is the stranger's.
    """
    if not entry.provider.is_ci:
        yield from _accounts(entry, claims)
        return
    for repository in dict.fromkeys((f"{owner}/{_NAME}", f"{owner}/{_repository(entry, claims)}")):
        identity = identity_of(entry, repository, claims)
        changed = claims | {name: value for name, value in identity.items() if name in claims}
        yield from map(Attacker, subjects(entry, changed, repository, identity))


def _accounts(entry: IssuerUnderReview, claims: Claims) -> Iterator[Attacker]:
    if not entry.provider.shared:
        yield Attacker(_replaced(claims, _PERSON | _colleague(claims)), "account")
    elif not entry.provider.strangers:
        yield Attacker(_replaced(claims, _PERSON), "account")
    else:
        for account in entry.provider.strangers:
            removed = account.get("without", ())
            kept = {name: value for name, value in claims.items() if name not in removed}
            other = _replaced(kept, account.get("replaces", {})) | account.get("claims", {})
            yield Attacker(other, account["who"], bool(account.get("needsClient")))


def _replaced(claims: Mapping[str, Any], others: Mapping[str, Any]) -> Claims:
    """Returns the claims with values from `others` for claims that exist in both, recursively."""
    changed = dict(claims)
    for name, other in others.items():
        if name in claims:
            is_map = isinstance(other, Mapping) and isinstance(claims[name], Mapping)
            changed[name] = _replaced(claims[name], other) if is_map else other
    return changed


def _colleague(claims: Claims) -> Claims:
    """Returns another user of an organization's own issuer."""
    domain = str(claims.get("email", "")).rpartition("@")[2] or _DOMAIN
    names = dict.fromkeys(("preferred_username", "username", "upn"), OWNER)
    return {**names, "email": f"{OWNER}@{domain}"}


def borrowing(entry: IssuerUnderReview, claims: Claims) -> Iterator[Claims]:
    """Yields a stranger's job that calls the pinned reusable workflow, which anyone can if its repository is public."""
    pinned = entry.provider.trust.get("workflows", "")
    if pinned in claims and entry.provider.claims[pinned].get("calledWorkflow"):
        for other in attacker_claims(entry, claims):
            yield other | {pinned: claims[pinned]}


def identity_of(entry: IssuerUnderReview, repository: str, claims: Claims) -> Claims:
    """Returns the claims that identify the owner, for a stranger's repository."""
    trust = entry.provider.trust
    owner = repository.rpartition("/")[0]
    names = {
        "owners": owner,
        "ownerIds": _NUMBER,
        "repositories": _named(entry, repository, claims),
        "repositoryIds": _NUMBER,
    }
    identity: Claims = {trust[what]: value for what, value in names.items() if what in trust}
    for claim, value in (entry.provider.example | claims).items():
        if claim not in identity and isinstance(value, str):
            identity |= _written(entry, claim, value, repository, identity)
    return identity | dict.fromkeys(entry.provider.claims_of_format("user"), owner.partition("/")[0])


def _named(entry: IssuerUnderReview, repository: str, claims: Claims) -> str:
    """Returns the repository in the format of this provider's claim."""
    trust, example = entry.provider.trust, entry.provider.example
    claim = trust.get("repositories", "")
    parts = str(example.get(claim, "/")).split("/")
    if "owners" in trust and str(example.get(trust["owners"])) not in parts:
        return str(claims.get(claim, ""))
    return "/".join([*parts[:-2], *repository.split("/")])


def _written(entry: IssuerUnderReview, claim: str, value: str, repository: str, identity: Claims) -> Claims:
    """Returns this claim of the stranger's job, if it identifies the owner."""
    mine = entry.provider.example_repository
    if claim == "sub" or claim in _REGISTERED:
        return {}
    owner = repository.partition("/")[0]
    match _format(entry, claim):
        case "id":
            return {claim: _NUMBER}
        case "commit":
            return {claim: _COMMIT}
        case "email":
            return {claim: f"{owner}@{_DOMAIN}"}
        case "owner":
            return {claim: owner}
    usual = str(entry.provider.example.get(claim, ""))
    if not mine or mine not in usual:
        other = renamed(entry, usual, identity) if ":" in usual else usual
        return {claim: other} if other != usual else {}
    before, _, behind = usual.partition(mine)
    begins = value.startswith(before) and value.removeprefix(before).count("/") > 1
    rest = value.removeprefix(before).split("/", 2)[-1] if begins else behind.removeprefix("/")
    return {claim: f"{before}{repository}/{rest}"}


def _repository(entry: IssuerUnderReview, claims: Claims) -> str:
    """Returns the name of the token's repository, which a stranger's repository can have too."""
    name = str(claims.get(entry.provider.trust.get("repositories", ""), "")).rpartition("/")[2]
    return name if re.fullmatch(r"[\w.-]+", name) else _NAME


def subjects(entry: IssuerUnderReview, claims: Claims, repository: str, identity: Claims) -> Iterator[Claims]:
    """Yields the job's claims with every subject that it can have, and the claims that depend on the subject."""
    owner, _, name = repository.rpartition("/")
    values: Claims = claims | {
        "repository": repository,
        "owner": owner,
        "name": claims.get(entry.provider.trust.get("names", ""), name),
        "ownerId": _NUMBER,
        "repositoryId": _NUMBER,
        "environment": claims.get("environment", "production"),
        "refType": claims.get("ref_type", "branch"),
        "refName": str(claims.get("ref", "main")).removeprefix("refs/heads/"),
    }
    forms = entry.provider.subjects
    for form in sorted(forms, key=lambda form: _ORDER.index(form["selector"])):
        more = {"environment": values["environment"]} if form["selector"] == "environment" else {}
        subject = re.sub(r"\{(\w+)\}", lambda match: str(values.get(match[1], "value")), form["template"])
        yield from of_event(entry, form, {**claims, **more, "sub": subject})
    if not forms:
        yield claims | {"sub": renamed(entry, str(entry.provider.example.get("sub", "")), identity)}


def renamed(entry: IssuerUnderReview, text: str, identity: Claims) -> str:
    """Returns a text of the provider's example with another job's names and IDs."""
    for what in ("repositoryIds", "ownerIds", "repositories", "owners"):
        claim = entry.provider.trust.get(what, "")
        mine = str(entry.provider.example.get(claim, ""))
        if mine:
            theirs = str(identity.get(claim, mine)).replace("\\", r"\\")
            text = re.sub(rf"(?<![^:/]){re.escape(mine)}(?![^:/])", theirs, text)
    return text


def _format(entry: IssuerUnderReview, claim: str) -> str:
    """The claim's format in the provider's file; an empty string if the job's author chooses the value."""
    known = entry.provider.claims.get(claim, {})
    chosen = known.get("format") == "commit" and entry.provider.is_user_controlled(claim)
    return "" if chosen else str(known.get("format", ""))
