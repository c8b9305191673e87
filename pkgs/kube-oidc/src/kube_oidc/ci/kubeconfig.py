"""A kubeconfig without secrets: the API server's address and CA, and the plugin that gets the token.

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
_JOB_HINT: Final = "kube-oidc gets the CI job's ID token: install its Nix package or kube-oidc.pyz on PATH"


class KubeconfigError(Exception):
    """The kubeconfig can't be written; the message says what is missing or wrong."""


class Cluster(NamedTuple):
    """The fields taken from a cluster; `certificate_authority` is PEM, None for the system's CAs."""

    server: str
    certificate_authority: bytes | None = None
    tls_server_name: str = ""
    proxy_url: str = ""
    namespace: str = ""


class Plugin(NamedTuple):
    """The exec plugin and its arguments; `hint` is what kubectl prints if the command isn't found.

    `api` is the version of client.authentication.k8s.io, and `interactive` whether it may use standard input.
    """

    command: str
    arguments: tuple[str, ...]
    hint: str
    api: str = "v1"
    interactive: bool = False


def job_plugin(command: str, audience: str, more: Sequence[str]) -> Plugin:
    """`kube-oidc token`, which requests the CI job's ID token; `more` are its extra arguments."""
    words = ("token", "--audience", audience, "--exec-credential", *more)
    return Plugin(command, words, _JOB_HINT)


def render(cluster: Cluster, plugin: Plugin | None) -> str:
    """The kubeconfig as YAML; without a plugin, its user is empty, for `kubectl config set-credentials`."""
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
        fields["certificate-authority-data"] = b64encode(certificates(cluster.certificate_authority)).decode()
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
            "apiVersion": f"client.authentication.k8s.io/{plugin.api}",
            "command": plugin.command,
            "args": list(plugin.arguments),
            "interactiveMode": "IfAvailable" if plugin.interactive else "Never",
            "installHint": plugin.hint,
        }
    }


def _address(url: str, field: str) -> str:
    """The URL; KubeconfigError if it contains a credential or isn't a URL."""
    try:
        place = urlsplit(url)
        usable = bool(place.hostname) and place.port != 0
    except ValueError:
        usable = False
        place = urlsplit("")
    if "@" in place.netloc:
        raise KubeconfigError(f"{field}: the URL contains a user or password, which is a credential")
    if not usable or place.query or place.fragment:
        raise KubeconfigError(f"{field}: not a URL such as https://kubernetes.example.org:6443")
    if field == "server" and place.scheme != "https":
        raise KubeconfigError("server: must be an https:// URL, otherwise the token is sent in clear text")
    return url


def is_of_this_machine(server: str) -> bool:
    """Whether the URL is a local address, as in k3s' own kubeconfig."""
    host = urlsplit(server).hostname or ""
    return host in ("localhost", "::1", "::", "0.0.0.0") or host.startswith("127.")  # noqa: S104


def certificates(text: bytes) -> bytes:
    """The text, if it contains PEM certificates and no private key, which must not be published."""
    if b"PRIVATE KEY-----" in text:
        raise KubeconfigError("the CA file contains a private key: remove it")
    if b"-----BEGIN CERTIFICATE-----" not in text:
        raise KubeconfigError("the CA is not a PEM certificate")
    return text


def cluster_of(document: object, context: str, folder: Path, *, verified: bool = False) -> Cluster:
    """The cluster of an existing kubeconfig's context (empty: the current one); its users are ignored.

    Files are read relative to `folder`. `verified`: the caller has another CA, so that `insecure-skip-tls-verify` has
    no effect. KubeconfigError says what is missing.
    """
    if not isinstance(document, Mapping):
        raise KubeconfigError("not a kubeconfig: expected a map with clusters and contexts")
    name = context or document.get("current-context") or ""
    if name:
        chosen = _named(document, "contexts", "context", name)
        cluster = _named(document, "clusters", "cluster", str(chosen.get("cluster", "")))
    else:
        chosen, cluster = {}, _only(document, "clusters", "cluster")
    if cluster.get("insecure-skip-tls-verify") and not verified:
        raise KubeconfigError(
            "insecure-skip-tls-verify: the token would be sent to an unverified server; "
            "add --certificate-authority FILE with the cluster's CA"
        )
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
    raise KubeconfigError(f"{list_name}: {field} {name!r} not found")


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
