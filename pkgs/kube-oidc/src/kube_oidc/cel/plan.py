"""A checked tree becomes functions of a frame: cel-go's `interpreter/planner.go` with its optimizations.

Constants are folded where cel-go folds them, since a failing one makes the API server refuse the expression.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from kube_oidc.cel import costs, folds, operators, regex
from kube_oidc.cel.attributes import COST, Attribute, Conditional, Frame, PlanError, Qualifier, Step
from kube_oidc.cel.dispatch import implementation
from kube_oidc.cel.environment import Environment
from kube_oidc.cel.messages import new_message
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
)
from kube_oidc.cel.types import Kind
from kube_oidc.cel.values import CelError, GoPanics, MapValue, Optional, TypeValue, UnhashableError

_CONVERSIONS: Final = frozenset(
    {"bool", "bytes", "double", "duration", "dyn", "int", "string", "timestamp", "type", "uint"}
)
_KNOWN_TYPES: Final = frozenset(
    {
        "bool", "bytes", "double", "google.protobuf.Duration", "int", "list", "map", "null_type", "string",
        "google.protobuf.Timestamp", "type", "uint", "net.IP", "net.CIDR",
    }
)  # fmt: skip
_OPTIONAL_REQUIRED_SINCE: Final = 37
_ERRORS_KEPT_SINCE: Final = 33
_SLOTS: Final = 2  # the cost, then the root variable


class Constant:
    """A value known before evaluation."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def runner(self) -> Step:
        """Yields the value, at no cost."""
        value = self.value
        return lambda _: value


class Computed:
    """Anything else."""

    __slots__ = ("step",)

    def __init__(self, step: Step) -> None:
        self.step = step

    def runner(self) -> Step:
        """Evaluates."""
        return self.step


Planned = Constant | Attribute | Computed


class Program:
    """A planned expression: `step` evaluates in a frame of `slots` places."""

    __slots__ = ("slots", "step")

    def __init__(self, step: Step, slots: int) -> None:
        self.step = step
        self.slots = slots


def plan(tree: Node, environment: Environment) -> Program:
    """The program of a checked tree; PlanError says why there is none."""
    planner = _Planner(environment)
    try:
        step = planner.plan(tree).runner()
    except UnhashableError as error:
        raise GoPanics(str(error).removeprefix("internal error: ")) from error
    except CelError as error:
        raise PlanError(str(error)) from error
    return Program(step, planner.slots)


