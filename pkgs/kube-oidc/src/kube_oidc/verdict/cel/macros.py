"""Macros: calls that the parser rewrites (cel-go's `parser/macro.go`, `cel/library.go`, `ext/comprehensions.go`).

Each expands to exactly cel-go's tree, because error positions, costs and failures depend on it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kube_oidc.verdict.cel.syntax import (
    Call,
    Comprehension,
    Copier,
    Ident,
    ListLiteral,
    Literal,
    MapLiteral,
    Node,
    Select,
)
from kube_oidc.verdict.versions import Difference, KubernetesVersion

_ACCUMULATORS: Final = ("@result", "__result__")


class MacroError(Exception):
    """The macro's arguments don't have the required form; the message is cel-go's."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(message)
        self.position = position


class Builder:
    """Makes nodes at the macro's position, as cel-go of that Kubernetes minor does."""

    def __init__(self, position: int, version: KubernetesVersion, copier: Copier) -> None:
        self.position = position
        self.version = version
        self.copier = copier
        self.accumulator = _ACCUMULATORS[not version.has(Difference.ACCUMULATOR_HIDDEN)]
        self._shared: Ident | None = None

    def share_accumulator(self) -> None:
        """Makes the accumulator's name a single node, as in some versions of cel-go: one node has one type."""
        if not self.version.has(Difference.ACCUMULATOR_NOT_SHARED):
            self._shared = Ident(self.position, self.accumulator)

    def literal(self, value: object) -> Literal:
        """A constant."""
        return Literal(self.position, value)

    def ident(self, name: str = "") -> Ident:
        """A name, the accumulator's by default."""
        return (None if name else self._shared) or Ident(self.position, name or self.accumulator)

    def call(self, function: str, *arguments: Node) -> Call:
        """A call of a function."""
        return Call(self.position, function, list(arguments))

    def method(self, function: str, target: Node) -> Call:
        """A call without arguments on a target."""
        return Call(self.position, function, [], target)

    def list(self, *elements: Node) -> ListLiteral:
        """A list."""
        return ListLiteral(self.position, list(elements))

    def add(self, element: Node) -> Call:
        """`accumulator + [element]`."""
        return self.call("_+_", self.ident(), self.list(element))

    def chosen(self, condition: Node | None, step: Node) -> Node:
        """`condition ? step : accumulator`."""
        return step if condition is None else self.call("_?_:_", condition, step, self.ident())

    def fold(
        self,
        over: Node,
        names: tuple[str, str],
        initial: Node,
        step: Node,
        condition: Node | None = None,
        result: Node | None = None,
    ) -> Comprehension:
        """A loop over `over`; it ends early only if a condition is given."""
        condition = condition or self.literal(True)
        parts = (initial, condition, step, result or self.ident())
        return Comprehension(self.position, over, *names, self.accumulator, *parts)

    def bind(self, name: str, value: Node, body: Node) -> Comprehension:
        """`body` with `name` bound to `value`: a loop over an empty list whose accumulator is the variable."""
        parts = (value, self.literal(False), self.ident(name), body)
        return Comprehension(self.position, self.list(), "#unused", "", name, *parts)


Expander = Callable[[Builder, Node, list[Node]], Node]


def _variable(argument: Node, message: str) -> str:
    if not isinstance(argument, Ident):
        raise MacroError(argument.position, message)
    return argument.name


def _loop_variable(make: Builder, argument: Node, message: str) -> str:
    name = _variable(argument, message)
    if make.version.has(Difference.ACCUMULATOR_HIDDEN):
        _not_accumulator(argument, name)
    return name


def _not_accumulator(argument: Node, name: str) -> None:
    if name in _ACCUMULATORS:
        raise MacroError(argument.position, "iteration variable overwrites accumulator variable")


def _two_variables(arguments: list[Node]) -> tuple[str, str]:
    first, second = (_variable(argument, "argument must be a simple name") for argument in arguments[:2])
    if first == second:
        raise MacroError(arguments[1].position, f"duplicate variable name: {first}")
    _not_accumulator(arguments[0], first)
    _not_accumulator(arguments[1], second)
    return first, second


def _names(make: Builder, arguments: list[Node], count: int) -> tuple[str, str]:
    if count == 2:
        return _two_variables(arguments)
    return _loop_variable(make, arguments[0], "argument must be a simple name"), ""


def _has(make: Builder, _: Node, arguments: list[Node]) -> Node:
    argument = arguments[0]
    if not isinstance(argument, Select):
        raise MacroError(argument.position, "invalid argument to has() macro")
    return Select(make.position, argument.operand, argument.field, test=True)


def _all(count: int) -> Expander:
    def expand(make: Builder, target: Node, arguments: list[Node]) -> Node:
        names = _names(make, arguments, count)
        condition = make.call("@not_strictly_false", make.ident())
        step = make.call("_&&_", make.ident(), arguments[count])
        return make.fold(target, names, make.literal(True), step, condition)

    return expand


