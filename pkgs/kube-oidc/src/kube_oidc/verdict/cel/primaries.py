"""The grammar's rule `primary`: literals, names, calls, lists, maps and messages.

Source: `parser/parser.go`, whose visitor reports errors that the grammar allows.
"""

from __future__ import annotations

from typing import Final, NoReturn

from kube_oidc.verdict.cel import literals
from kube_oidc.verdict.cel.issues import Issues
from kube_oidc.verdict.cel.lexer import UNSUPPORTED_NAME, Token
from kube_oidc.verdict.cel.macros import MACROS, Builder, MacroError
from kube_oidc.verdict.cel.syntax import (
    Call,
    Copier,
    Entry,
    Ident,
    ListLiteral,
    Literal,
    MapLiteral,
    Node,
    StructLiteral,
    Unspecified,
)
from kube_oidc.verdict.versions import Difference, KubernetesVersion

_RESERVED: Final = frozenset(
    (
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package",
        "namespace", "return", "var", "void", "while",
    )
)  # fmt: skip
_MAX_COPIED_NODES: Final = 20_000
_VALUE: Final = "a value"
_NAME: Final = "a name"


class ExpressionSyntaxError(Exception):
    """The text isn't a CEL expression: at `position`, the grammar allows only what `expected` describes."""

    def __init__(self, position: int, expected: str) -> None:
        super().__init__(position, expected)
        self.position = position
        self.expected = expected


