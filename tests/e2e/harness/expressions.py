"""`${{ ... }}` as a runner evaluates it: names, strings, `==`, `!=` and `&&`; anything else is an error.

Source: the workflow syntax's chapter on expressions; a comparison of strings ignores case, and a string is
true when it is not empty, `'false'` included.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

Value = str | bool
Contexts = Mapping[str, object]

_PLACEHOLDER = re.compile(r"\$\{\{(.*?)\}\}", re.S)
_NAME = re.compile(r"[A-Za-z_][\w-]*(\.[A-Za-z_][\w-]*)+")


class UnsupportedExpressionError(Exception):
    """The workflow uses more of the language than this runner has."""


def substitute(text: str, contexts: Contexts) -> str:
    """The text with every placeholder replaced, as a runner does before it starts a shell."""
    return _PLACEHOLDER.sub(lambda match: _text(evaluate(match[1], contexts)), text)


def condition(text: str | None, contexts: Contexts) -> bool:
    """Whether a step or job with this `if:` runs; without one it does."""
    if text is None:
        return True
    whole = _PLACEHOLDER.fullmatch(text.strip())
    return bool(evaluate(whole[1] if whole else text, contexts))


def evaluate(expression: str, contexts: Contexts) -> Value:
    """The value of an expression; an unknown name is the empty string, as the runner has it."""
    if "&&" in expression:
        parts = [evaluate(part, contexts) for part in expression.split("&&")]
        return next((part for part in parts if not part), parts[-1])
    for operator in ("==", "!="):
        left, found, right = expression.partition(operator)
        if found:
            same = _text(evaluate(left, contexts)).lower() == _text(evaluate(right, contexts)).lower()
            return same == (operator == "==")
    return _operand(expression.strip(), contexts)


def _operand(word: str, contexts: Contexts) -> Value:
    if len(word) >= 2 and word[0] == word[-1] == "'":
        return word[1:-1]
    if not _NAME.fullmatch(word):
        raise UnsupportedExpressionError(word)
    value: object = contexts
    for name in word.split("."):
        value = value.get(name, "") if isinstance(value, Mapping) else ""
    return value if isinstance(value, bool) else str(value)


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else value
