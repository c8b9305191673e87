"""Converts YAML into a tree of JSON values like `sigs.k8s.io/yaml`, with the location of every value.

Source: `sigs.k8s.io/yaml` (YAMLToJSON, YAMLToJSONStrict) and `go.yaml.in/yaml/v2` (`decode.go`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from kube_oidc.diagnostics import Location
from kube_oidc.verdict.document.graph import MAPPING, SCALAR, SEQUENCE, Raw
from kube_oidc.verdict.document.node import (
    MAX_DEPTH,
    MAX_NODES,
    Entry,
    Kind,
    LimitExceeded,
    Node,
    SyntaxProblem,
)
from kube_oidc.verdict.document.parser import parse
from kube_oidc.verdict.document.scalars import Scalar, resolve
from kube_oidc.verdict.golang import utf8
from kube_oidc.verdict.golang.quote import float32_text, go_syntax

Duplicates = list[tuple[str, Location]]
Entries = dict[tuple[type, Scalar], tuple[Raw, Node]]


@dataclass(slots=True)
class Stream:
    """The first document's value, its duplicate keys, and where a second document begins."""

    root: Node | None
    duplicates: Duplicates
    second_document: Location | None


def read_yaml(data: bytes) -> Stream:
    """The first document of a YAML text; raises SyntaxProblem with the API server's message."""
    graph = parse(data)
    if graph.root is None:
        return Stream(None, [], graph.second_document)
    decoder = _Decoder()
    value = decoder.value(graph.root, 0)
    if decoder.unusable_keys or decoder.not_finite:
        decoder.raise_problem(value)
    return Stream(value, decoder.duplicates, graph.second_document)


