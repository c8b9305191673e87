"""Values found in a file of another language, written as JSON so that the checker can read them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from kube_oidc.inputs.embedded import Text, joined


@dataclass(slots=True)
class Value:
    """A value at the index `start` of its file. One of `entries`, `items` and `scalar` (JSON text) is set.

    `computed`: it is, or contains, an expression whose value isn't in the file.
    """

    start: int
    scalar: str | None = None
    entries: list[tuple[str, int, Value]] | None = None
    items: list[Value] = field(default_factory=list)
    computed: bool = False

    def get(self, *keys: str) -> Value | None:
        """The value at this path of keys; None if there is none."""
        value: Value | None = self
        for key in keys:
            found = [] if value is None else value.entries or []
            value = next((each for name, _, each in reversed(found) if name == key), None)
        return value

    @property
    def text(self) -> str:
        """The string, or empty for every other value."""
        return json.loads(self.scalar) if self.scalar is not None and self.scalar.startswith('"') else ""

    def is_computed(self) -> bool:
        """Whether anything in it is an expression."""
        below = [value for _, _, value in self.entries or ()]
        return self.computed or any(value.is_computed() for value in (*below, *self.items))


def string(text: str, start: int, *, computed: bool = False) -> Value:
    """The value for a string."""
    return Value(start, json.dumps(text), computed=computed)


def as_json(value: Value, file: Text) -> Text:
    """The value as JSON, one entry per line; every character is at the place of its key or value in the file."""
    parts: list[Text] = []
    _write(value, file, parts, "")
    return joined(parts)


def _write(value: Value, file: Text, parts: list[Text], indentation: str) -> None:
    inner = indentation + "  "
    if value.entries is not None:
        parts.append(file.constant("{\n", value.start))
        for number, (key, start, child) in enumerate(value.entries, 1):
            parts.append(file.constant(f"{inner}{json.dumps(key)}: ", start))
            _write(child, file, parts, inner)
            parts.append(file.constant(",\n" if number < len(value.entries) else "\n", start))
        parts.append(file.constant(indentation + "}", value.start))
    elif value.scalar is not None:
        parts.append(file.constant(value.scalar, value.start))
    else:
        parts.append(file.constant("[\n", value.start))
        for number, child in enumerate(value.items, 1):
            parts.append(file.constant(inner, child.start))
            _write(child, file, parts, inner)
            parts.append(file.constant(",\n" if number < len(value.items) else "\n", child.start))
        parts.append(file.constant(indentation + "]", value.start))
