"""Decodes a document's tree into the structs of one API version, with the API server's errors.

Source: `sigs.k8s.io/json` (UnmarshalStrict).
"""

from __future__ import annotations

from typing import Any, Final

from kube_oidc.diagnostics import Location
from kube_oidc.field import FieldPath
from kube_oidc.verdict.decode.errors import DecodeError, strictly
from kube_oidc.verdict.document import Kind, Node
from kube_oidc.verdict.golang.quote import quote
from kube_oidc.verdict.structures import STRING_TYPES, Field, fields
from kube_oidc.verdict.versions import KubernetesVersion

_MAX_STRICT_ERRORS: Final = 100


class Decoder:
    """Decodes into the structs of one API version; collects `wrong_types`, `strict` errors and `locations`."""

    def __init__(self, package: str, version: KubernetesVersion) -> None:
        self.package = package
        self.version = version
        self.wrong_types: list[DecodeError] = []
        self.strict: list[DecodeError] = []
        self._said: set[tuple[str, FieldPath]] = set()
        self.locations: dict[FieldPath, Location] = {}
        self._stack: list[str] = []
        self._struct = ""

    def struct(self, node: Node, name: str, path: FieldPath) -> dict[str, Any]:
        """The fields of a struct by name; nested structs are dicts."""
        known = fields(name, self.version)
        values: dict[str, Any] = {}
        self.locations.setdefault(path, node.location)
        seen: set[str] = set()
        outer = self._struct
        for entry in node.entries:
            child = path.child(entry.key)
            if entry.key not in known:
                self._strict_error("unknown field", child, entry.location)
                continue
            if entry.key in seen:
                self._strict_error("duplicate field", child, entry.location)
            seen.add(entry.key)
            self.locations[child] = entry.location
            self._struct = name
            self._stack.append(entry.key)
            self._set(values, entry.key, self._value(entry.node, known[entry.key], child), entry.node)
            self._stack.pop()
            self._struct = outer
        return values

    @staticmethod
    def _set(values: dict[str, Any], key: str, value: Any, node: Node) -> None:
        """Sets a field. As in Go, null doesn't reset a string or boolean that an earlier duplicate set."""
        if node.kind is Kind.NULL and isinstance(values.get(key), str | bool):
            return
        values[key] = value

    def _value(self, node: Node, kind: Field, path: FieldPath) -> Any:
        if node.kind is Kind.NULL:
            return None
        if not kind.many:
            return self._single(node, kind.type, path)
        if node.kind is not Kind.ARRAY:
            return self._wrong_type(node, f"[]{self._go_type(kind.type)}", path)
        items = []
        for position, item in enumerate(node.items):
            child = path.index(position)
            self.locations[child] = item.location
            value = None if item.kind is Kind.NULL else self._single(item, kind.type, child)
            items.append(value)
        return items

    def _single(self, node: Node, kind: str, path: FieldPath) -> Any:
        if kind in STRING_TYPES:
            return (
                node.scalar if node.kind is Kind.STRING else self._wrong_type(node, self._go_type(kind), path)
            )
        if kind == "bool":
            return node.scalar if node.kind is Kind.BOOL else self._wrong_type(node, "bool", path)
        if node.kind is not Kind.OBJECT:
            return self._wrong_type(node, self._go_type(kind), path)
        return self.struct(node, kind, path)

    def _go_type(self, kind: str) -> str:
        return kind if kind in ("string", "bool") else f"{self.package}.{kind}"

    def _wrong_type(self, node: Node, go_type: str, path: FieldPath) -> None:
        where = ".".join(self._stack)
        field = f"{self._struct}.{where} of type {go_type}"
        message = f"json: cannot unmarshal {node.kind.value} into Go struct field {field}"
        self.wrong_types.append(DecodeError("wrong-type", message, path, node.location))

    def _strict_error(self, what: str, path: FieldPath, location: Location) -> None:
        """Adds each error once, up to the API server's limit (`saveStrictError` in `sigs.k8s.io/json`)."""
        if (what, path) in self._said:
            return
        self._said.add((what, path))
        if len(self.strict) < _MAX_STRICT_ERRORS:
            code = what.replace(" ", "-")
            self.strict.append(DecodeError(code, strictly(f"{what} {quote(str(path))}"), path, location))

    def more(self) -> list[DecodeError]:
        """An error that counts the strict errors beyond the API server's limit; empty if there are none."""
        count = len(self._said) - len(self.strict)
        if not count:
            return []
        noun = "field" if count == 1 else "fields"
        text = (
            f"{count} more unknown or duplicate {noun}: the API server names the first {_MAX_STRICT_ERRORS}"
        )
        return [DecodeError("more-errors", text, FieldPath(), None)]
