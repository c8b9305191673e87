"""Expression text to syntax tree, accepting what cel-go's grammar and its limits accept.

A text that is no sentence of the grammar raises `NotGrammatical`; what goes wrong after that (a reserved
word as a name, a number out of range, a macro's arguments) is reported as cel-go words it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NoReturn

from kube_oidc.cel import literals
from kube_oidc.cel.issues import NOWHERE, Issues
from kube_oidc.cel.lexer import LexicalError, Token, tokens
from kube_oidc.cel.macros import MACROS, Builder, MacroError
from kube_oidc.cel.syntax import (
    Call,
    Copier,
    Entry,
    Ident,
    ListLiteral,
    Literal,
    MapLiteral,
    Node,
    Select,
    StructLiteral,
    Unspecified,
)

_LARGEST: Final = 100_000
_DEEPEST: Final = 250
_MOST_COPIED: Final = 20_000
_RESERVED: Final = frozenset(
    {
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    }
)
_RELATIONS: Final = frozenset({"<", "<=", ">=", ">", "==", "!=", "in"})
_OPERATORS: Final = {
    "<": "_<_", "<=": "_<=_", ">=": "_>=_", ">": "_>_", "==": "_==_", "!=": "_!=_", "in": "@in",
    "*": "_*_", "/": "_/_", "%": "_%_", "+": "_+_", "-": "_-_",
}  # fmt: skip
_ESCAPED_LEXED_SINCE: Final = 33
_SURROGATES_REFUSED_SINCE: Final = 33
_ESCAPED_NAMES_SINCE: Final = 37


class NotGrammatical(Exception):
    """The text is no CEL expression; `position` is where that shows."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


class _TooDeep(Exception):
    pass


def parse(source: str, minor: int, issues: Issues) -> Node:
    """The tree of `source` for Kubernetes 1.`minor`; what cel-go reports goes into `issues`."""
    if len(source) > _LARGEST:
        message = f"expression code point size exceeds limit: size: {len(source)}, limit {_LARGEST}"
        issues.report(NOWHERE, message)
        return Unspecified(0)
    try:
        found = tokens(source)
    except LexicalError as error:
        raise NotGrammatical(error.args[0]) from error
    parser = _Parser(found, minor, issues)
    try:
        tree = parser.start()
    except _TooDeep:
        issues.errors.clear()
        issues.report(NOWHERE, f"expression recursion limit exceeded: {_DEEPEST}")
        return Unspecified(0)
    if parser.highest > _DEEPEST:
        issues.report(NOWHERE, "max recursion depth exceeded")
    return tree


