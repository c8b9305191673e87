"""What we can't decide. A separate module, so that it can be caught without loading CEL."""

from __future__ import annotations


class Undecidable(Exception):
    """We don't know the API server's answer; `reason` says why. Compiling and evaluating CEL return it as a result."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
