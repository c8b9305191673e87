"""Calls that may hang, in threads that nobody has to wait for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

Result = TypeVar("Result")


def bounded(call: Callable[[], Result], seconds: float) -> Result:
    """What the call returns or raises; TimeoutError when it takes longer, and it goes on without anybody.

    For what has no time-out of its own: name resolution, a credential plugin, an answer that trickles for ever.
    """
    outcome: list[tuple[Result | None, BaseException | None]] = []

    def run() -> None:
        try:
            outcome.append((call(), None))
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            outcome.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        raise TimeoutError
    result, error = outcome[0]
    if error is not None:
        raise error
    return result  # type: ignore[return-value] # a Result, for there is no error


def together(calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """What each call returns, all made at once; each has to keep its own time, and the first error is raised."""
    results: dict[int, Result] = {}
    errors: list[BaseException] = []

    def run(position: int, call: Callable[[], Result]) -> None:
        try:
            results[position] = call()
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            errors.append(error)

    threads = [
        threading.Thread(target=run, args=(position, call), daemon=True)
        for position, call in enumerate(calls)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return [results[position] for position in range(len(calls))]
