"""Kubeconfigs for whoever talks to the API server, each readable by its owner alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import yaml

from e2e.harness.certificates import Authority, write_secret


def write_kubeconfig(path: Path, server: str, authority: Authority, user: Mapping[str, str]) -> Path:
    """A kubeconfig for one user of this server."""
    return write_secret(path, kubeconfig(server, authority.certificate, user).encode())


def kubeconfig(server: str, authority: Path | None = None, user: Mapping[str, str] | None = None) -> str:
    """The text of a kubeconfig."""
    cluster = {"server": server} | ({"certificate-authority": str(authority)} if authority else {})
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "local", "cluster": cluster}],
        "users": [{"name": "user", "user": dict(user or {})}],
        "contexts": [{"name": "local", "context": {"cluster": "local", "user": "user"}}],
        "current-context": "local",
    }
    return yaml.safe_dump(content)


def certificate_user(authority: Authority, name: str, *groups: str) -> dict[str, str]:
    """A kubeconfig's user with a client certificate."""
    certificate, key = authority.issue(name, groups)
    return {"client-certificate": str(certificate), "client-key": str(key)}
