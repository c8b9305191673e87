"""Loops over lists and maps, and the construction of list, map and message literals."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from kube_oidc.verdict.cel import map_order
from kube_oidc.verdict.cel.attributes import COST, Frame, Step
from kube_oidc.verdict.cel.costs import COST_LIMIT
from kube_oidc.verdict.cel.goprint import go_type, printed
from kube_oidc.verdict.cel.values import (
    MISSING,
    CelError,
    MapValue,
    MutableList,
    MutableMap,
    Optional,
    Stopped,
    Uint,
    UnhashableError,
    kept,
)

_HASHABLE: Final = frozenset({bool, float, int, str, Uint})


class CostLimitExceeded(CelError):
    """Evaluation exceeded the cost limit; unlike other errors, `&&` and `||` can't absorb this one."""

    def __init__(self) -> None:
        super().__init__("operation cancelled: actual cost limit exceeded")


def fold(
    over: Step,
    initial: Deferred,
    slots: tuple[int, int, int],
    condition: Step,
    step: Step,
    result: Step,
    *,
    lazy: bool,
) -> Step:
    """Runs `step` for every element until `condition` is false, then `result`.

    With `lazy`, the accumulator's initial value is evaluated at first use.
    """
    accumulator, first, second = slots

    def run(frame: Frame) -> Any:
        entries = _entries(frame, over(frame), two=bool(second))
        frame[accumulator] = initial if lazy else initial.value(frame)
        for key, value in entries:
            frame[first] = key
            frame[second or first] = value if second else key
            if _ends(condition, frame):
                break
            try:
                frame[accumulator] = step(frame)
            except CelError as error:
                frame[accumulator] = error
            if frame[COST] > COST_LIMIT:
                raise Stopped
        return _immutable(result(frame))

    return run


class Deferred:
    """A variable's value that is evaluated at first use."""

    __slots__ = ("_initial",)

    def __init__(self, initial: Step) -> None:
        self._initial = initial

    def value(self, frame: Frame) -> object:
        """The value or its failure; the loop may modify an empty list or map."""
        try:
            value = self._initial(frame)
        except CelError as error:
            return error
        if isinstance(value, list) and not value:
            return MutableList()
        if isinstance(value, MapValue) and not len(value):
            return MutableMap()
        return value


def _immutable(value: object) -> object:
    if type(value) is MutableList:
        return list(value)
    return MapValue(list(value.items())) if type(value) is MutableMap else value


def _ends(condition: Step, frame: Frame) -> bool:
    try:
        return condition(frame) is False
    except CelError:
        return False


def _entries(frame: Frame, over: Any, *, two: bool) -> Iterator[tuple[Any, Any]]:
    if type(over) is MutableList:
        over = list(over)  # elements that the loop adds aren't walked
    if isinstance(over, list):
        return enumerate(over) if two else ((item, None) for item in over)
    if isinstance(over, MapValue):
        found = map_order.keys(frame, over)
        return _map_entries(over, found) if two else ((key, None) for key in found)
    message = (
        f"unsupported comprehension range type: {go_type(over)}"
        if two
        else (f"got '{go_type(over)}', expected iterable type")
    )
    raise CelError(message)


def _map_entries(over: MapValue, keys: list[object]) -> Iterator[tuple[Any, Any]]:
    for key in keys:
        try:
            value = over.get(key)
        except CelError as error:
            value = error
        yield key, CelError(f"no such key: {printed(key)}") if value is MISSING else value


def without_absent(values: list[Any], optional: frozenset[int]) -> list[Any]:
    """The elements of a list literal, with optional ones unwrapped or, if absent, omitted."""
    found: list[Any] = []
    for index, value in enumerate(values):
        if index not in optional:
            found.append(value)
        elif type(value) is not Optional:
            raise CelError(
                f"cannot initialize optional list element from non-optional value {printed(value)}"
            )
        elif value.present:
            found.append(kept(value))
    return found


def _refuse_entry(key: object, value: object) -> CelError:
    return CelError(
        f"cannot initialize optional entry '{printed(key)}' from non-optional value {printed(value)}"
    )


def insert_literal(built: MapValue, key: object, value: object, *, maybe: bool) -> None:
    """Inserts one entry of a map literal."""
    if maybe:
        if type(value) is not Optional:
            raise _refuse_entry(key, value)
        if not value.present:
            built.remove(key)
            return
        value = kept(value)
    if type(key) is bytes:
        raise UnhashableError
    built.insert(key, value)


def insert_field(fields: dict[str, Any], name: str, value: Any, *, maybe: bool) -> None:
    """Inserts one field of a message literal."""
    if maybe:
        if type(value) is not Optional:
            raise _refuse_entry(name, value)
        if not value.present:
            fields.pop(name, None)
            return
        value = kept(value)
    fields[name] = value


def hashable_primitive(value: object) -> bool:
    """Whether cel-go can put the constant into a set."""
    return type(value) in _HASHABLE
