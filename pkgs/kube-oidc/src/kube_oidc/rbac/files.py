"""Files, folders, and answers of an API server → RBAC's objects, what was refused, what was passed over."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

from kube_oidc.folders import files_below
from kube_oidc.rbac.decode import KINDS, Reading
from kube_oidc.rbac.model import API_GROUP, Binding, Objects, Place, Role
from kube_oidc.rbac.unknown import unknown_fields
from kube_oidc.rbac.values import Unreadable, values

MAX_BYTES: Final = 32 * 1024 * 1024
_LISTS: Final = frozenset({f"{kind}List" for kind in KINDS})
_VERSION: Final = f"{API_GROUP}/v1"
_NAMES: Final = {list: "a list", str: "a text", bool: "a boolean", int: "a number", float: "a number"}
Kept = TypeVar("Kept", Role, Binding)
_LEFT_OUT: Final = (
    "kubectl refuses the object for it; where that is not checked, the field is left out, as it is here"
)
_REFUSED: Final = "as it stands the API server refuses this object, and it was left out: correct the field"


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be read, or is not as it seems. `refused` says that the object was left out."""

    place: Place
    message: str
    remedy: str
    refused: bool = True

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


@dataclass(frozen=True, slots=True)
class Loaded:
    """`ignored` counts the objects of other kinds, by kind."""

    objects: Objects = field(default_factory=Objects)
    problems: tuple[Problem, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)


def load(paths: Iterable[str | Path], default_namespace: str = "default") -> Loaded:
    """Every RBAC object of these files, and of the .yaml, .yml and .json files of these folders.

    Nothing is raised: what cannot be read is a problem. Objects that name no namespace are in the default one, as
    kubectl puts them there.
    """
    from kube_oidc.rbac.builtin import builtin  # noqa: PLC0415 - which is read by this file

    loading = _Loading(default_namespace, builtin().bindings)
    left = MAX_BYTES
    for path in paths:
        for file in _files(Path(path), loading):
            left -= loading.file(file, left)
    return loading.result()


def decode(items: Iterable[object], origin: str) -> Loaded:
    """The same for objects that are read already, as an API server answers; `origin` names it in messages."""
    loading = _Loading("default")
    for item in items:
        loading.value(item, Place(origin))
    return loading.result()


def _files(path: Path, loading: _Loading) -> Iterator[Path]:
    if not os.path.isdir(path):  # noqa: PTH112 - which is False for what cannot be looked at
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


class _Loading:
    def __init__(self, default_namespace: str, standing: Iterable[Binding] = ()) -> None:
        self.problems: list[Problem] = []
        self._standing = {(binding.namespace, binding.name): binding for binding in standing}
        self._namespace = default_namespace
        self._roles: dict[tuple[str, str], Role] = {}
        self._bindings: dict[tuple[str, str], Binding] = {}
        self._ignored: Counter[str] = Counter()

    def result(self) -> Loaded:
        objects = Objects(tuple(self._roles.values()), tuple(self._bindings.values()))
        return Loaded(objects, tuple(self.problems), dict(self._ignored))

    def file(self, path: Path, most: int) -> int:
        """Reads up to `most` bytes, and returns how many they were."""
        place = Place(str(path))
        try:
            with path.open("rb") as file:
                data = file.read(most + 1)
        except OSError as error:
            self.problems.append(_unreadable(place.path, error))
            return 0
        if len(data) > most:
            message = f"with it there are more than {MAX_BYTES // 1024**2} MiB, beyond what is read here"
            self.problems.append(Problem(place, message, "name the files that hold RBAC's objects alone"))
            return 0
        try:
            for value in values(data):
                self.value(value, place)
        except Unreadable as error:
            remedy = "mend the file, or name those that are read by kubectl as they stand"
            self.problems.append(Problem(Place(place.path, error.line), str(error), remedy))
        return len(data)

    def value(self, value: object, place: Place, version: object = None, kind: object = None) -> None:
        """One object or list; `version` and `kind` are what a typed list says of items that do not."""
        if value is None:
            return
        if not isinstance(value, dict):
            remedy = "an object has apiVersion, kind and metadata"
            what = _NAMES.get(type(value), "this")
            self.problems.append(Problem(place, f"{what} is no object", remedy))
            return
        place = Place(place.path, getattr(value, "line", 0) or place.line)
        if "apiVersion" in value or "kind" in value:
            version, kind = value.get("apiVersion"), value.get("kind")
        if not isinstance(kind, str):
            kind = "without a kind"
        listed = kind in KINDS and isinstance(value.get("items"), list)  # so says kubectl, whatever the kind
        if kind == "List" or listed:
            self._list(value, place)
        elif kind in _LISTS and version == _VERSION:
            self._list(value, place, version, kind.removesuffix("List"))
        elif kind in KINDS and str(version).partition("/")[0] == API_GROUP:
            self._object({**value, "kind": kind}, place, str(version))
        else:
            self._ignored[kind] += 1

    def _list(self, value: dict[str, Any], place: Place, version: object = None, kind: object = None) -> None:
        items = value.get("items")
        if items is not None and not isinstance(items, list):
            self.problems.append(Problem(place, "items is no list", "a list has its objects in items"))
            return
        for item in items or ():
            if isinstance(item, dict) and isinstance(item.get("items"), list):
                message = "a list stands in another one, and kubectl reads neither"
                self.problems.append(
                    Problem(place, message, "put the objects of the inner list into the outer one")
                )
                return
        for item in items or ():
            self.value(item, place, version, kind)

    def _object(self, value: Mapping[str, Any], place: Place, version: str) -> None:
        if version != _VERSION:
            message = f"{value['kind']}: no API server since Kubernetes 1.22 has {version}"
            self.problems.append(Problem(place, message, f"write apiVersion: {_VERSION}; it was left out"))
            return
        reading = Reading(value, place)
        made = reading.read(self._namespace)
        if made is None:
            for path, message in reading.problems:
                self.problems.append(Problem(place, f"{_title(value)}: {path}: {message}", _REFUSED))
            return
        for path, meant in unknown_fields(value):
            message = f"{_title(value)}: {path}: there is no such field"
            remedy = f"{f'write {meant}' if meant else 'remove it'}: {_LEFT_OUT}"
            self.problems.append(Problem(place, message, remedy, refused=False))
        if isinstance(made, Role):
            self._keep(self._roles, made, place)
        elif (before := self._before(made)).role_key != made.role_key:  # as `ValidateRoleBindingUpdate`
            message = f"{made} is there already with another roleRef, and no roleRef can be changed"
            remedy = f"rename it: the API server refuses this one, and keeps that of {before.place}"
            self.problems.append(Problem(place, message, remedy))
        else:
            self._keep(self._bindings, made, place)

    def _before(self, binding: Binding) -> Binding:
        """What has its name already; itself where nothing has."""
        key = binding.namespace, binding.name
        return self._bindings.get(key) or self._standing.get(key) or binding

    def _keep(self, known: dict[tuple[str, str], Kept], made: Kept, place: Place) -> None:
        before = known.pop((made.namespace, made.name), None)
        if before is not None:
            message = f"{made} stands a second time; this one was taken"
            remedy = f"remove one of them: the other is at {before.place}"
            self.problems.append(Problem(place, message, remedy, refused=False))
        known[made.namespace, made.name] = made


def _title(value: Mapping[str, Any]) -> str:
    metadata = value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return f"{value['kind']} {name}" if isinstance(name, str) and name else str(value["kind"])
