"""Go walks maps in random order, so results that depend on the order are unknown."""

from __future__ import annotations

from typing import Any, Final

from kube_oidc.verdict.cel.attributes import ORDER, WALKED, Frame
from kube_oidc.verdict.cel.values import MapValue, Optional

ALL: Final = (0, 1, 2)
"""As written, reversed, and starting with the second entry: these three show whether the order matters."""


def keys(frame: Frame, over: MapValue) -> list[object]:
    """The map's keys in the order that this evaluation uses."""
    found = over.keys()
    if len(found) > 1:
        frame[WALKED] = True
        match frame[ORDER]:
            case 1:
                return found[::-1]
            case 2:
                return [*found[1:], found[0]]
    return found


def alike(one: Any, other: Any) -> bool:
    """Whether two results are the same value with the same types."""
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, MapValue):
        same_keys = len(one) == len(other) and all(other.contains(key) for key in one.keys())
        return same_keys and all(alike(one.get(key), other.get(key)) for key in one.keys())
    if isinstance(one, Optional):
        return alike(one.value, other.value)
    return one is other or bool(one == other) or (one != one and other != other)  # NaN isn't equal to itself
