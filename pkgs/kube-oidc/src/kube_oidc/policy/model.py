"""Expectations as read from a file, and the result of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """What an invariant is about. `tokens` is CEL over `claims`; one of `can`, `user` and `group` is set, or none."""

    issuer: str = ""
    tokens: str = ""
    can: str = ""
    user: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A job (`run`), a person or claims, and what is expected of every token of theirs.

    `refused` is None if it should be accepted, otherwise a part of the reason, possibly empty.
    """

    line: int
    name: str
    issuer: str
    run: Mapping[str, str] | None
    person: Mapping[str, Any] | None
    claims: Mapping[str, Any] | None
    user: str | None
    groups: tuple[str, ...] | None
    refused: str | None
    can: tuple[str, ...]
    cannot: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Invariant:
    """A statement about all tokens; `kind` is only, never or always."""

    line: int
    name: str
    kind: str
    target: Target
    allow_undecided: bool


@dataclass(frozen=True, slots=True)
class Expectations:
    """The content of a file. `faults` are items that can't be understood, each with its result."""

    config: str
    rbac: tuple[str, ...]
    examples: tuple[Example, ...]
    invariants: tuple[Invariant, ...]
    faults: tuple[Result, ...] = ()


class Status(Enum):
    """The result of an expectation. `ERROR`: it can't be tested, because it is wrong itself."""

    PASSED = "passed"
    FAILED = "failed"
    UNDECIDED = "undecided"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Result:
    """The result for the expectation at `line`; `claims` are those of a token that shows a failure.

    `how` is shown (by tokens) or proved (for all tokens), or empty.
    """

    line: int
    name: str
    status: Status
    message: str = ""
    how: str = ""
    claims: Mapping[str, Any] | None = None

    @property
    def ok(self) -> bool:
        """Whether it passed."""
        return self.status is Status.PASSED
