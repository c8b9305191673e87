"""`explain` as text and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from kube_oidc.authn.authenticate import Authenticated, Outcome, Refused, Step, Undecided
from kube_oidc.report import printable


def as_json(
    outcome: Outcome, title: str = "", claims: Mapping[str, Any] | None = None, remedy: str = ""
) -> dict[str, Any]:
    """The documented JSON of one outcome.

    `title` and `claims` describe a token that was made, not given; `remedy` is the fix for a refusal.
    """
    answer = _outcome_as_json(outcome)
    if isinstance(outcome, Refused):
        answer["remedy"] = remedy or None
    return answer | {"token": {"title": title, "claims": claims}} if title else answer


def _outcome_as_json(outcome: Outcome) -> dict[str, Any]:
    steps = [{"name": step.name, "field": step.field, "result": step.result} for step in outcome.steps]
    if isinstance(outcome, Authenticated):
        user = outcome.user
        shown = {
            "username": user.username,
            "uid": user.uid,
            "groups": list(user.groups),
            "extra": {key: list(values) for key, values in user.extra.items()},
        }
        return {"authenticated": True, "issuer": outcome.issuer, "user": shown, "steps": steps}
    answer = {"authenticated": False, "reason": outcome.reason, "steps": steps}
    if isinstance(outcome, Undecided):
        answer["undecided"] = True
    return answer


def as_text(outcome: Outcome, title: str = "") -> str:
    """The title, if there is one, the steps, then the user or the reason."""
    lines = [f"{title}:"] if title else []
    lines += [_step(step) for step in outcome.steps]
    if isinstance(outcome, Authenticated):
        lines.append(f"this token becomes the user {outcome.user.username}")
        lines.append(f"  groups: {_listed([*outcome.user.groups, 'system:authenticated'])}")
        if outcome.user.uid:
            lines.append(f"  uid: {outcome.user.uid}")
        lines += [f"  extra {key}: {_listed(values)}" for key, values in outcome.user.extra.items()]
    elif isinstance(outcome, Undecided):
        lines.append(f"cannot decide: {outcome.reason}")
    else:
        lines.append(f"refused: {outcome.reason}")
    return "\n".join(map(printable.line, lines)) + "\n"


def remedy_as_text(remedy: str) -> str:
    """The line below the reason of a refusal."""
    return printable.line(f"  fix: {remedy}") + "\n"


def _step(step: Step) -> str:
    return f"  {step.name:<12} {step.result}  ({step.field})"


def _listed(names: Iterable[str]) -> str:
    """`a, b`; names that contain a separator are quoted."""
    return ", ".join(
        json.dumps(name, ensure_ascii=False) if re.search(r'[\s,"]', name) else name for name in names
    )
