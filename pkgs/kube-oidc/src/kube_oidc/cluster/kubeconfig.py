"""Loads the kubeconfig like kubectl: merge files, choose a context, and report what is missing and where.

The Kubernetes client reads the same files, but continues without a credential if a plugin is missing, takes the context
from the last file instead of the first, and reports most errors as a missing configuration.
Source: `k8s.io/client-go/tools/clientcmd` (loader.go, client_config.go).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from kube_oidc.cluster import ClusterError
from kube_oidc.cluster.credential_files import check_cluster, check_user

_DEFAULT: Final = "~/.kube/config"
_KINDS: Final = ("clusters", "contexts", "users")
_NAME: Final = "the kubeconfig"
_OTHER: Final = "use --kubeconfig for another file"


class Entry(NamedTuple):
    """A cluster, context or user, and its file."""

    value: dict[str, Any]
    file: Path


class Files(NamedTuple):
    """The merged files, by kind and name; the first entry with a name wins."""

    named: dict[str, dict[str, Entry]]
    current: str
    shown: str


def chosen(kubeconfig: str | None, context: str | None) -> dict[str, Any]:
    """A kubeconfig with only this context and absolute paths; ClusterError says what is missing and where."""
    files = _merged(list(_paths(kubeconfig)))
    name = context or files.current
    contexts = files.named["contexts"]
    if not contexts:
        raise ClusterError(f"{files.shown} has no contexts: {_OTHER}")
    if name not in contexts:
        lacks = f"context {name!r} not found" if name else "no current-context"
        raise ClusterError(f"{files.shown}: {lacks}: choose one with --context: {', '.join(contexts)}")
    entry = contexts[name]
    cluster = _of(files, entry, name, "cluster")
    user = _of(files, entry, name, "user") if entry.value.get("user") else Entry({}, entry.file)
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "cluster", "cluster": check_cluster(cluster.value, _place(entry, cluster))}],
        "users": [{"name": "user", "user": check_user(user.value, _place(entry, user, "user"))}],
        "contexts": [{"name": "context", "context": {"cluster": "cluster", "user": "user"}}],
        "current-context": "context",
    }


def contexts(kubeconfig: str | None) -> tuple[str, ...]:
    """The names of all contexts, in the files' order; ClusterError if there are none."""
    files = _merged(list(_paths(kubeconfig)))
    if not files.named["contexts"]:
        raise ClusterError(f"{files.shown} has no contexts: {_OTHER}")
    return tuple(files.named["contexts"])


def _place(context: Entry, entry: Entry, kind: str = "cluster") -> tuple[Path, str]:
    return entry.file, f"{_NAME} {entry.file}: {kind} {context.value.get(kind, '')!r}"


def _of(files: Files, context: Entry, name: str, kind: str) -> Entry:
    """The context's cluster or user."""
    wanted = context.value.get(kind)
    entry = files.named[f"{kind}s"].get(str(wanted)) if wanted else None
    if entry is None:
        what = f"refers to the unknown {kind} {wanted!r}" if wanted else f"has no {kind}"
        raise ClusterError(
            f"{_NAME} {context.file}: the context {name!r} {what}: choose another with --context"
        )
    return entry


def _paths(kubeconfig: str | None) -> Iterator[Path]:
    """--kubeconfig, or the existing files in KUBECONFIG, or the one in the home directory."""
    if kubeconfig:
        yield Path(kubeconfig)
        return
    several = [name for name in os.environ.get("KUBECONFIG", "").split(os.pathsep) if name]
    if not several:
        path = Path(os.path.expanduser(_DEFAULT))  # noqa: PTH111 - unchanged without a home directory
        if not _is_there(path):
            raise ClusterError(f"{_NAME} {path} not found, and KUBECONFIG is not set: {_OTHER}")
        yield path
        return
    found = [path for path in map(Path, several) if _is_there(path)]
    if not found:
        raise ClusterError(f"KUBECONFIG: {', '.join(several)} not found: {_OTHER}")
    yield from found


def _is_there(path: Path) -> bool:
    """Whether the file exists; True on other errors, which reading it will report."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _merged(paths: list[Path]) -> Files:
    named: dict[str, dict[str, Entry]] = {kind: {} for kind in _KINDS}
    current = ""
    for path in paths:
        document = _read(path)
        current = current or str(document.get("current-context") or "")
        for kind in _KINDS:
            for name, value in _entries(document, kind, path):
                named[kind].setdefault(name, Entry(value, path))
    return Files(named, current, f"{_NAME} {', '.join(map(str, paths))}")


def _read(path: Path) -> Mapping[str, Any]:
    import yaml  # noqa: PLC0415 - 40 ms

    from kube_oidc.inputs.yaml_values import MAX_BYTES, load  # noqa: PLC0415

    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ClusterError(f"{_NAME} {path} is larger than {MAX_BYTES >> 20} MiB: {_OTHER}")
        text = data.decode()
        document = load(text)
    except OSError as error:
        raise ClusterError(f"cannot read {_NAME} {path}: {error.strerror}: {_OTHER}") from None
    except (UnicodeDecodeError, yaml.reader.ReaderError):
        raise ClusterError(f"{_NAME} {path} is not a kubeconfig: not text") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ClusterError(f"{_NAME} {path}{where}: invalid YAML") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise ClusterError(f"{_NAME} {path}: invalid YAML") from None
    if not text.strip():
        raise ClusterError(f"{_NAME} {path} is empty: {_OTHER}")
    if not isinstance(document, dict) or not all(isinstance(name, str) for name in document):
        raise ClusterError(
            f"{_NAME} {path} is not a kubeconfig: expected a map with clusters, contexts and users"
        )
    return document


def _entries(document: Mapping[str, Any], kind: str, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    entries = document.get(kind) or []
    if not isinstance(entries, list):
        raise ClusterError(f"{_NAME} {path}: {kind}: expected a list")
    for position, entry in enumerate(entries):
        value = entry.get(kind.removesuffix("s")) if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise ClusterError(f"{_NAME} {path}: {kind}[{position}] has no name")
        if not isinstance(value, dict | None):
            raise ClusterError(f"{_NAME} {path}: {kind}[{position}].{kind.removesuffix('s')}: expected a map")
        yield entry["name"], dict(value or {})
