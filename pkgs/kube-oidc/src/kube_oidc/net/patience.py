"""A notice for operations that take longer than expected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def notify_if_slow(seconds: float, notify: Callable[[], object]) -> Iterator[None]:
    """Call `notify` once, in another thread, if the block takes longer than this many seconds."""
    import threading  # noqa: PLC0415 - rarely needed at startup

    note = threading.Timer(seconds, notify)
    note.daemon = True
    note.start()
    try:
        yield
    finally:
        note.cancel()
