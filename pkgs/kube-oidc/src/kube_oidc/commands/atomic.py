"""Writes a file in one piece: whoever reads it sees the old one or the new one, never half of either."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write(path: Path, text: str, mode: int) -> None:
    """Replaces the file at `path`, or the one its symbolic link names; a device or a pipe is written to.

    An OSError (disk full, say) leaves what was there and nothing more.
    """
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    if path.is_symlink() and path.exists():
        os.close(
            os.open(path, os.O_WRONLY)
        )  # whether this link may be followed (protected_symlinks), the kernel says
    target = Path(os.path.realpath(path))
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=".kube-oidc.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)  # noqa: PTH101 - as mkstemp has it
        os.replace(name, target)  # noqa: PTH105
    except BaseException:
        os.unlink(name)  # noqa: PTH108
        raise
