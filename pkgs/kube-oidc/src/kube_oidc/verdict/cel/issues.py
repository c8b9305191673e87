"""Errors of one expression, formatted like cel-go's (`common/error.go`, `common/errors.go`)."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

from kube_oidc.verdict.versions import Difference, KubernetesVersion

_MAX_REPORTED: Final = 100
_MAX_SNIPPET_BYTES: Final = 16384
NOWHERE: Final = -1


class Issues:
    """Collects errors by position; `str()` is the whole message as the API server prints it.

    In old versions, the parser and the type checker place errors by different rules: `parsing` selects the parser's.
    """

    def __init__(self, source: str, version: KubernetesVersion, *, parsing: bool = False) -> None:
        self.source = source
        self.errors: list[tuple[int, str]] = []
        self._syntax_errors: list[tuple[int, str]] = []
        self._exact = version.has(Difference.LINE_STARTS_PLACED) or (
            parsing and not version.has(Difference.PARSE_ERRORS_PLACED_AS_CHECK_ERRORS)
        )
        self._starts: list[int] | None = None

    def report(self, position: int, message: str) -> None:
        """Adds an error at an offset in code points, or at `NOWHERE`."""
        self.errors.append((position, message))

    def report_syntax_error(self, position: int, message: str) -> None:
        """Adds the syntax error, which comes first at its position; its position is exact in every version."""
        self._syntax_errors.append((position, message))

    def __bool__(self) -> bool:
        return bool(self.errors or self._syntax_errors)

    def __str__(self) -> str:
        located = [(*self._location(position, exact=True), text) for position, text in self._syntax_errors]
        located += [(*self._location(position), text) for position, text in self.errors[:_MAX_REPORTED]]
        shown = [self._display(*error) for error in sorted(located, key=lambda error: error[:2])]
        if len(self.errors) > _MAX_REPORTED:
            shown.append(f"{len(self.errors) - _MAX_REPORTED} more errors were truncated")
        return "\n".join(shown)

    def _location(self, position: int, *, exact: bool = False) -> tuple[int, int]:
        if position == NOWHERE:
            return -1, -1
        if self._starts is None:
            starts = [0]
            starts.extend(i + 1 for i, character in enumerate(self.source) if character == "\n")
            self._starts = starts
        line = bisect_right(self._starts, position)
        if line > 1 and position == self._starts[line - 1] and not (exact or self._exact):
            line -= 1
        return line, position - self._starts[line - 1]

    def _display(self, line: int, column: int, message: str) -> str:
        head = f"ERROR: <input>:{line}:{column + 1}: {message}"
        if line < 1 or self._starts is None:
            return head
        start = self._starts[line - 1]
        end = self._starts[line] - 1 if line < len(self._starts) else len(self.source)
        snippet = self.source[start:end].replace("\t", " ")
        if len(snippet.encode("utf-8", "replace")) > _MAX_SNIPPET_BYTES:
            return head
        pointer = "".join("." if character < "\x80" else "．" for character in snippet[:column])
        wide = column < len(snippet) and snippet[column] >= "\x80"
        return f"{head}\n | {snippet}\n | {pointer}{'＾' if wide else '^'}"