def _exists(count: int) -> Expander:
    def expand(make: Builder, target: Node, arguments: list[Node]) -> Node:
        names = _names(make, arguments, count)
        condition = make.call("@not_strictly_false", make.call("!_", make.ident()))
        step = make.call("_||_", make.ident(), arguments[count])
        return make.fold(target, names, make.literal(False), step, condition)

    return expand


def _exists_one(count: int) -> Expander:
    def expand(make: Builder, target: Node, arguments: list[Node]) -> Node:
        names = _names(make, arguments, count)
        step = make.chosen(arguments[count], make.call("_+_", make.ident(), make.literal(1)))
        result = make.call("_==_", make.ident(), make.literal(1))
        return make.fold(target, names, make.literal(0), step, result=result)

    return expand


def _map(make: Builder, target: Node, arguments: list[Node]) -> Node:
    name = _loop_variable(make, arguments[0], "argument is not an identifier")
    condition = arguments[1] if len(arguments) == 3 else None
    make.share_accumulator()
    return make.fold(target, (name, ""), make.list(), make.chosen(condition, make.add(arguments[-1])))


def _filter(make: Builder, target: Node, arguments: list[Node]) -> Node:
    name = _loop_variable(make, arguments[0], "argument is not an identifier")
    make.share_accumulator()
    return make.fold(target, (name, ""), make.list(), make.chosen(arguments[1], make.add(arguments[0])))


def _transform_list(make: Builder, target: Node, arguments: list[Node]) -> Node:
    names = _two_variables(arguments)
    condition = arguments[2] if len(arguments) == 4 else None
    return make.fold(target, names, make.list(), make.chosen(condition, make.add(arguments[-1])))


def _transform_map(*, entry: bool) -> Expander:
    def expand(make: Builder, target: Node, arguments: list[Node]) -> Node:
        names = _two_variables(arguments)
        condition = arguments[2] if len(arguments) == 4 else None
        key = () if entry else (make.ident(names[0]),)
        step = make.chosen(condition, make.call("cel.@mapInsert", make.ident(), *key, arguments[-1]))
        return make.fold(target, names, MapLiteral(make.position, []), step)

    return expand


def _optional_map(name: str, *, flat: bool) -> Expander:
    def expand(make: Builder, target: Node, arguments: list[Node]) -> Node:
        variable = _variable(arguments[0], f"{name}() variable name must be a simple identifier")
        copies = make.version.has(Difference.OPTIONAL_MAP_TARGET_COPIED)
        again = make.copier.copied(target, make.position) if copies else target
        mapped: Node = make.bind(variable, make.method("value", again), arguments[1])
        if not flat:
            mapped = make.call("optional.of", mapped)
        return make.call("_?_:_", make.method("hasValue", target), mapped, make.call("optional.none"))

    return expand


def _sort_by(make: Builder, target: Node, arguments: list[Node]) -> Node:
    if not isinstance(target, ListLiteral | Select | Ident | Comprehension | Call):
        kinds = "a list, identifier, comprehension, call or select expression"
        raise MacroError(target.position, f"sortBy can only be applied to {kinds}")
    variable = "@__sortBy_input__"
    mapped = _map(make, make.ident(variable), arguments)
    sorted_list = Call(make.position, "@sortByAssociatedKeys", [mapped], make.ident(variable))
    return make.bind(variable, target, sorted_list)


_TWO: Final = Difference.TWO_VARIABLE_COMPREHENSIONS

# (function, argument count, with a target): the macro, and the difference that brought it
MACROS: Final[dict[tuple[str, int, bool], tuple[Expander, Difference | None]]] = {
    ("has", 1, False): (_has, None),
    ("all", 2, True): (_all(1), None),
    ("exists", 2, True): (_exists(1), None),
    ("exists_one", 2, True): (_exists_one(1), None),
    ("map", 2, True): (_map, None),
    ("map", 3, True): (_map, None),
    ("filter", 2, True): (_filter, None),
    ("optMap", 2, True): (_optional_map("optMap", flat=False), None),
    ("optFlatMap", 2, True): (_optional_map("optFlatMap", flat=True), None),
    ("all", 3, True): (_all(2), _TWO),
    ("exists", 3, True): (_exists(2), _TWO),
    ("existsOne", 3, True): (_exists_one(2), _TWO),
    ("exists_one", 3, True): (_exists_one(2), _TWO),
    ("transformList", 3, True): (_transform_list, _TWO),
    ("transformList", 4, True): (_transform_list, _TWO),
    ("transformMap", 3, True): (_transform_map(entry=False), _TWO),
    ("transformMap", 4, True): (_transform_map(entry=False), _TWO),
    ("transformMapEntry", 3, True): (_transform_map(entry=True), _TWO),
    ("transformMapEntry", 4, True): (_transform_map(entry=True), _TWO),
    ("sortBy", 2, True): (_sort_by, Difference.SORT_BY),
}
