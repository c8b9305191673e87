"""Binds `claims` and `user` like the API server.

Source: `newClaimsValue` and `newUserInfoValue` in `plugin/pkg/authenticator/token/oidc/oidc.go` and
`pkg/cel/lazy` (since 1.34); before, both were converted to `unstructured.Unstructured`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from kube_oidc.model import UserInfo
from kube_oidc.verdict.cel.values import MISSING, CelError, MapValue
from kube_oidc.verdict.golang.unmarshal import NegativeZero, OutOfRange, out_of_range
from kube_oidc.verdict.versions import Difference, KubernetesVersion

_RESERVED: Final = frozenset(
    {
        "true",
        "false",
        "null",
        "in",
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    }
)
_ESCAPES: Final = {"underscores": "__", "dot": ".", "dash": "-", "slash": "/"}
_ESCAPE: Final = re.compile(r"__([^_]+)__")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def unescape(name: str) -> str | None:
    """The name that `name` escapes (`a__dot__b` is `a.b`), or None if it has an unknown escape."""
    if "__" not in name:
        return name
    known = True

    def replace(match: re.Match[str]) -> str:
        nonlocal known
        inner = match[1]
        if inner in _ESCAPES:
            return _ESCAPES[inner]
        if inner not in _RESERVED or len(match[0]) != len(name):
            known = False
        return inner

    replaced = _ESCAPE.sub(replace, name)
    return replaced if known else None


class JsonList(list[Any]):
    """A JSON array."""

    __slots__ = ()
    go_type = "*oidc.unescapeLister"


class RawList(list[Any]):
    """A JSON array before 1.34, which cel-go converts into a list only if it has to."""

    __slots__ = ()
    go_type = "*types.baseList"
    raw_go_type = "[]interface {}"


class JsonMap(MapValue):
    """A JSON object whose values are converted on access."""

    __slots__ = ("_convert", "_values")
    raw_go_type = "map[string]interface {}"

    def __init__(self, values: Mapping[str, Any], convert: Callable[[Any], object]) -> None:
        self._values = values
        self._convert = convert

    def find(self, key: object) -> object:
        if type(key) is not str or key not in self._values:
            return MISSING
        return self._convert(self._values[key])

    def keys(self) -> list[object]:
        return list(self._values)

    def first_key(self) -> object:
        return next(iter(self._values))

    def __len__(self) -> int:
        return len(self._values)

    def contains(self, key: object) -> bool:
        return type(key) is str and key in self._values


class EscapedMap(JsonMap):
    """A JSON object whose keys can be selected in escaped form, except with `in`."""

    __slots__ = ()
    raw_go_type = go_type = "*oidc.unescapeMapper"

    def find(self, key: object) -> object:
        if type(key) is str and "__" in key:
            name = unescape(key)
            key = key if name is None else name
        return super().find(key)

    def get(self, key: object) -> object:
        return super().find(key)


class RootObject(JsonMap):
    """`claims` or `user`: an object, not a map. It has no size and iterates over its values.

    Values are cached: many expressions read the same claim, and a large one takes long to convert.
    """

    __slots__ = ("_found", "type_name")

    has_size = False
    raw_go_type = go_type = "*lazy.MapValue"

    def __init__(self, name: str, values: Mapping[str, Any], convert: Callable[[Any], object]) -> None:
        super().__init__(values, convert)
        self.type_name = name
        self._found: dict[str, object] = {}

    def find(self, key: object) -> object:
        if type(key) is not str:
            raise CelError("no such overload")
        if key not in self._found:
            self._found[key] = self._converted(key)
        return self._found[key]

    def _converted(self, key: str) -> object:
        name = unescape(key)
        if name is None:
            return MISSING
        try:
            return super().find(name)
        except CelError as error:
            raise CelError(f'claim "{name}" failed to unmarshal: {error}') from None

    def keys(self) -> list[object]:
        return [self._get(name) for name in self._values]

    def first_key(self) -> object:
        return self.keys()[0]

    def _get(self, name: str) -> object:
        found = self.find(name)
        return CelError(f"no such key: {name}") if found is MISSING else found

    def contains(self, key: object) -> bool:  # noqa: ARG002
        raise CelError("no such overload")

    def equals(self, other: object, same: Callable[[Any, Any], bool]) -> bool:  # noqa: ARG002
        if not isinstance(other, RootObject):
            raise CelError("no such overload")
        return self is other


def claims_value(claims: Mapping[str, Any], version: KubernetesVersion) -> object:
    """The value of `claims`."""
    if version.has(Difference.CLAIMS_BOUND_LAZILY):
        return RootObject("kubernetes.claims", claims, _from_claim)
    return JsonMap(claims, _from_unstructured)


def user_value(user: UserInfo, version: KubernetesVersion) -> object:
    """The value of `user`."""
    extra = {key: list(values) for key, values in user.extra.items()}
    fields: dict[str, Any] = {
        "username": user.username,
        "uid": user.uid,
        "groups": list(user.groups),
        "extra": extra,
    }
    if not version.has(Difference.CLAIMS_BOUND_LAZILY):
        return JsonMap(fields, _from_unstructured)
    return RootObject("kubernetes.UserInfo", fields, _from_go)


def _from_go(value: Any) -> object:
    if isinstance(value, dict):
        return EscapedMap(value, _from_go)
    return JsonList(value) if isinstance(value, list) else _text(value)


def _text(value: str) -> str:
    return value if value.isascii() else _SURROGATE.sub("\ufffd", value)


def _from_json(value: Any) -> object:
    """Converts like `encoding/json` into `any`: every number is floating point."""
    kind = type(value)
    if kind is str:
        return _text(value)
    if kind is bool or value is None:
        return value
    if isinstance(value, int | float):
        return _double(value)
    if isinstance(value, dict):
        return EscapedMap(value, _from_json)
    return JsonList(map(_from_json, value))


def _from_claim(value: Any) -> object:
    """Converts a whole claim at once: one number that exceeds float64 makes all of it fail."""
    if isinstance(value, dict | list):
        number = out_of_range(value)
        if number is not None:
            raise CelError(f"json: cannot unmarshal number {number.text} into Go value of type float64")
    return _from_json(value)


def _double(value: float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if number in (float("inf"), float("-inf")):
        shown = value.text if isinstance(value, OutOfRange) else value
        raise CelError(f"json: cannot unmarshal number {shown} into Go value of type float64")
    return number


def _from_unstructured(value: Any) -> object:
    """Converts like apimachinery's JSON: numbers that fit into int64 stay integers."""
    kind = type(value)
    if kind is str:
        return _text(value)
    if kind is bool or value is None:
        return value
    if kind is int and -(1 << 63) <= value < 1 << 63:
        return value
    if kind is NegativeZero:
        return 0
    if isinstance(value, int | float):
        return _double(value)
    if isinstance(value, dict):
        return JsonMap(value, _from_unstructured)
    return RawList(map(_from_unstructured, value))
