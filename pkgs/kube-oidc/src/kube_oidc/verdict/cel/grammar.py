"""What is wrong with a text that is no sentence of CEL's grammar, in the words of CEL's own parser.

cel-go and the CEL project's C++ runtime (`cel-expr-python`) are generated from one ANTLR grammar and report with its
words; where their wrappers differ, the text is made cel-go's.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from kube_oidc.verdict.cel.issues import Issues
from kube_oidc.verdict.cel.lexer import token_at, tokens
from kube_oidc.verdict.cel.two_parsers import merged, offset
from kube_oidc.verdict.golang.sprintf import without_arguments

_PREFIX: Final = re.compile(r"\AINVALID_ARGUMENT: |(?: \[INVALID_ARGUMENT\])\Z")
_NO_TREE: Final = re.compile(r"\n?ERROR: <input>:-1:-1: <<nil>> parsetree")
_KEYWORD_AS_FIELD: Final = re.compile(r"no viable alternative at input '.(true|false|null)'")
_BACKTICK_SINCE: Final = 33
_FORMATTED_BEFORE: Final = 33
_TWO_VARIABLES_SINCE: Final = 32
_SYNTAX: Final = re.compile(
    r"^(ERROR: <input>:\d+:\d+: )(Syntax error: .*(?:\n(?! \||ERROR: ).*)*)", re.MULTILINE
)
_CLOSERS: Final = {"(": ")", "[": "]", "{": "}"}
_OPERATORS: Final = frozenset({*"+-*/%<>.[?", "<=", ">=", "==", "!=", "in", "&&", "||"})
_STAND_INS: Final = "@$#;~^\x01\x02\x03\x04\x05\x06\x07\x08"
_NO_BACKTICK: Final = re.compile(r"expecting \{(.*?)(?:, )?IDENTIFIER, ESC_IDENTIFIER\}")
_EMPTY_AT_ZERO_SINCE: Final = 32
_NO_NAME: Final = re.compile(
    r"^(ERROR: <input>:(\d+):(\d+): Syntax error: )mismatched input '(?:.*)' expecting IDENTIFIER$",
    re.MULTILINE,
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
def _parser(*, two_variables: bool) -> Any:
    from cel_expr_python import cel  # noqa: PLC0415 - only a text with syntax errors needs it

    extensions = "extensions:\n- name: optional\n" + "- name: two-var-comprehensions\n" * two_variables
    return cel.NewEnv(config=cel.NewEnvConfigFromYaml(extensions))


def syntax_errors(expression: str, position: int, minor: int, others: Issues) -> str:
    """Every syntax error of the text as Kubernetes 1.`minor` words it, each with its place and its line.

    `others` are the errors of another kind that were met before. Where the engine says nothing of use (it stops at
    32 levels) only the `position` of the first syntax error is known.
    """
    text = merged(_engines_words(expression, position, minor), expression, minor, others)
    if minor < _FORMATTED_BEFORE and "%" in text:
        text = _SYNTAX.sub(lambda match: match[1] + without_arguments(match[2]), text)
    shifted = not expression and minor >= _EMPTY_AT_ZERO_SINCE
    return text.replace("<input>:1:1:", "<input>:1:0:", 1) if shifted else text


def _engines_words(expression: str, position: int, minor: int) -> str:
    unknown = (
        "\0`" if minor < _BACKTICK_SINCE else "\0"
    )  # the engine ends its own texts at a NUL, and knows backquotes
    for character in unknown:
        stand_in = next((each for each in _STAND_INS if each not in expression), "")
        if character in expression and stand_in:
            text = _engines_words(expression.replace(character, stand_in), position, minor)
            return text.replace(stand_in, character)
    try:
        _parser(two_variables=minor >= _TWO_VARIABLES_SINCE).compile(expression)
    except (RuntimeError, ValueError) as error:
        text = _NO_TREE.sub("", _PREFIX.sub("", str(error)))
        if not text.startswith("ERROR: "):
            return _somewhere(expression, position)
        text = text.replace("'\\u003F'", "'?'")
        text = text.replace(" has() argument must be a field selection", " invalid argument to has() macro")
        text = _KEYWORD_AS_FIELD.sub(r"mismatched input '\1' expecting IDENTIFIER", text)
        if minor < _BACKTICK_SINCE:
            text = _NO_BACKTICK.sub(_without_backtick, text)
            text = _NO_NAME.sub(
                lambda match: match[1] + _no_name(expression, int(match[2]), int(match[3])), text
            )
        else:
            text = _NO_FIELD.sub(r"\g<0>\n\1unsupported ident kind\2", text)
        text = _WITHOUT_ITS_LINE.sub(r"\1\n | \n | ^", text)  # an empty line at the end
        return _UNKNOWN_TEXT.sub(lambda match: match[1] + _unescaped(match, expression), text)
    return _somewhere(expression, position)


def _no_name(expression: str, line: int, column: int) -> str:
    """No name behind `.?`: one is missing where the expression can go on, else what stands there is the mistake."""
    place = offset(expression, line, column)
    token = token_at(expression, place)
    shown = token.text if token and place < len(expression) else "<EOF>"
    before = [each.kind for each in tokens(expression[:place], careless=_BACKTICK_SINCE - 1)]
    closers = ["<EOF>"]
    for kind in before:
        if kind in _CLOSERS:
            closers.append(_CLOSERS[kind])
        elif kind == closers[-1]:
            closers.pop()
    going_on = shown in _OPERATORS or shown == closers[-1] or (shown == ":" and closers[-1] == "}")
    going_on = going_on and before[-3:-1] == [".", "?"]  # not behind the mark of a message's field
    return (
        f"missing IDENTIFIER at '{shown}'" if going_on else f"mismatched input '{shown}' expecting IDENTIFIER"
    )


def _without_backtick(match: re.Match[str]) -> str:
    return f"expecting {{{match[1]}, IDENTIFIER}}" if match[1] else "expecting IDENTIFIER"


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
