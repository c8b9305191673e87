"""How to fix the syntax errors that people make most: habits from other languages, quotes and brackets."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from kube_oidc.verdict.cel.lexer import ESCAPE, KEYWORDS, Token

_CLOSING: Final = {"(": ")", "[": "]", "{": "}"}
_VALUES: Final = frozenset(
    {"IDENT", "ESCAPED", "STRING", "BYTES", "INT", "UINT", "FLOAT", "true", "false", "null"}
)
_BINARY: Final = frozenset({*"+-*/%<>?:", "<=", ">=", "==", "!=", "in", "&&", "||"})
_STRING_BODY: Final = {quote: re.compile(rf"(?:{ESCAPE}|[^\\{quote}\n\r])*") for quote in "\"'"}
_CLAIM: Final = re.compile(r"claims\.(\w+(?:\.\w+)*[:@/-][\w:@/.-]*)")
_WORDS: Final = {
    "and": "&&", "or": "||", "is": "==", "eq": "==", "equals": "==", "ne": "!=", "then": "?", "else": ":",
}  # fmt: skip
_METHODS: Final = {
    "contains": "contains", "startswith": "startsWith", "endswith": "endsWith", "matches": "matches", "like": "matches",
    "hasprefix": "startsWith", "hassuffix": "endsWith",
}  # fmt: skip
_PAIRS: Final = {
    "<>": "write `!=`",
    "->": "a macro takes a name and an expression: `list.exists(x, x == …)`",
    "??": "write `claims.?name.orValue(…)` for a default value",
}
_LIST: Final = 'put the values into a list: `x in ["a", "b"]`'
_OPTIONAL: Final = "write `.?` (not `?.`) to select a field that may be absent: `claims.?name`"
_CONDITIONAL: Final = "a condition needs both values: `condition ? value : other`"


@dataclass(frozen=True, slots=True)
class SyntaxMistake:
    """The token at the first syntax error, and the tokens around it; the last token of all is END."""

    source: str
    before: list[Token]
    found: Token
    after: list[Token]

    def previous(self, distance: int = 1) -> Token:
        """The token this many places before the error; one without text if there is none."""
        return self.before[-distance] if len(self.before) >= distance else Token("START", "", 0)

    def following(self) -> Token:
        """The token after the error."""
        return self.after[0] if self.after else self.found

    def follows_value(self) -> bool:
        """Whether a complete value ends right before the error."""
        return self.previous().kind in _VALUES or self.previous().kind in _CLOSING.values()

    def open_brackets(self) -> list[Token]:
        """The brackets that are still open at the error, innermost last."""
        stack: list[Token] = []
        for token in self.before:
            if token.kind in _CLOSING:
                stack.append(token)
            elif stack and token.kind == _CLOSING[stack[-1].kind]:
                stack.pop()
        return stack

    def opens(self, *kinds: str) -> bool:
        """Whether the innermost open bracket is one of these."""
        stack = self.open_brackets()
        return bool(stack) and stack[-1].kind in kinds

    def adjoins(self) -> bool:
        """Whether nothing, not even a space, is between the previous token and the error."""
        previous = self.previous()
        return bool(previous.text) and previous.position + len(previous.text) == self.found.position


def advice(mistake: SyntaxMistake) -> str | None:
    """What to write instead; None for an unknown mistake."""
    return next((text for rule in _RULES if (text := rule(mistake)) is not None), None)


def bad_escape(source: str, position: int) -> str:
    r"""The escape (such as `\.`) that CEL doesn't know in the string that starts at `position`, or ""."""
    body = _STRING_BODY[source[position]].match(source, position + 1)
    assert body is not None
    return source[body.end() : body.end() + 2] if source[body.end() : body.end() + 1] == "\\" else ""


def _templates(mistake: SyntaxMistake) -> str | None:
    if re.search(r"\{\{|\$\{|<%", mistake.source):
        return "this looks like a template: render it first"
    return None if mistake.before or mistake.found.kind != "END" else "write an expression"


def _strings(mistake: SyntaxMistake) -> str | None:
    token = mistake.found
    if token.text[:1] in ("“", "”", "„", "‘", "’"):
        return "use straight quotation marks: \" or '"
    if token.kind == "UNKNOWN" and token.text[0] in "\"'":
        return _unclosed(mistake, token.text[0])
    if token.kind == "IDENT" and mistake.previous().kind == "STRING" and mistake.adjoins():
        quote = mistake.previous().text[-1]
        other = "'" if quote == '"' else '"'
        return f"a {quote} ends the string: write \\{quote} inside it, or put the string into {other}"
    if mistake.previous().kind == token.kind == "STRING":
        return "join strings with `+`"
    return None


def _unclosed(mistake: SyntaxMistake, quote: str) -> str:
    start = mistake.found.position
    escape = bad_escape(mistake.source, start)
    if escape:
        return f"write \\{escape}, or put `r` before the opening quotation mark, so that backslashes stay as they are"
    other = "'" if quote == '"' else '"'
    if other in mistake.source[start:].partition("\n")[0]:
        return f"the string begins with {quote} and must also end with {quote}"
    return f"close the string with {quote}"


def _operators(mistake: SyntaxMistake) -> str | None:
    text, previous = mistake.found.text, mistake.previous()
    if text[:1] == "=" and mistake.found.kind == "UNKNOWN":
        return _equals(mistake)
    if text[:1] in ("&", "|") and mistake.found.kind == "UNKNOWN":
        return f"write `{text[0] * 2}`: CEL has no single `{text[0]}`"
    pair = previous.text + text
    if mistake.adjoins() and pair in _PAIRS:
        return _PAIRS[pair]
    if text == "!" and mistake.follows_value():
        negated = "`!(x in list)`: the negation comes first" if mistake.following().kind == "in" else "`!=`"
        return f"write {negated}"
    if previous.kind in _BINARY and text in _BINARY - {"-"}:
        return f"`{previous.text}` and `{text}` are two operators in a row: remove one, or add the value between them"
    return None


