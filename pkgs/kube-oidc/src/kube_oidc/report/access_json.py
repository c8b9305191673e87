"""`access` as versioned JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from kube_oidc.access.model import Access, Holder, Issuer, power_of
from kube_oidc.diagnostics import Diagnostic
from kube_oidc.rbac import Grant, Loaded, Place, Rule
from kube_oidc.rbac.builtin import is_builtin
from kube_oidc.report import printable

VERSION = 1


def render_json(report: Access, loaded: Loaded) -> str:
    """`{"version": 1, "file", "issuers", "everyone", "anonymous", "unreachable", "findings", "problems", …}`.

    `roles` lists each role once; a grant refers to it by position, or null if the role doesn't exist.
    """
    roles = _Roles(report)
    tree = {
        "version": VERSION,
        "file": report.file,
        "issuers": [_issuer(issuer, roles) for issuer in report.issuers],
        "everyone": [_holder(holder, roles) for holder in report.everyone],
        "anonymous": [_holder(holder, roles) for holder in report.anonymous],
        "unreachable": [_holder(holder, roles) for holder in report.unreachable],
        "kubernetesOwn": report.system_subjects,
        "roles": roles.shown,
        "findings": [_finding(found) for found in report.findings],
        "problems": [
            {
                **_place(problem.place),
                "message": problem.message,
                "remedy": problem.remedy,
                "refused": problem.refused,
            }
            for problem in loaded.problems
        ],
        "ignored": dict(loaded.ignored),
    }
    return printable.json_text(tree, indent=1) + "\n"


class _Roles:
    def __init__(self, report: Access) -> None:
        self.report = report
        self.shown: list[Mapping[str, Any]] = []
        self._known: dict[tuple[str, str], int] = {}

    def position(self, grant: Grant) -> int | None:
        """The index of the grant's role in the list."""
        role = grant.role
        if role is None:
            return None
        key = (role.namespace, role.name)
        if key not in self._known:
            self._known[key] = len(self.shown)
            rules = [_rule(rule) for rule in role.rules]
            named = {"kind": role.kind, "namespace": role.namespace, "name": role.name}
            self.shown.append({**named, **_place(role.place), "rules": rules})
        return self._known[key]


def _issuer(issuer: Issuer, roles: _Roles) -> dict[str, Any]:
    return {
        "field": issuer.field,
        "url": issuer.url,
        "provider": issuer.provider,
        "audiences": list(issuer.audiences),
        "conditions": [
            {"field": condition.field, "words": condition.words, "rule": condition.text}
            for condition in issuer.conditions
        ],
        "users": list(issuer.users),
        "groups": list(issuer.groups),
        "holders": [{**_holder(holder, roles), "token": holder.token} for holder in issuer.holders],
        "untried": issuer.untried,
        "outsiders": None if issuer.outsiders is None else asdict(issuer.outsiders),
        "findings": [_finding(found) for found in issuer.findings],
    }


def _holder(holder: Holder, roles: _Roles) -> dict[str, Any]:
    return {
        "kind": holder.kind,
        "name": holder.name,
        "grants": [_grant(grant, roles) for grant in holder.grants],
    }


def _grant(grant: Grant, roles: _Roles) -> dict[str, Any]:
    binding = grant.binding
    return {
        "binding": {
            "kind": binding.kind,
            "namespace": binding.namespace,
            "name": binding.name,
            **_place(binding.place),
        },
        "namespace": grant.namespace,
        "power": power_of(grant).name.lower(),
        "builtin": is_builtin(grant.binding),
        "role": roles.position(grant),
        "findings": [_finding(found) for found in roles.report.about(grant)],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "verbs": list(rule.verbs),
        "apiGroups": list(rule.api_groups),
        "resources": list(rule.resources),
        "resourceNames": list(rule.resource_names),
        "nonResourceURLs": list(rule.non_resource_urls),
    }


def _place(place: Place) -> dict[str, Any]:
    return {"file": place.path, "line": place.line or None}


def _finding(found: Diagnostic) -> dict[str, Any]:
    return {
        "code": found.code,
        "severity": str(found.severity),
        "field": found.field,
        "line": found.location.line if found.location else None,
        "message": found.message,
        "remedy": found.remedy,
    }
