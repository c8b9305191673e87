"""The scope of an expression; a separate module, so that files without expressions don't load CEL."""

from __future__ import annotations

from enum import Enum


class Scope(Enum):
    """The variable that an expression has access to."""

    CLAIMS = "claims"
    USER = "user"
