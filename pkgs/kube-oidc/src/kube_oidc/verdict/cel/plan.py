"""Plans a typed tree as functions of a frame: cel-go's `interpreter/planner.go` with its optimizations.

Constants are folded where cel-go folds them, because the API server rejects an expression if one fails.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from kube_oidc.verdict.cel import comparison, constant_patterns, costs, folds, steps
from kube_oidc.verdict.cel.attributes import (
    ROOT,
    Attribute,
    Computed,
    Conditional,
    Constant,
    PlanError,
    Presence,
    Qualifier,
    Root,
    Step,
)
from kube_oidc.verdict.cel.dispatch import SINGLETONS, implementation
from kube_oidc.verdict.cel.environment import Environment
from kube_oidc.verdict.cel.kubernetes_costs import Cost
from kube_oidc.verdict.cel.syntax import (
    Call,
    Comprehension,
    Ident,
    ListLiteral,
    Literal,
    MapLiteral,
    Node,
    Select,
    StructLiteral,
)
from kube_oidc.verdict.cel.types import Kind
from kube_oidc.verdict.cel.values import CelError, Crashed, GoPanics, TypeValue
from kube_oidc.verdict.versions import Difference

_CONVERSIONS: Final = frozenset(
    {"bool", "bytes", "double", "duration", "dyn", "int", "string", "timestamp", "type", "uint"}
)
_KNOWN_TYPES: Final = frozenset(
    {
        "bool", "bytes", "double", "google.protobuf.Duration", "int", "list", "map", "null_type", "string",
        "google.protobuf.Empty", "google.protobuf.Timestamp", "net.IP", "net.CIDR", "optional_type", "type",
        "uint",
    }
)  # fmt: skip


Planned = Constant | Attribute | Presence | Computed


class Program:
    """A planned expression: `step` evaluates it in a frame with `slots` slots."""

    __slots__ = ("slots", "step")

    def __init__(self, step: Step, slots: int) -> None:
        self.step = step
        self.slots = slots


def plan(tree: Node, environment: Environment) -> Program:
    """Plans a typed tree; raises PlanError with the API server's message if that fails."""
    planner = _Planner(environment)
    try:
        step = planner.plan(tree).runner()
    except Crashed as error:
        raise GoPanics(str(error).removeprefix("internal error: ")) from error
    except CelError as error:
        raise PlanError(str(error)) from error
    return Program(step, planner.slots)


