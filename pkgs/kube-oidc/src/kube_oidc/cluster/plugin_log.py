"""Why a credential plugin gave nothing: the Kubernetes client only logs it, and goes on without a credential."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_KNOWN: Final = (
    (re.compile(r"exec: process returned (-?\d+)"), "it ended with status {0}"),
    (re.compile(r"exec: failed to decode process output"), "what it prints is no JSON"),
    (re.compile(r"exec: malformed response"), "what it prints is no ExecCredential"),
    (re.compile(r"exec: plugin api version"), "it answers in another apiVersion than `exec.apiVersion`"),
    (re.compile(r"exec: missing"), "there is no token and no certificate in what it prints"),
)


class _Reasons(logging.Handler):
    """Keeps what is known to hold no credential; what the plugin wrote itself may be one."""

    def __init__(self) -> None:
        super().__init__()
        self.reasons: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Takes one message."""
        message = record.getMessage()
        for form, words in _KNOWN:
            if found := form.match(message):
                self.reasons.append(words.format(*found.groups()))


@contextmanager
def reasons() -> Iterator[list[str]]:
    """What was said inside, in words of our own; nothing of it reaches stderr."""
    handler = _Reasons()
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield handler.reasons
    finally:
        root.removeHandler(handler)
