"""A client in the network of a process: asks the API server ten times a second until its stdin ends.

    nsenter --target=PID --net -- python -m switch.asking URL AUTHORITY TOKEN-FILE

stdout: `ready` after the first second, and one line of JSON at the end: asked, lost, reasons.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from e2e.harness.asking import Credential, asking


def main(url: str, authority: str, token: str) -> None:
    """Asks until stdin ends."""
    credential = Credential("token", Path(token).read_text())
    with asking(url, Path(authority), credential) as (tally,):
        time.sleep(1)
        print("ready", flush=True)
        sys.stdin.read()
    print(json.dumps({"asked": tally.asked, "lost": tally.lost, "reasons": sorted(tally.reasons)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
