"""Matches by following all alternatives at once in order of preference (Go's `regexp/exec.go`)."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

from kube_oidc.verdict.golang.regexp.syntax import (
    Assertion,
    Characters,
    Choice,
    Node,
    Ranges,
    Repetition,
    Sequence,
    UnsupportedRegexpError,
)

_MAX_INSTRUCTIONS: Final = 50_000
MAX_STEPS: Final = 3_000_000
"""The steps that one call may take, about two seconds: Go's time for `findAll` is quadratic in the text."""
_WORD: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


@dataclass(slots=True)
class _Fork:
    """Continues at `first`, otherwise at `second`."""

    first: int
    second: int


_Instruction = Ranges | Assertion | _Fork | None  # None: a match


@dataclass(slots=True)
class Patience:
    """The number of steps that one call may still take."""

    left: int = MAX_STEPS


@dataclass(frozen=True, slots=True)
class Program:
    """Instructions; each continues with the next one, except for a fork and the end."""

    instructions: list[_Instruction] = field(default_factory=list)

    def search(self, text: str, start: int, patience: Patience) -> tuple[int, int] | None:
        """The span of the leftmost, most preferred match that begins at `start` or later."""
        found: tuple[int, int] | None = None
        threads: dict[int, int] = {}  # instruction → start of its match, in order of preference
        for position in range(start, len(text) + 1):
            if found is None:
                self._enter(threads, 0, position, text, position)
            elif not threads:
                break
            patience.left -= len(threads)
            if patience.left < 0:
                raise UnsupportedRegexpError("too many steps for a text of this size")
            following: dict[int, int] = {}
            for place, began in threads.items():
                instruction = self.instructions[place]
                if instruction is None:
                    found = (began, position)
                    break
                if isinstance(instruction, tuple) and _holds(instruction, text, position):
                    self._enter(following, place + 1, began, text, position + 1)
            threads = following
        return found

    def _enter(self, threads: dict[int, int], place: int, began: int, text: str, position: int) -> None:
        """Adds the instructions that `place` leads to without reading a character, except those already added."""
        waiting = [place]
        while waiting:
            place = waiting.pop()
            if place in threads:
                continue
            threads[place] = began
            instruction = self.instructions[place]
            if isinstance(instruction, _Fork):
                waiting += (instruction.second, instruction.first)
            elif isinstance(instruction, Assertion) and _stands(instruction, text, position):
                waiting.append(place + 1)


def _holds(ranges: Ranges, text: str, position: int) -> bool:
    if position >= len(text):
        return False
    code = ord(text[position])
    index = bisect_right(ranges, (code, 0x110000)) - 1
    return index >= 0 and code <= ranges[index][1]


def _stands(assertion: Assertion, text: str, position: int) -> bool:
    before, after = text[position - 1 : position] if position else "", text[position : position + 1]
    match assertion:
        case Assertion.BEGIN_TEXT:
            return position == 0
        case Assertion.END_TEXT:
            return position == len(text)
        case Assertion.BEGIN_LINE:
            return before in ("", "\n")
        case Assertion.END_LINE:
            return after in ("", "\n")
    return ((before in _WORD) != (after in _WORD)) == (assertion is Assertion.WORD_BOUNDARY)


def assemble(node: Node) -> Program:
    """Compiles the node into a program."""
    program = Program()
    _emit(program.instructions, node)
    program.instructions.append(None)
    return program


def _emit(code: list[_Instruction], node: Node) -> bool:
    """Adds the node's instructions; returns whether it can match the empty text."""
    if len(code) > _MAX_INSTRUCTIONS:
        raise UnsupportedRegexpError(f"more than {_MAX_INSTRUCTIONS} instructions")
    match node:
        case Characters(ranges):
            code.append(ranges)
            return False
        case Assertion():
            code.append(node)
            return True
        case Sequence(parts):
            return _emit_all(code, parts)
        case Choice(options):
            return _emit_choice(code, options)
        case Repetition():
            return _emit_repetition(code, node)


def _emit_all(code: list[_Instruction], parts: tuple[Node, ...]) -> bool:
    nullable = [_emit(code, part) for part in parts]
    return all(nullable)


def _emit_choice(code: list[_Instruction], options: tuple[Node, ...]) -> bool:
    ends: list[_Fork] = []
    nullable = False
    for option in options[:-1]:
        fork = _Fork(len(code) + 1, 0)
        code.append(fork)
        nullable |= _emit(code, option)
        ends.append(_Fork(0, 0))
        code.append(ends[-1])
        fork.second = len(code)
    nullable |= _emit(code, options[-1])
    for end in ends:
        end.first = end.second = len(code)
    return nullable


def _emit_repetition(code: list[_Instruction], node: Repetition) -> bool:
    """`x{2,4}` is `xx(x(x)?)?`, `x{2,}` is `xx+`."""
    copies = node.least - 1 if node.most is None and node.least else node.least
    nullable = _emit_all(code, (node.part,) * copies)
    if node.most is None:
        last = _emit_plus(code, node) if node.least else _emit_star(code, node)
        return nullable and last
    forks = []
    for _ in range(node.most - node.least):
        forks.append(_fork(code))
        _emit(code, node.part)
    for fork in forks:
        _aim(fork, len(code), node.greedy)
    return nullable


def _fork(code: list[_Instruction]) -> _Fork:
    """Adds a fork into what follows or past it; `_aim` sets the latter."""
    fork = _Fork(len(code) + 1, len(code) + 1)
    code.append(fork)
    return fork


def _aim(fork: _Fork, past: int, greedy: bool) -> None:
    if greedy:
        fork.second = past
    else:
        fork.first = past


def _emit_plus(code: list[_Instruction], node: Repetition) -> bool:
    start = len(code)
    nullable = _emit(code, node.part)
    code.append(_Fork(start, len(code) + 1) if node.greedy else _Fork(len(code) + 1, start))
    return nullable


def _emit_star(code: list[_Instruction], node: Repetition) -> bool:
    """`x*` is `(x+)?`: that keeps the order of preference where x can be empty (https://go.dev/issue/46123)."""
    fork = _fork(code)
    _emit_plus(code, node)
    _aim(fork, len(code), node.greedy)
    return True