class _Planner:
    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.scopes: list[dict[str, int]] = [{environment.scope.value: 1}]
        self.slots = _SLOTS

    def plan(self, node: Node) -> Planned:
        return _PLANS[type(node)](self, node)

    def step(self, node: Node) -> Step:
        return self.plan(node).runner()

    def slot(self) -> int:
        self.slots += 1
        return self.slots - 1

    def literal(self, node: Literal) -> Planned:
        return Constant(node.value)

    def name(self, name: str, node: Node) -> Planned:
        if name == "google.protobuf.NullValue.NULL_VALUE":
            return Constant(0)
        if node.type.kind is Kind.TYPE:
            if name not in _KNOWN_TYPES:
                raise PlanError(f"reference to undefined type: {name}")
            return Constant(TypeValue(name))
        for scope in reversed(self.scopes):
            if name in scope:
                return Attribute(_variable(scope[name]))
        return Attribute(_failing(f"no such attribute(s): {name}"))

    def ident(self, node: Ident) -> Planned:
        return self.name(node.name, node)

    def select(self, node: Select) -> Planned:
        if node.reference:
            return self.name(node.reference, node)
        attribute = self.attribute(self.plan(node.operand))
        attribute.add(Qualifier(node.field, None, test=node.test))
        return Computed(_presence(attribute.resolver())) if node.test else attribute

    @staticmethod
    def attribute(planned: Planned) -> Attribute:
        return planned if isinstance(planned, Attribute) else Attribute(planned.runner())

    def call(self, node: Call) -> Planned:
        operands = node.arguments if node.target is None else [node.target, *node.arguments]
        planned = [self.plan(operand) for operand in operands]
        special = _SPECIAL.get(node.function)
        if special is not None:
            return special(self, planned)
        if (
            node.function == "matches"
            and isinstance(planned[1], Constant)
            and isinstance(planned[1].value, str)
        ):
            return self.matches(node, planned, planned[1].value)
        if node.overloads == ("in_list",) and isinstance(planned[1], Constant):
            membership = _set_membership(planned[0], planned[1].value)
            if membership is not None:
                return membership
        if node.function in ("find", "findAll") and isinstance(planned[1], Constant):
            return self.find(node, planned, planned[1].value)
        call = implementation(self.environment, node.function, node.overloads)
        if node.function in _CONVERSIONS and len(planned) == 1 and isinstance(planned[0], Constant):
            return Constant(call(planned[0].value))
        return Computed(
            _call(call, [p.runner() for p in planned], costs.of_call(node.function, node.overloads))
        )

    def matches(self, node: Call, planned: Sequence[Planned], pattern: str) -> Planned:
        _require_pattern(pattern)
        search = regex.compiled(pattern).matches

        def call(text: object, _: object) -> bool:
            return search(text) if type(text) is str else operators.no_overload()

        runners = [p.runner() for p in planned]
        return Computed(_call(call, runners, costs.of_call("matches", node.overloads)))

    def find(self, node: Call, planned: Sequence[Planned], pattern: object) -> Planned:
        """With a constant pattern cel-go also searches in the name of a type."""
        _require_pattern(pattern)
        call = implementation(self.environment, node.function, node.overloads)

        def search(text: object, *rest: object) -> object:
            text = text.name if isinstance(text, TypeValue) else text
            return call(text, *rest) if type(text) is str else operators.no_overload()

        runners = [p.runner() for p in planned]
        return Computed(_call(search, runners, costs.of_call(node.function, node.overloads)))

    def conditional(self, planned: Sequence[Planned]) -> Planned:
        condition, truthy, falsy = planned
        return Conditional(condition.runner(), self.attribute(truthy), self.attribute(falsy))

    def index(self, planned: Sequence[Planned], *, optional: bool = False) -> Planned:
        operand, index = planned
        attribute = self.attribute(operand)
        if isinstance(index, Constant):
            attribute.add(Qualifier(index.value, None, optional=optional))
        else:
            step = index.resolver() if isinstance(index, Attribute) else index.runner()
            attribute.add(Qualifier(None, step, optional=optional))
        return attribute

    def optional_index(self, planned: Sequence[Planned]) -> Planned:
        return self.index(planned, optional=True)

    def logical_and(self, planned: Sequence[Planned]) -> Planned:
        return Computed(_logical([p.runner() for p in planned], decisive=False))

    def logical_or(self, planned: Sequence[Planned]) -> Planned:
        return Computed(_logical([p.runner() for p in planned], decisive=True))

    def equals(self, planned: Sequence[Planned]) -> Planned:
        return Computed(
            _call(operators.equal, [p.runner() for p in planned], costs.of_call("_==_", ("equals",)))
        )

    def not_equals(self, planned: Sequence[Planned]) -> Planned:
        cost = costs.of_call("_!=_", ("not_equals",))
        return Computed(_call(operators.not_equal, [p.runner() for p in planned], cost))

    def optional_or(self, planned: Sequence[Planned]) -> Planned:
        return self.optional(planned, unwrap=False)

    def optional_or_value(self, planned: Sequence[Planned]) -> Planned:
        return self.optional(planned, unwrap=True)

    def optional(self, planned: Sequence[Planned], *, unwrap: bool) -> Planned:
        strict = self.environment.minor >= _OPTIONAL_REQUIRED_SINCE
        return Computed(_optional_or(planned[0].runner(), planned[1].runner(), unwrap=unwrap, strict=strict))

    def not_strictly_false(self, planned: Sequence[Planned]) -> Planned:
        return Computed(_not_strictly_false(planned[0].runner()))

    def list(self, node: ListLiteral) -> Planned:
        planned = [self.plan(element) for element in node.elements]
        build = _list([p.runner() for p in planned], node.optional)
        if all(isinstance(p, Constant) for p in planned):
            return Constant(build([0]))
        return Computed(build)

    def map(self, node: MapLiteral) -> Planned:
        keys = [self.plan(entry.key) for entry in node.entries]
        values = [self.plan(entry.value) for entry in node.entries]
        build = _map([k.runner() for k in keys], [v.runner() for v in values], node.entries)
        if all(isinstance(p, Constant) for p in (*keys, *values)):
            return Constant(build([0]))
        return Computed(build)

    def struct(self, node: StructLiteral) -> Planned:
        names = [str(entry.key.value) for entry in node.fields if isinstance(entry.key, Literal)]
        values = [self.step(entry.value) for entry in node.fields]
        return Computed(_struct(node.name, names, values, node.fields))

    def comprehension(self, node: Comprehension) -> Planned:
        initial, over = self.step(node.initial), self.step(node.range)
        if node.second_variable and self.environment.minor < _ERRORS_KEPT_SINCE:
            over = _range_or(over, "unsupported comprehension range type: *types.Err")
        accumulator, first = self.slot(), self.slot()
        self.scopes.append({node.accumulator: accumulator})
        loop = {node.variable: first}
        second = 0
        if node.second_variable:
            second = loop[node.second_variable] = self.slot()
        self.scopes.append(loop)
        condition, step = self.step(node.condition), self.step(node.step)
        self.scopes.pop()
        result = self.step(node.result)
        self.scopes.pop()
        return Computed(folds.fold(over, initial, (accumulator, first, second), condition, step, result))


_PLANS: Final[dict[type, Callable[[_Planner, Any], Planned]]] = {
    Literal: _Planner.literal,
    Ident: _Planner.ident,
    Select: _Planner.select,
    Call: _Planner.call,
    ListLiteral: _Planner.list,
    MapLiteral: _Planner.map,
    StructLiteral: _Planner.struct,
    Comprehension: _Planner.comprehension,
}


