"""`check` as text: place, severity and message, the line with a caret, and the remedy below."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from kube_oidc.diagnostics import Diagnostic, FileReport, Severity
from kube_oidc.report import printable
from kube_oidc.report.excerpt import excerpt_lines
from kube_oidc.report.words import pluralize

_COLORS: Final = {Severity.ERROR: "\033[31m", Severity.WARNING: "\033[33m", Severity.INFO: "\033[36m"}
_BOLD: Final = "\033[1m"
_DIM: Final = "\033[2m"
_GREEN: Final = "\033[32m"
_RESET: Final = "\033[0m"
_ORDER: Final = tuple(Severity)
_MIN_WIDTH: Final = 40


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How to show: with color, wrapped to `width` columns (0: not), and which codes to fold if they are infos."""

    color: bool = False
    width: int = 0
    folded: Collection[str] = ()

    def paint(self, text: str, *codes: str) -> str:
        """The text in these colors."""
        return f"{''.join(codes)}{text}{_RESET}" if self.color and text else text


def render_text(
    reports: Iterable[FileReport], *, color: bool, width: int = 0, folded: Collection[str] = ()
) -> str:
    """Every diagnostic of each file, the most severe first and then by line; at the end, a line with totals."""
    reports, style = list(reports), TextStyle(color, width, folded)
    lines: list[str] = []
    hidden = 0
    for report in reports:
        shown = [found for found in report.diagnostics if not _is_folded(found, style)]
        hidden += len(report.diagnostics) - len(shown)
        for found in sorted(shown, key=_rank):
            lines += _lines(report.path, found, style)
        if not shown:
            inside = f" ({report.inside})" if report.inside else ""
            lines.append(style.paint(printable.line(f"{report.path}: valid{inside}"), _GREEN))
    lines.append(style.paint(_totals(reports), _BOLD) + _hidden(hidden))
    return "\n".join(lines) + "\n"


def _is_folded(found: Diagnostic, style: TextStyle) -> bool:
    return found.severity is Severity.INFO and found.code in style.folded


def _rank(found: Diagnostic) -> tuple[int, int]:
    """Problems without a place are about the whole file: first."""
    return _ORDER.index(found.severity), found.location.line if found.location else 0


def _lines(path: str, found: Diagnostic, style: TextStyle) -> Iterator[str]:
    place = printable.line(path)
    if found.location is not None:
        place += f":{found.location.line}:{found.location.column}"
    tint = _COLORS[found.severity]
    field = f"{printable.line(found.field)}: " if found.field else ""
    first, *rest = f"{field}{printable.lines(found.message)}".split("\n")
    head = f"{place}: {found.severity}: "
    painted = f"{style.paint(place, _BOLD)}: {style.paint(str(found.severity), tint, _BOLD)}: "
    code = f"[{found.code}]"
    wrapped = _wrapped(f"{head}{first} {code}", style.width, "    ")
    text = "\n".join(wrapped)
    text = painted + text[len(head) :] if text.startswith(head) else text
    yield text.removesuffix(code) + style.paint(code, _DIM)
    yield from (f"    {line}" for line in rest)
    if found.excerpt is not None and found.location is not None:
        caret, reset = (tint, _RESET) if style.color else ("", "")
        yield from excerpt_lines(found.excerpt, found.location.line, caret_color=caret, reset=reset)
    if found.option:
        yield f"  option: {printable.line(found.option)}"
    if found.remedy:
        yield from _remedy(found.remedy, style)


def _remedy(remedy: str, style: TextStyle) -> Iterator[str]:
    """The note is wrapped, the YAML below it is not."""
    first, *rest = printable.lines(remedy).split("\n")
    label = "  remedy: "
    shown = "\n".join(_wrapped(label + first, style.width, "    "))
    yield style.paint(label, _GREEN) + shown[len(label) :] if shown.startswith(label) else shown
    yield from rest


def _wrapped(text: str, width: int, indentation: str) -> list[str]:
    if width < _MIN_WIDTH or len(text) <= width:
        return [text]
    return textwrap.wrap(
        text, width, subsequent_indent=indentation, break_long_words=False, break_on_hyphens=False
    )


def _hidden(count: int) -> str:
    return f"; {pluralize(count, 'info')} not shown (--infos)" if count else ""


def _totals(reports: list[FileReport]) -> str:
    errors = sum(report.count(Severity.ERROR) for report in reports)
    warnings = sum(report.count(Severity.WARNING) for report in reports)
    valid = sum(report.valid for report in reports)
    suppressed = sum(report.suppressed for report in reports)
    counts = [pluralize(errors, "error"), pluralize(warnings, "warning")]
    counts += [f"{pluralize(suppressed, 'finding')} suppressed"] if suppressed else []
    return f"{pluralize(len(reports), 'file')} checked: {valid} valid, {', '.join(counts)}"
