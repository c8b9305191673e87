"""Writes YAML with the standard library only: block style, keys in the given order.

This way `kube-oidc kubeconfig` and `workflow` work in the single file, which has no PyYAML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

from kube_oidc.data import folder

# Strings that are plain scalars in YAML 1.1 and 1.2, unless they are reserved words.
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(:[A-Za-z0-9_./-]+)*")
_UNPRINTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")
_SINGLE: Final = re.compile(r"[ -&(-~]*[\"\\][ -&(-~]*")  # needs no escapes in single quotes
_LITERAL: Final = re.compile(r"[!-~][ -~]*\n(([ -~]*\n)*[ -~]*[!-~][ -~]*\n)?")


def dumps(value: Mapping[str, Any] | Sequence[Any]) -> str:
    """The YAML document of maps, lists and scalars; it ends in a newline."""
    return "\n".join(_lines(value)) + "\n"


def scalar(value: str | float | bool | None) -> str:
    """A scalar on one line: plain if it is unambiguous, else in single quotes, else as a JSON string."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _reserved_words():
        return value
    if isinstance(value, str) and _SINGLE.fullmatch(value):
        return f"'{value}'"
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False))


@cache
def _reserved_words() -> frozenset[str]:
    """Plain scalars that some YAML parser reads as another type; modules/yaml.nix reads the same file."""
    return frozenset(json.loads((folder("serialize") / "reserved-words.json").read_text("utf-8")))


def _lines(value: Any) -> Iterator[str]:
    match value:
        case Mapping() if value:
            for key, item in value.items():
                yield from _entry(f"{scalar(key)}:", item)
        case list() | tuple() if value:
            for item in value:
                yield from _item(item)
        case str() if "\n" in value and _LITERAL.fullmatch(value):
            yield "|"
            yield from _indent(value.split("\n")[:-1])
        case Mapping():
            yield "{}"
        case list() | tuple():
            yield "[]"
        case _:
            yield scalar(value)


def _entry(key: str, value: Any) -> Iterator[str]:
    if isinstance(value, Mapping | list | tuple) and value:
        yield key
        yield from _indent(_lines(value))
    else:
        first, *rest = _lines(value)
        yield f"{key} {first}"
        yield from rest


def _item(value: Any) -> Iterator[str]:
    first, *rest = _lines(value)
    yield f"- {first}"
    yield from rest if isinstance(value, str) else _indent(rest)


def _indent(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" if line else "" for line in lines)
