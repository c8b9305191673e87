"""The change to a tool's own configuration: the new file, where it goes, and the flags that must go.

Sources: the reference pages of Talos (machine.files, cluster.apiServer), kubeadm (ClusterConfiguration), Cluster API
(KubeadmConfigSpec), k3s and RKE2 (config.yaml), kind (Cluster) and k0s (ClusterConfig).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from kube_oidc.inputs.yaml_nodes import at, text_at
from kube_oidc.migrate.flags import MigrateError, OidcFlags
from kube_oidc.migrate.sources import FoundFlags
from kube_oidc.serialize.yaml import dumps

_FLAG: Final = "authentication-config"
_FOLDER: Final = "/etc/kubernetes/oidc"
_PATH: Final = f"{_FOLDER}/auth.yaml"
_TALOS_PATH: Final = "/var/etc/kubernetes-auth/auth.yaml"  # Talos creates files only below /var
_READABLE: Final = 0o644  # the file has no secret, and Talos' API server isn't root
_WRITE: Final = "# Write the file first: kube-oidc migrate --from {source} > {path}\n"


def render_patch(found: FoundFlags, flags: OidcFlags, text: str, source: str) -> str:
    """The patch for the tool whose file the flags are in; MigrateError if there is none for it."""
    renders = _TOOLS.get(found.tool)
    if renders is None:
        raise MigrateError(
            f"--to patch: this isn't a configuration of {', '.join(sorted(_TOOLS))}: use --to yaml or --to nix"
        )
    return renders(found, flags, text, source)


def _talos(found: FoundFlags, flags: OidcFlags, text: str, source: str) -> str:
    del found, source
    folder = _TALOS_PATH.rpartition("/")[0]
    file = {"path": _TALOS_PATH, "permissions": _READABLE, "op": "create", "content": text}
    removed = {_name(flag): {"$patch": "delete"} for flag in flags.names}
    server = {
        "extraArgs": {_FLAG: _TALOS_PATH, **removed},
        "extraVolumes": [{"hostPath": folder, "mountPath": folder, "readonly": True}],
    }
    patch = dumps({"machine": {"files": [file]}, "cluster": {"apiServer": server}})
    return patch.replace(f"permissions: {_READABLE}", f"permissions: {_READABLE:#o}", 1)


def _volume() -> dict[str, Any]:
    """The folder, not the file: a mounted file would stay the old one when it is replaced by a rename."""
    return {
        "name": "oidc",
        "hostPath": _FOLDER,
        "mountPath": _FOLDER,
        "readOnly": True,
        "pathType": "DirectoryOrCreate",
    }


def _kubeadm(found: FoundFlags, flags: OidcFlags, text: str, source: str) -> str:
    if at(found.document, "spec") is not None:
        return _control_plane(found, flags, text)
    version = text_at(found.document, "apiVersion") or "kubeadm.k8s.io/v1beta4"
    note = f"# Merge this into the ClusterConfiguration, and remove from extraArgs: {_listed(flags)}\n"
    arguments: Any = {_FLAG: _PATH} if version.endswith("v1beta3") else [{"name": _FLAG, "value": _PATH}]
    server = {"extraArgs": arguments, "extraVolumes": [_volume()]}
    patch = {"apiVersion": version, "kind": "ClusterConfiguration", "apiServer": server}
    return _WRITE.format(source=source, path=_PATH) + note + dumps(patch)


def _control_plane(found: FoundFlags, flags: OidcFlags, text: str) -> str:
    """A merge patch: `null` removes a key."""
    removed = {_name(flag): None for flag in flags.names}
    server = {"extraArgs": {_FLAG: _PATH, **removed}, "extraVolumes": [_volume()]}
    config = {
        "files": [{"path": _PATH, "owner": "root:root", "permissions": f"0{_READABLE:o}", "content": text}],
        "clusterConfiguration": {"apiServer": server},
    }
    head = {key: text_at(found.document, key) for key in ("apiVersion", "kind")}
    name = text_at(found.document, "metadata", "name")
    spec: dict[str, Any] = {"kubeadmConfigSpec": config}
    if at(found.document, "spec", "template") is not None:
        spec = {"template": {"spec": spec}}
    note = "# A merge patch: lists replace those of the object, so add the entries it already has\n"
    return note + dumps({**head, "metadata": {"name": name}, "spec": spec})


def _k3s(found: FoundFlags, flags: OidcFlags, text: str, source: str) -> str:
    del text
    path = "/etc/rancher/auth.yaml"
    note = f"# Replace kube-apiserver-arg, without {_listed(flags)}\n"
    arguments = [f"{_FLAG}={path}", *found.other_words]
    return _WRITE.format(source=source, path=path) + note + dumps({"kube-apiserver-arg": arguments})


def _kind(found: FoundFlags, flags: OidcFlags, text: str, source: str) -> str:
    del found, text
    inner = {
        "kind": "ClusterConfiguration",
        "apiServer": {"extraArgs": {_FLAG: _PATH}, "extraVolumes": [_volume()]},
    }
    node = {
        "role": "control-plane",
        "extraMounts": [{"hostPath": "./oidc", "containerPath": _FOLDER, "readOnly": True}],
        "kubeadmConfigPatches": [dumps(inner)],
    }
    head = {"kind": "Cluster", "apiVersion": "kind.x-k8s.io/v1alpha4"}
    note = f"# Remove from extraArgs: {_listed(flags)}\n"
    return _WRITE.format(source=source, path="oidc/auth.yaml") + note + dumps({**head, "nodes": [node]})


def _k0s(found: FoundFlags, flags: OidcFlags, text: str, source: str) -> str:
    del text
    head = {"apiVersion": text_at(found.document, "apiVersion"), "kind": text_at(found.document, "kind")}
    path = "/etc/k0s/auth.yaml"
    note = f"# Remove from extraArgs: {_listed(flags)}\n"
    patch = {**head, "spec": {"api": {"extraArgs": {_FLAG: path}}}}
    return _WRITE.format(source=source, path=path) + note + dumps(patch)


def _rke1(found: FoundFlags, flags: OidcFlags, text: str, source: str) -> str:
    del found, text
    server = {"extra_args": {_FLAG: _PATH}, "extra_binds": [f"{_FOLDER}:{_FOLDER}:ro"]}
    note = f"# Remove from extra_args: {_listed(flags)}\n"
    return _WRITE.format(source=source, path=_PATH) + note + dumps({"services": {"kube-api": server}})


def _name(flag: str) -> str:
    return flag.removeprefix("--")


def _listed(flags: OidcFlags) -> str:
    return ", ".join(map(_name, flags.names))


_TOOLS: Final[Mapping[str, Callable[[FoundFlags, OidcFlags, str, str], str]]] = {
    "talos": _talos,
    "kubeadm": _kubeadm,
    "k3s": _k3s,
    "kind": _kind,
    "k0s": _k0s,
    "rke1": _rke1,
}
