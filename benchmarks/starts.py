"""What kubectl waits for before its first request: `kube-oidc token`, beside a Python that does nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.measure import Cost, run, side_by_side

# A JWT in form, for the audience `forgejo`, that ends in 2099; nobody signed it.
_JWT: Final = "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJmb3JnZWpvIiwiZXhwIjo0MDcwOTA4ODAwfQ.c2ln"


def started(folder: Path, program: str) -> Iterator[tuple[str, str, str, str, str]]:
    """A line of the table: the token as kubectl's credential, from a file, so that no network is in it."""
    file = folder / "token"
    file.write_text(_JWT, encoding="utf-8")
    command = [program, "token", "--audience", "forgejo", "--file", str(file), "--exec-credential"]
    ours, bare = side_by_side(partial(_ended, command), partial(_ended, [sys.executable, "-c", ""]))
    yield (
        "token for kubectl, from its start (beside: bare Python)",
        f"{ours.wall * 1000:.0f} ms",
        f"{bare.wall * 1000:.0f} ms",
        f"{ours.wall / bare.wall:.2f}",
        "under 60 ms where bare Python takes 10",
    )


def _ended(command: list[str]) -> Cost:
    cost = run(command)
    if cost.status != 0:
        raise SystemExit(f"bench: exit status {cost.status} of {' '.join(command)}")
    return cost