class _Decoder:
    """Follows aliases, resolves scalars and merges; counts like Go to reject alias bombs."""

    def __init__(self) -> None:
        self.duplicates: Duplicates = []
        # What YAML can say and JSON cannot is found out when all is read, keys first, and only of what is kept
        # of values under the same key: by the object that has such a key, and whether there was such a number.
        self.unusable_keys: dict[int, SyntaxProblem] = {}
        self.not_finite = False
        self._octets: dict[int, str] = {}
        self._following: set[int] = set()
        self._decoded = 0
        self._aliased = 0
        self._alias_depth = 0

    def value(self, raw: Raw, depth: int) -> Node:
        self._count(raw)
        if depth > MAX_DEPTH:
            raise LimitExceeded(f"nested deeper than {MAX_DEPTH} levels", raw.location)
        if raw.target is not None:
            return self._alias(raw, raw.target, depth)
        if raw.kind == SCALAR:
            return self._scalar_node(self._scalar(raw), raw.location)
        if raw.kind == SEQUENCE:
            items = [self.value(child, depth + 1) for child in raw.children]
            return Node(Kind.ARRAY, raw.location, items=items)
        entries: Entries = {}
        unusable: SyntaxProblem | None = None
        self._mapping(raw, entries, depth)
        by_name: dict[str, Entry] = {}
        for (_, key), (key_node, node) in entries.items():
            try:
                name = _key_name(key, key_node, partial(self._shown, node))
            except SyntaxProblem as problem:
                unusable, name = unusable or problem, ""
            by_name[name] = Entry(name, key_node.location, node)
        ordered = [by_name[name] for name in sorted(by_name)]
        made = Node(Kind.OBJECT, raw.location, entries=ordered)
        if unusable is not None:
            self.unusable_keys[id(made)] = unusable
        return made

    def raise_problem(self, root: Node) -> None:
        """Raises SyntaxProblem if the finished value has something that JSON can't represent."""
        not_finite: SyntaxProblem | None = None
        stack = [root]
        while stack:
            node = stack.pop()
            if id(node) in self.unusable_keys:
                raise self.unusable_keys[id(node)]
            if isinstance(node.scalar, float) and not math.isfinite(node.scalar) and not_finite is None:
                shown = "NaN" if math.isnan(node.scalar) else ("+Inf" if node.scalar > 0 else "-Inf")
                not_finite = SyntaxProblem(f"json: unsupported value: {shown}", node.location)
            stack += reversed(node.items or [entry.node for entry in node.entries])
        if not_finite is not None:
            raise not_finite

    def _shown(self, node: Node) -> str:
        if node.kind is Kind.NULL:
            return "<nil>"
        return go_syntax(self._octets.get(id(node), node.plain()))

    def _count(self, raw: Raw) -> None:
        self._decoded += 1
        self._aliased += self._alias_depth > 0
        share = self._aliased / self._decoded
        if self._aliased > 100 and self._decoded > 1000 and share > _allowed_share(self._decoded):
            raise SyntaxProblem("yaml: document contains excessive aliasing", raw.location)
        if self._decoded > MAX_NODES:
            raise LimitExceeded(f"more than {MAX_NODES} values", raw.location)

    def _alias(self, raw: Raw, target: Raw, depth: int) -> Node:
        if id(raw) in self._following:
            raise SyntaxProblem(f"yaml: anchor '{raw.text}' value contains itself", raw.location)
        self._following.add(id(raw))
        self._alias_depth += 1
        node = self.value(target, depth)
        self._alias_depth -= 1
        self._following.discard(id(raw))
        return node

    def _scalar(self, raw: Raw) -> Scalar:
        if not raw.tag and not raw.plain:
            return raw.text
        try:
            return resolve(raw.tag, raw.text)
        except SyntaxProblem as problem:
            raise SyntaxProblem(str(problem), raw.location) from None

    def _scalar_node(self, value: Scalar, location: Location) -> Node:
        if value is None:
            return Node(Kind.NULL, location)
        if isinstance(value, bool):
            return Node(Kind.BOOL, location, value)
        if isinstance(value, str):  # JSON has a replacement character for every invalid byte
            node = Node(Kind.STRING, location, utf8.replaced(value))
            if node.scalar != value:
                self._octets[id(node)] = value
            return node
        self.not_finite = self.not_finite or not math.isfinite(value)
        return Node(Kind.NUMBER, location, value)

    def _mapping(self, raw: Raw, entries: Entries, depth: int) -> None:
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

    def _key(self, key_node: Raw, depth: int) -> Scalar:
        node = self.value(key_node, depth + 1)
        if node.kind in (Kind.OBJECT, Kind.ARRAY):
            raise SyntaxProblem(
                "yaml: invalid map key: " + go_syntax(self._decoded_value(key_node)), key_node.location
            )
        return node.scalar

    def _decoded_value(self, raw: Raw) -> object:
        """A key that isn't a scalar as the library keeps it, with keys that aren't strings yet."""
        raw = raw.target or raw
        if raw.kind == SCALAR:
            return self._scalar(raw)
        values = [self._decoded_value(child) for child in raw.children]
        if raw.kind == SEQUENCE:
            return values
        pairs = zip(values[::2], values[1::2], strict=True)
        return {key: value for key, value in sorted(pairs, key=_go_order) if key != "<<"}

    def _merge(self, raw: Raw, entries: Entries, depth: int) -> None:
        if raw.kind == SEQUENCE:
            for child in reversed(raw.children):
                self._merge_one(child, entries, depth)
            return
        self._merge_one(raw, entries, depth)

    def _merge_one(self, raw: Raw, entries: Entries, depth: int) -> None:
        target = raw.target or raw
        if target.kind != MAPPING:
            message = "yaml: map merge requires map or sequence of maps as the value"
            raise SyntaxProblem(message, raw.location)
        if depth > MAX_DEPTH or id(raw) in self._following:
            raise SyntaxProblem(f"yaml: anchor '{raw.text}' value contains itself", raw.location)
        self._following.add(id(raw))
        self._count(raw)
        self._alias_depth += raw.target is not None
        if raw.target is not None:
            self._count(raw)
        self._mapping(target, entries, depth + 1)
        self._alias_depth -= raw.target is not None
        self._following.discard(id(raw))


def _is_merge(raw: Raw) -> bool:
    if raw.kind != SCALAR or raw.text != "<<":
        return False
    return raw.plain or raw.tag == "tag:yaml.org,2002:merge"


def _allowed_share(decoded: int) -> float:
    """The share of a document that may come from aliases: 99 % up to 400,000 values, less beyond."""
    if decoded <= 400_000:
        return 0.99
    return 0.10 if decoded >= 4_000_000 else 0.99 - 0.89 * ((decoded - 400_000) / 3_600_000)


def _go_order(pair: tuple[object, object]) -> tuple[bool, str]:
    """Sort key for printing a map: Go prints null first."""
    return pair[0] is not None, str(pair[0])


def _key_name(key: Scalar, raw: Raw, shown_value: Callable[[], str]) -> str:
    """The name of the JSON field that a key becomes."""
    if isinstance(key, bool):
        return "true" if key else "false"
    if key is None:
        shown = f"%!s(<nil>), key: <nil>, value: {shown_value()}"
        raise SyntaxProblem(f"unsupported map key of type: {shown}", raw.location)
    if isinstance(key, int) and key >= 2**63:
        shown = f"uint64, key: {go_syntax(key)}, value: {shown_value()}"
        raise SyntaxProblem(f"unsupported map key of type: {shown}", raw.location)
    if isinstance(key, float):
        return float32_text(key)
    return key if isinstance(key, str) else str(key)
