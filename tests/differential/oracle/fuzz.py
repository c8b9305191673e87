"""`make fuzz`: searches for a given time and reports progress; saves differences in cases/found."""

from __future__ import annotations

import argparse
import random
import sys
import time
from contextlib import ExitStack
from typing import Final

from differential.oracle.process import DEFAULT_MINOR, Reference, ReferenceMissingError
from differential.oracle.search import KINDS, Compared, Search, save

EXAMPLES: Final = 300


def main(arguments: list[str]) -> int:
    """Exit status: 0 no differences, 1 differences, 2 no reference."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long to search (default: %(default)s)")
    parser.add_argument(
        "--seed", type=int, default=None, help="where to begin; printed, so that it can be repeated"
    )
    parser.add_argument(
        "--minor", action="append", help=f"a Kubernetes minor, or several (default: {DEFAULT_MINOR})"
    )
    parser.add_argument("--kind", choices=sorted(KINDS), action="append", help="only this kind of case")
    asked = parser.parse_args(arguments)
    seed = random.randrange(2**32) if asked.seed is None else asked.seed
    minors = asked.minor or [DEFAULT_MINOR]
    try:
        with ExitStack() as stack:
            references = [stack.enter_context(Reference(minor)) for minor in minors]
            searches = [Search(kind, reference) for kind in asked.kind or KINDS for reference in references]
            found = _search(searches, seed, time.monotonic() + asked.seconds)
    except ReferenceMissingError as error:
        print(f"fuzz: {error}", file=sys.stderr)
        return 2
    cases = sum(search.asked for search in searches)
    undecided = sum(search.undecided for search in searches)
    print(f"{cases} cases, {undecided} undecided, {len(found)} differences ({' '.join(minors)}, seed {seed})")
    return 1 if found else 0


def _search(searches: list[Search], seed: int, end: float) -> list[Compared]:
    found: list[Compared] = []
    while time.monotonic() < end:
        seed += 1
        for search in searches:
            if time.monotonic() > end:
                break
            comparison = search.run(seed, EXAMPLES)
            if comparison is not None:
                found.append(comparison)
                print(f"\r{comparison}\n  kept in {save(comparison)}\n", flush=True)
            left = max(0, end - time.monotonic())
            total = sum(each.asked for each in searches)
            line = f"\r{total} cases, {len(found)} differences, {left:.0f} s left   "
            print(line, end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
