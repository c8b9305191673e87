"""Parses an expression into a syntax tree with cel-go's grammar and limits.

A text that doesn't match the grammar raises `ExpressionSyntaxError`. Anything else (a reserved word as a name, a number
out of range, a macro's arguments) is reported in cel-go's words.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kube_oidc.verdict.cel.issues import NOWHERE, Issues
from kube_oidc.verdict.cel.lexer import Token, scan
from kube_oidc.verdict.cel.primaries import ExpressionSyntaxError, Primaries
from kube_oidc.verdict.cel.syntax import Call, Literal, Node, Select, Unspecified
from kube_oidc.verdict.versions import KubernetesVersion

_MAX_CODE_POINTS: Final = 100_000
_MAX_DEPTH: Final = 250
_RELATIONS: Final = frozenset({"<", "<=", ">=", ">", "==", "!=", "in"})
_OPERATORS: Final = {
    "<": "_<_", "<=": "_<=_", ">=": "_>=_", ">": "_>_", "==": "_==_", "!=": "_!=_", "in": "@in",
    "*": "_*_", "/": "_/_", "%": "_%_", "+": "_+_", "-": "_-_",
}  # fmt: skip


class _TooDeep(Exception):
    pass


def parse(source: str, version: KubernetesVersion, issues: Issues) -> Node:
    """The tree of `source` as this version parses it; adds what cel-go reports to `issues`.

    Raises ExpressionSyntaxError for the first syntax error; its position is that of cel-go's first one.
    """
    if len(source) > _MAX_CODE_POINTS:
        message = f"expression code point size exceeds limit: size: {len(source)}, limit {_MAX_CODE_POINTS}"
        issues.report(NOWHERE, message)
        return Unspecified(0)
    found, unrecognized = scan(source, version)
    parser = _Parser(found, version, issues)
    if unrecognized:
        raise _first_error(parser, unrecognized[0])
    try:
        tree = parser.start()
    except _TooDeep:
        issues.errors.clear()
        issues.report(NOWHERE, f"expression recursion limit exceeded: {_MAX_DEPTH}")
        return Unspecified(0)
    if parser.highest > _MAX_DEPTH:
        issues.report(NOWHERE, "max recursion depth exceeded")
    return tree


def _first_error(parser: _Parser, unrecognized: Token) -> ExpressionSyntaxError:
    """The parser's error if it comes before the first unrecognized text, which is an error otherwise."""
    try:
        parser.start()
    except ExpressionSyntaxError as error:
        if error.position < unrecognized.position:
            return error
    except _TooDeep:
        pass
    return ExpressionSyntaxError(unrecognized.position, "")


class _Parser(Primaries):
    """Recursive descent over the operators; counts the depth of grammar rules like cel-go's listener."""

    def __init__(self, found: list[Token], version: KubernetesVersion, issues: Issues) -> None:
        super().__init__(found, version, issues)
        self.expressions = self.relations = self.calcs = 0

    def start(self) -> Node:
        tree = self.expression()
        if self.kind != "END":
            self.fail("an operator or the end of the expression")
        return tree

    def expression(self) -> Node:
        self.expressions += 1
        if self.expressions > _MAX_DEPTH:
            raise _TooDeep
        condition = self.logical("||", "_||_")
        if self.kind == "?":
            heights = [self.height]
            position = self.advance().position
            first = self.logical("||", "_||_")
            heights.append(self.height)
            self.expect(":", "an operator or ':'")
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
        if self.relations > _MAX_DEPTH:
            raise _TooDeep
        left = self.sum()
        while self.kind in _RELATIONS:
            left = self.binary(left, self.relation_operand)
        self.relations -= 1
        return left

    def relation_operand(self) -> Node:
        self.relations += 1
        if self.relations > _MAX_DEPTH:
            raise _TooDeep
        operand = self.sum()
        self.relations -= 1
        return operand

    def sum(self) -> Node:
        """The grammar's rule `calc`, which is entered again after `+` and `*`."""
        self.calcs += 1
        if self.calcs > _MAX_DEPTH:
            raise _TooDeep
        left = self.product()
        while self.kind in ("+", "-"):
            left = self.binary(left, self.term)
        self.calcs -= 1
        return left

    def term(self) -> Node:
        self.calcs += 1
        if self.calcs > _MAX_DEPTH:
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
        if self.calcs > _MAX_DEPTH:
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
            self.fail("a name")
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

    def indexed(self, operand: Node) -> Node:
        height = self.height
        position = self.advance().position
        function = "_[_]"
        if self.kind == "?":
            self.advance()
            function = "_[?_]"
        index = self.expression()
        self.expect("]", "an operator or ']'")
        self.rise(height, self.height)
        return Call(position, function, [operand, index])


def _balanced(function: str, terms: list[Node], positions: list[int], low: int, high: int) -> Node:
    """A tree of `&&` or `||`, balanced like cel-go's."""
    middle = (low + high + 1) // 2
    left = terms[middle] if middle == low else _balanced(function, terms, positions, low, middle - 1)
    right = terms[middle + 1] if middle == high else _balanced(function, terms, positions, middle + 1, high)
    return Call(positions[middle], function, [left, right])
