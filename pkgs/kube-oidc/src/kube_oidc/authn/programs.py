"""The expressions of a configuration, compiled once for many tokens, and what their values are taken for."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from kube_oidc.model import UserInfo
from kube_oidc.verdict.cel.scope import Scope
from kube_oidc.verdict.undecidable import Undecidable
from kube_oidc.verdict.versions import KubernetesVersion

if TYPE_CHECKING:  # a file without expressions loads no CEL
    from collections.abc import Mapping

    from kube_oidc.verdict.cel.compile import Compiled
    from kube_oidc.verdict.cel.evaluate import Value


class Refusal(Exception):
    """The token is refused, for the API server's reason; `expression` is the one that gave it, if one did."""

    def __init__(self, reason: str, expression: str = "") -> None:
        super().__init__(reason)
        self.expression = expression


class Programs:
    """Each expression is compiled when it is first needed, and kept."""

    def __init__(self, version: KubernetesVersion) -> None:
        self.version = version
        self.cost = 0  # of all evaluations so far, in the API server's units
        self._compiled = {scope: _Compiled(scope, version) for scope in Scope}

    def over(self, scope: Scope, given: Mapping[str, Any] | UserInfo) -> Evaluator:
        """These programs with `claims`, or `user`, as it is given."""
        return Evaluator(self, given, self._compiled[scope])


class _Compiled(dict[str, "Compiled"]):
    """Expression → its program. Undecidable if it doesn't compile: then it can't be evaluated."""

    def __init__(self, scope: Scope, version: KubernetesVersion) -> None:
        self._scope, self._version = scope, version

    def __missing__(self, expression: str) -> Compiled:
        from kube_oidc.verdict.cel.compile import Compiled, compile_expression  # noqa: PLC0415

        result = compile_expression(expression, self._scope, self._version)
        if not isinstance(result, Compiled):
            raise Undecidable(
                f"the expression {expression!r} could not be compiled: `kube-oidc check` says why"
            )
        self[expression] = result
        return result


class Evaluator:
    """Evaluates expressions over the claims or the user of one token."""

    def __init__(self, programs: Programs, given: Mapping[str, Any] | UserInfo, compiled: _Compiled) -> None:
        self._programs, self._given, self._compiled = programs, given, compiled

    @cached_property
    def _root(self) -> object:
        from kube_oidc.verdict.cel.evaluate import bound  # noqa: PLC0415

        return bound(self._given, self._programs.version)

    def value(self, expression: str, what: str) -> Value:
        """The expression's value; Refusal, with `what` before the API server's reason, if it fails."""
        from kube_oidc.verdict.cel.costs import COST_LIMIT  # noqa: PLC0415
        from kube_oidc.verdict.cel.evaluate import EvaluationError, Value, evaluate  # noqa: PLC0415

        result = evaluate(self._compiled[expression], self._root)
        self._programs.cost += result.cost if isinstance(result, Value | EvaluationError) else COST_LIMIT
        if isinstance(result, Value):
            return result
        if isinstance(result, EvaluationError):
            raise Refusal(f"{what}: {result.message}" if what else result.message, expression)
        raise Undecidable(f"the expression {expression!r}: {result.reason}")


def require_true(value: Value, expression: str, message: str, what: str) -> None:
    """Refusal with the rule's message unless its value is true; a rule that isn't boolean doesn't compile."""
    if value.value is not True:
        raise Refusal(f"{what}: validation expression '{expression}' failed: {message}", expression)


def strings(value: Value, what: str) -> list[str]:
    """As `convertCELValueToStringList`: empty strings and null count as absent.

    A list that Go holds as `[]string`, as `split` makes it, is refused there: `.map(g, g)` makes it one that is taken.
    """
    plain: Any = value.value
    if value.type == "null_type":
        return []
    if value.type == "string":
        return [str(plain)] if plain else []
    listed = value.type == "list" and not value.string_slice
    if listed and all(isinstance(item, str) for item in plain):
        return [item for item in plain if item]
    raise Refusal(f"{what}: expression must return a string or a list of strings")
