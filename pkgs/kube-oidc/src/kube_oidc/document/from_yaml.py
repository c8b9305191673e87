"""YAML text → a tree of JSON values, as `sigs.k8s.io/yaml` makes them, with the place of every value.

Source: `sigs.k8s.io/yaml` (YAMLToJSON, YAMLToJSONStrict) and `go.yaml.in/yaml/v2` (`decode.go`).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from kube_oidc.diagnostics import Location
from kube_oidc.document.node import MAX_DEPTH, MAX_NODES, Entry, Kind, LimitExceeded, Node, SyntaxProblem
from kube_oidc.document.scalars import Scalar, resolve
from kube_oidc.golang.quote import float32_text, go_syntax

Duplicates = list[tuple[str, Location]]
Entries = dict[tuple[type, Scalar], "tuple[_Raw, Node]"]


@dataclass(slots=True)
class _Raw:
    """A node of the YAML graph, before aliases are followed and scalars resolved."""

    event: Any
    location: Location
    children: list[_Raw] = field(default_factory=list)
    target: _Raw | None = None


@dataclass(slots=True)
class Stream:
    """The first document's value, the keys it sets twice, and where something stands behind it."""

    root: Node | None
    duplicates: Duplicates
    rest: Location | None


def read_yaml(data: bytes) -> Stream:
    """The first document of a YAML text; SyntaxProblem with the API server's words."""
    root, rest = _compose(data)
    if root is None:
        return Stream(None, [], rest)
    decoder = _Decoder()
    value = decoder.value(root, 0)
    if decoder.not_finite is not None:
        raise decoder.not_finite
    return Stream(value, decoder.duplicates, rest)


def _compose(data: bytes) -> tuple[_Raw | None, Location | None]:
    """The first document's graph (None where the stream has none), and where the next one begins."""
    parser: Any = yaml.CBaseLoader(data)
    escapes = b"\\/" in data
    anchors: dict[str, _Raw] = {}
    stack: list[_Raw] = []
    try:
        while True:
            event: Any = parser.get_event()
            if isinstance(event, yaml.StreamEndEvent):
                return None, None
            if isinstance(event, yaml.CollectionEndEvent):
                raw = stack.pop()
            elif isinstance(event, yaml.NodeEvent):
                _refuse_newer_yaml(event, stack, data if escapes else b"")
                raw = _raw(event, anchors)
                if stack:
                    stack[-1].children.append(raw)
                if isinstance(event, yaml.CollectionStartEvent):
                    stack.append(raw)
                    if len(stack) > MAX_DEPTH:
                        raise LimitExceeded(f"nested deeper than {MAX_DEPTH} levels", raw.location)
                    continue
            else:
                if isinstance(event, yaml.DocumentStartEvent) and (event.version or (1, 1)) != (1, 1):
                    where = _where(_line(event))
                    raise SyntaxProblem(f"yaml: {where}found incompatible YAML document", _place(event))
                continue
            if not stack:
                return raw, _second_document(parser)
    except yaml.YAMLError as error:
        raise _problem(error) from None
    finally:
        parser.dispose()


def _second_document(parser: Any) -> Location | None:
    """Where another document begins: the API server reads the first one and ignores what is behind it."""
    end = parser.get_event()
    try:
        event = parser.get_event()
    except yaml.YAMLError:
        return _place(end)
    return None if isinstance(event, yaml.StreamEndEvent) else _place(event)


def _refuse_newer_yaml(event: Any, stack: list[_Raw], data: bytes) -> None:
    """What libyaml takes and its Go port does not: `?` inside a plain scalar in flow style, and `\\/`."""
    if not isinstance(event, yaml.ScalarEvent):
        return
    if stack and getattr(stack[-1].event, "flow_style", False) and not event.style and "?" in event.value:
        raise SyntaxProblem(f"yaml: {_where(_line(event))}{_unfinished(stack)}", _place(event))
    if data and event.style == '"':
        text = _source(event, data)
        found = re.match(r"(?:[^\\]|\\[^/])*\\/", text, re.DOTALL)
        if found is not None:
            line = _line(event) + found[0].count("\n")
            where = _where(line + 1 if line else 0)
            raise SyntaxProblem(f"yaml: {where}found unknown escape character", Location(line + 1, 1))


def _unfinished(stack: list[_Raw]) -> str:
    closing = "'}'" if isinstance(stack[-1].event, yaml.MappingStartEvent) else "']'"
    return f"did not find expected ',' or {closing}"


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line


