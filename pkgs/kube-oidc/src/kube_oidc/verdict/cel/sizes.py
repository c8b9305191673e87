"""Sizes of values for counting costs."""

from __future__ import annotations

from typing import Any

from kube_oidc.verdict.cel.values import CelError, MapValue, Opaque, Optional


def size(value: Any) -> int:
    """Go's `Size()`: code points, bytes, elements, entries or the bytes of an address; otherwise 1."""
    if isinstance(value, str | bytes | list | MapValue):
        return len(value)
    return value.size if isinstance(value, Opaque) else 1


def unwrapped_size(value: Any) -> int:
    """The size; for an optional, that of its value."""
    if type(value) is str:
        return len(value)
    while type(value) is Optional and value.present:
        value = value.value
    return size(value)


def traversal(value: Any) -> int:
    """The cost of traversing a value: a tenth of the bytes of each string, 1 for anything else."""
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
