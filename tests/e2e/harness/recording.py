"""The API server's answers as the package's fast tests keep them: compared here, written by `make record`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parents[3] / "pkgs/kube-oidc/tests/recorded"


def keep(name: str, rows: Iterable[dict[str, Any]]) -> None:
    """Fails if the file has other rows; with KUBE_OIDC_RECORD=1 it is written instead."""
    found = [json.dumps(row) for row in rows]
    file = FOLDER / name
    if os.environ.get("KUBE_OIDC_RECORD"):
        file.write_text("\n".join(found) + "\n")
    assert file.read_text().splitlines() == found, f"{name} is stale: `make record` writes it"