def _source(event: Any, data: bytes) -> str:
    return data.decode("utf-8-sig", "replace")[event.start_mark.index : event.end_mark.index]


def _place(event: Any) -> Location:
    return Location(event.start_mark.line + 1, event.start_mark.column + 1)


def _where(line: int) -> str:
    return f"line {line}: " if line else ""


def _raw(event: Any, anchors: dict[str, _Raw]) -> _Raw:
    raw = _Raw(event, _place(event))
    if isinstance(event, yaml.AliasEvent):
        raw.target = anchors.get(str(event.anchor))
        if raw.target is None:
            raise SyntaxProblem(f"yaml: unknown anchor '{event.anchor}' referenced", raw.location)
    elif event.anchor is not None:
        anchors[event.anchor] = raw
    return raw


def _problem(error: yaml.YAMLError) -> SyntaxProblem:
    """libyaml's error in the words of its Go port, with the line as Go counts it."""
    if isinstance(error, yaml.reader.ReaderError):
        return SyntaxProblem(f"yaml: {error.reason}")
    if not isinstance(error, yaml.MarkedYAMLError):
        return SyntaxProblem(f"yaml: {error}")
    mark = error.problem_mark or error.context_mark
    location = None if mark is None else Location(mark.line + 1, mark.column + 1)
    where = ""
    if error.problem == "exceeded maximum nesting depth":  # libyaml's own limit, lower than the API server's
        return LimitExceeded(f"nested deeper than {MAX_DEPTH} levels", location)
    if error.problem == "found unexpected ':'" and mark is not None:
        return SyntaxProblem(f"yaml: {_where(mark.line)}did not find expected ',' or '}}'", location)
    if error.problem_mark is not None and error.problem_mark.line:
        where = _where(error.problem_mark.line + isinstance(error, yaml.scanner.ScannerError))
    elif error.context_mark is not None:
        where = _where(error.context_mark.line)
    return SyntaxProblem(f"yaml: {where}{error.problem or 'unknown problem parsing YAML content'}", location)


