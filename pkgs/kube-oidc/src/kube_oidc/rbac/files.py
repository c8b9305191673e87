"""Files and folders → their RBAC objects."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from kube_oidc.inputs.folders import files_below
from kube_oidc.rbac.builtin import builtin
from kube_oidc.rbac.loading import Loaded, Loading, Problem
from kube_oidc.rbac.model import Place
from kube_oidc.rbac.values import Unreadable, values
from kube_oidc.verdict.versions import DEFAULT, KubernetesVersion

MAX_BYTES: Final = 32 * 1024 * 1024
_MARKER: Final = b"kube-oidc:"  # begins the comments that suppress a finding


def load(
    paths: Iterable[str | Path], default_namespace: str = "default", version: KubernetesVersion = DEFAULT
) -> Loaded:
    """Every RBAC object of these files, and of the .yaml, .yml and .json files of these folders.

    Nothing is raised: what cannot be read is a problem. Objects that name no namespace are in the default one, as
    kubectl puts them there. `version` decides which bindings a cluster has before.
    """
    loading = Loading(default_namespace, builtin(version).bindings)
    left = MAX_BYTES
    for path in paths:
        for file in _files(Path(path), loading):
            left -= _read(file, left, loading)
    return loading.result()


def _files(path: Path, loading: Loading) -> Iterator[Path]:
    if not os.path.isdir(path):  # noqa: PTH112 - False if it can't be accessed
        yield path
        return
    found = False

    def locked(error: OSError) -> None:
        nonlocal found
        found = True
        loading.problems.append(_unreadable(str(error.filename), error))

    for file in files_below(path, locked):
        found = True
        yield file
    if not found:
        remedy = "name the folder that has the Role, RoleBinding and ClusterRole files"
        loading.problems.append(Problem(Place(str(path)), "no .yaml, .yml or .json file is in it", remedy))


def _unreadable(path: str, error: OSError) -> Problem:
    remedy = "name a file or folder that can be read"
    return Problem(Place(path), f"it cannot be read: {error.strerror}", remedy)


def _read(path: Path, most: int, loading: Loading) -> int:
    """Reads up to `most` bytes, and returns how many they were."""
    place = Place(str(path))
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        loading.problems.append(_unreadable(place.path, error))
        return 0
    if len(data) > most:
        message = f"with it there are more than {MAX_BYTES // 1024**2} MiB, beyond what is read here"
        loading.problems.append(Problem(place, message, "name only the files with RBAC objects"))
        return 0
    if _MARKER in data and not data.lstrip().startswith(b"{"):
        loading.texts[place.path] = data
    try:
        for value in values(data):
            loading.value(value, place)
    except Unreadable as error:
        remedy = "fix the file, or pass only files that kubectl can read"
        loading.problems.append(Problem(Place(place.path, error.line), str(error), remedy))
    return len(data)
