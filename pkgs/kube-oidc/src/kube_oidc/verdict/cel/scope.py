"""What an expression is about; apart from the rest, so that a file without expressions loads no CEL."""

from __future__ import annotations

from enum import Enum


class Scope(Enum):
    """Which variable an expression is about."""

    CLAIMS = "claims"
    USER = "user"
