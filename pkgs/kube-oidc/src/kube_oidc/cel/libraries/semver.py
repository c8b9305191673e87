"""Semantic versions (Kubernetes' `pkg/cel/library/semverlib.go` on `blang/semver/v4`)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from kube_oidc.cel.libraries.values import TYPE, LibraryError, NoOverloadError, Opaque, opaque, string
from kube_oidc.golang.quote import quote

SEMVER_TYPE = "kubernetes.Semver"
_DIGITS: Final = re.compile(r"[0-9]*\Z")
_IDENTIFIER: Final = re.compile(r"[0-9A-Za-z-]*\Z")


def _number(text: str, part: str) -> int:
    if not _DIGITS.match(text):
        raise LibraryError(f"Invalid character(s) found in {part} number {quote(text)}")
    if len(text) > 1 and text[0] == "0":
        raise LibraryError(f"{part.capitalize()} number must not contain leading zeroes {quote(text)}")
    return _uint64(text)


def _uint64(digits: str) -> int:
    if not digits:
        raise LibraryError('strconv.ParseUint: parsing "": invalid syntax')
    if len(digits) > 20 or int(digits) >= 2**64:
        raise LibraryError(f"strconv.ParseUint: parsing {quote(digits)}: value out of range")
    return int(digits)


def _parse(text: str) -> dict[str, Any]:
    if not text:
        raise LibraryError("Version string empty")
    parts = text.split(".", 2)
    if len(parts) != 3:
        raise LibraryError("No Major.Minor.Patch elements found")
    major, minor = _number(parts[0], "major"), _number(parts[1], "minor")
    rest, plus, build = parts[2].partition("+")
    patch, dash, prerelease = rest.partition("-")
    fields = {"major": major, "minor": minor, "patch": _number(patch, "patch")}
    identifiers = prerelease.split(".") if dash else []
    for identifier in identifiers:
        _require_prerelease(identifier)
    for identifier in build.split(".") if plus else []:
        if not identifier:
            raise LibraryError("Build meta data is empty")
        if not _IDENTIFIER.match(identifier):
            raise LibraryError(f"Invalid character(s) found in build meta data {quote(identifier)}")
    return {**fields, "prerelease": identifiers}


def _require_prerelease(identifier: str) -> None:
    if not identifier:
        raise LibraryError("Prerelease is empty")
    if not _IDENTIFIER.match(identifier):
        raise LibraryError(f"Invalid character(s) found in prerelease {quote(identifier)}")
    if _DIGITS.match(identifier):
        if len(identifier) > 1 and identifier[0] == "0":
            message = f"Numeric PreRelease version must not contain leading zeroes {quote(identifier)}"
            raise LibraryError(message)
        _uint64(identifier)


def _normalized(text: str) -> str:
    """`text` without a leading v and leading zeros, with the parts that it lacks."""
    parts = text.removeprefix("v").split(".", 2)
    for index, part in enumerate(parts):
        if len(part.encode("utf-8", "surrogateescape")) > 1:
            stripped = part.lstrip("0")
            parts[index] = stripped if stripped[:1] in set("0123456789") else f"0{stripped}"
    if len(parts) < 3 and re.search("[+-]", parts[-1]):
        raise LibraryError("short version cannot contain PreRelease/Build meta data")
    return ".".join([*parts, "0", "0"][: max(3, len(parts))])


def semver(text: object, normalize: object = False) -> Opaque:
    """The version of its text; build metadata takes no part in anything and is left out."""
    if not isinstance(normalize, bool):
        raise NoOverloadError
    text = string(text)
    return Opaque({TYPE: SEMVER_TYPE, **_parse(_normalized(text) if normalize else text)})


def is_semver(text: object, normalize: object = False) -> bool:
    """Whether `semver` takes the text."""
    try:
        semver(text, normalize)
    except NoOverloadError:
        raise
    except LibraryError:
        return False
    return True


def compare(value: object, other: object) -> int:
    """-1, 0 or 1: the three numbers, then a release above its prereleases, then those part by part."""
    one, two = _order(value), _order(other)
    return (one > two) - (one < two)


def _order(value: object) -> tuple[Any, ...]:
    fields = opaque(value, SEMVER_TYPE)
    prerelease = [
        (0, int(identifier), "") if identifier.isdigit() else (1, 0, identifier)
        for identifier in fields["prerelease"]
    ]
    return (fields["major"], fields["minor"], fields["patch"], not prerelease, prerelease)


def _part(value: object, name: str) -> int:
    number = int(opaque(value, SEMVER_TYPE)[name])
    return number - 2**64 if number >= 2**63 else number  # Go converts uint64 to int64


FUNCTIONS: Final[dict[str, Callable[..., object]]] = {
    "semver": semver,
    "isSemver": is_semver,
    "major": lambda value: _part(value, "major"),
    "minor": lambda value: _part(value, "minor"),
    "patch": lambda value: _part(value, "patch"),
}
