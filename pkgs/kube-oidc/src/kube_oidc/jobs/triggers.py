"""Which events and refs a workflow's `on:` means, as tokens have them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kube_oidc.inputs.yaml_nodes import at, entries, items
from kube_oidc.jobs.model import Trigger

_BRANCH: Final = "refs/heads/"
_TAG: Final = "refs/tags/"
_DEFAULT: Final = f"{_BRANCH}main"
_OF_TAGS: Final = ("release",)
_OF_PULLS: Final = ("pull_request", "pull_request_review", "pull_request_review_comment")
_PULL: Final = "refs/pull/1/merge"
EXAMPLE_BRANCH: Final = "any-branch"


def triggers(on: Any) -> Iterator[Trigger]:
    """The runs that `on:` starts; one for each ref that it names, or an example if it names none."""
    if on is None:
        return
    if on.id == "scalar":
        yield from _of_event(str(on.value), None)
    for item in items(on):
        yield from _of_event(str(item.value), None)
    for key, value in entries(on):
        yield from _of_event(str(key.value), value)


def _of_event(event: str, filters: Any) -> Iterator[Trigger]:
    if event in _OF_PULLS:
        yield Trigger(event, _PULL)
        return
    if event != "push":
        yield Trigger(event, f"{_TAG}v1" if event in _OF_TAGS else _DEFAULT)
        return
    branches, tags = _patterns(filters, "branches"), _patterns(filters, "tags")
    if branches is None and tags is None:
        branches, tags = ["**"], ["**"]
    for prefix, patterns in ((_BRANCH, branches), (_TAG, tags)):
        for pattern in patterns or ():
            yield Trigger(event, prefix + _example(pattern), _is_glob(pattern))


def _patterns(filters: Any, name: str) -> list[str] | None:
    """The names that a filter lets through; `**` if it only excludes some, None without a filter."""
    node = at(filters, name)
    if node is None:
        return ["**"] if at(filters, f"{name}-ignore") is not None else None
    return [str(each.value) for each in items(node) or [node] if not str(each.value).startswith("!")]


def _is_glob(pattern: str) -> bool:
    return any(letter in pattern for letter in "*?[+")


def _example(pattern: str) -> str:
    """A name that the pattern matches."""
    text = pattern.replace("**", EXAMPLE_BRANCH).replace("*", EXAMPLE_BRANCH)
    return text if not _is_glob(text) else EXAMPLE_BRANCH
