"""Macros: calls that the parser rewrites (cel-go's `parser/macro.go`, `cel/library.go`, `ext/comprehensions.go`).

Each expands to the very tree that cel-go makes, since error positions, costs and failures follow from it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kube_oidc.cel.syntax import (
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
    Unspecified,
)

ACCUMULATOR: Final = "@result"
OLD_ACCUMULATOR: Final = "__result__"
_ACCUMULATORS: Final = (ACCUMULATOR, OLD_ACCUMULATOR)


class MacroError(Exception):
    """The macro's arguments do not have the form it needs."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(message)
        self.position = position


Expander = Callable[[int, Node, list[Node]], Node]


def _variable(argument: Node, message: str) -> str:
    if not isinstance(argument, Ident):
        raise MacroError(argument.position, message)
    return argument.name


def _iteration_variable(argument: Node, message: str) -> str:
    name = _variable(argument, message)
    if name in _ACCUMULATORS:
        raise MacroError(argument.position, "iteration variable overwrites accumulator variable")
    return name


def _two_variables(arguments: list[Node]) -> tuple[str, str]:
    first, second = (_variable(argument, "argument must be a simple name") for argument in arguments[:2])
    if first == second:
        raise MacroError(arguments[1].position, f"duplicate variable name: {first}")
    for argument, name in zip(arguments, (first, second), strict=False):
        if name in _ACCUMULATORS:
            raise MacroError(argument.position, "iteration variable overwrites accumulator variable")
    return first, second


class _Builder:
    """Makes nodes at the macro's position."""

    def __init__(self, position: int) -> None:
        self.position = position

    def literal(self, value: object) -> Literal:
        return Literal(self.position, value)

    def ident(self, name: str = ACCUMULATOR) -> Ident:
        return Ident(self.position, name)

    def call(self, function: str, *arguments: Node) -> Call:
        return Call(self.position, function, list(arguments))

    def method(self, function: str, target: Node) -> Call:
        return Call(self.position, function, [], target)

    def list(self, *elements: Node) -> ListLiteral:
        return ListLiteral(self.position, list(elements))

    def fold(
        self,
        over: Node,
        names: tuple[str, str],
        initial: Node,
        condition: Node,
        step: Node,
        result: Node | None = None,
    ) -> Comprehension:
        return Comprehension(
            self.position, over, *names, ACCUMULATOR, initial, condition, step, result or self.ident()
        )


def _has(position: int, _: Node, arguments: list[Node]) -> Node:
    argument = arguments[0]
    if not isinstance(argument, Select):
        raise MacroError(argument.position, "invalid argument to has() macro")
    return Select(position, argument.operand, argument.field, test=True)


def _names(arguments: list[Node], count: int) -> tuple[str, str]:
    if count == 2:
        return _two_variables(arguments)
    return _iteration_variable(arguments[0], "argument must be a simple name"), ""


def _all(count: int) -> Expander:
    def expand(position: int, target: Node, arguments: list[Node]) -> Node:
        make, names = _Builder(position), _names(arguments, count)
        condition = make.call("@not_strictly_false", make.ident())
        step = make.call("_&&_", make.ident(), arguments[count])
        return make.fold(target, names, make.literal(True), condition, step)

    return expand


def _exists(count: int) -> Expander:
    def expand(position: int, target: Node, arguments: list[Node]) -> Node:
        make, names = _Builder(position), _names(arguments, count)
        condition = make.call("@not_strictly_false", make.call("!_", make.ident()))
        step = make.call("_||_", make.ident(), arguments[count])
        return make.fold(target, names, make.literal(False), condition, step)

    return expand


def _exists_one(count: int) -> Expander:
    def expand(position: int, target: Node, arguments: list[Node]) -> Node:
        make, names = _Builder(position), _names(arguments, count)
        increment = make.call("_+_", make.ident(), make.literal(1))
        step = make.call("_?_:_", arguments[count], increment, make.ident())
        result = make.call("_==_", make.ident(), make.literal(1))
        return make.fold(target, names, make.literal(0), make.literal(True), step, result)

    return expand


def _conditional(make: _Builder, condition: Node | None, step: Node) -> Node:
    return step if condition is None else make.call("_?_:_", condition, step, make.ident())


def _map(position: int, target: Node, arguments: list[Node]) -> Node:
    make = _Builder(position)
    name = _iteration_variable(arguments[0], "argument is not an identifier")
    condition, transform = (arguments[1], arguments[2]) if len(arguments) == 3 else (None, arguments[1])
    step = make.call("_+_", make.ident(), make.list(transform))
    return make.fold(target, (name, ""), make.list(), make.literal(True), _conditional(make, condition, step))


def _filter(position: int, target: Node, arguments: list[Node]) -> Node:
    make = _Builder(position)
    name = _iteration_variable(arguments[0], "argument is not an identifier")
    step = make.call("_+_", make.ident(), make.list(arguments[0]))
    return make.fold(
        target, (name, ""), make.list(), make.literal(True), _conditional(make, arguments[1], step)
    )


