"""Reads GitLab's .gitlab-ci.yml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from kube_oidc.inputs.yaml_nodes import at, entries, items, text_at
from kube_oidc.jobs.actions import lines
from kube_oidc.jobs.model import Forge, Job, Line, Trigger

_GLOBAL: Final = frozenset(
    {
        *("after_script", "before_script", "cache", "default", "image", "include", "pages", "services"),
        *("spec", "stages", "variables", "workflow"),
    }
)
_SCRIPTS: Final = ("before_script", "script", "after_script")
_BRANCH: Final = re.compile(r'\$CI_COMMIT_(?:BRANCH|REF_NAME)\s*==\s*"([^"]+)"')
_TAG: Final = re.compile(r"\$CI_COMMIT_TAG\b")
_PULL: Final = re.compile(r'\$CI_PIPELINE_SOURCE\s*==\s*"merge_request_event"')
_DEFAULT: Final = re.compile(r"\$CI_COMMIT_BRANCH\s*==\s*\$CI_DEFAULT_BRANCH")


def jobs(path: str, root: Any) -> Iterator[Job]:
    """Every job, in the file's order; names that begin with a dot are templates."""
    for key, node in entries(root):
        name = str(key.value)
        if name in _GLOBAL or name.startswith(".") or at(node, "script") is None:
            continue
        tokens = at(node, "id_tokens") or at(root, "default", "id_tokens")
        yield Job(
            path,
            key.start_mark.line + 1,
            name,
            Forge.GITLAB,
            tokens is not None,
            tuple(_audiences(tokens)),
            text_at(node, "environment") or text_at(node, "environment", "name"),
            tuple(_triggers(node)),
            tuple(line for part in _SCRIPTS for line in _lines(at(node, part) or at(root, "default", part))),
        )


def _lines(node: Any) -> Iterator[Line]:
    yield from lines(node)
    for item in items(node):
        yield from lines(item)


def _audiences(tokens: Any) -> Iterator[Line]:
    for _, token in entries(tokens):
        node = at(token, "aud")
        for each in items(node) or ([node] if node is not None else []):
            if "$" not in str(each.value):
                yield Line(each.start_mark.line + 1, str(each.value))


def _triggers(job: Any) -> Iterator[Trigger]:
    """The runs that `rules` and `only` name; a push to any branch if they name none."""
    conditions = [text_at(rule, "if") for rule in items(at(job, "rules"))]
    conditions += [f'$CI_COMMIT_BRANCH == "{each.value}"' for each in items(at(job, "only"))]
    found: dict[Trigger, None] = {}
    for condition in conditions:
        if _DEFAULT.search(condition):
            found[Trigger("push", "refs/heads/main")] = None
        for branch in _BRANCH.findall(condition):
            found[Trigger("push", f"refs/heads/{branch}")] = None
        if _TAG.search(condition):
            found[Trigger("push", "refs/tags/v1", is_any=True)] = None
        if _PULL.search(condition):
            found[Trigger("merge_request_event", "refs/heads/any-branch", is_any=True)] = None
    yield from found or (Trigger("push", "refs/heads/any-branch", is_any=True),)
