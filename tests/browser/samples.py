"""Configurations and RBAC files of a given size, with everything in them that a page must stand."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import yaml

GROUP: Final = "rbac.authorization.k8s.io"
ROLES: Final[dict[str, list[dict[str, Any]]]] = {
    "deploy": [
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": ["get", "list", "watch", "patch"]}
    ],
    "logs": [{"apiGroups": [""], "resources": ["pods", "pods/log"], "verbs": ["get", "list"]}],
    "config": [
        {
            "apiGroups": [""],
            "resources": ["configmaps"],
            "resourceNames": ["site"],
            "verbs": ["get", "update"],
        },
        {"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["tls"], "verbs": ["get"]},
    ],
    "jobs": [{"apiGroups": ["batch"], "resources": ["jobs", "cronjobs"], "verbs": ["*"]}],
}
NAMESPACES: Final = ("blog", "shop", "payroll", "search", "mail", "monitoring", "build", "staging", "wiki")


def write(folder: Path, issuers: int, grants: int) -> tuple[Path, Path]:
    """The configuration, and a file with this many bindings that its issuers reach, and the hostile ones."""
    configuration, rbac = folder / "auth.yaml", folder / "rbac.yaml"
    head = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AuthenticationConfiguration"}
    configuration.write_text(yaml.safe_dump({**head, "jwt": [_entry(number) for number in range(issuers)]}))
    documents = [_binding(number, issuers) for number in range(grants)]
    if grants > 1:
        documents += _extremes()
    names = {(one["metadata"]["namespace"], one["roleRef"]["name"]) for one in documents if _to_role(one)}
    documents += [_role(name, namespace) for namespace, name in sorted(names) if name in ROLES]
    rbac.write_text(yaml.dump_all(documents, Dumper=yaml.CSafeDumper))
    return configuration, rbac


def _entry(number: int) -> dict[str, Any]:
    if number % 5 == 3:
        return {
            "issuer": {"url": f"https://sso{number}.example.org/realms/main", "audiences": ["kubernetes"]},
            "claimMappings": {
                "username": {"claim": "preferred_username", "prefix": f"i{number}:"},
                "groups": {"claim": "groups", "prefix": f"i{number}:"},
            },
        }
    return {
        "issuer": {"url": f"https://git{number}.example.org/api/actions", "audiences": ["kubernetes"]},
        "claimMappings": {"username": {"claim": "sub", "prefix": f"i{number}:"}},
        "claimValidationRules": [
            {"expression": f"claims.repository_owner == 'team{number}'"},
            {"expression": "claims.event_name in ['push', 'schedule']"},
        ],
    }


def _binding(number: int, issuers: int) -> dict[str, Any]:
    issuer, role = number % issuers, list(ROLES)[number // 3 % len(ROLES)]
    name = f"i{issuer}:repo:team{issuer}/app{number}:ref:refs/heads/main"
    kind = "User"
    if issuer % 5 == 3:
        kind, name = (
            ("Group", f"i{issuer}:team-app{number} ") if number % 2 else ("User", f"i{issuer}:app{number} ")
        )
    return _bound(f"{role}-{number}", kind, name, ("Role", role), NAMESPACES[number % len(NAMESPACES)])


def _extremes() -> list[dict[str, Any]]:
    """Grants of everything, to everybody, to nobody, and names that would like to be markup."""
    return [
        _bound(
            "all", "User", "i1:repo:team1/infra:ref:refs/heads/main", ("ClusterRole", "cluster-admin"), ""
        ),
        _bound("admins", "Group", "i3:ops", ("ClusterRole", "cluster-admin"), ""),
        _bound("view", "Group", "system:authenticated", ("ClusterRole", "view"), "wiki"),
        _bound("gone", "User", "i3:ada", ("Role", "gone"), "wiki"),
        _bound("script", "User", "<script>alert(1)</script>", ("ClusterRole", "view"), "blog"),
        _bound("image", "Group", 'i3:"><img src=x onerror=alert(1)>', ("ClusterRole", "edit"), "blog"),
        _bound("long", "User", "i3:" + "a" * 400, ("ClusterRole", "</title><script>" + "b" * 90), "blog"),
        _bound("eve", "User", "i0:repo:eve/app:ref:refs/heads/main", ("ClusterRole", "edit"), "blog"),
    ]


def _bound(name: str, kind: str, subject: str, role: tuple[str, str], namespace: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "RoleBinding" if namespace else "ClusterRoleBinding",
        "metadata": metadata,
        "roleRef": {"apiGroup": GROUP, "kind": role[0], "name": role[1].replace("/", "∕")},
        "subjects": [{"apiGroup": GROUP, "kind": kind, "name": subject}],
    }


def _role(name: str, namespace: str) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": f"{GROUP}/v1", "kind": "Role", "metadata": metadata, "rules": ROLES[name]}


def _to_role(document: dict[str, Any]) -> bool:
    return document["roleRef"]["kind"] == "Role"
