"""Random CEL that `grammar.py` doesn't generate: it rarely makes sense, so that errors are compared, too.

Every function in both styles of calling, on anything; messages and names of types; macros with odd variables;
literals at their edges; reserved words, leading dots and backquotes. The words are in wide.txt.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from hypothesis import strategies as st
from kube_oidc.verdict.cel.environment import all_overloads


def _words() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for block in Path(__file__).with_suffix(".txt").read_text(encoding="utf-8").split("\n[")[1:]:
        name, _, words = block.partition("]")
        found[name] = tuple(words.split())
    return found


FILE: Final = _words()
TYPES: Final = FILE["types"]
LITERALS: Final = (*FILE["literals"], "- 1", "1 // c\n", "( 1 )", "\t1", "'''a\nb'''")
NAMES: Final = {each.function for each in all_overloads()}
FUNCTIONS: Final = (
    *sorted(name for name in NAMES if name[0].isalpha() and "@" not in name),
    "cel.bind",
    "math.abs",
)


@st.composite
def wide_expressions(draw: st.DrawFn) -> str:
    """An expression of anything, up to three levels deep."""
    return _Writer(draw).expression(draw(st.sampled_from((1, 2, 2, 3))))


class _Writer:
    """Draws an expression part by part."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def one_of(self, texts: tuple[str, ...]) -> str:
        return self._draw(_sampled(texts))

    def expression(self, depth: int) -> str:
        kind = self.one_of(KINDS) if depth else "leaf"
        if kind == "leaf":
            return self.one_of(LITERALS if self._draw(_FEW) else TYPES)
        count = self._draw(_COUNT) if "{few}" in kind else 0
        few = ", ".join(self.expression(depth - 1) for _ in range(count))
        parts = [self.expression(depth - 1) for _ in range(kind.count("{}"))]
        words = {name: self.one_of(texts) for name, texts in _WORDS.items() if f"{{{name}}}" in kind}
        return kind.format(*parts, few=few, **words)


_FEW: Final = st.integers(0, 7)
_COUNT: Final = st.integers(0, 3)


@cache
def _sampled(texts: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


_WORDS: Final = {
    "operator": FILE["operators"],
    "prefix": ("!", "-", "!!", "--", "type", "dyn", "string", "optional.of", "has"),
    "dot": ("", "", "."),
    "select": (".", ".?"),
    "mark": ("", "", "", "?"),
    "function": FUNCTIONS,
    "method": tuple(sorted({name.rpartition(".")[2] for name in FUNCTIONS})),
    "macro": FILE["macros"],
    "variable": FILE["variables"],
    "other": FILE["variables"],
    "key": FILE["keys"],
    "type": TYPES,
    "field": FILE["fields"],
    "another": FILE["fields"],
}
KINDS: Final = (
    "leaf",
    *("{} {operator} {}", "({}) {operator} ({})", "({}) ? ({}) : ({})", "{prefix}({})", "{} ||\n{}"),
    *("{dot}{function}({few})", "({}).{method}({few})", "{function}({})", "({}).{method}()"),
    *(
        "({}).{macro}({variable}, {})",
        "({}).{macro}({variable}, {}, {})",
        "({}).{macro}({variable}, {other}, {})",
    ),
    *(
        "({}).{macro}(x, {})",
        "({}).{macro}(x, y, {})",
        "{}.{macro}({few})",
        "({}).{macro}({variable}, {other}, {}, {})",
    ),
    *("[{mark}{}]", "[{}, {mark}{},]", "{{{mark}{key}: {}}}", "{{{key}: {}, {mark}'b': {}}}"),
    *("{dot}{type}{{}}", "{type}{{{mark}{field}: {}}}", "{type}{{{field}: {}, {another}: {}}}"),
    *("({})[{mark}{}]", "({}){select}{field}", "has({}{select}{field})", "has(({}).{field})"),
)
