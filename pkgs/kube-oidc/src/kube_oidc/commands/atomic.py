"""Atomic file replacement: readers see the old or the new content, never a part."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write(path: Path, text: str, mode: int) -> None:
    """Replace the file at `path`, following symbolic links; write to devices and pipes directly.

    OSError (e.g. disk full): the old file is unchanged.
    """
    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
        return
    if path.is_symlink() and path.exists():
        os.close(
            os.open(path, os.O_WRONLY)
        )  # let the kernel decide whether the link may be followed (fs.protected_symlinks)
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
