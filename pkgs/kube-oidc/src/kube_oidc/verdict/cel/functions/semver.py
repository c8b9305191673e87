"""Semantic versions (Kubernetes' `pkg/cel/library/semverlib.go` on `blang/semver/v4`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from kube_oidc.verdict.cel.values import CelError, Opaque, takes
from kube_oidc.verdict.golang.quote import quote

_DIGITS: Final = re.compile(r"[0-9]*\Z")
_IDENTIFIER: Final = re.compile(r"[0-9A-Za-z-]*\Z")


@dataclass(frozen=True, slots=True)
class Semver(Opaque):
    """A version without build metadata, which has no effect."""

    major: int
    minor: int
    patch: int
    prerelease: tuple[str, ...]
    type_name = "kubernetes.Semver"
    go_type = "cel.Semver"
    hashable = False


def _number(text: str, part: str) -> int:
    if not _DIGITS.match(text):
        raise CelError(f"Invalid character(s) found in {part} number {quote(text)}")
    if len(text) > 1 and text[0] == "0":
        raise CelError(f"{part.capitalize()} number must not contain leading zeroes {quote(text)}")
    return _uint64(text)


def _uint64(digits: str) -> int:
    if not digits:
        raise CelError('strconv.ParseUint: parsing "": invalid syntax')
    if len(digits) > 20 or int(digits) >= 2**64:
        raise CelError(f"strconv.ParseUint: parsing {quote(digits)}: value out of range")
    return int(digits)


def _parse(text: str) -> Semver:
    if not text:
        raise CelError("Version string empty")
    parts = text.split(".", 2)
    if len(parts) != 3:
        raise CelError("No Major.Minor.Patch elements found")
    major, minor = _number(parts[0], "major"), _number(parts[1], "minor")
    rest, plus, build = parts[2].partition("+")
    patch, dash, prerelease = rest.partition("-")
    number = _number(patch, "patch")
    identifiers = prerelease.split(".") if dash else []
    for identifier in identifiers:
        _require_prerelease(identifier)
    for identifier in build.split(".") if plus else []:
        if not identifier:
            raise CelError("Build meta data is empty")
        if not _IDENTIFIER.match(identifier):
            raise CelError(f"Invalid character(s) found in build meta data {quote(identifier)}")
    return Semver(major, minor, number, tuple(identifiers))


def _require_prerelease(identifier: str) -> None:
    if not identifier:
        raise CelError("Prerelease is empty")
    if not _IDENTIFIER.match(identifier):
        raise CelError(f"Invalid character(s) found in prerelease {quote(identifier)}")
    if _DIGITS.match(identifier):
        if len(identifier) > 1 and identifier[0] == "0":
            message = f"Numeric PreRelease version must not contain leading zeroes {quote(identifier)}"
            raise CelError(message)
        _uint64(identifier)


def _normalized(text: str) -> str:
    """`text` without a leading v and leading zeros, with missing parts added."""
    parts = text.removeprefix("v").split(".", 2)
    for index, part in enumerate(parts):
        if len(part.encode("utf-8", "surrogateescape")) > 1:
            stripped = part.lstrip("0")
            parts[index] = stripped if stripped[:1] in set("0123456789") else f"0{stripped}"
    if len(parts) < 3 and re.search("[+-]", parts[-1]):
        raise CelError("short version cannot contain PreRelease/Build meta data")
    return ".".join([*parts, "0", "0"][: max(3, len(parts))])


def _semver(text: str, normalize: bool = False) -> Semver:
    return _parse(_normalized(text) if normalize else text)


def _compare(one: Semver, other: Semver) -> int:
    """-1, 0 or 1: by the three numbers, then releases after prereleases, then by prerelease parts."""
    return (_order(one) > _order(other)) - (_order(one) < _order(other))


def _order(version: Semver) -> tuple[Any, ...]:
    prerelease = [
        (0, int(identifier), "") if identifier.isdigit() else (1, 0, identifier)
        for identifier in version.prerelease
    ]
    return (version.major, version.minor, version.patch, not prerelease, prerelease)


def _as_int64(number: int) -> int:
    return number - 2**64 if number >= 2**63 else number  # Go converts uint64 to int64


FUNCTIONS: Final = {
    "string_to_semver": _semver,
    "string_bool_to_semver": _semver,
    "is_semver_string": takes(_semver),
    "is_semver_string_bool": takes(_semver),
    "semver_major": lambda version: _as_int64(version.major),
    "semver_minor": lambda version: _as_int64(version.minor),
    "semver_patch": lambda version: _as_int64(version.patch),
    "semver_compare_to": _compare,
    "semver_is_greater_than": lambda one, other: _compare(one, other) > 0,
    "semver_is_less_than": lambda one, other: _compare(one, other) < 0,
}
