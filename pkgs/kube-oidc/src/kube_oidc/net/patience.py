"""Something to say to whoever waits, where it takes longer than it should."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def told_after(seconds: float, tell: Callable[[], object]) -> Iterator[None]:
    """Calls `tell` once, beside the block, where that is not done after so many seconds."""
    import threading  # noqa: PLC0415 - few wait

    note = threading.Timer(seconds, tell)
    note.daemon = True
    note.start()
    try:
        yield
    finally:
        note.cancel()
