"""Evaluates a compiled expression like kube-apiserver, with the same value or the same error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kube_oidc.model import UserInfo
from kube_oidc.verdict.cel import map_order
from kube_oidc.verdict.cel.attributes import COST, WALKED, Frame
from kube_oidc.verdict.cel.bindings import claims_value, user_value
from kube_oidc.verdict.cel.compile import Compiled, optional_renamed, with_deep_stack
from kube_oidc.verdict.cel.costs import COST_LIMIT
from kube_oidc.verdict.cel.folds import CostLimitExceeded
from kube_oidc.verdict.cel.steps import SLOTS
from kube_oidc.verdict.cel.values import CelError, Crashed, Stopped, StringList, type_name
from kube_oidc.verdict.golang.regexp import UnsupportedRegexpError
from kube_oidc.verdict.undecidable import Undecidable
from kube_oidc.verdict.versions import KubernetesVersion

_RANDOM: Final = "the API server walks maps in random order, and the result depends on it"


@dataclass(frozen=True, slots=True)
class EvaluationError:
    """Evaluation fails; `message` is the API server's, `cost` what evaluation had cost by then."""

    message: str
    cost: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Value:
    """A result: the name of its CEL type, and the value as described in `cel/values.py`.

    `string_slice` marks a list that is a `[]string` in Go, which the API server doesn't accept as groups
    (`"a,b".split(",")` is one, `["a", "b"]` isn't). `cost` is the API server's count; the limit is COST_LIMIT.
    """

    type: str
    value: Any
    string_slice: bool = False
    cost: int = field(default=0, compare=False)


def evaluate(compiled: Compiled, root: object) -> Value | EvaluationError | Undecidable:
    """Evaluates with `root` as `claims` (or as `user`, in the user scope); see `bound`."""
    outcome, walked = _outcome(compiled, root, map_order.ALL[0])
    if walked:
        for order in map_order.ALL[1:]:
            if not _alike(outcome, _outcome(compiled, root, order)[0]):
                return Undecidable(_RANDOM)
    return outcome


def _alike(one: Value | EvaluationError | Undecidable, other: Value | EvaluationError | Undecidable) -> bool:
    if isinstance(one, Value) and isinstance(other, Value):
        return one.type == other.type and map_order.alike(one.value, other.value)
    if isinstance(one, Undecidable) and isinstance(other, Undecidable):
        return one.reason == other.reason
    return one == other


def _outcome(
    compiled: Compiled, root: object, order: int
) -> tuple[Value | EvaluationError | Undecidable, bool]:
    """The outcome if maps are walked in this order, and whether one was walked."""
    frame = new_frame(compiled, root, order)
    try:
        result = run(compiled, frame)
        kind = optional_renamed(type_name(result), compiled.version)
        return Value(kind, result, type(result) is StringList, frame[COST]), frame[WALKED]
    except (CelError, Crashed) as error:
        text = optional_renamed(str(error), compiled.version)
        message = f"expression '{compiled.expression}' resulted in error: {text}"
        return EvaluationError(message, frame[COST]), frame[WALKED]
    except Undecidable as reason:
        return Undecidable(str(reason)), frame[WALKED]


def bound(given: Mapping[str, Any] | UserInfo, version: KubernetesVersion) -> object:
    """The claims or the user as values for an expression."""
    if isinstance(given, UserInfo):
        return user_value(given, version)
    return claims_value(given, version)


def new_frame(compiled: Compiled, root: object, order: int = map_order.ALL[0]) -> Frame:
    """A new frame for one evaluation, with no cost yet."""
    return [0, root, order, False, *[None] * (compiled.program.slots - SLOTS)]


def run(compiled: Compiled, frame: Frame) -> object:
    """The value; raises CelError or Undecidable."""
    step = compiled.program.step
    try:
        result = with_deep_stack(compiled.expression, lambda: step(frame))
    except Stopped:
        raise CostLimitExceeded from None
    except (CelError, Crashed):
        if frame[COST] > COST_LIMIT:
            raise CostLimitExceeded from None
        raise
    except UnsupportedRegexpError as reason:
        raise Undecidable(f"a regular expression with {reason}") from None
    if frame[COST] > COST_LIMIT:
        raise CostLimitExceeded
    return result
