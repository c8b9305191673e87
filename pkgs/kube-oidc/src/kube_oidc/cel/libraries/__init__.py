"""Kubernetes' own CEL libraries: `FUNCTIONS` by CEL name, over plain values, receiver first.

Values of Kubernetes' types are `Opaque` mappings with the type's name at `@type`. What goes wrong at run time
is a LibraryError with cel-go's text; what cannot be computed faithfully is Unsupported.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Final

from kube_oidc.cel.libraries import addresses, formats, lists, quantity, regex, semver, url
from kube_oidc.cel.libraries.values import (
    NONE,
    LibraryError,
    NoOverloadError,
    Opaque,
    Optional,
    Unsupported,
    is_opaque,
    type_name,
)

__all__ = ["FUNCTIONS", "NONE", "LibraryError", "Opaque", "Optional", "Unsupported"]


def _compare(value: object, other: object) -> int:
    """Of two quantities or two versions."""
    if is_opaque(value, semver.SEMVER_TYPE):
        return semver.compare(value, other)
    return quantity.compare(value, other)


_COMPARISONS: Final[dict[str, Callable[..., object]]] = {
    "compareTo": _compare,
    "isGreaterThan": lambda value, other: _compare(value, other) > 0,
    "isLessThan": lambda value, other: _compare(value, other) < 0,
}


def _named(name: str, function: Callable[..., object]) -> Callable[..., object]:
    """The function, with the call in the text of its "no such overload", as cel-go has it."""

    @wraps(function)
    def call(*arguments: object) -> object:
        try:
            return function(*arguments)
        except NoOverloadError:
            types = ", ".join(type_name(argument) for argument in arguments)
            raise LibraryError(f"no such overload: {name}({types})") from None

    return call


_LIBRARIES: Final[tuple[Mapping[str, Callable[..., object]], ...]] = (
    url.FUNCTIONS,
    addresses.FUNCTIONS,
    quantity.FUNCTIONS,
    semver.FUNCTIONS,
    formats.FUNCTIONS,
    regex.FUNCTIONS,
    lists.FUNCTIONS,
    _COMPARISONS,
)
FUNCTIONS: Final[dict[str, Callable[..., object]]] = {
    name: _named(name, function) for library in _LIBRARIES for name, function in library.items()
}
