"""What the API server says of a document that it cannot read."""

from __future__ import annotations

from dataclasses import dataclass

from kube_oidc.diagnostics import Location
from kube_oidc.field import FieldPath


@dataclass(frozen=True, slots=True)
class DecodeError:
    """`code` is `wrong-type`, `unknown-field`, `duplicate-field`, `wrong-kind` or `more-errors`."""

    code: str
    message: str
    path: FieldPath
    location: Location | None


def strictly(message: str) -> str:
    """The words for a field that is there once too often, or should not be."""
    return f"strict decoding error: {message}"
