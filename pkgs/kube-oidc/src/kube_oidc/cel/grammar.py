"""What is wrong with a text that is no sentence of CEL's grammar, in the words of CEL's own parser.

cel-go and the CEL project's C++ runtime (`cel-expr-python`) are generated from one ANTLR grammar and report with its
words; where their wrappers differ, the text is made cel-go's.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from kube_oidc.cel.issues import Issues
from kube_oidc.cel.two_parsers import merged

_PREFIX: Final = re.compile(r"\AINVALID_ARGUMENT: |(?: \[INVALID_ARGUMENT\])\Z")
_NO_TREE: Final = re.compile(r"\n?ERROR: <input>:-1:-1: <<nil>> parsetree")
_KEYWORD_AS_FIELD: Final = re.compile(r"no viable alternative at input '\.(true|false|null)'")
_BACKTICK_SINCE: Final = 33
_EMPTY_AT_ZERO_SINCE: Final = 32
_END_AFTER_QUESTION: Final = (
    "mismatched input '<EOF>' expecting {IDENTIFIER, ESC_IDENTIFIER}",
    "missing IDENTIFIER at '<EOF>'",
)
_UNKNOWN_TEXT: Final = re.compile(
    r"(ERROR: <input>:(\d+):(\d+): Syntax error: token recognition error at: ')(.*)(?='\n \|)"
)
_WITHOUT_ITS_LINE: Final = re.compile(r"^(ERROR: <input>:(?!1:)\d+:1: .*)(?=\nERROR: |\Z)", re.MULTILINE)
_ESCAPED: Final = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}
_NO_FIELD: Final = re.compile(
    r"(ERROR: <input>:\d+:\d+: )Syntax error: mismatched .* expecting \{IDENTIFIER, ESC_IDENTIFIER\}(\n \| .*\n \| .*)"
)


@cache
def _parser() -> Any:
    from cel_expr_python import cel  # noqa: PLC0415 - only a text with syntax errors needs it

    return cel.NewEnv(config=cel.NewEnvConfigFromYaml("extensions:\n- name: optional\n"))


def syntax_errors(expression: str, position: int, minor: int, others: Issues) -> str:
    """Every syntax error of the text as Kubernetes 1.`minor` words it, each with its place and its line.

    `others` are the errors of another kind that were met before. Where the engine says nothing of use (it stops at
    32 levels) only the `position` of the first syntax error is known.
    """
    text = merged(_engines_words(expression, position, minor), expression, minor, others)
    shifted = not expression and minor >= _EMPTY_AT_ZERO_SINCE
    return text.replace("<input>:1:1:", "<input>:1:0:", 1) if shifted else text


def _engines_words(expression: str, position: int, minor: int) -> str:
    if minor < _BACKTICK_SINCE and "`" in expression and "@" not in expression:  # both equally unknown
        return _engines_words(expression.replace("`", "@"), position, _BACKTICK_SINCE).replace("@", "`")
    try:
        _parser().compile(expression)
    except (RuntimeError, ValueError) as error:
        text = _NO_TREE.sub("", _PREFIX.sub("", str(error)))
        if not text.startswith("ERROR: "):
            return _somewhere(expression, position)
        text = text.replace("'\\u003F'", "'?'")
        text = text.replace(" has() argument must be a field selection", " invalid argument to has() macro")
        text = _KEYWORD_AS_FIELD.sub(r"mismatched input '\1' expecting IDENTIFIER", text)
        if minor < _BACKTICK_SINCE:
            text = text.replace(*_END_AFTER_QUESTION)
        else:
            text = _NO_FIELD.sub(r"\g<0>\n\1unsupported ident kind\2", text)
        text = _WITHOUT_ITS_LINE.sub(r"\1\n | \n | ^", text)  # an empty line at the end
        return _UNKNOWN_TEXT.sub(lambda match: match[1] + _unescaped(match, expression), text)
    return _somewhere(expression, position)


def _unescaped(match: re.Match[str], expression: str) -> str:
    """The text that no token begins with as it stands in the expression: cel-go does not escape it."""
    before = expression.split("\n")[: int(match[2]) - 1]
    start = end = sum(len(line) + 1 for line in before) + int(match[3]) - 1
    shown = ""
    while len(shown) < len(match[4]) and end < len(expression):
        shown += _ESCAPED.get(expression[end], expression[end])
        end += 1
    return expression[start:end] if shown == match[4] else match[4]


def _somewhere(expression: str, position: int) -> str:
    issues = Issues(expression)
    found = expression[position : position + 1] or "<EOF>"
    issues.report(position, f"Syntax error: mismatched input '{found}'")
    return str(issues)
