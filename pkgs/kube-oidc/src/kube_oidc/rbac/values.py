"""The text of a file → its values, each mapping with its line: YAML (many documents) through libyaml, or JSON.

`document/` reads one configuration to the letter; here are thousands of objects of which a few fields are wanted.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from kube_oidc.inputs.yaml_values import bounded
from kube_oidc.verdict.document.node import MAX_DEPTH, SyntaxProblem
from kube_oidc.verdict.document.scalars import resolve

_SPACE: Final = re.compile(r"\s*")
_JSON_SPACE: Final = re.compile(r"[ \t\r\n]*")
_TAG: Final = re.compile(r"(?:&\S+\s+)?!")
_SEPARATOR: Final = "---"
_UNREAD: Final = frozenset({"managedFields", "annotations"})  # the larger part of what `kubectl get` prints


class Placed(dict[str, Any]):
    """A mapping and the line where it begins; 0 if unknown (inside an object of JSON)."""

    __slots__ = ("line",)
    line: int


class Unreadable(Exception):
    """No value can be had from here on; `line` is 0 if unknown."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


def values(data: bytes) -> Iterator[object]:
    """Every document of the file, None for an empty one; Unreadable at the first that is none."""
    if b"\0" in data:
        raise Unreadable("it is binary")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("it is not UTF-8", data.count(b"\n", 0, error.start) + 1) from None
    if _SPACE.sub("", text[:256], count=1).startswith("{"):
        return _json(text)
    return _yaml(text, 0)


def _yaml(text: str, line: int) -> Iterator[object]:
    """The documents of a text that begins on this line (from 0) of its file.

    As `k8s.io/apimachinery/pkg/util/yaml` (YAMLReader): a line of `---` ends a document, whatever is around it.
    """
    chunk: list[str] = []
    first = line
    for number, part in enumerate(text.split("\n"), line):
        if part.startswith(_SEPARATOR):
            rest = part.removeprefix(_SEPARATOR).strip()
            if rest and not rest.startswith("#"):
                message = "only a comment may follow `---`: kubectl reads no further"
                raise Unreadable(message, number + 1)
            if chunk:
                yield _document("\n".join(chunk), first)
                chunk, first = [], number + 1
                continue
        chunk.append(part)
    yield _document("\n".join(chunk), first)


def _document(text: str, line: int) -> object:
    loader: Any = bounded(yaml.CBaseLoader)(text.removeprefix("\ufeff"))
    try:
        return _Plain(text, line).value(loader.get_node(), 0) if loader.check_node() else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = mark.line + 1 + line if mark else 0
        raise Unreadable(f"invalid YAML: {error.problem}", at) from None
    except yaml.YAMLError as error:
        raise Unreadable(f"invalid YAML: {error}") from None
    except RecursionError:
        raise Unreadable(f"it is nested deeper than {MAX_DEPTH} levels") from None
    finally:
        loader.dispose()


class _Plain:
    """One document's nodes as values; an anchor's value is made once, so that aliases cost nothing."""

    def __init__(self, text: str, line: int) -> None:
        self._text = text
        self._line = line + 1
        self._made: dict[int, object] = {}

    def value(self, node: Any, depth: int) -> object:
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        known = self._made.get(id(node))
        if known is not None:
            return known
        if depth > MAX_DEPTH:
            line = node.start_mark.line + self._line
            raise Unreadable(f"it is nested deeper than {MAX_DEPTH} levels, or contains itself", line)
        made: object
        if isinstance(node, yaml.SequenceNode):
            made = [self.value(item, depth + 1) for item in node.value]
        else:
            made = self._mapping(node, depth)
        self._made[id(node)] = made
        return made

    def _mapping(self, node: Any, depth: int) -> Placed:
        placed = Placed()
        placed.line = node.start_mark.line + self._line
        merged: dict[str, Any] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                message = "a mapping or list is no key (is this a template that is not filled in?)"
                raise Unreadable(message, key.start_mark.line + self._line)
            name = str(key.value)
            if name == "<<" and not key.style:
                merged = self._merged(value, depth) | merged
            elif name not in _UNREAD:
                placed[name] = self.value(value, depth + 1)
        for name, value in merged.items():
            placed.setdefault(name, value)
        return placed

    def _merged(self, node: Any, depth: int) -> dict[str, Any]:
        value = self.value(node, depth + 1)
        sources = value if isinstance(value, list) else [value]
        if not all(isinstance(source, dict) for source in sources):
            raise Unreadable("`<<` merges only mappings", node.start_mark.line + self._line)
        merged: dict[str, Any] = {}
        for source in reversed(sources):
            merged |= source
        return merged

    def _scalar(self, node: Any) -> object:
        text: str = node.value
        tagged = _TAG.match(self._text, node.start_mark.index) is not None
        if node.tag.endswith(":str") if tagged else node.style:
            return text
        try:
            return resolve("", text)
        except SyntaxProblem as problem:
            raise Unreadable(str(problem), node.start_mark.line + self._line) from None


