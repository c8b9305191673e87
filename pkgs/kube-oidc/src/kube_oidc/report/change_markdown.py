"""A comparison as Markdown, for pull requests.

Text from files is put into inline code, so that a forge doesn't interpret it as markup or mentions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from kube_oidc.access.compare import Comparison
from kube_oidc.rbac import Problem
from kube_oidc.report import printable
from kube_oidc.report.change import Code, Line, Part, sections, summary, verdict

_MARKUP: Final = re.compile(r"([\\`*_{}\[\]<>()#+!|~@&-])")


def render_markdown(change: Comparison, problems: Iterable[Problem]) -> str:
    """Whether anyone new gets in, the summary, then a list per section."""
    files = f"Changes in access from {code(change.before.file)} to {code(change.after.file)}."
    lines = [f"**{verdict(change)}** {summary(change)}", "", files]
    for section in sections(change, problems):
        lines += ["", f"### {section.title}", "", *(_line(one) for one in section.lines)]
    return "\n".join(lines) + "\n"


def code(text: str) -> str:
    """The text as inline code, with as many backticks as needed."""
    shown = printable.line(text)
    longest = max((len(run) for run in re.findall("`+", shown)), default=0)
    fence = "`" * (longest + 1)
    space = " " if longest or shown != shown.strip() else ""
    return f"{fence}{space}{shown or ' '}{space}{fence}"


def _line(one: Line) -> str:
    return "  " * one.depth + "- " + "".join(_part(part) for part in one.parts)


def _part(part: Part) -> str:
    return code(part.text) if isinstance(part, Code) else _MARKUP.sub(r"\\\1", printable.line(part))
