"""Values → RBAC's objects, what was refused, what was passed over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from kube_oidc.inputs.kinds import looks_like_kind
from kube_oidc.rbac.decode import KINDS, Reading
from kube_oidc.rbac.model import API_GROUP, Binding, Objects, Place, Role
from kube_oidc.rbac.unknown import unknown_fields

_NO_KIND: Final = "without a kind"
_LISTS: Final = frozenset({f"{kind}List" for kind in KINDS})
_VERSION: Final = f"{API_GROUP}/v1"
_NAMES: Final = {list: "a list", str: "a text", bool: "a boolean", int: "a number", float: "a number"}
Kept = TypeVar("Kept", Role, Binding)
_LEFT_OUT: Final = "kubectl refuses the object; without validation the field is dropped, as it is here"
_REFUSED: Final = "the API server refuses this object, so it was left out: correct the field"


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
    """`ignored` counts the objects of other kinds, by kind; `texts` has the YAML files with `# kube-oidc:` comments."""

    objects: Objects = field(default_factory=Objects)
    problems: tuple[Problem, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)
    texts: Mapping[str, bytes] = field(default_factory=dict)


def decode(items: Iterable[object], origin: str) -> Loaded:
    """The same for objects that are read already, as an API server answers; `origin` names it in messages."""
    loading = Loading("default")
    for item in items:
        loading.value(item, Place(origin))
    return loading.result()


class Loading:
    """Objects one by one; of those `standing`, no binding changes its roleRef."""

    def __init__(self, default_namespace: str, standing: Iterable[Binding] = ()) -> None:
        self.problems: list[Problem] = []
        self.texts: dict[str, bytes] = {}
        self._standing = {(binding.namespace, binding.name): binding for binding in standing}
        self._namespace = default_namespace
        self._roles: dict[tuple[str, str], Role] = {}
        self._bindings: dict[tuple[str, str], Binding] = {}
        self._ignored: Counter[str] = Counter()

    def result(self) -> Loaded:
        """All that was kept and told."""
        objects = Objects(tuple(self._roles.values()), tuple(self._bindings.values()))
        return Loaded(objects, tuple(self.problems), dict(self._ignored), self.texts)

    def value(self, value: object, place: Place, api_version: object = None, kind: object = None) -> None:
        """One object or list; `api_version` and `kind` are what a typed list says of items that do not."""
        if value is None:
            return
        if not isinstance(value, dict):
            remedy = "an object has apiVersion, kind and metadata"
            what = _NAMES.get(type(value), "this")
            self.problems.append(Problem(place, f"{what} is no object", remedy))
            return
        place = Place(place.path, getattr(value, "line", place.line))
        if "apiVersion" in value or "kind" in value:
            api_version, kind = value.get("apiVersion"), value.get("kind")
        if not isinstance(kind, str):
            kind = _NO_KIND
        listed = kind in KINDS and isinstance(value.get("items"), list)  # so says kubectl, whatever the kind
        if kind == "List" or listed:
            self._list(value, place)
        elif kind in _LISTS and api_version == _VERSION:
            self._list(value, place, api_version, kind.removesuffix("List"))
        elif kind in KINDS and str(api_version).partition("/")[0] == API_GROUP:
            self._object({**value, "kind": kind}, place, str(api_version))
        else:
            self._ignored[kind if looks_like_kind(kind) or kind == _NO_KIND else "of another kind"] += 1

    def _list(
        self, value: dict[str, Any], place: Place, api_version: object = None, kind: object = None
    ) -> None:
        items = value.get("items")
        if items is not None and not isinstance(items, list):
            self.problems.append(
                Problem(place, "items is not a list", "put the objects of a list into items")
            )
            return
        for item in items or ():
            if isinstance(item, dict) and isinstance(item.get("items"), list):
                message = "a list is nested in another one, and kubectl reads neither"
                self.problems.append(
                    Problem(place, message, "put the objects of the inner list into the outer one")
                )
                return
        for item in items or ():
            self.value(item, place, api_version, kind)

    def _object(self, value: Mapping[str, Any], place: Place, api_version: str) -> None:
        if api_version != _VERSION:
            message = f"{value['kind']}: no API server since Kubernetes 1.22 has {api_version}"
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
        """The binding that already has its name; itself if there is none."""
        key = binding.namespace, binding.name
        return self._bindings.get(key) or self._standing.get(key) or binding

    def _keep(self, known: dict[tuple[str, str], Kept], made: Kept, place: Place) -> None:
        before = known.pop((made.namespace, made.name), None)
        if before is not None:
            message = f"{made} is defined twice; this definition was used"
            remedy = f"remove one of them: the other is at {before.place}"
            self.problems.append(Problem(place, message, remedy, refused=False))
        known[made.namespace, made.name] = made


def _title(value: Mapping[str, Any]) -> str:
    metadata = value.get("metadata")
    name = metadata.get("name") if isinstance(metadata, dict) else None
    return f"{value['kind']} {name}" if isinstance(name, str) and name else str(value["kind"])
