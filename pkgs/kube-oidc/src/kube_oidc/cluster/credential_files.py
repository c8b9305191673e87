"""Checks what a kubeconfig's cluster and user refer to: addresses, certificates, files, credential plugins."""

from __future__ import annotations

import binascii
import os
import shutil
from base64 import b64decode
from pathlib import Path
from typing import Any, Final

from kube_oidc.cluster import ClusterError

_SERVER: Final = "expected a URL such as https://kubernetes.example.org:6443"

Place = tuple[Path, str]  # the kubeconfig, and the words for the entry in it


def check_cluster(cluster: dict[str, Any], place: Place) -> dict[str, Any]:
    """The cluster with absolute paths; ClusterError if it is unusable."""
    server = cluster.get("server")
    if not server:
        raise ClusterError(f"{place[1]} has no server: {_SERVER}")
    if not str(server).lower().startswith(("https://", "http://")):
        raise ClusterError(f"{place[1]}: server: {_SERVER}")
    _decoded(cluster, "certificate-authority-data", place, b"-----BEGIN CERTIFICATE-----")
    return _absolute(cluster, (("certificate-authority", "certificate-authority-data"),), place)


def check_user(user: dict[str, Any], place: Place) -> dict[str, Any]:
    """The user with absolute paths; ClusterError if its credential is missing or unreadable."""
    _decoded(user, "client-certificate-data", place, b"-----BEGIN CERTIFICATE-----")
    _decoded(user, "client-key-data", place, b"PRIVATE KEY-----")
    files = (
        ("client-certificate", "client-certificate-data"),
        ("client-key", "client-key-data"),
        ("tokenFile", "token"),
    )
    found = _absolute(user, files, place)
    if "exec" in found:
        found["exec"] = _plugin(found["exec"], place)
    return found


def _decoded(entry: dict[str, Any], field: str, place: Place, holds: bytes) -> None:
    if not entry.get(field):
        return
    try:
        data = b64decode(str(entry[field]), validate=True)
    except (binascii.Error, ValueError):
        raise ClusterError(f"{place[1]}: {field} is not base64") from None
    if holds not in data:
        raise ClusterError(f"{place[1]}: {field}: expected base64-encoded PEM")


def _absolute(entry: dict[str, Any], files: tuple[tuple[str, str], ...], place: Place) -> dict[str, Any]:
    """The entry with file paths resolved relative to the kubeconfig, unless the data is inline."""
    found = dict(entry)
    for field, data in files:
        if not entry.get(field) or entry.get(data):
            continue
        path = Path.cwd() / place[0].parent / str(entry[field])
        try:
            path.open("rb").close()
        except OSError as error:
            raise ClusterError(f"{place[1]}: cannot read {field} {path}: {error.strerror}") from None
        found[field] = str(path)
    return found


def _plugin(plugin: Any, place: Place) -> dict[str, Any]:
    if not isinstance(plugin, dict) or not isinstance(plugin.get("command"), str):
        raise ClusterError(f"{place[1]}: exec has no command")
    command = plugin["command"]
    if "/" in command:
        command = str(Path.cwd() / place[0].parent / command)
    variables = plugin.get("env") or ()
    own = [item.get("value") for item in variables if isinstance(item, dict) and item.get("name") == "PATH"]
    search = str(own[-1]) if own else os.environ.get("PATH")
    if shutil.which(command, path=search) is None:
        hint = plugin.get("installHint")
        where = "not found or not executable" if "/" in command else "not found on PATH"
        raise ClusterError(
            f"{place[1]}: the credential plugin {plugin['command']!r} {where}" + (f": {hint}" if hint else "")
        )
    return {**plugin, "command": command}