class Primaries:
    """Parses primaries. `height` is the nesting of the last parsed node, as counted by cel-go's visitor."""

    def __init__(self, found: list[Token], version: KubernetesVersion, issues: Issues) -> None:
        self.tokens = found
        self.at = 0
        self.kind = found[0].kind
        self.version = version
        self.issues = issues
        self.height = 0
        self.highest = 0
        self.has_braces = any(token.kind == "{" for token in found)
        self.copier = Copier(_MAX_COPIED_NODES)

    def expression(self) -> Node:
        """Parses any expression; implemented by the subclass."""
        raise NotImplementedError

    def fail(self, expected: str) -> NoReturn:
        """Raises ExpressionSyntaxError at the current token."""
        raise ExpressionSyntaxError(self.tokens[self.at].position, expected)

    def advance(self) -> Token:
        """Consumes and returns the current token."""
        token = self.tokens[self.at]
        self.at += 1
        self.kind = self.tokens[self.at].kind
        return token

    def expect(self, kind: str, expected: str) -> Token:
        """Consumes the current token if it is of this kind, otherwise fails."""
        if self.kind != kind:
            self.fail(expected)
        return self.advance()

    def report(self, position: int, message: str) -> Node:
        """Reports an error that the grammar allows; returns a placeholder."""
        self.issues.report(position, message)
        return Unspecified(position)

    def rise(self, *heights: int) -> None:
        """Sets the height of a node whose children have these heights."""
        self.height = height = max(heights) + 1
        self.highest = max(self.highest, height)

    def field_name(self, token: Token, place: int | None = None) -> str:
        """The name after a dot or of a message field; an error in the latter is at the first field."""
        if token.kind == "IDENT":
            return token.text
        if not self.version.has(Difference.BACKQUOTED_NAMES_LEXED):
            raise ExpressionSyntaxError(token.position, _NAME)
        if not self.version.has(Difference.BACKQUOTED_NAMES):
            self.issues.report(token.position if place is None else place, UNSUPPORTED_NAME)
        return token.text.strip("`")

    def arguments(self) -> list[Node]:
        """Parses arguments up to `)`; the `(` has been read."""
        found: list[Node] = []
        height = 0
        if self.kind != ")":
            found.append(self.expression())
            height = self.height
            while self.kind == ",":
                self.advance()
                found.append(self.expression())
                height = max(height, self.height)
        self.expect(")", "an operator, ',' or ')'" if found else "a value or ')'")
        self.height = height
        return found

    def call(self, position: int, function: str, arguments: list[Node], target: Node | None) -> Node:
        """A call of a function, or the expansion of a macro."""
        expander, since = MACROS.get((function, len(arguments), target is not None), (None, None))
        if expander is None or not self.version.has(since):
            return Call(position, function, arguments, target)
        try:
            return expander(
                Builder(position, self.version, self.copier), target or Unspecified(position), arguments
            )
        except MacroError as error:
            self.issues.report(error.position, str(error))
            return Unspecified(error.position)

    def primary(self) -> Node:
        """Parses a literal, name, call, list, map or message, or an expression in parentheses."""
        kind = self.kind
        self.height = 0
        if kind in ("IDENT", "."):
            return self.named()
        token = self.advance() if kind != "END" else self.fail(_VALUE)
        if kind == "(":
            node = self.expression()
            self.expect(")", "an operator or ')'")
            return node
        if kind == "[":
            return self.list(token.position)
        if kind == "{":
            return self.map(token.position)
        return self.literal(token)

    def literal(self, token: Token) -> Node:
        """The value of a literal token that has been consumed."""
        kind, text = token.kind, token.text
        if kind == "-" and self.kind in ("INT", "FLOAT"):
            number = self.advance()
            kind, text = number.kind, "-" + number.text
        try:
            match kind:
                case "STRING":
                    return Literal(
                        token.position,
                        literals.string(
                            text, lenient=not self.version.has(Difference.INVALID_CODE_POINTS_REFUSED)
                        ),
                    )
                case "INT":
                    return Literal(token.position, literals.integer(text))
                case "UINT":
                    return Literal(token.position, literals.unsigned(text))
                case "FLOAT":
                    return Literal(token.position, literals.double(text))
                case "BYTES":
                    return Literal(token.position, literals.octets(text[1:]))
                case "true" | "false":
                    return Literal(token.position, kind == "true")
                case "null":
                    return Literal(token.position, None)
        except literals.LiteralError as error:
            return self.report(token.position, str(error))
        # cel-go's error is after the `-` of `!-x`, because `!-1` is allowed.
        place = self.tokens[self.at].position if token.kind == "-" else token.position
        raise ExpressionSyntaxError(place, _VALUE)

    def named(self) -> Node:
        """Parses a name, a call or a message."""
        start = self.tokens[self.at].position
        leading = self.advance().text if self.kind == "." else ""
        if self.has_braces and (struct := self.struct(leading)) is not None:
            return struct
        name = self.expect("IDENT", _NAME)
        text = name.text
        if self.kind != "(":
            if text in _RESERVED:
                return self.report(start, f"reserved identifier: {text}")
            return Ident(name.position, leading + text)
        opening = self.advance().position
        before = len(self.issues.errors)
        arguments = self.arguments()
        if text in _RESERVED:  # then cel-go doesn't visit the arguments
            del self.issues.errors[before:]
            return self.report(start, f"reserved identifier: {text}")
        return self.call(opening, leading + text, arguments, None)

    def struct(self, leading: str) -> Node | None:
        """Parses `a.b.C{field: value}`; None, with nothing consumed, if there is no such message."""
        at, names = self.at, []
        while self.tokens[at].kind == "IDENT":
            names.append(self.tokens[at].text)
            at += 1
            if self.tokens[at].kind == "{":
                self.at, self.kind = at, "{"
                return self.fields(leading + ".".join(names))
            if self.tokens[at].kind != ".":
                return None
            at += 1
        return None

    def fields(self, name: str) -> Node:
        """Parses the fields of a message."""
        position = self.advance().position
        fields: list[Entry] = []
        height = 0
        first = self.tokens[self.at].position
        while self.kind not in ("}", ","):
            optional = self.kind == "?"
            if optional:
                self.advance()
            if self.kind not in ("IDENT", "ESCAPED"):
                self.fail("a field name or '}'")
            field = self.advance()
            before = len(self.issues.errors)
            named = self.field_name(field, first)
            refused = len(self.issues.errors)
            colon = self.expect(":", "':'").position
            value = self.expression()
            if refused > before:  # then cel-go doesn't visit the value
                del self.issues.errors[refused:]
            height = max(height, self.height)
            fields.append(Entry(colon, Literal(field.position, named), value, optional))
            if not self.separated("}"):
                break
        self.close("}")
        self.height = height
        return StructLiteral(position, name, fields)

    def list(self, position: int) -> Node:
        """Parses a list; the `[` has been read."""
        elements: list[Node] = []
        optional: set[int] = set()
        height = 0
        while self.kind not in ("]", ","):
            if self.kind == "?":
                self.advance()
                optional.add(len(elements))
            elements.append(self.expression())
            height = max(height, self.height)
            if not self.separated("]"):
                break
        self.close("]")
        self.height = height
        return ListLiteral(position, elements, frozenset(optional))

    def map(self, position: int) -> Node:
        """Parses a map; the `{` has been read."""
        entries: list[Entry] = []
        height = 0
        while self.kind not in ("}", ","):
            optional = self.kind == "?"
            if optional:
                self.advance()
            key = self.expression()
            height = max(height, self.height)
            colon = self.expect(":", "an operator or ':'").position
            value = self.expression()
            height = max(height, self.height)
            entries.append(Entry(colon, key, value, optional))
            if not self.separated("}"):
                break
        self.close("}")
        self.height = height
        return MapLiteral(position, entries)

    def separated(self, closing: str) -> bool:
        """Whether a comma and another element follow; consumes the comma if so."""
        if self.kind != "," or self.tokens[self.at + 1].kind == closing:
            return False
        self.advance()
        if self.kind == ",":
            self.fail(_VALUE)
        return True

    def close(self, closing: str) -> None:
        """Consumes an optional trailing comma and the closing bracket."""
        if self.kind == ",":
            self.advance()
        self.expect(closing, f"an operator, ',' or '{closing}'")
