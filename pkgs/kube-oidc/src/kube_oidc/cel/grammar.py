"""What is wrong with a text that is no sentence of CEL's grammar, in the words of CEL's own parser.

cel-go and the CEL project's C++ runtime (`cel-expr-python`) are generated from one ANTLR grammar and report with its
words; where their wrappers differ, the text is made cel-go's.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

_PREFIX: Final = re.compile(r"\AINVALID_ARGUMENT: |(?: \[INVALID_ARGUMENT\])\Z")
_NO_TREE: Final = re.compile(r"\n?ERROR: <input>:-1:-1: <<nil>> parsetree")
_KEYWORD_AS_FIELD: Final = re.compile(r"no viable alternative at input '\.(true|false|null)'")
_NO_FIELD: Final = re.compile(
    r"(ERROR: <input>:\d+:\d+: )Syntax error: .* expecting \{IDENTIFIER, ESC_IDENTIFIER\}(\n \| .*\n \| .*)"
)


@cache
def _parser() -> Any:
    from cel_expr_python import cel  # noqa: PLC0415 - only a text with syntax errors needs it

    return cel.NewEnv(config=cel.NewEnvConfigFromYaml("extensions:\n- name: optional\n"))


def syntax_errors(expression: str) -> str:
    """Every syntax error of the text, each with its place and the line it is in."""
    try:
        _parser().compile(expression)
    except (RuntimeError, ValueError) as error:
        text = _NO_TREE.sub("", _PREFIX.sub("", str(error)))
        text = text.replace("'\\u003F'", "'?'")
        text = _KEYWORD_AS_FIELD.sub(r"mismatched input '\1' expecting IDENTIFIER", text)
        text = _NO_FIELD.sub(r"\g<0>\n\1unsupported ident kind\2", text)
        return text if expression else text.replace("<input>:1:1:", "<input>:1:0:", 1)
    return f"ERROR: <input>:1:1: Syntax error in {expression!r}"
