"""`make differential`: cases, agreements and differences of every Kubernetes minor, in a table."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from typing import Final

from differential.oracle import cases
from differential.oracle.expressions import all_expressions
from differential.oracle.process import Reference, ReferenceMissingError, minors
from differential.oracle.run import Compared, Tally, configurations, expressions, tokens
from differential.oracle.signed import all_signed, ask_signed
from differential.oracle.tokens import all_tokens

KINDS: Final[dict[str, Callable[[Reference], Iterator[Compared]]]] = {
    "configurations": lambda reference: configurations(reference, cases.all_cases()),
    "published": lambda reference: configurations(reference, cases.corpus()),
    "tokens": lambda reference: tokens(reference, all_tokens()),
    "signatures": lambda reference: (ask_signed(reference, signed) for signed in all_signed()),
    "expressions": lambda reference: expressions(reference, all_expressions()),
}
ROW: Final = "{:<11}{:<16}{:>8}{:>8}{:>12}{:>12}{:>9}"


def main(asked: list[str]) -> int:
    """Prints the table and the differences; exit status 1 if there are any, 2 without a reference."""
    print(ROW.format("Kubernetes", "cases of", "cases", "same", "undecided", "different", "seconds"))
    different: list[Compared] = []
    for minor in asked or minors():
        try:
            with Reference(minor) as reference:
                different += _rows(reference)
        except ReferenceMissingError as error:
            print(f"differential: {error}", file=sys.stderr)
            return 2
    for comparison in different:
        print(f"\n{comparison}")
    print(f"\n{len(different)} differences")
    return 1 if different else 0


def _rows(reference: Reference) -> list[Compared]:
    different: list[Compared] = []
    for kind, compared in KINDS.items():
        started = time.monotonic()
        tally = Tally().add(compared(reference))
        same = tally.cases - len(tally.undecided) - len(tally.different)
        numbers = (tally.cases, same, len(tally.undecided), len(tally.different))
        seconds = f"{time.monotonic() - started:.1f}"
        print(ROW.format(reference.minor, kind, *numbers, seconds), flush=True)
        different += tally.different
    return different


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
