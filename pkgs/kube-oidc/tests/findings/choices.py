"""Rules with a choice in them, and rules that take a claim apart."""

from __future__ import annotations

from typing import Final

from .made import GITHUB, PUSH, Cases, Entry, job, of

STRANGER: Final = "shared-issuer-unpinned high"
OPEN: Final = "unanchored-match high"
NAMED: Final = "mutable-claim-pinned medium"


def loose(rule: str) -> Entry:
    """A job that only this rule is to pin."""
    return of(GITHUB, "sub", "gh:", PUSH, rule)


CASES: Final[Cases] = {
    "an owner or a branch": (
        [loose('claims.repository_owner_id == "5" || claims.ref == "refs/heads/release"')],
        [STRANGER],
    ),
    "an owner on one branch, anybody on others": (
        [loose('claims.ref == "refs/heads/main" ? claims.repository_owner_id == "5" : true')],
        [STRANGER],
    ),
    "an owner for one event, anybody for others": (
        [of(GITHUB, "sub", "gh:", 'claims.event_name == "push" ? claims.repository_owner_id == "5" : true')],
        [STRANGER, "pull-request-target-unpinned high"],
    ),
    "any branch but one, or an owner": (
        [loose('claims.ref != "refs/heads/main" || claims.repository_owner_id == "5"')],
        [STRANGER],
    ),
    "an owner on the forge's own runners": (
        [loose('!(claims.runner_environment == "github-hosted") || claims.repository_owner_id == "5"')],
        [STRANGER],
    ),
    "one of two branches": (
        [job("sub", 'claims.ref == "refs/heads/main" || claims.ref == "refs/heads/release"')],
        [],
    ),
    "the branch by event": (
        [job("sub", 'claims.event_name == "push" ? claims.ref == "refs/heads/main" : false')],
        [],
    ),
    "an owner who is not another": ([loose('!(claims.repository_owner_id != "5")')], []),
    "a beginning by its place": ([loose('claims.sub.indexOf("repo:adam") == 0')], [OPEN, NAMED]),
    "a beginning by its place, closed": ([loose('claims.sub.indexOf("repo:adam/") == 0')], [NAMED]),
    "a beginning cut off": ([loose('claims.sub.substring(0, 9) == "repo:adam"')], [OPEN, NAMED]),
    "a beginning cut off, closed": ([loose('claims.sub.substring(0, 10) == "repo:adam/"')], [NAMED]),
    "a beginning that is found": ([loose('claims.sub.find("^repo:adam") != ""')], [OPEN, NAMED]),
    "a beginning that is found, closed": (
        [loose('claims.sub.find("^repo:adam/") != ""')],
        [NAMED, "subject-form low"],
    ),
    "the beginning of a part": ([loose('claims.sub.split(":")[1].startsWith("adam")')], [OPEN, NAMED]),
    "a whole part": ([loose('claims.repository.split("/")[0] == "adam"')], [NAMED]),
    "a whole part of a subject": ([loose('claims.sub.split(":")[1] == "adam/site"')], [NAMED]),
}
