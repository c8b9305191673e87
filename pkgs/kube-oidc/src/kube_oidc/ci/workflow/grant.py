"""A grant of the NixOS configuration as the deployment it allows.

It reads the JSON of `services.kube-oidc`'s `issuers` and `grants` (flake.py evaluates them).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from kube_oidc.ci.workflow import WorkflowError
from kube_oidc.data import folder


class Note(NamedTuple):
    """Why the job might still be refused; `about_verbs`: only if it sets an image or restarts."""

    text: str
    about_verbs: bool = False


class Grant(NamedTuple):
    """What a workflow takes from a grant; `notes` explain why the job might still be refused."""

    provider: str
    audience: str
    namespaces: tuple[str, ...]
    branches: tuple[str, ...]
    tags: tuple[str, ...]
    environment: str
    notes: tuple[Note, ...]


def read(document: object, name: str) -> Grant:
    """The grant with this name; WorkflowError if it or its issuer is missing."""
    grants, issuers = _part(document, "grants"), _part(document, "issuers")
    if name not in grants:
        raise WorkflowError(f"unknown grant {name!r} (choose from {', '.join(sorted(grants)) or 'none'})")
    grant = grants[name]
    issuer = issuers.get(grant.get("issuer"))
    if not isinstance(issuer, Mapping):
        raise WorkflowError(f"grant {name!r}: unknown issuer {grant.get('issuer')!r}")
    audiences = _several(issuer.get("audiences"))
    if not audiences:
        raise WorkflowError(f"the issuer {grant['issuer']!r} has no audiences")
    workloads = [work for work in _several(grant.get("workload")) if isinstance(work, Mapping)]
    branches, tags = _refs(workloads)
    return Grant(
        provider=str(issuer.get("provider")),
        audience=str(audiences[0]),
        namespaces=tuple(map(str, _several(grant.get("namespace")))),
        branches=branches,
        tags=tags,
        environment=next((str(work["environment"]) for work in workloads if work.get("environment")), ""),
        notes=tuple(_notes(name, grant, issuer)),
    )


def _part(document: object, name: str) -> Mapping[str, Any]:
    part = document.get(name) if isinstance(document, Mapping) else None
    if not isinstance(part, Mapping):
        raise WorkflowError(f"expected an object with `issuers` and `grants`: {name} is missing")
    return part


def _several(value: object) -> Sequence[Any]:
    """A list from a list or a single value; null is empty."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _refs(workloads: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    branches, tags = [], []
    for workload in workloads:
        ref = str(workload.get("ref") or "")
        if ref.startswith("refs/heads/"):
            branches.append(ref.removeprefix("refs/heads/"))
        elif ref.startswith("refs/tags/"):
            tags.append(ref.removeprefix("refs/tags/"))
        if workload.get("tag"):
            tags.append(str(workload["tag"]))
    return tuple(dict.fromkeys(branches)), tuple(dict.fromkeys(tags))


def _notes(name: str, grant: Mapping[str, Any], issuer: Mapping[str, Any]) -> list[Note]:
    notes = []
    events = (issuer.get("trust") or {}).get("events")
    if events is not None and "push" not in events:
        listed = ", ".join(events)
        notes.append(Note(f"the issuer's trust.events don't include `push`, which starts this job: {listed}"))
    rules = grant.get("rules") or []
    missing = [verb for verb in _needed_verbs() if not any(_allows(rule, verb) for rule in rules)]
    if rules and missing:
        text = f"grant {name!r} doesn't allow {', '.join(missing)} on deployments.apps"
        notes.append(Note(text, about_verbs=True))
    return notes


def _needed_verbs() -> list[str]:
    """What rolling out an image needs: the verbs of the preset `deploy`, which the NixOS module reads too."""
    presets = json.loads((folder("rbac") / "presets.json").read_text("utf-8"))
    verbs: list[str] = presets["deploy"]["rules"][0]["verbs"]
    return verbs


def _allows(rule: Mapping[str, Any], verb: str) -> bool:
    wanted = (("apiGroups", "apps"), ("resources", "deployments"), ("verbs", verb))
    return all({value, "*"} & set(rule.get(field) or ()) for field, value in wanted)
