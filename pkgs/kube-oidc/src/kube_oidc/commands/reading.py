"""Reads the files that a command is given: within a limit, and never silent while it waits for a person."""

from __future__ import annotations

import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from kube_oidc.commands import CommandError
from kube_oidc.net.patience import told_after

_LARGEST: Final = 64 << 20  # bytes; the checker itself reads far less, a binary may judge the rest
_PATIENCE_SECONDS: Final = 2.0


def read(name: str | Path, largest: int | None = None) -> bytes:
    """The file's bytes; CommandError where it cannot be read, is too large, or has no end (/dev/zero, say)."""
    path = Path(name)
    if not str(name):
        raise CommandError("the name of a file is empty")
    try:
        with patient(path), path.open("rb") as file:
            return _limited(str(name), file, largest)
    except OSError as error:
        raise CommandError(f"{name} cannot be read: {error.strerror}") from None


def read_or_stdin(name: str, largest: int | None = None) -> bytes:
    """The same; `-` is standard input."""
    if name != "-":
        return read(name, largest)
    if sys.stdin.isatty():
        _note("reading from the terminal: Ctrl-D ends it")
    return _limited("standard input", sys.stdin.buffer, largest)


def _limited(name: str, file: IO[bytes], most: int | None) -> bytes:
    largest = _LARGEST if most is None else min(most, _LARGEST)
    data = file.read(largest + 1)
    if len(data) > largest:
        raise CommandError(f"{name} cannot be read: it has more than {largest >> 20} MiB")
    return data


@contextmanager
def patient(path: Path) -> Iterator[None]:
    """A named pipe is waited for, as a shell's `<(…)` wants it; after a while it is said what for."""
    if not stat.S_ISFIFO(path.stat().st_mode):
        yield
        return
    with told_after(_PATIENCE_SECONDS, lambda: _note(f"{path} is a pipe: waiting for what is written to it")):
        yield


def _note(text: str) -> None:
    from kube_oidc.report import printable

    print(printable.line(f"kube-oidc: {text}"), file=sys.stderr, flush=True)  # noqa: T201
