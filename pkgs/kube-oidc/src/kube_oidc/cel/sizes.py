"""How large a value is where costs are counted."""

from __future__ import annotations

from math import ceil
from typing import Any

from kube_oidc.cel.values import CelError, MapValue, Optional


def size(value: Any) -> int:
    """What Go's `Size()` says: code points, bytes, elements, entries, the bytes of an address; else 1."""
    if isinstance(value, str | bytes | list | MapValue):
        return len(value)
    if isinstance(value, dict):
        return _size_of_address(value)
    return 1


def unwrapped_size(value: Any) -> int:
    """The same, and of an optional that of its value."""
    if type(value) is str:
        return len(value)
    while type(value) is Optional and value.present:
        value = value.value
    return size(value)


def traversal(value: Any) -> int:
    """What it costs to look at everything in a value: a tenth of the bytes of each text, 1 for anything else."""
    if isinstance(value, str):
        return int(len(value.encode("utf-8", "surrogateescape")) * 0.1)
    if isinstance(value, bytes):
        return int(len(value) * 0.1)
    if isinstance(value, list):
        return sum(map(traversal, value))
    if isinstance(value, MapValue):
        return sum(traversal(key) + traversal(_item(value, key)) for key in value.keys())
    return 1


def _item(value: MapValue, key: object) -> object:
    try:
        return value.find(key)
    except CelError as error:
        return error


def _size_of_address(value: dict[str, Any]) -> int:
    if "address" in value:
        return 16 if ":" in value["address"] else 4
    if "prefix" in value:
        return ceil(int(value["prefix"].rpartition("/")[2]) / 8)
    return 1
