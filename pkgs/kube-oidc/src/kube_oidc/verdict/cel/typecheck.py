"""Type checking by cel-go's rules, with its errors (`checker/checker.go`, `checker/errors.go`).

Each node gets its type and each call its overloads; mismatches are reported.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from kube_oidc.verdict.cel import types
from kube_oidc.verdict.cel.environment import Environment
from kube_oidc.verdict.cel.issues import Issues
from kube_oidc.verdict.cel.overloads import Resolution
from kube_oidc.verdict.cel.syntax import (
    Call,
    Comprehension,
    Entry,
    Ident,
    ListLiteral,
    Literal,
    MapLiteral,
    Node,
    Select,
    StructLiteral,
    qualified_name,
)
from kube_oidc.verdict.cel.types import Kind, Type
from kube_oidc.verdict.cel.unify import (
    is_dyn,
    is_dyn_or_error,
    most_general,
    substitute,
    unwrap_optional,
)
from kube_oidc.verdict.cel.values import Uint
from kube_oidc.verdict.cel.well_known import message_name
from kube_oidc.verdict.versions import Difference

_LITERALS: Final = {
    type(None): types.NULL,
    bool: types.BOOL,
    int: types.INT,
    Uint: types.UINT,
    float: types.DOUBLE,
    str: types.STRING,
    bytes: types.BYTES,
}


def typecheck(tree: Node, environment: Environment, issues: Issues) -> bool:
    """Sets the types of the whole tree; returns False if cel-go leaves a part of it without a type."""
    checker = _Checker(environment, issues)
    checker.check(tree)
    checker.settle()
    return checker.complete


class _Checker(Resolution):
    def __init__(self, environment: Environment, issues: Issues) -> None:
        super().__init__(environment, issues)
        self.exact = environment.version.has(Difference.SCOPES_EXACT)
        self.scopes: list[dict[str, Type]] = []
        self.typed: list[Node] = []
        self.seen: dict[int, Type] = {}
        self.complete = True

    def check(self, node: Node) -> Type:
        """Determines and stores the node's type."""
        found = _CHECKS[type(node)](self, node)
        if not self.environment.version.has(Difference.OPTIONAL_MAP_TARGET_COPIED):
            found = self.first_type(node, found)
        node.type = found
        if found.generic:
            self.typed.append(node)
        return found

    def first_type(self, node: Node, found: Type) -> Type:
        """Old cel-go uses the target of `optMap` in two places with the same type: the first one is kept."""
        before = self.seen.setdefault(id(node), found)
        if before != found:
            what = f"incompatible type already exists for expression: {type(node).__name__}"
            self.issues.report(node.position, f"{what} old:{before}, new:{found}".replace("!error!", "error"))
        return before

    def settle(self) -> None:
        """Replaces the remaining type parameters."""
        for node in self.typed:
            node.type = substitute(self.bindings, node.type, unbound_to_dyn=True)

    def lookup(self, name: str) -> Type | None:
        """The type of a variable; since 1.37, a leading dot skips loop variables, which also hide packages."""
        plain = name.removeprefix(".")
        exact = self.exact
        for scope in () if exact and plain != name else reversed(self.scopes):
            if plain in scope:
                return scope[plain]
            if exact and plain.partition(".")[0] in scope:
                return None
        return self.environment.variable(plain)

    def unambiguous(self, name: str) -> str:
        """The name that was found; keeps its leading dot if a loop variable has the same name."""
        plain = name.removeprefix(".")
        hidden = self.exact and plain != name
        return name if hidden and any(plain.partition(".")[0] in scope for scope in self.scopes) else plain

    def literal(self, node: Literal) -> Type:
        return _LITERALS[type(node.value)]

    def ident(self, node: Ident) -> Type:
        found = self.lookup(node.name)
        if found is None:
            return self.undeclared(node.position, node.name)
        self.complete = self.complete and found is not types.UNSPECIFIED
        node.name = self.unambiguous(node.name)
        return found

    def select(self, node: Select) -> Type:
        if not node.test and (name := qualified_name(node)) and (found := self.lookup(name)) is not None:
            node.reference = self.unambiguous(name)
            return found
        result = self.select_field(node, node.operand, node.field, optional=False)
        return types.BOOL if node.test else substitute(self.bindings, result)

    def select_field(self, node: Node, operand: Node, name: str, *, optional: bool) -> Type:
        operand_type = substitute(self.bindings, self.check(operand))
        target, unwrapped = unwrap_optional(operand_type)
        result = types.ERROR
        if target.kind is Kind.MAP:
            result = target.parameters[1]
        elif target.kind is Kind.STRUCT:
            result = self.field_type(node.position, target.name, name) or types.ERROR
        elif target.kind is Kind.PARAM:
            self.fits(types.DYN, target)
            result = types.DYN
        else:
            if not is_dyn_or_error(target):
                self.issues.report(node.position, f"type '{target}' does not support field selection")
            result = types.DYN
        return types.optional_of(result) if unwrapped or optional else result

    def field_type(self, position: int, struct: str, name: str) -> Type | None:
        if struct not in self.environment.objects:
            self.issues.report(position, f"unexpected failed resolution of '{struct}'")
            return None
        found = self.environment.field(struct, name)
        if found is None:
            self.issues.report(position, f"undefined field '{name}'")
        return found

    def call(self, node: Call) -> Type:
        if node.function == "_?._":
            operand, name = node.arguments
            assert isinstance(name, Literal)
            result = self.select_field(node, operand, str(name.value), optional=True)
            name.type = types.STRING
            node.overloads = ("select_optional_field",)
            return substitute(self.bindings, result)
        for argument in node.arguments:
            self.check(argument)
        name_of_function = node.function
        if node.target is not None:
            qualified = qualified_name(node.target)
            namespaced = (
                None if qualified is None else self.environment.function(f"{qualified}.{node.function}")
            )
            if namespaced is not None:
                node.target, node.function = None, namespaced.name
                return self.resolve(node, namespaced)
            self.check(node.target)
        function = self.environment.function(name_of_function)
        if function is None:
            return self.undeclared(node.position, name_of_function)
        node.function = function.name
        return self.resolve(node, function)

    def list(self, node: ListLiteral) -> Type:
        joined = types.UNSPECIFIED
        for index, element in enumerate(node.elements):
            found = self.check(element)
            if index in node.optional:
                found = self.optional_value(element, found)
            joined = self.join(joined, found)
        return types.list_of(self.fresh() if joined is types.UNSPECIFIED else joined)

    def optional_value(self, node: Node, found: Type) -> Type:
        value, optional = unwrap_optional(found)
        if not optional and not is_dyn(value):
            self.mismatch(node.position, types.optional_of(value), value)
        return value

    def join(self, previous: Type, current: Type) -> Type:
        if previous is types.UNSPECIFIED:
            return current
        if self.fits(previous, current):
            return most_general(previous, current)
        return types.DYN  # mixed types: `check_literals` reports them, except in arguments of `format`

    def map(self, node: MapLiteral) -> Type:
        keys = values = types.UNSPECIFIED
        for entry in node.entries:
            keys = self.join(keys, self.check(entry.key))
            found = self.check(entry.value)
            if entry.optional:
                found = self.optional_value(entry.value, found)
            values = self.join(values, found)
        if keys is types.UNSPECIFIED:
            keys, values = self.fresh(), self.fresh()
        return types.map_of(keys, values)

    def struct(self, node: StructLiteral) -> Type:
        named = self.message_type(node.name)
        if named is None:
            return self.undeclared(node.position, node.name)
        node.name = node.name.removeprefix(".")
        result, name = types.ERROR, node.name
        if named.kind is not Kind.TYPE:
            if named.kind is not Kind.ERROR:
                self.issues.report(node.position, f"'{named.declared_name}' is not a type")
        elif named.parameters and (message := message_name(named.parameters[0])):
            result, name = named.parameters[0], message
        else:
            shown = named.parameters[0].declared_name if named.parameters else ""
            self.issues.report(node.position, f"'{shown}' is not a message type")
        node.type = result
        for entry in node.fields:
            self.struct_field(name, entry)
        return result

    def message_type(self, name: str) -> Type | None:
        """The type named before the braces; since 1.37, variables aren't considered."""
        if not self.exact:
            return self.lookup(name)
        plain = name.removeprefix(".")
        found = self.environment.variable(plain)
        return found if found is not None and found.kind is Kind.TYPE else None

    def struct_field(self, struct: str, entry: Entry) -> None:
        assert isinstance(entry.key, Literal)
        name = str(entry.key.value)
        found = self.check(entry.value)
        wanted = self.field_type(entry.position, struct, name) or types.ERROR
        if entry.optional:
            found = self.optional_value(entry.value, found)
        if not self.fits(wanted, found):
            message = f"expected type of field '{name}' is '{wanted}' but provided type is '{found}'"
            self.issues.report(entry.position, message)

    def comprehension(self, node: Comprehension) -> Type:
        self.check(node.range)
        accumulated = self.check(node.initial)
        over = substitute(self.bindings, node.range.type)
        self.scopes.append({node.accumulator: accumulated})
        first, second = self.iterated(node, over)
        loop = {node.variable: first}
        if node.second_variable:
            loop[node.second_variable] = second
        self.scopes.append(loop)
        self.assert_type(node.condition, types.BOOL)
        self.assert_type(node.step, accumulated)
        self.scopes.pop()
        result = self.check(node.result)
        self.scopes.pop()
        return substitute(self.bindings, result)

    def iterated(self, node: Comprehension, over: Type) -> tuple[Type, Type]:
        """The types of a loop's first and second variable."""
        if over.kind is Kind.LIST:
            element = over.parameters[0]
            return (types.INT, element) if node.second_variable else (element, element)
        if over.kind is Kind.MAP:
            return over.parameters[0], over.parameters[1]
        typed = self.environment.version.has(Difference.SECOND_VARIABLE_TYPED)
        if over.kind in (Kind.DYN, Kind.ERROR, Kind.PARAM):
            self.fits(types.DYN, over)
            return types.DYN, types.DYN if typed else types.UNSPECIFIED
        message = (
            f"expression of type '{over}' cannot be range of a comprehension (must be list, map, or dynamic)"
        )
        self.issues.report(node.range.position, message)
        return types.ERROR, types.ERROR if typed else types.UNSPECIFIED

    def assert_type(self, node: Node, wanted: Type) -> None:
        found = self.check(node)
        if not self.fits(wanted, found):
            self.mismatch(node.position, wanted, found)


_CHECKS: Final[dict[type, Callable[[_Checker, Any], Type]]] = {
    Literal: _Checker.literal,
    Ident: _Checker.ident,
    Select: _Checker.select,
    Call: _Checker.call,
    ListLiteral: _Checker.list,
    MapLiteral: _Checker.map,
    StructLiteral: _Checker.struct,
    Comprehension: _Checker.comprehension,
}
