"""JSON as go-jose reads it: as Go reads it, except that names are case-sensitive and must not repeat.

Source: `gopkg.in/go-jose/go-jose.v2/json` v2.6.3 (`decode.go`), a fork of `encoding/json`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kube_oidc.authn import base64url
from kube_oidc.verdict.golang.unmarshal import Pairs, name_of, out_of_range


class JOSEError(ValueError):
    """What go-jose does not take; the text is its own."""


class NumberError(JOSEError):
    """A number for another type: unlike other wrong types, it ends the reading at once."""


def mismatch(value: Any, go_type: str) -> JOSEError:
    """The error for a value of another type than the one that is wanted."""
    found = name_of(value)
    kind = NumberError if found == "number" else JOSEError
    return kind(f"json: cannot unmarshal {found} into Go value of type {go_type}")


def members(value: Any, go_type: str) -> Iterator[tuple[str, Any]]:
    """The object's members in their order, none of null; JOSEError if it isn't an object or repeats a name."""
    if value is None:
        return
    if not isinstance(value, Pairs):
        raise mismatch(value, go_type)
    seen: set[str] = set()
    for name, member in value.entries:
        if name in seen:
            raise JOSEError(f"json: duplicate key '{name}' in object")
        seen.add(name)
        yield name, member


def text(value: Any) -> str:
    """Into a Go `string`; null leaves it empty."""
    if not isinstance(value, str | None):
        raise mismatch(value, "string")
    return value or ""


def texts(value: Any) -> list[str]:
    """Into a Go `[]string`."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise mismatch(value, "[]string")
    wrong = [mismatch(item, "string") for item in value if not isinstance(item, str | None)]
    if wrong:
        raise next((error for error in wrong if isinstance(error, NumberError)), wrong[0])
    return [item or "" for item in value]


def buffer(value: Any) -> bytes | None:
    """Bytes in base64url; None for null."""
    if value is None:
        return None
    try:
        return base64url.decode(text(value))
    except base64url.IllegalError as error:
        raise JOSEError(str(error)) from None


def check(value: Any) -> None:
    """Into a Go `interface{}`: no name twice at any depth, and no number beyond float64."""
    if isinstance(value, Pairs):
        for _, member in members(value, "map"):
            check(member)
    elif isinstance(value, list):
        for item in value:
            check(item)
    elif (number := out_of_range(value)) is not None:
        raise JOSEError(f"json: cannot unmarshal number {number.text} into Go value of type float64")
