"""Read files within a size limit, with a notice while waiting for a pipe or the terminal."""

from __future__ import annotations

import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from kube_oidc.commands import CommandError
from kube_oidc.net.patience import notify_if_slow

MAX_FILE_BYTES: Final = 64 << 20  # the checker reads much less, but --apiserver may accept more
PIPE_NOTICE_SECONDS: Final = 2.0


def read(name: str | Path, largest: int | None = None) -> bytes:
    """The file's bytes; CommandError if it can't be read, is too large or is endless (/dev/zero)."""
    path = Path(name)
    if not str(name):
        raise CommandError("file name is empty")
    try:
        with announce_fifo_wait(path), path.open("rb") as file:
            return _limited(str(name), file, largest)
    except OSError as error:
        raise CommandError(f"cannot read {name}: {error.strerror}") from None


def read_or_stdin(name: str, largest: int | None = None) -> bytes:
    """Like `read`; `-` is standard input."""
    if name != "-":
        return read(name, largest)
    if sys.stdin.isatty():
        _note("reading from the terminal; press Ctrl-D to finish")
    return _limited("standard input", sys.stdin.buffer, largest)


def _limited(name: str, file: IO[bytes], most: int | None) -> bytes:
    largest = MAX_FILE_BYTES if most is None else min(most, MAX_FILE_BYTES)
    data = file.read(largest + 1)
    if len(data) > largest:
        raise CommandError(f"cannot read {name}: larger than {largest >> 20} MiB")
    return data


@contextmanager
def announce_fifo_wait(path: Path) -> Iterator[None]:
    """If the file is a named pipe, say after a while that the command is waiting for data."""
    if not stat.S_ISFIFO(path.stat().st_mode):
        yield
        return
    with notify_if_slow(PIPE_NOTICE_SECONDS, lambda: _note(f"waiting for data from the pipe {path}")):
        yield


def _note(text: str) -> None:
    from kube_oidc.report import printable

    print(printable.line(f"kube-oidc: {text}"), file=sys.stderr, flush=True)  # noqa: T201