class _Planner:
    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.version = environment.version
        self.scopes: list[dict[str, int]] = [{environment.scope.value: ROOT}]
        self.slots = steps.SLOTS

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
        if name.removeprefix(".") == "google.protobuf.NullValue.NULL_VALUE":
            return Constant(0)
        if node.type.kind is Kind.TYPE:
            if name not in _KNOWN_TYPES:
                raise PlanError(f"reference to undefined type: {name}")
            return Constant(TypeValue(name))
        if name[0] == ".":
            return Root(steps.variable(ROOT), raw=True)
        for scope in reversed(self.scopes):
            if name in scope:
                variable = steps.variable(scope[name])
                if scope[name] < steps.SLOTS:
                    return Attribute(variable, raw=True)
                return Attribute(self.flattened(variable))
        return Attribute(steps.failing(f"no such attribute(s): {name}"))

    def ident(self, node: Ident) -> Planned:
        return self.name(node.name, node)

    def select(self, node: Select) -> Planned:
        if node.reference:
            return self.name(node.reference, node)
        attribute = self.attribute(self.plan(node.operand))
        attribute.add(Qualifier(node.field, None, test=node.test))
        return Presence(attribute.resolver()) if node.test else attribute

    def attribute(self, planned: Planned) -> Attribute:
        return planned if isinstance(planned, Attribute) else Attribute(self.flattened(planned.runner()))

    def flattened(self, step: Step) -> Step:
        return step if self.version.has(Difference.NESTED_OPTIONALS_KEPT) else steps.flattening(step)

    def call(self, node: Call) -> Planned:
        operands = node.arguments if node.target is None else [node.target, *node.arguments]
        planned = [self.plan(operand) for operand in operands]
        special = _SPECIAL.get(node.function)
        if special is not None:
            return special(self, planned)
        second = planned[1].value if len(planned) > 1 and isinstance(planned[1], Constant) else None
        if node.function in ("matches", "find", "findAll") and isinstance(second, str):
            return self.with_pattern(node, planned, second)
        if node.overloads == ("in_list",) and isinstance(second, list):
            member = steps.membership(planned[0].runner(), second)
            if member is not None:
                return Computed(member) if second else Constant(False)
        call = implementation(self.environment, node.function, node.overloads)
        if node.function in _CONVERSIONS and len(planned) == 1 and isinstance(planned[0], Constant):
            return Constant(call(planned[0].value))
        stops = node.overloads == ("string_format",) or (
            len(node.overloads) != 1 and node.function not in SINGLETONS
        )
        step = steps.call(call, [p.runner() for p in planned], self.cost(node), stops=stops)
        return Computed(steps.wrapping(step) if node.overloads == ("list_flatten_int",) else step)

    def cost(self, node: Call) -> Cost:
        return costs.of_call(node.function, node.overloads, self.version)

    def with_pattern(self, node: Call, planned: Sequence[Planned], pattern: str) -> Planned:
        runners, cost = [p.runner() for p in planned], self.cost(node)
        if node.function == "matches":
            return Computed(constant_patterns.matches(pattern, runners, cost))
        search = implementation(self.environment, node.function, node.overloads)
        return Computed(constant_patterns.find(pattern, search, runners, cost))

    def conditional(self, planned: Sequence[Planned]) -> Planned:
        condition, truthy, falsy = planned
        return Conditional(condition.runner(), self.attribute(truthy), self.attribute(falsy))

    def index(self, planned: Sequence[Planned], *, optional: bool = False) -> Planned:
        operand, index = planned
        attribute = self.attribute(operand)
        if isinstance(index, Constant):
            attribute.add(Qualifier(index.value, None, optional=optional))
        else:
            null = "types.Null" if self.version.has(Difference.CLAIMS_BOUND_LAZILY) else "<nil>"
            raw = null if isinstance(index, Attribute) and index.raw else ""
            if isinstance(index, Attribute):
                step = index.resolver()
            else:
                step = index.resolve if isinstance(index, Presence) else index.runner()
            attribute.add(Qualifier(None, step, optional=optional, raw=raw))
        return attribute

    def optional_index(self, planned: Sequence[Planned]) -> Planned:
        return self.index(planned, optional=True)

    def logical_and(self, planned: Sequence[Planned]) -> Planned:
        return Computed(steps.logical([p.runner() for p in planned], decisive=False))

    def logical_or(self, planned: Sequence[Planned]) -> Planned:
        return Computed(steps.logical([p.runner() for p in planned], decisive=True))

    def equals(self, planned: Sequence[Planned]) -> Planned:
        cost = costs.of_call("_==_", ("equals",), self.version)
        return Computed(steps.call(comparison.equal, [p.runner() for p in planned], cost))

    def not_equals(self, planned: Sequence[Planned]) -> Planned:
        cost = costs.of_call("_!=_", ("not_equals",), self.version)
        return Computed(steps.call(comparison.not_equal, [p.runner() for p in planned], cost))

    def optional_or(self, planned: Sequence[Planned]) -> Planned:
        return self.optional(planned, unwrap=False)

    def optional_or_value(self, planned: Sequence[Planned]) -> Planned:
        return self.optional(planned, unwrap=True)

    def optional(self, planned: Sequence[Planned], *, unwrap: bool) -> Planned:
        strict = self.version.has(Difference.OPTIONAL_REQUIRED)
        return Computed(
            steps.optional_or(planned[0].runner(), planned[1].runner(), unwrap=unwrap, strict=strict)
        )

    def not_strictly_false(self, planned: Sequence[Planned]) -> Planned:
        return Computed(steps.not_strictly_false(planned[0].runner()))

    def list(self, node: ListLiteral) -> Planned:
        planned = [self.plan(element) for element in node.elements]
        build = steps.make_list([p.runner() for p in planned], node.optional)
        if all(isinstance(p, Constant) for p in planned):
            return Constant(build([0]))
        return Computed(build)

    def map(self, node: MapLiteral) -> Planned:
        keys = [self.plan(entry.key) for entry in node.entries]
        values = [self.plan(entry.value) for entry in node.entries]
        build = steps.make_map([k.runner() for k in keys], [v.runner() for v in values], node.entries)
        if all(isinstance(p, Constant) for p in (*keys, *values)):
            return Constant(build([0]))
        return Computed(build)

    def struct(self, node: StructLiteral) -> Planned:
        names = [str(entry.key.value) for entry in node.fields if isinstance(entry.key, Literal)]
        values = [self.step(entry.value) for entry in node.fields]
        return Computed(steps.make_struct(node.name, names, values, node.fields))

    def comprehension(self, node: Comprehension) -> Planned:
        lazy = self.version.has(Difference.INITIAL_VALUE_LAZY)
        initial, over = self.step(node.initial), self.step(node.range)
        if node.second_variable and not self.version.has(Difference.RANGE_ERROR_KEPT):
            over = steps.range_or(over, "unsupported comprehension range type: *types.Err")
        accumulator, first = self.slot(), self.slot()
        self.scopes.append({node.accumulator: accumulator})
        # If both have the same name, cel-go finds the lazy accumulator first (later versions reject such a name).
        hidden = lazy and node.variable == node.accumulator
        loop = {node.variable: accumulator if hidden else first}
        second = 0
        if node.second_variable:
            second = loop[node.second_variable] = self.slot()
        self.scopes.append(loop)
        condition, step = self.step(node.condition), self.step(node.step)
        self.scopes.pop()
        result = self.step(node.result)
        self.scopes.pop()
        slots, deferred = (accumulator, first, second), folds.Deferred(initial)
        return Computed(folds.fold(over, deferred, slots, condition, step, result, lazy=lazy))


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
