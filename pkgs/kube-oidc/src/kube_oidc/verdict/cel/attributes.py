"""Variables and what is selected from them: `claims.a.?b[0]` is one attribute with three qualifiers.

Source: cel-go's `interpreter/attributes.go`. Each qualifier costs 1, as does the attribute itself.
A frame is a list: the cost so far, the root variable, the order of walking maps, whether one was walked, then the
other variables.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from kube_oidc.verdict.cel.goprint import go_type, printed
from kube_oidc.verdict.cel.values import MISSING, NONE, CelError, MapValue, Optional, Uint, kept, type_name

Frame = list[Any]
Step = Callable[[Frame], Any]
_KEYS: Final = (str, int, bool, float, Uint)
COST: Final = 0
ROOT: Final = 1
ORDER: Final = 2
WALKED: Final = 3


class PlanError(Exception):
    """The expression can't be planned; the message is the API server's."""


class Qualifier:
    """One selection: by a constant key, or by the value of `step`.

    For a key that isn't a CEL value yet, `raw` is Go's name for its null.
    """

    __slots__ = ("key", "optional", "raw", "step", "test")

    def __init__(
        self, key: object, step: Step | None, *, optional: bool = False, test: bool = False, raw: str = ""
    ) -> None:
        if step is None and type(key) not in _KEYS:
            raise PlanError(f"invalid qualifier type: {go_type(key)}")
        self.key = key
        self.step = step
        self.optional = optional
        self.test = test
        self.raw = raw

    def find(self, frame: Frame, value: object, *, optional: bool) -> object:
        """The selected part of `value`; if absent, MISSING (if allowed) or a CelError.

        An `optional` part costs only if it is present.
        """
        frame[COST] += not optional
        key = self.key
        if self.step is not None:
            key = self.step(frame)
            if type(key) not in _KEYS:
                kind = getattr(key, "raw_go_type", self.raw if key is None else "") if self.raw else ""
                raise CelError(f"invalid qualifier type: {kind or go_type(key)}")
        found = _select(value, key)
        if found is not MISSING:
            frame[COST] += optional
        elif not (optional or self.test):
            if isinstance(value, list):
                raise CelError(f"index out of bounds: {printed(key)}")
            raise CelError(f"no such key: {printed(key)}")
        return found


def _select(value: object, key: object) -> object:
    if isinstance(value, MapValue):
        return value.find(key)
    if isinstance(value, list):
        index = list_index(key)
        return value[index] if 0 <= index < len(value) else MISSING
    return MISSING


def list_index(key: object) -> int:
    """The list index for a number; raises CelError if it isn't a valid one."""
    kind = type(key)
    if kind is int:
        return key  # type: ignore[return-value]
    if kind is float and -(2.0**63) < key < 2.0**63 and key == int(key):  # type: ignore[operator,call-overload]
        return int(key)  # type: ignore[call-overload,no-any-return]
    if kind is Uint and key < 1 << 63:  # type: ignore[operator]
        return int(key)  # type: ignore[call-overload,no-any-return]
    if kind in (float, Uint):
        raise CelError(f"unsupported index value {printed(key)} in list")
    raise CelError(f"unsupported index type '{type_name(key)}' in list")


class Attribute:
    """A value and the qualifiers applied to it; `resolver` returns the function that applies them.

    An attribute that begins at `claims` or `user` is `raw`: not a CEL value yet."""

    __slots__ = ("qualifiers", "raw", "start")

    def __init__(self, start: Step, *, raw: bool = False) -> None:
        self.start = start
        self.raw = raw
        self.qualifiers: list[Qualifier] = []

    def add(self, qualifier: Qualifier) -> None:
        """Adds a qualifier."""
        self.qualifiers.append(qualifier)

    def resolver(self) -> Step:
        """Evaluates without the cost of the attribute itself."""
        start, qualifiers = self.start, tuple(self.qualifiers)
        if not qualifiers:
            return start
        if any(q.optional or q.test for q in qualifiers):
            return lambda frame: _apply(frame, start(frame), qualifiers)
        return lambda frame: _apply_required(frame, start(frame), qualifiers)

    def runner(self) -> Step:
        """Evaluates with the attribute's cost."""
        resolve = self.resolver()

        def run(frame: Frame) -> Any:
            try:
                return resolve(frame)
            finally:
                frame[COST] += 1

        return run


class Root(Attribute):
    """`.claims` or `.user` where a loop variable has the same name: selecting from it costs nothing."""

    __slots__ = ()

    def resolver(self) -> Step:
        resolve = super().resolver()

        def run(frame: Frame) -> Any:
            cost = frame[COST]
            try:
                return resolve(frame)
            finally:
                frame[COST] = cost

        return run


class Conditional(Attribute):
    """`condition ? truthy : falsy`; qualifiers apply to either."""

    __slots__ = ("condition", "falsy", "truthy")

    def __init__(self, condition: Step, truthy: Attribute, falsy: Attribute) -> None:
        super().__init__(condition, raw=truthy.raw and falsy.raw)
        self.condition, self.truthy, self.falsy = condition, truthy, falsy

    def add(self, qualifier: Qualifier) -> None:
        self.truthy.add(qualifier)
        self.falsy.add(qualifier)

    def resolver(self) -> Step:
        condition, truthy, falsy = self.condition, self.truthy.resolver(), self.falsy.resolver()

        def resolve(frame: Frame) -> Any:
            chosen = condition(frame)
            if chosen is True:
                return truthy(frame)
            if chosen is False:
                return falsy(frame)
            raise CelError("no such overload")

        return resolve

    def runner(self) -> Step:
        return self.resolver()


def _apply_required(frame: Frame, value: Any, qualifiers: tuple[Qualifier, ...]) -> Any:
    if type(value) is Optional:
        return _apply(frame, value, qualifiers)
    for qualifier in qualifiers:
        value = qualifier.find(frame, value, optional=False)
    return value


def _apply(frame: Frame, value: Any, qualifiers: tuple[Qualifier, ...]) -> Any:
    optional = type(value) is Optional
    if optional:
        if not value.present:
            return value
        value = kept(value)
    for qualifier in qualifiers:
        optional = optional or qualifier.optional
        found = qualifier.find(frame, value, optional=optional)
        if found is MISSING and optional:
            return NONE
        value = found is not MISSING if qualifier.test and not optional else found
    return Optional(value) if optional else value


class Constant:
    """A constant value."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def runner(self) -> Step:
        """Returns the value, at no cost."""
        value = self.value
        return lambda _: value


class Presence:
    """`has(...)`."""

    __slots__ = ("resolve",)

    def __init__(self, resolve: Step) -> None:
        self.resolve = resolve

    def runner(self) -> Step:
        """Whether the field is present."""
        resolve = self.resolve

        def present(frame: Frame) -> bool:
            found = resolve(frame)
            return bool(found.present) if type(found) is Optional else bool(found)

        return present


class Computed:
    """Any other expression."""

    __slots__ = ("step",)

    def __init__(self, step: Step) -> None:
        self.step = step

    def runner(self) -> Step:
        """Evaluates."""
        return self.step
