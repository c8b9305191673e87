"""In what two names of workloads differ: the branch, the repository, the event, or a letter.

Subjects of CI jobs are keys and values with colons between them, `repo:OWNER/NAME:ref:REF`; what comes first may be a
prefix of the cluster's. Whatever issuer made a name, its parts are compared one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

# What the part after each of these keys is, in a subject; after an unknown key, no part is named.
_KEYS: Final = {
    "repo": "repository",
    "project_path": "project",
    "ref_type": "kind of ref",
    "ref": "branch or tag",
    "environment": "environment",
    "organization": "organization",
    "pipeline": "pipeline",
    "commit": "commit",
    "step": "step",
    "job_workflow_ref": "workflow",
}
_LIKE: Final = 0.6  # difflib calls sequences of this ratio close


@dataclass(frozen=True, slots=True)
class Difference:
    """`what` differs: `here` in the token's user, `there` in the grant. `weight` is how much, from 1."""

    what: str
    here: str
    there: str
    weight: int = 1

    def __str__(self) -> str:
        return f"{self.what}: {self.here or '(none)'} here, {self.there or '(none)'} there"


def differences(here: str, there: str, kind: str = "user name") -> tuple[Difference, ...] | None:
    """Every part in which they differ; None if the names are too different to compare. `kind` is what they name."""
    if here == there:
        return ()
    if SequenceMatcher(None, here, there, autojunk=False).ratio() < _LIKE:
        return None
    if here.endswith(f":{there}") or there.endswith(f":{here}"):
        return (Difference(f"prefix of the {kind}", _without(here, there), _without(there, here)),)
    mine, theirs = here.split(":"), there.split(":")
    pairs = list(zip(mine, theirs, strict=False))
    at = [position for position, (one, other) in enumerate(pairs) if one != other]
    if len(mine) == len(theirs) and all(position and mine[position - 1] in _KEYS for position in at):
        return tuple(_of_value(mine[position - 1], *pairs[position]) for position in at)
    return (_of_rest(mine, theirs, at[0] if at else len(pairs), kind),)


def _of_rest(mine: list[str], theirs: list[str], at: int, kind: str) -> Difference:
    """Two forms of subject: one is a pull request's or an environment's, say."""
    one, other = (":".join(parts[at:]) for parts in (mine, theirs))
    count = len({*mine[at:]} ^ {*theirs[at:]})
    if "pull_request" in (mine[-1], theirs[-1]):
        return Difference("event", one, other)
    if at > 1 and mine[at - 2] in ("repo", "project_path"):
        return Difference("event or environment", one, other)
    return Difference(kind, ":".join(mine), ":".join(theirs), max(1, count - 1))


def _of_value(key: str, here: str, there: str) -> Difference:
    what = _KEYS[key]
    if key in ("repo", "project_path") and here.partition("/")[2] == there.partition("/")[2]:
        what = "owner"
    if key == "ref":
        kinds = {_kind(here), _kind(there)}
        what = kinds.pop() if len(kinds) == 1 else "branch or tag"
    return Difference(_close(what, here, there), here, there)


def _kind(ref: str) -> str:
    if ref.startswith("refs/heads/"):
        return "branch"
    return "tag" if ref.startswith("refs/tags/") else "branch or tag"


def _close(what: str, here: str, there: str) -> str:
    """A letter more, less or another is soon overlooked, so it is said."""
    if here.casefold() == there.casefold():
        return f"{what}, in upper and lower case"
    blocks = SequenceMatcher(None, here, there, autojunk=False).get_matching_blocks()
    same = sum(block.size for block in blocks)
    if max(len(here), len(there)) > 3 and max(len(here), len(there)) - same == 1:
        return f"{what}, by one character"
    return what


def _without(text: str, end: str) -> str:
    return text.removesuffix(end) if text != end and text.endswith(end) else ""
