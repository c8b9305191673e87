"""Since when the file has had its content: NixOS writes it again with every activation, changed or not."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from kube_oidc.commands.atomic import write


def unchanged_since(state: str | None, digest: str, changed: float) -> float:
    """When a file with this hash took its place, by the state file of earlier runs; notes it there for the next."""
    if not state:
        return changed
    known, since = _read(Path(state))
    if known == digest and since <= changed:
        return since
    with suppress(OSError):  # a full disk: the next run waits longer
        write(Path(state), json.dumps({"hash": digest, "changed": changed}) + "\n", 0o600)
    return changed


def _read(path: Path) -> tuple[str, float]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return str(document["hash"]), float(document["changed"])
    except (OSError, ValueError, TypeError, KeyError):
        return "", 0.0
