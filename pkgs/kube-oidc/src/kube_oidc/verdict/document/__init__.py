"""Reads a file into a tree of JSON values with line and column, exactly as kube-apiserver does.

Source: `k8s.io/apimachinery/pkg/runtime/serializer`: text that begins with `{` is JSON, everything else YAML.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from kube_oidc.diagnostics import Location
from kube_oidc.verdict.document.node import Entry, Kind, LimitExceeded, Node, SyntaxProblem

__all__ = ["MAX_BYTES", "Document", "Entry", "Kind", "LimitExceeded", "Node", "SyntaxProblem", "read"]

# What Go's unicode.IsSpace takes for space, in UTF-8.
_LEADING_SPACE: Final = re.compile(
    rb"(?:[ \t\r\n\v\f]|\xc2[\x85\xa0]|\xe1\x9a\x80|\xe2\x80[\x80-\x8a\xa8\xa9\xaf]|\xe2\x81\x9f|\xe3\x80\x80)*"
)
MAX_BYTES: Final = 1024 * 1024


@dataclass(slots=True)
class Document:
    """One document. `root` is None if the file has no value; `duplicates` are YAML keys that are set twice.

    `second_document` is where a second document begins, which the API server ignores.
    """

    root: Node | None
    is_json: bool
    duplicates: list[tuple[str, Location]] = field(default_factory=list)
    second_document: Location | None = None


def read(data: bytes) -> Document:
    """The first document in `data`.

    Raises SyntaxProblem with the API server's message, and LimitExceeded beyond our own limits.
    """
    if len(data) > MAX_BYTES:
        raise LimitExceeded(f"the file has {len(data)} bytes, over the limit of {MAX_BYTES}")
    if not data:
        raise SyntaxProblem("empty config data")
    if data.startswith(b"k8s\0"):
        raise SyntaxProblem("proto: Unknown: illegal tag 0 (wire type 0)")
    if _is_json(data):
        from kube_oidc.verdict.document.from_json import read_json  # noqa: PLC0415

        with _no_collector():
            return Document(read_json(data), is_json=True)
    from kube_oidc.verdict.document.from_yaml import read_yaml  # noqa: PLC0415

    with _no_collector():
        stream = read_yaml(data)
    return Document(
        stream.root, is_json=False, duplicates=stream.duplicates, second_document=stream.second_document
    )


def _is_json(data: bytes) -> bool:
    match = _LEADING_SPACE.match(data)
    return match is not None and data.startswith(b"{", match.end())


@contextmanager
def _no_collector() -> Iterator[None]:
    """Pauses the garbage collector: it would walk the growing tree again and again, half of the time."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()
