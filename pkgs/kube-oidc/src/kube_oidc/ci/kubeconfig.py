"""A kubeconfig that holds no secret: where the API server is, what vouches for it, and who makes the token.

Only fields that are known to hold no credential are taken over; a new one must be added here by name.
Source: k8s.io/client-go/tools/clientcmd/api/v1/types.go.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from kube_oidc.serialize.yaml import dumps

NAME: Final = "oidc"
_EXEC_API: Final = "client.authentication.k8s.io/v1"


class KubeconfigError(Exception):
    """No kubeconfig can be made of this; the message says what is missing or wrong."""


class Cluster(NamedTuple):
    """The fields of a cluster that are taken over; `certificate_authority` is PEM, None for the system's."""

    server: str
    certificate_authority: bytes | None = None
    tls_server_name: str = ""
    proxy_url: str = ""
    namespace: str = ""


class Plugin(NamedTuple):
    """The program that kubectl asks for a token, with its arguments."""

    command: str
    arguments: tuple[str, ...]


def render(cluster: Cluster, plugin: Plugin | None) -> str:
    """The kubeconfig as YAML; without a plugin its user is empty, for `kubectl config set-credentials`."""
    context = {"cluster": NAME, "user": NAME}
    if cluster.namespace:
        context["namespace"] = cluster.namespace
    return dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": NAME, "cluster": _cluster_fields(cluster)}],
            "users": [{"name": NAME, "user": _user(plugin)}],
            "contexts": [{"name": NAME, "context": context}],
            "current-context": NAME,
        }
    )


def _cluster_fields(cluster: Cluster) -> dict[str, str]:
    fields = {"server": _address(cluster.server, "server")}
    if cluster.certificate_authority is not None:
        fields["certificate-authority-data"] = b64encode(
            _certificates(cluster.certificate_authority)
        ).decode()
    if cluster.tls_server_name:
        fields["tls-server-name"] = cluster.tls_server_name
    if cluster.proxy_url:
        fields["proxy-url"] = _address(cluster.proxy_url, "proxy-url")
    return fields


def _user(plugin: Plugin | None) -> dict[str, Any]:
    if plugin is None:
        return {}
    return {
        "exec": {
            "apiVersion": _EXEC_API,
            "command": plugin.command,
            "args": list(plugin.arguments),
            "interactiveMode": "Never",
            "installHint": "kube-oidc gets the CI job's ID token: put its Nix package, or kube-oidc.pyz, on the PATH",
        }
    }


def _address(url: str, field: str) -> str:
    """The URL, unless it holds a credential or is none."""
    try:
        place = urlsplit(url)
        usable = bool(place.hostname) and place.port != 0
    except ValueError:
        usable = False
        place = urlsplit("")
    if "@" in place.netloc:
        raise KubeconfigError(f"{field}: the URL holds a user or a password, which is a credential")
    if not usable or place.query or place.fragment:
        raise KubeconfigError(f"{field}: not a URL such as https://kubernetes.example.org:6443")
    if field == "server" and place.scheme != "https":
        raise KubeconfigError("server: must be an https:// URL, a token in plain http is anyone's")
    return url


def is_of_this_machine(server: str) -> bool:
    """Does the URL, one that `render` takes, lead to the very machine that asks? k3s' own file has such a one."""
    host = urlsplit(server).hostname or ""
    return host in ("localhost", "::1", "::", "0.0.0.0") or host.startswith("127.")  # noqa: S104


def _certificates(text: bytes) -> bytes:
    """The text, if it is PEM certificates: a private key beside them must not travel along."""
    if b"PRIVATE KEY-----" in text:
        raise KubeconfigError("the certificate authority's file holds a private key: leave that out")
    if b"-----BEGIN CERTIFICATE-----" not in text:
        raise KubeconfigError("the certificate authority is not a PEM certificate")
    return text


def cluster_of(document: object, context: str, folder: Path) -> Cluster:
    """The cluster of an existing kubeconfig's context (empty: its current one); its users are not looked at.

    Files that it names are read, relative to `folder`. KubeconfigError says what is missing.
    """
    if not isinstance(document, Mapping):
        raise KubeconfigError("not a kubeconfig: a map with clusters and contexts is expected")
    name = context or document.get("current-context") or ""
    if name:
        chosen = _named(document, "contexts", "context", name)
        cluster = _named(document, "clusters", "cluster", str(chosen.get("cluster", "")))
    else:
        chosen, cluster = {}, _only(document, "clusters", "cluster")
    if cluster.get("insecure-skip-tls-verify"):
        raise KubeconfigError("insecure-skip-tls-verify: the token would go to whoever answers")
    return Cluster(
        server=str(cluster.get("server") or ""),
        certificate_authority=_authority(cluster, folder),
        tls_server_name=str(cluster.get("tls-server-name") or ""),
        proxy_url=str(cluster.get("proxy-url") or ""),
        namespace=str(chosen.get("namespace") or ""),
    )


def _named(document: Mapping[str, Any], list_name: str, field: str, name: str) -> Mapping[str, Any]:
    for entry in _entries(document, list_name):
        if entry.get("name") == name and isinstance(entry.get(field), Mapping):
            found: Mapping[str, Any] = entry[field]
            return found
    raise KubeconfigError(f"{list_name}: there is no {field} {name!r}")


def _only(document: Mapping[str, Any], list_name: str, field: str) -> Mapping[str, Any]:
    entries = _entries(document, list_name)
    if not entries:
        raise KubeconfigError(f"no current-context, and no {list_name}: is this a kubeconfig?")
    if len(entries) != 1:
        raise KubeconfigError(f"no current-context, and {len(entries)} {list_name}: say which with --context")
    return _named(document, list_name, field, str(entries[0].get("name")))


def _entries(document: Mapping[str, Any], list_name: str) -> Sequence[Mapping[str, Any]]:
    entries = document.get(list_name)
    return [entry for entry in entries if isinstance(entry, Mapping)] if isinstance(entries, list) else []


def _authority(cluster: Mapping[str, Any], folder: Path) -> bytes | None:
    """`certificate-authority-data` before `certificate-authority`, as client-go has it."""
    if data := cluster.get("certificate-authority-data"):
        try:
            return b64decode(str(data), validate=True)
        except binascii.Error:
            raise KubeconfigError("certificate-authority-data: not base64") from None
    if file := cluster.get("certificate-authority"):
        try:
            return (folder / str(file)).read_bytes()
        except OSError as error:
            raise KubeconfigError(f"certificate-authority: {file}: {error.strerror}") from None
    return None