def _equals(mistake: SyntaxMistake) -> str:
    previous, pair = mistake.previous().text, mistake.found.text[:2]
    if previous in ("==", "!=", "<", ">", "!"):
        return f"write `{previous.rstrip('=')}=`" if previous != "==" else "write `==`"
    others = {"=>": "`>=`", "=<": "`<=`", "=!": "`!=`", "=~": '`.matches(r"…")` for a regular expression'}
    return f"write {others.get(pair, '`==` to compare')}"


def _words(mistake: SyntaxMistake) -> str | None:
    word, previous = mistake.found.text.lower(), mistake.previous()
    if previous.kind == "IDENT" and previous.text.lower() == "not":
        if word == "in":
            return "write `!(x in list)`: the negation comes first"
        return "write `!` instead of `not`"
    if previous.kind == "IDENT" and previous.text.lower() == "if":
        return "CEL has no `if`: write `condition ? value : other`"
    if mistake.found.kind != "IDENT" or not mistake.follows_value():
        return None
    if word == "not" and mistake.following().kind == "in":
        return "write `!(x in list)`: the negation comes first"
    if word in _WORDS:
        return f"write `{_WORDS[word]}` instead of `{mistake.found.text}`"
    if word in _METHODS:
        return f"`{_METHODS[word]}` is a method: write `value.{_METHODS[word]}(…)`"
    return None


def _names(mistake: SyntaxMistake) -> str | None:
    token, previous = mistake.found, mistake.previous()
    if previous.kind == "." and token.kind in KEYWORDS:
        return f'`{token.text}` is a keyword: write `["{token.text}"]` without the dot'
    if previous.kind == "." and token.kind in ("STRING", "INT"):
        return f"write `[{token.text}]` without the dot"
    if previous.kind == "." and token.kind in (".", "["):
        return f"remove the `.` before `{token.kind}`"
    if previous.kind == "." and token.kind == "END":
        return "add a name after `.`, or remove it"
    if token.kind == "FLOAT" and token.text[0] == "." and mistake.adjoins():
        return f"write `[{token.text[1:]}]`: items of a list are numbered from 0"
    if token.text[:1] in (":", "@"):
        for match in _CLAIM.finditer(mistake.source):
            if match.start() < token.position < match.end():
                return f'write `claims["{match[1]}"]`: a name after a dot has letters, digits and `_` only'
    return None


def _marks(mistake: SyntaxMistake) -> str | None:
    text = mistake.found.text[:1]
    if mistake.found.kind not in ("UNKNOWN", "ESCAPED"):
        return None
    if text == "`":
        return 'write strings in " or \', and a claim with other characters as `claims["name"]`'
    if text == "#":
        return "a comment starts with `//`"
    if text == ";":
        return "remove the `;`"
    return "put text into quotation marks" if text in ("@", "\\", "$", "~", "^") else None


def _membership(mistake: SyntaxMistake) -> str | None:
    kind = mistake.found.kind
    if kind == "in" and not mistake.follows_value():
        return 'write the value first: `"x" in claims.groups`'
    stack = mistake.open_brackets()
    opening = mistake.before.index(stack[-1]) if stack else 0
    listed = mistake.before[opening - 1].kind == "in" if opening else False
    if kind in (",", "}") and stack and stack[-1].kind in ("(", "{") and listed:
        return _LIST
    return (
        _LIST if kind == "," and not stack and any(token.kind == "in" for token in mistake.before) else None
    )


def _conditions(mistake: SyntaxMistake) -> str | None:
    question = next((token for token in reversed(mistake.before) if token.kind == "?"), None)
    if question is None or mistake.found.kind not in ("END", ")", "]", "}", ","):
        return None
    colons = sum(token.kind == ":" and token.position > question.position for token in mistake.before)
    if colons:
        return None
    selected = mistake.source[question.position + 1 : question.position + 2] == "."
    return _OPTIONAL if selected else _CONDITIONAL


def _brackets(mistake: SyntaxMistake) -> str | None:
    kind, stack, previous = mistake.found.kind, mistake.open_brackets(), mistake.previous()
    closes = kind in _CLOSING.values()
    if (closes or kind == "END") and previous.kind == ",":
        return "remove the `,` before it, or add a value"
    if closes and not stack:
        return f"remove the `{kind}`: no bracket is open"
    if (closes or kind == "END") and not mistake.follows_value() and previous.kind not in _CLOSING:
        return f"add a value after `{previous.text}`, or remove it" if previous.text else None
    if (closes and kind != _CLOSING[stack[-1].kind]) or (kind == "END" and stack):
        opening = stack[-1]
        line = mistake.source.count("\n", 0, opening.position) + 1
        column = opening.position - mistake.source.rfind("\n", 0, opening.position)
        return f"close the `{opening.kind}` at {line}:{column} with `{_CLOSING[opening.kind]}`"
    return None


def _neighbors(mistake: SyntaxMistake) -> str | None:
    if mistake.follows_value() and (mistake.found.kind in _VALUES or mistake.found.kind in _CLOSING):
        return "write an operator between the two values"
    return "remove the `,`" if mistake.found.kind == "," and not mistake.open_brackets() else None


_RULES: Final[tuple[Callable[[SyntaxMistake], str | None], ...]] = (
    _templates, _strings, _operators, _words, _names, _marks, _membership, _conditions, _brackets, _neighbors,
)  # fmt: skip
