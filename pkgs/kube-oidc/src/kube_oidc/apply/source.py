"""The file that the API server reads, compared with the one it was copied from."""

from __future__ import annotations

import hashlib
from pathlib import Path

from kube_oidc.apply import Loading


def compare(path: str, data: bytes | None, source: str, wanted: bytes) -> Loading | None:
    """Why the file is not the one that was built (None: it is); `data` is None if there is no file."""
    if data == wanted:
        return None
    remedy = (
        f"activate the configuration again (nixos-rebuild switch), or copy {source} and rename it to {path}"
    )
    if data is None:
        return Loading(False, f"{path} not found", remedy)
    if wanted.startswith(data):
        reason = f"{path} is truncated: it has the first {len(data)} of {len(wanted)} bytes of {source}"
        return Loading(
            False, f"{reason}{_space(path)}", f"make room on the disk if it is full; then {remedy}"
        )
    digest = hashlib.sha256(data).hexdigest()[:12]
    expected = hashlib.sha256(wanted).hexdigest()[:12]
    reason = f"{path} was edited: it is sha256:{digest}…, and {source} is sha256:{expected}…"
    return Loading(False, reason, remedy)


def _space(path: str) -> str:
    import os  # noqa: PLC0415

    try:
        found = os.statvfs(Path(path).parent)
    except OSError:
        return ""
    return f" ({found.f_bavail * found.f_frsize} bytes free on its disk)"
