"""Reads workflows of GitHub and Forgejo."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from kube_oidc.inputs.yaml_nodes import at, entries, items, text_at
from kube_oidc.jobs.model import Forge, Job, Line
from kube_oidc.jobs.triggers import triggers

_AUDIENCE: Final = re.compile(r"audience=([\w.:/-]+)")
_NAMED: Final = ("AUDIENCE", "audience")


def jobs(path: str, root: Any, forge: Forge) -> Iterator[Job]:
    """Every job of the workflow, in the file's order."""
    runs = tuple(triggers(at(root, "on")))
    for key, node in entries(at(root, "jobs")):
        steps = items(at(node, "steps"))
        script = tuple(line for step in steps for line in lines(at(step, "run")))
        actions = tuple(
            Line(uses.start_mark.line + 1, str(uses.value))
            for step in steps
            if (uses := at(step, "uses")) is not None
        )
        reusable = at(node, "uses")
        if reusable is not None:
            actions = (*actions, Line(reusable.start_mark.line + 1, str(reusable.value)))
        yield Job(
            path,
            key.start_mark.line + 1,
            str(key.value),
            forge,
            _may_request(root, node, forge),
            tuple(_audiences(root, node, script)),
            _environment(node),
            runs,
            script,
            actions,
        )


def lines(node: Any) -> Iterator[Line]:
    """The lines of a script; a block scalar begins on the line after its indicator."""
    if node is None or node.id != "scalar":
        return
    first = node.start_mark.line + (2 if node.style in ("|", ">") else 1)
    for number, text in enumerate(str(node.value).splitlines()):
        yield Line(first + number, text)


def _may_request(root: Any, job: Any, forge: Forge) -> bool:
    if forge is Forge.FORGEJO:
        return text_at(job, "enable-openid-connect").lower() == "true" or (
            text_at(root, "enable-openid-connect").lower() == "true"
        )
    permissions = at(job, "permissions") or at(root, "permissions")
    if permissions is None:
        return False
    if permissions.id == "scalar":
        return str(permissions.value) == "write-all"
    return text_at(permissions, "id-token") == "write"


def _environment(job: Any) -> str:
    return text_at(job, "environment") or text_at(job, "environment", "name")


def _audiences(root: Any, job: Any, script: tuple[Line, ...]) -> Iterator[Line]:
    """Audiences in the environment, in an action's inputs, and in URLs."""
    steps = items(at(job, "steps"))
    places = [
        at(root, "env"),
        at(job, "env"),
        *(at(step, part) for step in steps for part in ("env", "with")),
    ]
    for place in places:
        for key, value in entries(place):
            if str(key.value) in _NAMED and value.id == "scalar" and "${{" not in str(value.value):
                yield Line(value.start_mark.line + 1, str(value.value))
    for line in script:
        for found in _AUDIENCE.finditer(line.text):
            yield Line(line.number, found[1])