def _json(text: str) -> Iterator[object]:
    """Every value of the text; of a list of objects, each item has the line on which it begins.

    Behind the first value YAML may follow, as YAMLOrJSONDecoder has it.
    """
    scanner = _Json(text)
    try:
        for count in itertools.count():
            if not scanner.more():
                return
            rest = scanner.rest()
            if count == 1 and rest.startswith(_SEPARATOR):
                yield from _yaml(rest, scanner.line() - 1)
                return
            yield scanner.document()
    except json.JSONDecodeError as error:
        raise Unreadable(f"invalid JSON: {error.msg}", error.lineno) from None
    except ValueError as error:
        raise Unreadable(f"invalid JSON: {error}", scanner.line()) from None
    except RecursionError:
        raise Unreadable("it is nested too deep", scanner.line()) from None


class _Json:
    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._counted = (0, 1)  # a position, and its line
        self._decoder = json.JSONDecoder(parse_int=float, parse_constant=_refuse)

    def line(self) -> int:
        position, line = self._counted
        line += self._text.count("\n", position, self._position)
        self._counted = (self._position, line)
        return line

    def rest(self) -> str:
        """What is not read yet, of a few letters where no more of it matters."""
        ahead = self._text[self._position : self._position + len(_SEPARATOR)]
        return self._text[self._position :] if ahead == _SEPARATOR else ahead

    def more(self) -> bool:
        return self._skip() != ""

    def document(self) -> object:
        """A value; the items of a top-level `items` become mappings that know their line."""
        if self._skip() != "{":
            return self._value()
        placed = Placed()
        placed.line = self.line()
        self._position += 1
        if self._skip() == "}":
            self._position += 1
            return placed
        while True:
            key = self._key()
            placed[key] = self._items() if key == "items" and self._skip() == "[" else self._value()
            if self._next("}"):
                return placed

    def _items(self) -> list[object]:
        items: list[object] = []
        self._position += 1
        if self._skip() == "]":
            self._position += 1
            return items
        while True:
            self._skip()
            line = self.line()
            value = self._value()
            if isinstance(value, dict):
                value = Placed(value)
                value.line = line
            items.append(value)
            if self._next("]"):
                return items

    def _key(self) -> str:
        self._skip()
        key = self._value()
        if not isinstance(key, str) or self._skip() != ":":
            raise ValueError("a key in quotation marks and a colon are expected")
        self._position += 1
        return key

    def _next(self, closing: str) -> bool:
        """Is this the end? Else there is a comma, and it is passed over."""
        found = self._skip()
        if found not in (closing, ",") or not found:
            raise ValueError(f"expected a comma or {closing}")
        self._position += 1
        return found == closing

    def _skip(self) -> str:
        match = _JSON_SPACE.match(self._text, self._position)
        assert match is not None
        self._position = match.end()
        return self._text[self._position : self._position + 1]

    def _value(self) -> object:
        self._skip()
        value, self._position = self._decoder.raw_decode(self._text, self._position)
        return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no value of JSON")
