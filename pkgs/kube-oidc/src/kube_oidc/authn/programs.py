"""The expressions of a configuration, compiled once for many tokens, and what their values are taken for."""

from __future__ import annotations

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
    """Ends the walk with the API server's reason; `expression` is the one that gave it, if one did."""

    def __init__(self, reason: str, expression: str = "") -> None:
        super().__init__(reason)
        self.expression = expression


class Programs:
    """Each expression is compiled when it is first needed, and kept."""

    def __init__(self, version: KubernetesVersion) -> None:
        self.version = version
        self.cost = 0  # of all evaluations so far, in the API server's units
        self._kept: dict[Scope, dict[str, Compiled]] = {scope: {} for scope in Scope}

    def over(self, scope: Scope, given: Mapping[str, Any] | UserInfo) -> Bound:
        """These programs with `claims`, or `user`, as it is given."""
        return Bound(self, scope, given, self._kept[scope])

    def compiled(self, expression: str, scope: Scope) -> Compiled:
        """The program; what does not compile cannot be evaluated, and ends the walk."""
        from kube_oidc.verdict.cel.compile import Compiled, compile_expression  # noqa: PLC0415

        result = compile_expression(expression, scope, self.version)
        if not isinstance(result, Compiled):
            raise Undecidable(
                f"the expression {expression!r} could not be compiled: `kube-oidc check` says why"
            )
        self._kept[scope][expression] = result
        return result


class Bound:
    """Programs over the claims or the user of one token."""

    __slots__ = ("_given", "_kept", "_programs", "_root", "_scope")

    def __init__(
        self,
        programs: Programs,
        scope: Scope,
        given: Mapping[str, Any] | UserInfo,
        kept: dict[str, Compiled],
    ) -> None:
        self._programs, self._scope, self._given, self._kept = programs, scope, given, kept
        self._root: object = None

    def value(self, expression: str, what: str) -> Value:
        """What the expression becomes; a failure ends the walk with `what` before the API server's reason."""
        from kube_oidc.verdict.cel.costs import COST_LIMIT  # noqa: PLC0415
        from kube_oidc.verdict.cel.evaluate import EvaluationError, Value, bound, evaluate  # noqa: PLC0415

        if self._root is None:
            self._root = bound(self._given, self._programs.version)
        program = self._kept.get(expression) or self._programs.compiled(expression, self._scope)
        result = evaluate(program, self._root)
        self._programs.cost += result.cost if isinstance(result, Value | EvaluationError) else COST_LIMIT
        if isinstance(result, Value):
            return result
        if isinstance(result, EvaluationError):
            raise Refusal(f"{what}: {result.message}" if what else result.message, expression)
        raise Undecidable(f"the expression {expression!r}: {result.reason}")


def require_true(value: Value, expression: str, message: str, what: str) -> None:
    """A rule's value has to be true; else its message is the reason."""
    if value.type != "bool":
        raise Refusal(f"{what}: validation expression must return a boolean", expression)
    if value.value is not True:
        raise Refusal(f"{what}: validation expression '{expression}' failed: {message}", expression)


def strings(value: Value, what: str) -> list[str]:
    """As `convertCELValueToStringList`: empty strings and null count as absent.

    A list that Go holds as `[]string`, as `split` makes it, is refused there: `.map(g, g)` makes it one that is taken.
    """
    plain = value.value
    if value.type == "null_type":
        return []
    if value.type == "string":
        return [str(plain)] if plain else []
    listed = value.type == "list" and isinstance(plain, list) and not value.string_slice
    if listed and all(isinstance(item, str) for item in plain):
        return [item for item in plain if item]
    raise Refusal(f"{what}: expression must return a string or a list of strings")
