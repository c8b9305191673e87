"""Time limits for calls that don't have one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

Result = TypeVar("Result")


def call_with_timeout(call: Callable[[], Result], seconds: float) -> Result:
    """What the call returns or raises; TimeoutError if it takes longer, and its thread is abandoned.

    For operations without a timeout: name resolution, credential plugins, responses that trickle in forever.
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


def run_concurrently(calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """The results of calls run in parallel threads; raises the first error. Each call needs its own time limit."""
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