def _transform_list(position: int, target: Node, arguments: list[Node]) -> Node:
    make, names = _Builder(position), _two_variables(arguments)
    condition = arguments[2] if len(arguments) == 4 else None
    step = make.call("_+_", make.ident(), make.list(arguments[-1]))
    return make.fold(target, names, make.list(), make.literal(True), _conditional(make, condition, step))


def _transform_map(*, entry: bool) -> Expander:
    def expand(position: int, target: Node, arguments: list[Node]) -> Node:
        make, names = _Builder(position), _two_variables(arguments)
        condition = arguments[2] if len(arguments) == 4 else None
        key = () if entry else (make.ident(names[0]),)
        step = make.call("cel.@mapInsert", make.ident(), *key, arguments[-1])
        step = _conditional(make, condition, step)  # type: ignore[assignment]
        return make.fold(target, names, MapLiteral(position, []), make.literal(True), step)

    return expand


def _optional_map(*, flat: bool) -> Expander:
    name = "optFlatMap" if flat else "optMap"

    def expand(position: int, target: Node, arguments: list[Node]) -> Node:
        make = _Builder(position)
        variable = _variable(arguments[0], f"{name}() variable name must be a simple identifier")
        bound: Node = Comprehension(
            position,
            make.list(),
            "#unused",
            "",
            variable,
            make.method("value", copy(target)),
            make.literal(False),
            make.ident(variable),
            arguments[1],
        )
        if not flat:
            bound = make.call("optional.of", bound)
        return make.call("_?_:_", make.method("hasValue", target), bound, make.call("optional.none"))

    return expand


def _sort_by(position: int, target: Node, arguments: list[Node]) -> Node:
    make = _Builder(position)
    if not isinstance(target, ListLiteral | Select | Ident | Comprehension | Call):
        raise MacroError(
            target.position,
            "sortBy can only be applied to a list, identifier, comprehension, call or select expression",
        )
    mapped = _map(position, copy(ident := make.ident("@__sortBy_input__")), arguments)
    sort = Call(position, "@sortByAssociatedKeys", [mapped], ident)
    return Comprehension(
        position,
        make.list(),
        "#unused",
        "",
        "@__sortBy_input__",
        target,
        make.literal(False),
        make.ident("@__sortBy_input__"),
        sort,
    )


# (function, argument count, with a target): the macro and the Kubernetes minor that brought it
MACROS: Final[dict[tuple[str, int, bool], tuple[Expander, int]]] = {
    ("has", 1, False): (_has, 0),
    ("all", 2, True): (_all(1), 0),
    ("exists", 2, True): (_exists(1), 0),
    ("exists_one", 2, True): (_exists_one(1), 0),
    ("map", 2, True): (_map, 0),
    ("map", 3, True): (_map, 0),
    ("filter", 2, True): (_filter, 0),
    ("optMap", 2, True): (_optional_map(flat=False), 0),
    ("optFlatMap", 2, True): (_optional_map(flat=True), 0),
    ("all", 3, True): (_all(2), 32),
    ("exists", 3, True): (_exists(2), 32),
    ("existsOne", 3, True): (_exists_one(2), 32),
    ("exists_one", 3, True): (_exists_one(2), 32),
    ("transformList", 3, True): (_transform_list, 32),
    ("transformList", 4, True): (_transform_list, 32),
    ("transformMap", 3, True): (_transform_map(entry=False), 32),
    ("transformMap", 4, True): (_transform_map(entry=False), 32),
    ("transformMapEntry", 3, True): (_transform_map(entry=True), 32),
    ("transformMapEntry", 4, True): (_transform_map(entry=True), 32),
    ("sortBy", 2, True): (_sort_by, 34),
}


def copy(node: Node) -> Node:
    """The same tree in new nodes, since each node carries its own type."""
    match node:
        case Literal():
            return Literal(node.position, node.value)
        case Ident():
            return Ident(node.position, node.name)
        case Select():
            return Select(node.position, copy(node.operand), node.field, node.test)
        case Call():
            target = None if node.target is None else copy(node.target)
            return Call(node.position, node.function, [copy(a) for a in node.arguments], target)
        case ListLiteral():
            return ListLiteral(node.position, [copy(element) for element in node.elements], node.optional)
        case MapLiteral():
            return MapLiteral(node.position, [_copy_entry(entry) for entry in node.entries])
        case StructLiteral():
            return StructLiteral(node.position, node.name, [_copy_entry(entry) for entry in node.fields])
        case Comprehension():
            parts = (node.initial, node.condition, node.step, node.result)
            initial, condition, step, result = (copy(part) for part in parts)
            names = (node.variable, node.second_variable, node.accumulator)
            return Comprehension(node.position, copy(node.range), *names, initial, condition, step, result)
        case Unspecified():
            return Unspecified(node.position)


def _copy_entry(entry: Entry) -> Entry:
    return Entry(entry.position, copy(entry.key), copy(entry.value), entry.optional)
