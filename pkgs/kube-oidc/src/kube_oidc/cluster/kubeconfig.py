"""The kubeconfig as kubectl finds it: files put together, one context chosen, whatever is missing named with its place.

The Kubernetes client would read the same files, but goes on without a credential where a plugin is not there, lets the
last file choose the context where kubectl's first one does, and says of most faults that there is no configuration.
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
_OTHER: Final = "--kubeconfig names another"


class Entry(NamedTuple):
    """A cluster, context or user, and the file that it stands in."""

    value: dict[str, Any]
    file: Path


class Files(NamedTuple):
    """What the files hold together, by kind and name: of several with one name the first counts."""

    named: dict[str, dict[str, Entry]]
    current: str
    shown: str


def chosen(kubeconfig: str | None, context: str | None) -> dict[str, Any]:
    """A kubeconfig of one context, whose files have absolute paths; ClusterError says what is missing, and where."""
    files = _merged(list(_paths(kubeconfig)))
    name = context or files.current
    contexts = files.named["contexts"]
    if not contexts:
        raise ClusterError(f"{files.shown} has no contexts: {_OTHER}")
    if name not in contexts:
        lacks = f"there is no context {name!r}" if name else "there is no current-context"
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


def _place(context: Entry, entry: Entry, kind: str = "cluster") -> tuple[Path, str]:
    return entry.file, f"{_NAME} {entry.file}: {kind} {context.value.get(kind, '')!r}"


def _of(files: Files, context: Entry, name: str, kind: str) -> Entry:
    """The cluster or user that the context names."""
    wanted = context.value.get(kind)
    entry = files.named[f"{kind}s"].get(str(wanted)) if wanted else None
    if entry is None:
        what = f"names the {kind} {wanted!r}, which is not there" if wanted else f"names no {kind}"
        raise ClusterError(
            f"{_NAME} {context.file}: the context {name!r} {what}: choose another with --context"
        )
    return entry


def _paths(kubeconfig: str | None) -> Iterator[Path]:
    """--kubeconfig, else those of KUBECONFIG that are there, else the one in the home."""
    if kubeconfig:
        yield Path(kubeconfig)
        return
    several = [name for name in os.environ.get("KUBECONFIG", "").split(os.pathsep) if name]
    if not several:
        path = Path(os.path.expanduser(_DEFAULT))  # noqa: PTH111 - which leaves it as it stands without a home
        if not _is_there(path):
            raise ClusterError(f"{_NAME} {path} is not there, and KUBECONFIG is not set: {_OTHER}")
        yield path
        return
    found = [path for path in map(Path, several) if _is_there(path)]
    if not found:
        raise ClusterError(f"KUBECONFIG: {', '.join(several)} is not there: {_OTHER}")
    yield from found


def _is_there(path: Path) -> bool:
    """What cannot be looked at is there: reading it says why."""
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
            raise ClusterError(f"{_NAME} {path} has more than {MAX_BYTES >> 20} MiB: {_OTHER}")
        text = data.decode()
        document = load(text)
    except OSError as error:
        raise ClusterError(f"{_NAME} {path} cannot be read: {error.strerror}: {_OTHER}") from None
    except (UnicodeDecodeError, yaml.reader.ReaderError):
        raise ClusterError(f"{_NAME} {path} is no kubeconfig: it is not text") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ClusterError(f"{_NAME} {path}{where}: this is not YAML") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise ClusterError(f"{_NAME} {path} is not YAML") from None
    if not text.strip():
        raise ClusterError(f"{_NAME} {path} is empty: {_OTHER}")
    if not isinstance(document, dict) or not all(isinstance(name, str) for name in document):
        raise ClusterError(
            f"{_NAME} {path} is no kubeconfig: a map with clusters, contexts and users is expected"
        )
    return document


def _entries(document: Mapping[str, Any], kind: str, path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    entries = document.get(kind) or []
    if not isinstance(entries, list):
        raise ClusterError(f"{_NAME} {path}: {kind}: a list is expected")
    for position, entry in enumerate(entries):
        value = entry.get(kind.removesuffix("s")) if isinstance(entry, dict) else None
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise ClusterError(f"{_NAME} {path}: {kind}[{position}] has no name")
        if not isinstance(value, dict | None):
            raise ClusterError(
                f"{_NAME} {path}: {kind}[{position}].{kind.removesuffix('s')}: a map is expected"
            )
        yield entry["name"], dict(value or {})
