"""Selects a call's implementation and checks the argument types before it runs (cel-go's `common/decls`)."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, Final, NoReturn, cast

from kube_oidc.verdict.cel import operators
from kube_oidc.verdict.cel.environment import Environment, Overload
from kube_oidc.verdict.cel.functions import Changed, extended_lists
from kube_oidc.verdict.cel.types import Kind, Type
from kube_oidc.verdict.cel.values import CelError, MapValue, type_name
from kube_oidc.verdict.undecidable import Undecidable
from kube_oidc.verdict.versions import KubernetesVersion

Implementation = Callable[..., Any]
UNGUARDED: Final = frozenset({"contains", "startsWith", "endsWith", "flatten", "distinct"})
SINGLETONS: Final = frozenset({*operators.FUNCTIONS, "sort", "@sortByAssociatedKeys"})
"""Functions with a single implementation for all types."""
_ANYTHING: Final = frozenset({Kind.DYN, Kind.ANY, Kind.PARAM})


def implementation(environment: Environment, function: str, overloads: Sequence[str]) -> Implementation:
    """The implementation for a call to which these overloads apply."""
    if function in operators.FUNCTIONS:
        return operators.FUNCTIONS[function]
    if function in ("sort", "@sortByAssociatedKeys"):
        return extended_lists.sort if function == "sort" else extended_lists.sort_by_keys
    declared = environment.function(function)
    assert declared is not None, function
    candidates = [overload for overload in declared.overloads if overload.id in overloads]
    if len(candidates) == 1 or len(declared.overloads) == 1:
        return _guarded((candidates or declared.overloads)[0], environment.version)
    return _dynamic(function, declared.overloads, environment.version)


@cache
def _bound(overload: Overload, version: KubernetesVersion) -> Implementation:
    """The overload's implementation. The authorizer's overloads have none, because their values can't occur."""
    library = overload.library
    if library == "authorizer":
        return _undecided(overload.function)
    module = importlib.import_module(f"kube_oidc.verdict.cel.functions.{library}")
    found = module.FUNCTIONS.get(overload.id) or _undecided(overload.function)
    while isinstance(found, Changed):
        found = found.in_version(version)
    return cast("Implementation", found)


def _undecided(function: str) -> Implementation:
    def call(*_: Any) -> Any:
        raise Undecidable(f"kube-oidc can't evaluate {function}()")

    return call


def _guarded(overload: Overload, version: KubernetesVersion) -> Implementation:
    function, arguments, call = overload.function, overload.arguments, _bound(overload, version)
    if function in UNGUARDED:
        return call

    def guarded(*values: Any) -> Any:
        for wanted, value in zip(arguments, values, strict=True):
            if not _matches(wanted, value):
                refuse(function, values)
        return call(*values)

    return guarded


def _dynamic(function: str, overloads: Sequence[Overload], version: KubernetesVersion) -> Implementation:
    def choose(*values: Any) -> Any:
        for overload in overloads:
            if len(overload.arguments) == len(values) and all(map(_matches, overload.arguments, values)):
                return _bound(overload, version)(*values)
        refuse(function, values)

    return choose


def refuse(function: str, values: Sequence[object]) -> NoReturn:
    """Raises cel-go's error: no overload accepts these types."""
    raise CelError(f"no such overload: {function}({', '.join(map(type_name, values))})")


def _matches(wanted: Type, value: Any) -> bool:
    if wanted.kind in _ANYTHING:
        return True
    if wanted.name != type_name(value):
        return False
    if wanted.kind is Kind.LIST:
        return not value or _matches(wanted.parameters[0], value[0])
    if wanted.kind is Kind.MAP:
        return _matches_map(wanted, value)
    return True


def _matches_map(wanted: Type, value: MapValue) -> bool:
    if not len(value):
        return True
    key = value.first_key()
    return _matches(wanted.parameters[0], key) and _matches(wanted.parameters[1], value.find(key))
