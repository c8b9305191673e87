"""Decoding errors, in the API server's wording."""

from __future__ import annotations

from dataclasses import dataclass

from kube_oidc.diagnostics import Location
from kube_oidc.field import FieldPath


@dataclass(frozen=True, slots=True)
class DecodeError:
    """One decoding error; `code` is `wrong-type`, `unknown-field`, `duplicate-field`, `wrong-kind` or `more-errors`."""

    code: str
    message: str
    path: FieldPath
    location: Location | None


def strictly(message: str) -> str:
    """The message of a strict decoding error: an unknown or duplicate field."""
    return f"strict decoding error: {message}"
