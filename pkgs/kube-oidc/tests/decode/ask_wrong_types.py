"""Writes wrong_types.json (`make record`): Kubernetes' message for each of several values of a wrong type.

The API server reports only the first. So each file is asked about with all values wrong, then with the first one
right, then with the first two right, and so on.
"""

from __future__ import annotations

import json
from pathlib import Path

from decode.wrong_types import chosen, text
from differential.oracle.process import Reference

FILE = Path(__file__).parent / "wrong_types.json"


def messages(reference: Reference) -> dict[str, list[str]]:
    """The reference's message for every wrong value of every file."""
    found = {}
    for name, wrong in chosen().items():
        files = [text(wrong[right:]) for right in range(len(wrong))]
        found[name] = [reference.validate(file)["decodeError"] for file in files]
    return found


def record(reference: Reference) -> None:
    """Writes all messages."""
    FILE.write_text(json.dumps(messages(reference), indent=1) + "\n", encoding="utf-8")
