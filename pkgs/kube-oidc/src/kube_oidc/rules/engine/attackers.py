"""Tokens that somebody else's job or account gets from the same issuer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.rules.engine.issuer import Claims, IssuerUnderReview
from kube_oidc.rules.engine.tokens import get
from kube_oidc.rules.engine.workloads import of_event

OWNER: Final = "stranger"
_ORDER: Final = ("ref", "event", "environment")
_NUMBER: Final = "999999999"
_NAME: Final = "deploy"
_CALLED: Final = "job_workflow_ref"
_DOERS: Final = ("actor", "user_login", "scm_user_name", "initiator")
_REGISTERED: Final = ("iss", "aud", "exp", "iat", "nbf", "jti")
_ACCOUNT: Final = {
    "sub": "100000000000000000001",
    "email": "stranger@gmail.com",
    "email_verified": True,
    "name": "Stranger",
}
_DOMAIN: Final = "stranger.example"  # of a Workspace that is somebody else's
# A service account of anybody's project gets a token for any audience from the metadata server, at no login.
_ROBOT: Final = {
    "sub": "100000000000000000002",
    "azp": "100000000000000000002",
    "email": "deploy@stranger.iam.gserviceaccount.com",
    "email_verified": True,
}
_MACHINE: Final = ("google", "compute_engine")
_PROJECT: Final = {"project_id": "stranger", "project_number": 999999999, "instance_id": "999999999"}
_PERSON: Final = {
    "sub": "AAAAAAAAAAAAAAAAAAAAAStrangerStrangerStranger",
    "oid": "99999999-9999-9999-9999-999999999999",
    "email": "stranger@outlook.com",
    "preferred_username": "stranger@outlook.com",
    "upn": "stranger@outlook.com",
    "name": "Stranger",
}


def attacker_claims(entry: IssuerUnderReview, claims: Claims, owner: str = OWNER) -> Iterator[Claims]:
    """The token `claims` as `owner`, who is nobody the file knows, would get it.

    What a stranger may choose (branch, event, environment, names) is as in `claims`; what the issuer writes
    (owner, repository, their numbers, the subject) is the stranger's.
    """
    if entry.provider.id == "google":
        yield from _of_google(claims)
        return
    if not entry.provider.is_ci:
        other = _PERSON if entry.provider.shared else _PERSON | _colleague(claims)
        yield claims | {name: value for name, value in other.items() if name in claims}
        return
    for repository in dict.fromkeys((f"{owner}/{_NAME}", f"{owner}/{_repository(entry, claims)}")):
        identity = identity_of(entry, repository, claims)
        changed = claims | {name: value for name, value in identity.items() if name in claims}
        yield from subjects(entry, changed, repository, identity)


def _colleague(claims: Claims) -> Claims:
    """Somebody else at an issuer that is one organization's own."""
    domain = str(claims.get("email", "")).rpartition("@")[2] or _DOMAIN
    names = dict.fromkeys(("preferred_username", "username", "upn"), OWNER)
    return {**names, "email": f"{OWNER}@{domain}"}


def _of_google(claims: Claims) -> Iterator[Claims]:
    """A service account, a private account, and one of somebody else's Workspace."""
    account = {name: value for name, value in claims.items() if name not in ("hd", "google")}
    machine = get(claims, _MACHINE)
    project = {"google": {_MACHINE[1]: machine | _PROJECT}} if isinstance(machine, dict) else {}
    yield {name: value for name, value in account.items() if name != "name"} | _ROBOT | project
    yield account | _ACCOUNT
    yield account | _ACCOUNT | {"hd": _DOMAIN, "email": f"ada@{_DOMAIN}"}


def is_service_account(claims: Claims) -> bool:
    """Is it a token of a Google service account, which needs no login?"""
    return claims.get("sub") == claims.get("azp")


def borrowing(entry: IssuerUnderReview, claims: Claims) -> Iterator[Claims]:
    """A stranger's job that calls the reusable workflow which is pinned, as it may where that is public.

    GitLab's ci_config_ref_uri is empty for a pipeline that another project's file makes, so nobody borrows that.
    """
    called = entry.provider.trust.get("workflows")
    if called is not None and called == _CALLED and called in claims:
        for other in attacker_claims(entry, claims):
            yield other | {called: claims[called]}


def identity_of(entry: IssuerUnderReview, repository: str, claims: Claims) -> Claims:
    """The claims that say whose job it is, for this repository of a stranger's."""
    trust = entry.provider.trust
    owner = repository.partition("/")[0]
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
    return identity | {claim: owner for claim in _DOERS if claim in entry.provider.claims}


def _named(entry: IssuerUnderReview, repository: str, claims: Claims) -> str:
    """The repository as this provider's claim has it: with its owner, perhaps behind a host; else any name."""
    trust, example = entry.provider.trust, entry.provider.example
    claim = trust.get("repositories", "")
    parts = str(example.get(claim, "/")).split("/")
    if "owners" in trust and str(example.get(trust["owners"])) not in parts:
        return str(claims.get(claim, ""))
    return "/".join([*parts[:-2], *repository.split("/")])


def _written(entry: IssuerUnderReview, claim: str, value: str, repository: str, identity: Claims) -> Claims:
    """What the issuer writes into this claim for the stranger's job, where that says whose it is."""
    mine = _own_example(entry)
    if claim == "sub" or claim in _REGISTERED:
        return {}
    if claim.endswith(("_id", "_sha")):
        return {claim: _NUMBER}
    owner = repository.partition("/")[0]
    if claim.endswith("_email"):
        return {claim: f"{owner}@{_DOMAIN}"}
    if claim == "enterprise" or claim.endswith("_slug"):
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
    """The name of the repository that the token is for, which a stranger may give to one of theirs."""
    name = str(claims.get(entry.provider.trust.get("repositories", ""), "")).rpartition("/")[2]
    return name if re.fullmatch(r"[\w.-]+", name) else _NAME


def subjects(entry: IssuerUnderReview, claims: Claims, repository: str, identity: Claims) -> Iterator[Claims]:
    """The job's claims with every form that the subject may have for it, and with what comes with the form."""
    owner, _, name = repository.partition("/")
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
    forms = entry.provider.facts.get("subjects", ())
    for form in sorted(forms, key=lambda form: _ORDER.index(form["selector"])):
        more = {"environment": values["environment"]} if form["selector"] == "environment" else {}
        subject = re.sub(r"\{(\w+)\}", lambda match: str(values.get(match[1], "value")), form["template"])
        yield from of_event(entry, form, {**claims, **more, "sub": subject})
    if not forms:
        yield claims | {"sub": renamed(entry, str(entry.provider.example.get("sub", "")), identity)}


def renamed(entry: IssuerUnderReview, text: str, identity: Claims) -> str:
    """A text of the provider's example with the names and numbers of another's job in the place of its own."""
    for what in ("repositoryIds", "ownerIds", "repositories", "owners"):
        claim = entry.provider.trust.get(what, "")
        mine = str(entry.provider.example.get(claim, ""))
        if mine:
            theirs = str(identity.get(claim, mine)).replace("\\", r"\\")
            text = re.sub(rf"(?<![^:/]){re.escape(mine)}(?![^:/])", theirs, text)
    return text


def _own_example(entry: IssuerUnderReview) -> str:
    return str(entry.provider.facts.get("exampleWorkload", {}).get("repository", ""))
