"""The steps of a program: functions of a frame, each of which adds its cost.

Source: `interpreter/interpretable.go` and `interpreter/decorators.go`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Final

from kube_oidc.verdict.cel import costs, folds
from kube_oidc.verdict.cel.attributes import COST, Frame, Step
from kube_oidc.verdict.cel.comparison import contained, no_overload
from kube_oidc.verdict.cel.go_values import go_value
from kube_oidc.verdict.cel.kubernetes_costs import Cost
from kube_oidc.verdict.cel.messages import new_message
from kube_oidc.verdict.cel.syntax import Entry
from kube_oidc.verdict.cel.values import (
    FAILED,
    MISSING,
    CelError,
    MapValue,
    Optional,
    Stopped,
    UnhashableError,
    held,
)
from kube_oidc.verdict.undecidable import Undecidable

SLOTS: Final = 4  # slots of every frame


def failing(message: str) -> Step:
    """A step that fails with this message."""

    def fail(_: Frame) -> Any:
        raise CelError(message)

    return fail


def range_or(over: Step, message: str) -> Step:
    """A loop's range; on failure, with this message."""

    def run(frame: Frame) -> Any:
        try:
            return over(frame)
        except CelError:
            raise CelError(message) from None

    return run


def variable(slot: int) -> Step:
    """The value in this slot; a loop variable may contain a failure."""

    def local(frame: Frame) -> Any:
        value = frame[slot]
        if type(value) is folds.Deferred:
            value = frame[slot] = value.value(frame)
        if isinstance(value, CelError):
            raise value
        return value

    return local if slot >= SLOTS else lambda frame: frame[slot]


def flattening(step: Step) -> Step:
    """The operand of a selection or conditional; before 1.37, nested optionals become one."""

    def run(frame: Frame) -> Any:
        value = step(frame)
        if type(value) is not Optional:
            return value
        if isinstance(value.value, list) and any(type(item) is Optional for item in value.value):
            raise Undecidable("an optional in a list in an optional")
        inner = value.value
        while type(inner) is Optional:
            inner = inner.value if inner.present else None
        return value if value.value is MISSING else Optional(go_value(inner))

    return run


def call(function: Callable[..., Any], runners: Sequence[Step], cost: Cost, *, stops: bool = False) -> Step:
    """Calls the function with the values of the runners; a failed argument is the call's failure, which costs, too.

    With `stops`, arguments after a failed one aren't evaluated; cel-go does this if there are more than two.
    """
    if cost in costs.STEEP:
        function = _unless_over_limit(function, cost)
    if len(runners) == 1:
        return _unary(function, runners[0], cost)
    if len(runners) == 2 and not stops:
        return _binary(function, runners[0], runners[1], cost)

    def variadic(frame: Frame) -> Any:
        values: list[Any] = []
        try:
            for runner in runners:
                values.append(runner(frame))
            result = function(*values)
        except CelError:
            if len(values) >= len(runners) - 1:  # cel-go counts it if at most the last argument failed
                values += [FAILED] * (len(runners) - len(values))
                frame[COST] += cost(values, FAILED)
            raise
        frame[COST] += cost(values, result)
        return result

    return variadic


def _unless_over_limit(function: Callable[..., Any], cost: Cost) -> Callable[..., Any]:
    """Raises Stopped instead of starting a call whose cost exceeds the limit."""

    def call(*values: Any) -> Any:
        if cost(values, None) > costs.COST_LIMIT:
            raise Stopped
        return function(*values)

    return call


def _unary(function: Callable[[Any], Any], operand: Step, cost: Cost) -> Step:
    def run(frame: Frame) -> Any:
        value = FAILED
        try:
            value = operand(frame)
            result = function(value)
        except CelError:
            frame[COST] += cost((value,), FAILED)
            raise
        frame[COST] += cost((value,), result)
        return result

    return run


def _binary(function: Callable[[Any, Any], Any], left: Step, right: Step, cost: Cost) -> Step:
    def run(frame: Frame) -> Any:
        value = other = FAILED
        try:
            value = left(frame)
        except CelError:
            with suppress(CelError):
                other = right(frame)
            frame[COST] += cost((value, other), FAILED)
            raise
        try:
            other = right(frame)
            result = function(value, other)
        except CelError:
            frame[COST] += cost((value, other), FAILED)
            raise
        frame[COST] += cost((value, other), result)
        return result

    return run


def wrapping(step: Step) -> Step:
    """A step with a cost that can be negative: Go counts modulo 2^64."""

    def run(frame: Frame) -> Any:
        try:
            return step(frame)
        finally:
            frame[COST] %= 1 << 64
            if frame[COST] > costs.COST_LIMIT:
                raise Stopped from None

    return run


def logical(runners: Sequence[Step], *, decisive: bool) -> Step:
    """`||` if true is decisive, `&&` if false is: one side may fail if the other decides."""
    left, right = runners

    def both(frame: Frame) -> bool:
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

    return both


def not_strictly_false(runner: Step) -> Step:
    """Whether a loop continues; it also does if its condition fails."""

    def goes_on(frame: Frame) -> bool:
        try:
            value = runner(frame)
        except CelError:
            value = True
        frame[COST] += 1
        return value if type(value) is bool else True

    return goes_on


def optional_or(left: Step, right: Step, *, unwrap: bool, strict: bool) -> Step:
    """`or` and, unwrapping, `orValue`."""

    def either(frame: Frame) -> Any:
        value = left(frame)
        if type(value) is not Optional:
            return no_overload() if strict else value
        if not value.present:
            return right(frame)
        return held(value) if unwrap else value

    return either


def make_list(runners: Sequence[Step], optional: frozenset[int]) -> Step:
    """`[...]`."""

    def build(frame: Frame) -> list[Any]:
        try:
            values = [runner(frame) for runner in runners]
        finally:
            frame[COST] += costs.LIST
        return folds.without_absent(values, optional) if optional else values

    return build


def make_map(keys: Sequence[Step], values: Sequence[Step], entries: Sequence[Entry]) -> Step:
    """`{...}`."""
    optional = [entry.optional for entry in entries]

    def build(frame: Frame) -> MapValue:
        built = MapValue()
        try:
            for key_step, value_step, maybe in zip(keys, values, optional, strict=True):
                key, value = key_step(frame), value_step(frame)
                folds.insert_literal(built, key, value, maybe=maybe)
        finally:
            frame[COST] += costs.MAP
        return built

    return build


def make_struct(name: str, names: Sequence[str], values: Sequence[Step], entries: Sequence[Entry]) -> Step:
    """`name{...}`."""
    optional = [entry.optional for entry in entries]

    def build(frame: Frame) -> Any:
        fields: dict[str, Any] = {}
        try:
            for field, step, maybe in zip(names, values, optional, strict=True):
                folds.insert_field(fields, field, step(frame), maybe=maybe)
        finally:
            frame[COST] += costs.STRUCT
        return new_message(name, fields)

    return build


def membership(element: Step, values: Sequence[Any]) -> Step | None:
    """`x in [constants]`, which cel-go turns into a set lookup (in which bytes fail); None if it keeps the list."""
    if any(not folds.hashable_primitive(value) for value in values):
        return None

    def member(frame: Frame) -> bool:
        value = element(frame)
        if type(value) is bytes:
            raise UnhashableError
        return contained(value, values)

    return member
