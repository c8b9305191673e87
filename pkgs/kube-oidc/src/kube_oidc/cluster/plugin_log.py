"""Why a credential plugin failed: the Kubernetes client only logs it and continues without a credential."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_KNOWN: Final = (
    (re.compile(r"exec: process returned (-?\d+)"), "it exited with status {0}"),
    (re.compile(r"exec: failed to decode process output"), "its output is not JSON"),
    (re.compile(r"exec: malformed response"), "its output is not an ExecCredential"),
    (re.compile(r"exec: plugin api version"), "its apiVersion differs from `exec.apiVersion`"),
    (re.compile(r"exec: missing"), "its output has no token and no certificate"),
)


class _Reasons(logging.Handler):
    """Keeps only known messages: the plugin's own output may contain a credential."""

    def __init__(self) -> None:
        super().__init__()
        self.reasons: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Handle one log record."""
        message = record.getMessage()
        for form, words in _KNOWN:
            if found := form.match(message):
                self.reasons.append(words.format(*found.groups()))


@contextmanager
def reasons() -> Iterator[list[str]]:
    """Collect the reasons logged inside the block; nothing reaches stderr."""
    handler = _Reasons()
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield handler.reasons
    finally:
        root.removeHandler(handler)