def _require_pattern(pattern: object) -> None:
    problem = regex.error(pattern) if isinstance(pattern, str) else None
    if problem is not None:
        raise PlanError(problem)


_SPECIAL: Final[dict[str, Callable[[_Planner, Sequence[Planned]], Planned]]] = {
    "_&&_": _Planner.logical_and,
    "_||_": _Planner.logical_or,
    "_?_:_": _Planner.conditional,
    "_==_": _Planner.equals,
    "_!=_": _Planner.not_equals,
    "_[_]": _Planner.index,
    "_[?_]": _Planner.optional_index,
    "_?._": _Planner.optional_index,
    "or": _Planner.optional_or,
    "orValue": _Planner.optional_or_value,
    "@not_strictly_false": _Planner.not_strictly_false,
}


def _failing(message: str) -> Step:
    def fail(_: Frame) -> Any:
        raise CelError(message)

    return fail


def _range_or(over: Step, message: str) -> Step:
    def run(frame: Frame) -> Any:
        try:
            return over(frame)
        except CelError:
            raise CelError(message) from None

    return run


def _variable(slot: int) -> Step:
    def variable(frame: Frame) -> Any:
        value = frame[slot]
        if isinstance(value, CelError):
            raise value
        return value

    return variable if slot >= _SLOTS else lambda frame: frame[slot]


def _presence(resolve: Step) -> Step:
    def presence(frame: Frame) -> bool:
        found = resolve(frame)
        return bool(found.present) if type(found) is Optional else bool(found)

    return presence


def _call(call: Callable[..., Any], runners: Sequence[Step], cost: costs.Cost) -> Step:
    if len(runners) == 1:
        (only,) = runners

        def unary(frame: Frame) -> Any:
            value = only(frame)
            result = call(value)
            frame[COST] += cost((value,), result)
            return result

        return unary
    if len(runners) == 2:
        left, right = runners

        def binary(frame: Frame) -> Any:
            values = left(frame), right(frame)
            result = call(*values)
            frame[COST] += cost(values, result)
            return result

        return binary

    def variadic(frame: Frame) -> Any:
        values = tuple(runner(frame) for runner in runners)
        result = call(*values)
        frame[COST] += cost(values, result)
        return result

    return variadic


def _logical(runners: Sequence[Step], *, decisive: bool) -> Step:
    left, right = runners

    def logical(frame: Frame) -> bool:
        failure: CelError | None = None
        for runner in (left, right):
            try:
                value = runner(frame)
            except CelError as error:
                failure = failure or error
                continue
            if value is decisive:
                return decisive
            if type(value) is not bool:
                failure = failure or CelError("no such overload")
        if failure is not None:
            raise failure
        return not decisive

    return logical


def _not_strictly_false(runner: Step) -> Step:
    def not_strictly_false(frame: Frame) -> bool:
        try:
            value = runner(frame)
        except CelError:
            return True
        return value if type(value) is bool else True

    return not_strictly_false


def _optional_or(left: Step, right: Step, *, unwrap: bool, strict: bool) -> Step:
    def optional_or(frame: Frame) -> Any:
        value = left(frame)
        if type(value) is not Optional:
            return operators.no_overload() if strict else value
        if not value.present:
            return right(frame)
        return value.value if unwrap else value

    return optional_or


def _list(runners: Sequence[Step], optional: frozenset[int]) -> Step:
    def build(frame: Frame) -> list[Any]:
        values = [runner(frame) for runner in runners]
        frame[COST] += costs.LIST
        return folds.without_absent(values, optional) if optional else values

    return build


def _map(keys: Sequence[Step], values: Sequence[Step], entries: Sequence[Entry]) -> Step:
    optional = [entry.optional for entry in entries]

    def build(frame: Frame) -> MapValue:
        built = MapValue()
        for key_step, value_step, maybe in zip(keys, values, optional, strict=True):
            key, value = key_step(frame), value_step(frame)
            folds.insert_literal(built, key, value, maybe=maybe)
        frame[COST] += costs.MAP
        return built

    return build


def _struct(name: str, names: Sequence[str], values: Sequence[Step], entries: Sequence[Entry]) -> Step:
    optional = [entry.optional for entry in entries]

    def build(frame: Frame) -> Any:
        fields: dict[str, Any] = {}
        for field, step, maybe in zip(names, values, optional, strict=True):
            folds.insert_field(fields, field, step(frame), maybe=maybe)
        frame[COST] += costs.STRUCT
        return new_message(name, fields)

    return build


def _set_membership(element: Planned, values: object) -> Planned | None:
    """`x in [constants]` as cel-go turns it into a look-up in a set, where bytes cannot be looked up."""
    assert isinstance(values, list)
    if not values:
        return Constant(False)
    if any(not folds.hashable_primitive(value) for value in values):
        return None
    runner = element.runner()

    def member(frame: Frame) -> bool:
        value = runner(frame)
        if type(value) is bytes:
            raise UnhashableError
        return operators.contained(value, values)

    return Computed(member)