class _Parser:
    """Recursive descent. `height` is the nesting, as cel-go's visitor counts it, of what was parsed last."""

    def __init__(self, found: list[Token], minor: int, issues: Issues) -> None:
        self.tokens = found
        self.at = 0
        self.kind = found[0].kind
        self.minor = minor
        self.issues = issues
        self.height = 0
        self.highest = 0
        self.has_braces = any(token.kind == "{" for token in found)
        self.expressions = self.relations = self.calcs = 0
        self.copier = Copier(_MOST_COPIED)

    def start(self) -> Node:
        tree = self.expression()
        if self.kind != "END":
            self.fail()
        return tree

    def fail(self) -> NoReturn:
        raise NotGrammatical(self.tokens[self.at].position)

    def advance(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        self.kind = self.tokens[self.at].kind
        return token

    def expect(self, kind: str) -> Token:
        if self.kind != kind:
            self.fail()
        return self.advance()

    def report(self, position: int, message: str) -> Node:
        self.issues.report(position, message)
        return Unspecified(position)

    def rise(self, *heights: int) -> None:
        self.height = height = max(heights) + 1
        self.highest = max(self.highest, height)

    def expression(self) -> Node:
        self.expressions += 1
        if self.expressions > _DEEPEST:
            raise _TooDeep
        condition = self.logical("||", "_||_")
        if self.kind == "?":
            heights = [self.height]
            position = self.advance().position
            first = self.logical("||", "_||_")
            heights.append(self.height)
            self.expect(":")
            second = self.expression()
            self.rise(*heights, self.height)
            condition = Call(position, "_?_:_", [condition, first, second])
        self.expressions -= 1
        return condition

    def logical(self, operator: str, function: str) -> Node:
        term = self.logical("&&", "_&&_") if operator == "||" else self.relation()
        if self.kind != operator:
            return term
        terms, positions, height = [term], [], self.height
        while self.kind == operator:
            positions.append(self.advance().position)
            terms.append(self.logical("&&", "_&&_") if operator == "||" else self.relation())
            height = max(height, self.height)
        self.height = height
        return _balanced(function, terms, positions, 0, len(positions) - 1)

    def relation(self) -> Node:
        self.relations += 1
        if self.relations > _DEEPEST:
            raise _TooDeep
        left = self.sum()
        while self.kind in _RELATIONS:
            left = self.binary(left, self.relation_operand)
        self.relations -= 1
        return left

    def relation_operand(self) -> Node:
        self.relations += 1
        if self.relations > _DEEPEST:
            raise _TooDeep
        operand = self.sum()
        self.relations -= 1
        return operand

    def sum(self) -> Node:
        """The grammar's rule `calc`, which what follows `+` and `*` enters again."""
        self.calcs += 1
        if self.calcs > _DEEPEST:
            raise _TooDeep
        left = self.product()
        while self.kind in ("+", "-"):
            left = self.binary(left, self.term)
        self.calcs -= 1
        return left

    def term(self) -> Node:
        self.calcs += 1
        if self.calcs > _DEEPEST:
            raise _TooDeep
        term = self.product()
        self.calcs -= 1
        return term

    def product(self) -> Node:
        left = self.unary()
        while self.kind in ("*", "/", "%"):
            left = self.binary(left, self.factor)
        return left

    def factor(self) -> Node:
        self.calcs += 1
        if self.calcs > _DEEPEST:
            raise _TooDeep
        factor = self.unary()
        self.calcs -= 1
        return factor

    def binary(self, left: Node, parse_operand: Callable[[], Node]) -> Node:
        height = self.height
        operator = self.advance()
        right = parse_operand()
        self.rise(height, self.height)
        return Call(operator.position, _OPERATORS[operator.kind], [left, right])

    def unary(self) -> Node:
        operator = self.kind
        if operator == "!" or (operator == "-" and self.tokens[self.at + 1].kind not in ("INT", "FLOAT")):
            position, count = self.tokens[self.at].position, 0
            while self.kind == operator:
                self.advance()
                count += 1
            operand = self.member()
            if count % 2 == 0:
                return operand
            return Call(position, "!_" if operator == "!" else "-_", [operand])
        return self.member()

    def member(self) -> Node:
        node = self.primary()
        while True:
            if self.kind == ".":
                node = self.dotted(node)
            elif self.kind == "[":
                node = self.indexed(node)
            else:
                return node

    def dotted(self, operand: Node) -> Node:
        height = self.height
        dot = self.advance()
        optional = self.kind == "?"
        if optional:
            self.advance()
        if self.kind not in ("IDENT", "ESCAPED"):
            self.fail()
        name = self.advance()
        if self.kind == "(" and not optional and name.kind == "IDENT":
            opening = self.advance().position
            self.height = 0
            arguments = self.arguments()
            self.rise(height, self.height)
            return self.call(opening, name.text, arguments, operand)
        field = self.field_name(name)
        self.rise(height)
        if optional:
            return Call(dot.position, "_?._", [operand, Literal(name.position, field)])
        return Select(dot.position, operand, field)

    def field_name(self, token: Token) -> str:
        """The name after a dot, or of a message's field."""
        if token.kind == "IDENT":
            return token.text
        if self.minor < _ESCAPED_LEXED_SINCE:
            raise NotGrammatical(token.position)
        if self.minor < _ESCAPED_NAMES_SINCE:
            self.issues.report(token.position, "unsupported syntax: '`'")
        return token.text.strip("`")

    def indexed(self, operand: Node) -> Node:
        height = self.height
        position = self.advance().position
        function = "_[_]"
        if self.kind == "?":
            self.advance()
            function = "_[?_]"
        index = self.expression()
        self.expect("]")
        self.rise(height, self.height)
        return Call(position, function, [operand, index])

    def arguments(self) -> list[Node]:
        """What stands between `(`, read already, and `)`."""
        found: list[Node] = []
        height = 0
        if self.kind != ")":
            found.append(self.expression())
            height = self.height
            while self.kind == ",":
                self.advance()
                found.append(self.expression())
                height = max(height, self.height)
        self.expect(")")
        self.height = height
        return found

    def call(self, position: int, function: str, arguments: list[Node], target: Node | None) -> Node:
        expander, since = MACROS.get((function, len(arguments), target is not None), (None, 0))
        if expander is None or self.minor < since:
            return Call(position, function, arguments, target)
        try:
            return expander(
                Builder(position, self.minor, self.copier), target or Unspecified(position), arguments
            )
        except MacroError as error:
            return self.report(error.position, str(error))

    def primary(self) -> Node:
        kind = self.kind
        self.height = 0
        if kind in ("IDENT", "."):
            return self.named()
        token = self.advance() if kind != "END" else self.fail()
        if kind == "(":
            node = self.expression()
            self.expect(")")
            return node
        if kind == "[":
            return self.list(token.position)
        if kind == "{":
            return self.map(token.position)
        return self.literal(token)

    def literal(self, token: Token) -> Node:
        kind, text = token.kind, token.text
        if kind == "-" and self.kind in ("INT", "FLOAT"):
            number = self.advance()
            kind, text = number.kind, "-" + number.text
        try:
            match kind:
                case "STRING":
                    return Literal(
                        token.position, literals.string(text, lenient=self.minor < _SURROGATES_REFUSED_SINCE)
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
        raise NotGrammatical(token.position)

    def named(self) -> Node:
        start = self.tokens[self.at].position
        leading = "."
        if self.kind == ".":
            self.advance()
        else:
            leading = ""
        if self.has_braces and (struct := self.struct(leading)) is not None:
            return struct
        name = self.expect("IDENT")
        text = name.text
        if self.kind != "(":
            if text in _RESERVED:
                return self.report(start, f"reserved identifier: {text}")
            return Ident(name.position, leading + text)
        opening = self.advance().position
        before = len(self.issues.errors)
        arguments = self.arguments()
        if text in _RESERVED:  # cel-go does not look at the arguments then
            del self.issues.errors[before:]
            return self.report(start, f"reserved identifier: {text}")
        return self.call(opening, leading + text, arguments, None)

    def struct(self, leading: str) -> Node | None:
        """`a.b.C{field: value}` if that is what stands here, else None with nothing consumed."""
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
        position = self.advance().position
        fields: list[Entry] = []
        height = 0
        while self.kind not in ("}", ","):
            optional = self.kind == "?"
            if optional:
                self.advance()
            if self.kind not in ("IDENT", "ESCAPED"):
                self.fail()
            field = self.advance()
            named = self.field_name(field)
            colon = self.expect(":").position
            value = self.expression()
            height = max(height, self.height)
            fields.append(Entry(colon, Literal(field.position, named), value, optional))
            if not self.separated("}"):
                break
        self.close("}")
        self.height = height
        return StructLiteral(position, name, fields)

    def list(self, position: int) -> Node:
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
        entries: list[Entry] = []
        height = 0
        while self.kind not in ("}", ","):
            optional = self.kind == "?"
            if optional:
                self.advance()
            key = self.expression()
            height = max(height, self.height)
            colon = self.expect(":").position
            value = self.expression()
            height = max(height, self.height)
            entries.append(Entry(colon, key, value, optional))
            if not self.separated("}"):
                break
        self.close("}")
        self.height = height
        return MapLiteral(position, entries)

    def separated(self, closing: str) -> bool:
        """Whether a comma and another element follow; the comma is then consumed."""
        if self.kind != "," or self.tokens[self.at + 1].kind == closing:
            return False
        self.advance()
        if self.kind == ",":
            self.fail()
        return True

    def close(self, closing: str) -> None:
        if self.kind == ",":
            self.advance()
        self.expect(closing)


def _balanced(function: str, terms: list[Node], positions: list[int], low: int, high: int) -> Node:
    """A balanced tree of `&&` or `||`, cut where cel-go cuts it."""
    middle = (low + high + 1) // 2
    left = terms[middle] if middle == low else _balanced(function, terms, positions, low, middle - 1)
    right = terms[middle + 1] if middle == high else _balanced(function, terms, positions, middle + 1, high)
    return Call(positions[middle], function, [left, right])
