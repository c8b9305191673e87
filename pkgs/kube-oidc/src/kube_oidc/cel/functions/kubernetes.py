"""Kubernetes' types (URL, Quantity, IP, CIDR, Semver, formats), evaluated by `libraries` and fitted to our values."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, Final

from kube_oidc.cel import values
from kube_oidc.cel.libraries.values import NONE, LibraryError, Opaque, Optional, Unsupported

_OVERLAP_SINCE: Final = 32
_LABEL_KEY_SINCE: Final = 35
_MODULES: Final = {
    "url": "url",
    "quantity": "quantity",
    "ip": "addresses",
    "cidr": "addresses",
    "format": "formats",
    "semver": "semver",
}


def function(library: str, name: str, minor: int) -> Callable[..., Any] | None:
    """What evaluates the function of that name in Kubernetes 1.`minor`."""
    module = importlib.import_module(f"kube_oidc.cel.libraries.{_MODULES[library]}")
    if name == "containsCIDR" and minor < _OVERLAP_SINCE:
        return _fitted(_contains_cidr_31, pointer=False)
    if name == "validate" and minor < _LABEL_KEY_SINCE:
        return _qualified_names(_fitted(module.FUNCTIONS[name], pointer=False))
    found = _comparison(module, name) or module.FUNCTIONS.get(name)
    return None if found is None else _fitted(found, pointer=name in ("add", "sub"))


def _comparison(module: Any, name: str) -> Callable[..., Any] | None:
    compare = getattr(module, "compare", None)
    tests: dict[str, Callable[[Any, Any], Any]] = {
        "compareTo": lambda one, other: compare(one, other),  # type: ignore[misc]
        "isGreaterThan": lambda one, other: compare(one, other) > 0,  # type: ignore[misc]
        "isLessThan": lambda one, other: compare(one, other) < 0,  # type: ignore[misc]
    }
    return tests.get(name)


def _fitted(call: Callable[..., Any], *, pointer: bool) -> Callable[..., Any]:
    def fitted(*arguments: Any) -> Any:
        try:
            result = _ours(call(*arguments))
        except Unsupported as reason:
            raise values.Undecided(str(reason)) from None
        except LibraryError as error:
            raise values.CelError(str(error)) from None
        return Opaque({**result, values.POINTER: True}) if pointer else result

    return fitted


def _ours(result: Any) -> Any:
    """What a library gives back, in our types; a list is a `[]string` in Go."""
    if isinstance(result, Opaque):
        return result
    if isinstance(result, Optional):
        return values.NONE if result is NONE else values.Optional(_ours(result.value))
    if isinstance(result, dict):
        return values.MapValue([(key, values.StringList(items)) for key, items in result.items()])
    return values.StringList(result) if isinstance(result, list) else result


def _contains_cidr_31(value: Any, other: Any) -> bool:
    """Before 1.32: only a prefix with the very address of the first, whatever lies in it."""
    addresses = importlib.import_module("kube_oidc.cel.libraries.addresses")
    inner = addresses.cidr(other) if isinstance(other, str) else other
    own, length = addresses.masked(value)["prefix"].split("/")
    address, inner_length = inner["prefix"].split("/")
    return bool(own == address and int(length) <= int(inner_length))


def _qualified_names(validate: Callable[..., Any]) -> Callable[..., Any]:
    """Before 1.35 a label's key was called a qualified name."""

    def call(form: Any, text: Any) -> Any:
        errors = validate(form, text)
        if not errors.present:
            return errors
        renamed = (error.replace("a valid label key must", "a qualified name must") for error in errors.value)
        return values.Optional(values.StringList(renamed))

    return call
