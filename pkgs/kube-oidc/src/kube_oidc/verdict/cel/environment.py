"""The functions and names that one Kubernetes minor offers to expressions over `claims` or `user`.

Source: `k8s.io/apiserver/pkg/cel/environment/base.go` and `pkg/authentication/cel/compile.go`; the overloads
are in declarations.txt, which is read at first use.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from kube_oidc.data import folder
from kube_oidc.verdict.cel import types, well_known
from kube_oidc.verdict.cel.scope import Scope
from kube_oidc.verdict.cel.types import Type
from kube_oidc.verdict.versions import Difference, KubernetesVersion, VersionRange

_DECLARATION: Final = re.compile(
    r"(\S+) (\S+) (?:(.+?)\.)?\((.*)\) -> (.+?)(?: ; (?:([\d.]+)|to ([\d.]+)))?$"
)
_USER: Final = "kubernetes.UserInfo"


@dataclass(frozen=True, slots=True)
class Overload:
    """One signature of a function. `library` names the module that evaluates it."""

    id: str
    function: str
    member: bool
    arguments: tuple[Type, ...]
    result: Type
    library: str
    parameters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Function:
    """A function and its overloads, in the order in which cel-go tries them."""

    name: str
    overloads: tuple[Overload, ...]


@dataclass(slots=True)
class Environment:
    """Names, types and functions of one minor and one scope."""

    version: KubernetesVersion
    scope: Scope
    variables: Mapping[str, Type]
    objects: Mapping[str, Mapping[str, Type]]
    _functions: dict[str, Function | None] = field(default_factory=dict)

    def function(self, name: str) -> Function | None:
        """The function with this name (a leading dot is allowed), or None if this version lacks it."""
        name = name.removeprefix(".")
        if name not in self._functions:
            overloads = tuple(
                overload
                for line, library in _lines().get(name, ())
                if (overload := _overload(line, library, self.version)) is not None
            )
            self._functions[name] = Function(name, overloads) if overloads else None
        return self._functions[name]

    def variable(self, name: str) -> Type | None:
        """The type of a variable or type name, or None."""
        return self.variables.get(name)

    def field(self, struct: str, name: str) -> Type | None:
        """The type of an object's field, or None."""
        fields = self.objects.get(struct, {})
        return types.ANY if struct == "map" else fields.get(name)


@cache
def environment(scope: Scope, version: KubernetesVersion) -> Environment:
    """The environment in which this version of kube-apiserver compiles authentication expressions."""
    variables = dict(well_known.TYPE_NAMES)
    objects = {**{name: {} for name in well_known.SCALARS}, **well_known.MESSAGES}
    for name in ("net.IP", "net.CIDR"):
        variables[name] = types.type_of(types.opaque(name))
    parameterized = version.has(Difference.TYPE_NAMES_PARAMETERIZED)
    if parameterized:
        variables |= well_known.GENERIC
    if version.has(Difference.OPTIONAL_TYPE_NAME):
        held = (types.DYN,) if parameterized else ()
        variables["optional_type"] = types.type_of(Type(types.Kind.OPAQUE, "optional_type", held))
    if not version.has(Difference.STRUCT_NAMES_ARE_TYPES):
        variables |= {"duration": types.DURATION, "timestamp": types.TIMESTAMP}
    if scope is Scope.CLAIMS:
        variables["claims"] = types.map_of(types.STRING, types.ANY)
    else:
        variables["user"] = types.struct(_USER)
        typed = version.has(Difference.STRUCT_NAMES_ARE_TYPES)
        variables[_USER] = types.type_of(types.struct(_USER)) if typed else types.struct(_USER)
        objects[_USER] = {
            "username": types.STRING,
            "uid": types.STRING,
            "groups": types.list_of(types.STRING),
            "extra": types.map_of(types.STRING, types.list_of(types.STRING)),
        }
    return Environment(version, scope, variables, objects)


def all_overloads() -> Iterator[Overload]:
    """Every overload of any minor, in the order of declarations.txt."""
    for declared in _lines().values():
        for line, library in declared:
            yield _parsed(line, library)[0]


@cache
def _lines() -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    library = ""
    for line in (folder("verdict/cel") / "declarations.txt").read_text("utf-8").splitlines():
        if line.startswith("["):
            library = line.strip("[]")
        elif line and not line.startswith("#"):
            found.setdefault(line[: line.index(" ")], []).append((line, library))
    return found


@cache
def _overload(line: str, library: str, version: KubernetesVersion) -> Overload | None:
    overload, versions = _parsed(line, library)
    return overload if version in versions else None


def _parsed(line: str, library: str) -> tuple[Overload, VersionRange]:
    """The overload on a line, and the minors that have it."""
    match = _DECLARATION.match(line)
    assert match is not None, line
    function, identifier, target, arguments, result, first, last = match.groups()
    texts = ([target] if target else []) + _split(arguments)
    parsed = tuple(types.parse(text) for text in texts)
    returned = types.parse(result)
    names: dict[str, None] = {}
    for item in (*parsed, returned):
        _collect(item, names)
    overload = Overload(identifier, function, target is not None, parsed, returned, library, tuple(names))
    return overload, VersionRange.parse(first, last)


def _split(arguments: str) -> list[str]:
    """Splits arguments at commas outside of parentheses."""
    parts: list[str] = []
    depth = 0
    for piece in arguments.split(", ") if arguments else []:
        if depth:
            parts[-1] += ", " + piece
        else:
            parts.append(piece)
        depth += piece.count("(") - piece.count(")")
    return parts


def _collect(item: Type, names: dict[str, None]) -> None:
    if item.kind is types.Kind.PARAM:
        names[item.name] = None
    for part in item.parameters:
        _collect(part, names)