class _Decoder:
    """Follows aliases, resolves scalars, merges; counts as Go does to refuse alias bombs."""

    def __init__(self) -> None:
        self.duplicates: Duplicates = []
        self.not_finite: SyntaxProblem | None = None  # JSON has no word for it, which is found out last
        self._following: set[int] = set()
        self._decoded = 0
        self._aliased = 0
        self._alias_depth = 0

    def value(self, raw: _Raw, depth: int) -> Node:
        self._count(raw)
        if depth > MAX_DEPTH:
            raise LimitExceeded(f"nested deeper than {MAX_DEPTH} levels", raw.location)
        if raw.target is not None:
            return self._alias(raw, raw.target, depth)
        if isinstance(raw.event, yaml.ScalarEvent):
            return self._scalar_node(self._scalar(raw), raw.location)
        if isinstance(raw.event, yaml.SequenceStartEvent):
            items = [self.value(child, depth + 1) for child in raw.children]
            return Node(Kind.ARRAY, raw.location, items=items)
        entries: Entries = {}
        self._mapping(raw, entries, depth)
        by_name: dict[str, Entry] = {}
        for (_, key), (key_node, node) in entries.items():
            name = _key_name(key, key_node, node)
            by_name[name] = Entry(name, key_node.location, node)
        ordered = [by_name[name] for name in sorted(by_name)]
        return Node(Kind.OBJECT, raw.location, entries=ordered)

    def _count(self, raw: _Raw) -> None:
        self._decoded += 1
        self._aliased += self._alias_depth > 0
        share = self._aliased / self._decoded
        if self._aliased > 100 and self._decoded > 1000 and share > _allowed_share(self._decoded):
            raise SyntaxProblem("yaml: document contains excessive aliasing", raw.location)
        if self._decoded > MAX_NODES:
            raise LimitExceeded(f"more than {MAX_NODES} values", raw.location)

    def _alias(self, raw: _Raw, target: _Raw, depth: int) -> Node:
        if id(raw) in self._following:
            raise SyntaxProblem(f"yaml: anchor '{raw.event.anchor}' value contains itself", raw.location)
        self._following.add(id(raw))
        self._alias_depth += 1
        node = self.value(target, depth)
        self._alias_depth -= 1
        self._following.discard(id(raw))
        return node

    def _scalar(self, raw: _Raw) -> Scalar:
        tag, plain = raw.event.tag or "", raw.event.implicit[0]
        text: str = raw.event.value
        if not tag and not plain:
            return text
        try:
            return resolve(tag, text)
        except SyntaxProblem as problem:
            raise SyntaxProblem(str(problem), raw.location) from None

    def _scalar_node(self, value: Scalar, location: Location) -> Node:
        if value is None:
            return Node(Kind.NULL, location)
        if isinstance(value, bool):
            return Node(Kind.BOOL, location, value)
        if isinstance(value, str):
            return Node(Kind.STRING, location, value)
        if not math.isfinite(value):
            shown = "NaN" if math.isnan(value) else ("+Inf" if value > 0 else "-Inf")
            self.not_finite = self.not_finite or SyntaxProblem(f"json: unsupported value: {shown}", location)
        return Node(Kind.NUMBER, location, value)

    def _mapping(self, raw: _Raw, entries: Entries, depth: int) -> None:
        pairs = zip(raw.children[::2], raw.children[1::2], strict=True)
        for key_node, value_node in pairs:
            if _is_merge(key_node):
                self._merge(value_node, entries, depth)
                continue
            key = self._key(key_node, depth)
            node = self.value(value_node, depth + 1)
            if (type(key), key) in entries:
                shown = go_syntax(key)
                text = f"line {value_node.location.line}: key {shown} already set in map"
                self.duplicates.append((text, key_node.location))
            entries[(type(key), key)] = (key_node, node)

    def _key(self, key_node: _Raw, depth: int) -> Scalar:
        before = self.not_finite
        node = self.value(key_node, depth + 1)
        self.not_finite = before  # a key becomes a string: `.inf` is no problem there
        if node.kind in (Kind.OBJECT, Kind.ARRAY):
            raise SyntaxProblem("yaml: invalid map key: " + go_syntax(node.plain()), key_node.location)
        return node.scalar

    def _merge(self, raw: _Raw, entries: Entries, depth: int) -> None:
        if isinstance(raw.event, yaml.SequenceStartEvent):
            for child in reversed(raw.children):
                self._merge_one(child, entries, depth)
            return
        self._merge_one(raw, entries, depth)

    def _merge_one(self, raw: _Raw, entries: Entries, depth: int) -> None:
        target = raw.target or raw
        if not isinstance(target.event, yaml.MappingStartEvent):
            message = "yaml: map merge requires map or sequence of maps as the value"
            raise SyntaxProblem(message, raw.location)
        if depth > MAX_DEPTH or id(raw) in self._following:
            anchor = raw.event.anchor
            raise SyntaxProblem(f"yaml: anchor '{anchor}' value contains itself", raw.location)
        self._following.add(id(raw))
        self._count(raw)
        self._alias_depth += raw.target is not None
        if raw.target is not None:
            self._count(raw)
        self._mapping(target, entries, depth + 1)
        self._alias_depth -= raw.target is not None
        self._following.discard(id(raw))


def _is_merge(raw: _Raw) -> bool:
    event = raw.event
    if not isinstance(event, yaml.ScalarEvent) or event.value != "<<":
        return False
    return bool(event.implicit[0]) or event.tag == "tag:yaml.org,2002:merge"


def _allowed_share(decoded: int) -> float:
    """How much of a document may come from aliases: 99 % up to 400,000 values, then less."""
    if decoded <= 400_000:
        return 0.99
    return 0.10 if decoded >= 4_000_000 else 0.99 - 0.89 * ((decoded - 400_000) / 3_600_000)


def _key_name(key: Scalar, raw: _Raw, node: Node) -> str:
    """The key as the JSON field it becomes."""
    if isinstance(key, bool):
        return "true" if key else "false"
    if key is None:
        value = "<nil>" if node.kind is Kind.NULL else go_syntax(node.plain())
        shown = f"%!s(<nil>), key: <nil>, value: {value}"
        raise SyntaxProblem(f"unsupported map key of type: {shown}", raw.location)
    if isinstance(key, int) and key >= 2**63:
        shown = f"uint64, key: {go_syntax(key)}, value: {go_syntax(node.plain())}"
        raise SyntaxProblem(f"unsupported map key of type: {shown}", raw.location)
    if isinstance(key, float):
        return float32_text(key)
    return key if isinstance(key, str) else str(key)
