"""Paths of fields, as the API server prints them: `jwt[0].issuer.url`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldPath:
    """Steps from the root of the document: a `str` names a field, an `int` an item of a list."""

    steps: tuple[str | int, ...] = ()

    def child(self, *names: str) -> FieldPath:
        """The path of a field below this one."""
        return FieldPath(self.steps + names)

    def index(self, position: int) -> FieldPath:
        """The path of an item of the list at this path."""
        return FieldPath((*self.steps, position))

    def parent(self) -> FieldPath:
        """The path one step up; the root is its own parent."""
        return FieldPath(self.steps[:-1])

    def __str__(self) -> str:
        """The path as `k8s.io/apimachinery/pkg/util/validation/field.Path` prints it; empty for the root."""
        text = ""
        for step in self.steps:
            if isinstance(step, int):
                text += f"[{step}]"
            else:
                text += f".{step}" if text else step
        return text
