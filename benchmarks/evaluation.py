"""What the module adds to a machine's evaluation, in thunks: per issuer and per grant, and whether it is linear.

Exit status 1 if a limit is exceeded, 2 without Nix or <nixpkgs/lib>.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

EXPRESSION: Final = Path(__file__).with_name("evaluation.nix")
MAX_THUNKS_PER_ISSUER: Final = 4000
MAX_THUNKS_PER_GRANT: Final = 3000
MAX_ISSUERS: Final = 64
MAX_GRANTS: Final = 1000
# How much more the last item may cost than the first: linear, but for the growth of lists and sorting.
MAX_GROWTH: Final = 1.2
TIMEOUT_SECONDS: Final = 120


def thunks(issuers: int, grants: int) -> int:
    """The number of thunks that Nix allocates for a machine with so many issuers and grants."""
    with tempfile.TemporaryDirectory(prefix="kube-oidc-bench-") as folder:
        statistics = Path(folder, "statistics.json")
        subprocess.run(
            (
                "nix-instantiate", "--eval", "--strict", str(EXPRESSION),
                "--arg", "issuers", str(issuers), "--arg", "grants", str(grants),
            ),
            env={**os.environ, "NIX_SHOW_STATS": "1", "NIX_SHOW_STATS_PATH": str(statistics)},
            stdout=subprocess.DEVNULL,
            timeout=TIMEOUT_SECONDS,
            check=True,
        )  # fmt: skip
        return int(json.loads(statistics.read_text())["nrThunks"])


def main() -> int:
    """Prints the table."""
    if shutil.which("nix-instantiate") is None:
        print("bench: nix-instantiate not found", file=sys.stderr)
        return 2
    found = subprocess.run(
        ["nix-instantiate", "--find-file", "nixpkgs/lib"], capture_output=True, check=False
    )
    if found.returncode != 0:
        print("bench: <nixpkgs/lib> not found: set NIX_PATH", file=sys.stderr)
        return 2
    one = thunks(1, 0)
    few_issuers = (thunks(11, 0) - one) / 10
    issuers = (thunks(MAX_ISSUERS, 0) - one) / (MAX_ISSUERS - 1)
    few_grants = (thunks(1, 10) - one) / 10
    grants = (thunks(1, MAX_GRANTS) - one) / MAX_GRANTS
    rows = (
        (f"thunks per issuer, of {MAX_ISSUERS}", issuers, MAX_THUNKS_PER_ISSUER),
        (f"thunks per grant, of {MAX_GRANTS}", grants, MAX_THUNKS_PER_GRANT),
        (f"thunks per issuer, of {MAX_ISSUERS} against of 11", issuers / few_issuers, MAX_GROWTH),
        (f"thunks per grant, of {MAX_GRANTS} against of 10", grants / few_grants, MAX_GROWTH),
    )
    print(f"{'what':<44}{'measured':>10}{'at most':>10}")
    for title, measured, limit in rows:
        print(f"{title:<44}{measured:>10.5g}{limit:>10}")
    return 1 if any(measured > limit for _, measured, limit in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
