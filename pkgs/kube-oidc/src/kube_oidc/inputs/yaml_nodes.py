"""YAML documents as nodes with their places, for wrappers. Aliases are shared nodes, so that a bomb stays small."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kube_oidc.inputs.embedded import Text, block, dedented, unquoted
from kube_oidc.inputs.tree import Value, string
from kube_oidc.inputs.yaml_values import bounded

MAX_DOCUMENTS: Final = 10_000
_MAX_NODES: Final = 250_000  # of one value that is written again; what the checker itself reads
Step = str | int


@dataclass(frozen=True, slots=True)
class Scalar:
    """A string in a document: where it is, and its text with places."""

    path: tuple[Step, ...]
    node: Any
    source: Text

    @property
    def value(self) -> str:
        """The string itself."""
        return str(self.node.value)

    def text(self) -> Text:
        """The string with the place of each character."""
        start = self.node.start_mark.index
        if self.node.style in ("|", ">"):
            return block(self.value, self.source, self.source.text.index(self.node.style, start))
        quote = self.node.style or ""
        begin = self.source.text.find(quote, start) if quote else start
        return unquoted(self.value, self.source, begin, quote)


def documents(source: Text) -> list[Any]:
    """The root nodes; raises yaml.YAMLError, ValueError or RecursionError if the text isn't YAML."""
    import yaml  # noqa: PLC0415 - 40 ms

    text = source.text
    if text.lstrip().startswith(("{", "[")):
        text = text.replace("\t", " ")  # JSON may be indented with tabs
    loader = bounded(getattr(yaml, "CSafeLoader", yaml.SafeLoader))(text)
    found: list[Any] = []
    try:
        while loader.check_node() and len(found) < MAX_DOCUMENTS:
            found.append(loader.get_node())
    finally:
        loader.dispose()
    return found


def entries(node: Any) -> Sequence[tuple[Any, Any]]:
    """The pairs of key and value of a mapping; none for every other node."""
    return node.value if node is not None and node.id == "mapping" else ()


def items(node: Any) -> Sequence[Any]:
    """The items of a sequence; none for every other node."""
    return node.value if node is not None and node.id == "sequence" else ()


def at(node: Any, *keys: str) -> Any:
    """The node at this path of keys; None if there is none."""
    for key in keys:
        node = next((value for name, value in entries(node) if name.value == key), None)
    return node


def text_at(node: Any, *keys: str) -> str:
    """The scalar at this path, as it is written; empty if there is none."""
    found = at(node, *keys)
    return str(found.value) if found is not None and found.id == "scalar" else ""


def walk(root: Any) -> Iterator[tuple[tuple[Step, ...], Any]]:
    """Every node below this one with its path, in the file's order; shared nodes once."""
    seen: set[int] = set()
    stack: list[tuple[tuple[Step, ...], Any]] = [((), root)]
    while stack:
        path, node = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield path, node
        below: list[tuple[tuple[Step, ...], Any]] = [
            ((*path, str(key.value) if key.id == "scalar" else "?"), value) for key, value in entries(node)
        ]
        below += [((*path, position), value) for position, value in enumerate(items(node))]
        stack.extend(reversed(below))


def subtree(node: Any, source: Text) -> Text:
    """A mapping of the document as a document: the lines that it is written in, or JSON if it uses aliases."""
    pairs = entries(node)
    start = pairs[0][0].start_mark.index if pairs and not node.flow_style else node.start_mark.index
    end = node.end_mark.index
    if any(not start <= each.start_mark.index < end for _, each in walk(node) if each is not node):
        from kube_oidc.inputs.tree import as_json  # noqa: PLC0415

        return as_json(as_value(node), source)
    if node.flow_style:
        return source.part(start, end)
    column = start - (source.text.rfind("\n", 0, start) + 1)
    return dedented(source.part(start, end), column)


def as_value(node: Any) -> Value:
    """The node as a tree; ValueError if aliases make it larger than any configuration."""
    left = [_MAX_NODES]
    return _as_value(node, left)


def _as_value(node: Any, left: list[int]) -> Value:
    left[0] -= 1
    if left[0] < 0:
        raise ValueError("too many values")
    start = node.start_mark.index
    if node.id == "mapping":
        return Value(start, entries=list(_merged(node, left)))
    if node.id == "sequence":
        return Value(start, items=[_as_value(item, left) for item in node.value])
    tag = node.tag.rpartition(":")[2]
    if tag in ("bool", "int", "float", "null"):
        import yaml  # noqa: PLC0415

        return Value(start, json.dumps(yaml.safe_load(node.value)))
    return string(node.value, start)


def _merged(node: Any, left: list[int]) -> Iterator[tuple[str, int, Value]]:
    """The entries, with those of `<<` that the mapping doesn't have itself."""
    own = {str(key.value) for key, _ in node.value}
    for key, value in node.value:
        if key.tag.endswith(":merge"):
            for each in [value, *items(value)]:
                yield from (pair for pair in _merged_pairs(each, left) if pair[0] not in own)
        else:
            yield str(key.value), key.start_mark.index, _as_value(value, left)


def _merged_pairs(node: Any, left: list[int]) -> Iterator[tuple[str, int, Value]]:
    if node.id == "mapping":
        yield from _merged(node, left)
