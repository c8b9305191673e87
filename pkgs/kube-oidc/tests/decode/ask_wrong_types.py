"""Writes wrong_types.json: Kubernetes' message for each of several values of a wrong type.

    PYTHONPATH=tests:pkgs/kube-oidc/tests/decode python pkgs/kube-oidc/tests/decode/ask_wrong_types.py

The API server reports only the first. So each file is asked about with all values wrong, then with the first one
right, then with the first two right, and so on.
"""

from __future__ import annotations

import json
from pathlib import Path

from differential.oracle.process import Reference
from wrong_types import chosen, text

FILE = Path(__file__).parent / "wrong_types.json"


def main() -> None:
    """Asks the reference for the default minor."""
    messages = {}
    with Reference() as reference:
        for name, wrong in chosen().items():
            files = [text(wrong[right:]) for right in range(len(wrong))]
            messages[name] = [reference.validate(file)["decodeError"] for file in files]
    FILE.write_text(json.dumps(messages, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
