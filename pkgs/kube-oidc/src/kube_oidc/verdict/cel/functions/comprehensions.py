"""Functions with which two-variable macros build maps (cel-go's `ext/comprehensions.go`)."""

from __future__ import annotations

from typing import Any, Final

from kube_oidc.verdict.cel.goprint import printed
from kube_oidc.verdict.cel.values import MISSING, CelError, MapValue, MutableMap


def _insert(into: MapValue, key: Any, value: Any) -> MapValue:
    if into.find(key) is not MISSING:
        raise CelError(f"insert failed: key {printed(key)} already exists")
    if type(into) is not MutableMap:
        return MapValue([*into.items(), (key, value)])
    into.insert(key, value)
    return into


def _insert_all(into: MapValue, entries: MapValue) -> MapValue:
    for key in entries.keys():
        into = _insert(into, key, entries.get(key))
    return into


FUNCTIONS: Final = {"@mapInsert_map_key_value": _insert, "@mapInsert_map_map": _insert_all}
