"""`make switch`: runs every scenario and prints a table; status 1 if one fails, 2 if nothing can run.

python -m switch [WORD …]    only the scenarios whose title has one of these words
"""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from e2e.harness.binaries import MINOR, MissingProgramError, locate

from switch import control_plane, scenario
from switch.machine import why_not
from switch.scenarios import GROUPS


def main(*words: str) -> int:
    """Runs the scenarios whose title has one of the words."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that every machine is ended
    reason = why_not()
    if reason is not None:
        print(f"skipped: {reason}", file=sys.stderr)
        return 2
    chosen = [
        replace(
            group,
            scenarios=tuple(
                each for each in group.scenarios if not words or any(word in each.title for word in words)
            ),
        )
        for group in GROUPS
    ]
    start, failures = time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="kube-oidc-switch-") as folder:
        binaries = locate(*control_plane.PROGRAMS)
        print(scenario.head(), flush=True)
        for result in scenario.play_all(
            [group for group in chosen if group.scenarios], Path(folder), binaries
        ):
            print(scenario.row(result), flush=True)
            failures += [result] if result.failure or result.skipped else []
    for result in failures:
        if result.failure:
            print(f"\n{result.title}: {result.failure}", file=sys.stderr)
    count = sum(len(group.scenarios) for group in chosen)
    print(
        f"{count - len(failures)} of {count} as they must be, Kubernetes {MINOR}, {time.monotonic() - start:.0f} s"
    )
    if any(result.failure for result in failures):
        return 1
    return 2 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except MissingProgramError as error:
        sys.exit(str(error))
