"""Tokens that somebody else's job or account gets from the same issuer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from kube_oidc.findings.subject import Claims, Entry

OWNER: Final = "stranger"
_ORDER: Final = ("ref", "event", "environment")
_NUMBER: Final = "999999999"
_NAME: Final = "deploy"
_ACCOUNT: Final = {"sub": "100000000000000000001", "email": "stranger@gmail.com", "name": "Stranger"}
_PERSON: Final = {
    "sub": "AAAAAAAAAAAAAAAAAAAAAStrangerStrangerStranger",
    "oid": "99999999-9999-9999-9999-999999999999",
    "email": "stranger@outlook.com",
    "preferred_username": "stranger@outlook.com",
    "upn": "stranger@outlook.com",
    "name": "Stranger",
}


def of_stranger(entry: Entry, claims: Claims, owner: str = OWNER) -> Iterator[Claims]:
    """The token `claims` as `owner`, who is nobody the file knows, would get it.

    What a stranger may choose (branch, event, environment, names) is as in `claims`; what the issuer writes
    (owner, repository, their numbers, the subject) is the stranger's.
    """
    if entry.provider.id == "google":
        account = {name: value for name, value in claims.items() if name not in ("hd", "email_verified")}
        yield account | _ACCOUNT | {"email_verified": True}
        return
    if entry.provider.id == "entra":
        yield claims | {name: value for name, value in _PERSON.items() if name in claims}
        return
    identity = identity_of(entry, owner)
    changed = claims | {name: value for name, value in identity.items() if name in claims}
    for subject, more in subjects(entry, changed, owner):
        yield {**changed, **more, "sub": subject}


def identity_of(entry: Entry, owner: str) -> Claims:
    """The claims that say whose job it is, for a repository `deploy` of `owner`."""
    trust = entry.provider.trust
    names = {
        "owners": owner,
        "ownerIds": _NUMBER,
        "repositories": f"{owner}/{_NAME}",
        "repositoryIds": _NUMBER,
    }
    if entry.provider.id == "buildkite":
        names |= {"repositories": _NAME}
    identity: Claims = {trust[what]: value for what, value in names.items() if what in trust}
    for claim, value in entry.provider.example.items():
        if claim in identity or not isinstance(value, str):
            continue
        mine = _own_example(entry)
        if mine and mine in value and claim != "sub":
            identity[claim] = value.replace(mine, f"{owner}/{_NAME}")
        elif claim.endswith(("_id", "_sha")):
            identity[claim] = _NUMBER
    identity |= {claim: owner for claim in ("actor", "user_login") if claim in entry.provider.claims}
    return identity


def subjects(entry: Entry, claims: Claims, owner: str) -> Iterator[tuple[str, Claims]]:
    """Every form that the subject may have for such a job, with the claims that come with it."""
    mine, theirs = _own_example(entry), f"{owner}/{_NAME}"
    values: Claims = claims | {
        "repository": theirs,
        "owner": owner,
        "name": _NAME,
        "ownerId": _NUMBER,
        "repositoryId": _NUMBER,
        "environment": claims.get("environment", "production"),
        "refType": claims.get("ref_type", "branch"),
        "refName": str(claims.get("ref", "main")).removeprefix("refs/heads/"),
    }
    forms = entry.provider.facts["subjects"]
    for form in sorted(forms, key=lambda form: _ORDER.index(form["selector"])):
        more = {"environment": values["environment"]} if form["selector"] == "environment" else {}
        more |= {"event_name": form["event"]} if "event" in form else {}
        yield re.sub(r"\{(\w+)\}", lambda match: str(values.get(match[1], "value")), form["template"]), more
    if not forms:
        subject = str(entry.provider.example.get("sub", ""))
        for part, other in zip(mine.split("/"), (owner, _NAME), strict=False):
            subject = subject.replace(part, other)
        yield subject, {}


def _own_example(entry: Entry) -> str:
    return str(entry.provider.facts.get("exampleWorkload", {}).get("repository", ""))
