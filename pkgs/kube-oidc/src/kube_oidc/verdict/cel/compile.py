"""Compiles an expression like kube-apiserver, with its verdict and its errors.

Source: `k8s.io/apiserver/pkg/authentication/cel/compile.go` on top of cel-go.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final, TypeVar

from kube_oidc.verdict.cel import types
from kube_oidc.verdict.cel.attributes import PlanError
from kube_oidc.verdict.cel.environment import environment
from kube_oidc.verdict.cel.issues import Issues
from kube_oidc.verdict.cel.literal_checks import check_literals, children
from kube_oidc.verdict.cel.parser import parse
from kube_oidc.verdict.cel.plan import Program, plan
from kube_oidc.verdict.cel.primaries import ExpressionSyntaxError
from kube_oidc.verdict.cel.scope import Scope
from kube_oidc.verdict.cel.syntax import Call, Ident, Literal, Node, Select
from kube_oidc.verdict.cel.syntax_errors import describe
from kube_oidc.verdict.cel.typecheck import typecheck
from kube_oidc.verdict.cel.values import GoPanics
from kube_oidc.verdict.undecidable import Undecidable
from kube_oidc.verdict.versions import Difference, KubernetesVersion

Answer = TypeVar("Answer")
_WITHOUT_TYPE: Final = "unexpected compilation error: missing type conversion to proto: "
_RECURSION_LIMIT: Final = 20_000
_SHALLOW_CHARACTERS: Final = 40  # characters, each of which can take nine stack frames


@dataclass(frozen=True, slots=True)
class CompileError:
    """The API server rejects the expression. `message` is its whole message, including `compilation failed: `.

    `internal` marks what the API server reports as an internal error. These occur after type checking, so `output_type`
    is known and is checked first. A syntax error has our wording, and a `remedy` if it is a common mistake.
    """

    message: str
    internal: bool = False
    output_type: str = ""
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression that the API server accepts, ready to evaluate."""

    expression: str
    scope: Scope
    version: KubernetesVersion
    tree: Node = field(repr=False)
    program: Program = field(repr=False)

    @property
    def type(self) -> types.Type:
        """The expression's type as far as it is known before evaluation."""
        return self.tree.type

    @property
    def output_type(self) -> str:
        """The type's name as cel-go prints it, for example `list(string)`."""
        return optional_renamed(self.tree.type.declared, self.version)

    def selects_claim(self, claim: str) -> bool:
        """Whether the expression has `claims.CLAIM` or `claims.?CLAIM`; `claims["CLAIM"]` doesn't count.

        This is the API server's rule for email and email_verified. Source: `hasSelectExp` in
        `k8s.io/apiserver/pkg/apis/apiserver/validation/validation.go`.
        """
        return any(_is_selection(node, claim) for node in _nodes(self.tree))


@lru_cache(maxsize=4096)
def compile_expression(
    expression: str, scope: Scope, version: KubernetesVersion
) -> Compiled | CompileError | Undecidable:
    """The compiled expression, or the reason why the API server rejects it (or why we can't tell)."""
    return with_deep_stack(expression, lambda: _compile(expression, scope, version))


def _compile(
    expression: str, scope: Scope, version: KubernetesVersion
) -> Compiled | CompileError | Undecidable:
    issues = Issues(expression, version, parsing=True)
    try:
        tree = parse(expression, version, issues)
    except ExpressionSyntaxError as error:
        message, remedy = describe(expression, version, error)
        issues.report_syntax_error(error.position, message)
        return replace(_refused(_empty_at_zero(str(issues), expression, version), version), remedy=remedy)
    except Undecidable as reason:
        return Undecidable(str(reason))
    if issues:
        return _refused(str(issues), version)
    surroundings = environment(scope, version)
    issues = Issues(expression, version)
    complete = typecheck(tree, surroundings, issues)
    if issues:
        return _refused(str(issues), version)
    try:
        check_literals(tree, version, issues)
        if issues:
            return _refused(str(issues), version)
        if not complete:
            return CompileError(_WITHOUT_TYPE, internal=True)
        program = plan(tree, surroundings)
    except PlanError as error:
        failure = f"program instantiation failed: {error}"
        return CompileError(failure, internal=True, output_type=tree.type.declared)
    except GoPanics as panic:
        return CompileError(f"panic: {panic}")
    except Undecidable as reason:
        return Undecidable(str(reason))
    return Compiled(expression, scope, version, tree, program)


def _refused(text: str, version: KubernetesVersion) -> CompileError:
    if "optional_type" in text:  # source lines and names in errors stay unchanged
        lines = [line if line.startswith(" |") else _renamed(line, version) for line in text.split("\n")]
        text = "\n".join(lines)
    return CompileError(f"compilation failed: {text}")


def _empty_at_zero(text: str, expression: str, version: KubernetesVersion) -> str:
    """`text`; newer versions place the error of an empty expression in column 0."""
    shifted = not expression and version.has(Difference.EMPTY_EXPRESSION_AT_COLUMN_ZERO)
    return text.replace("<input>:1:1:", "<input>:1:0:", 1) if shifted else text


def _renamed(error: str, version: KubernetesVersion) -> str:
    before, *typed = error.split("optional_type(")
    return before + "".join(optional_renamed("optional_type", version) + "(" + part for part in typed)


def optional_renamed(text: str, version: KubernetesVersion) -> str:
    """`text` with this version's name of the optional type."""
    return text if version.has(Difference.OPTIONAL_TYPE_NAME) else text.replace("optional_type", "optional")


def with_deep_stack(expression: str, function: Callable[[], Answer]) -> Answer:
    """Calls the function with a recursion limit that suffices for the deepest expression cel-go allows."""
    before = sys.getrecursionlimit()
    if len(expression) < _SHALLOW_CHARACTERS or before >= _RECURSION_LIMIT:
        return function()
    sys.setrecursionlimit(_RECURSION_LIMIT)
    try:
        return function()
    finally:
        sys.setrecursionlimit(before)


def _nodes(tree: Node) -> Iterator[Node]:
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(children(node))


def _is_selection(node: Node, claim: str) -> bool:
    match node:
        case Select(operand=Ident(name="claims"), field=name):
            return name == claim
        case Call(function="_?._", target=None, arguments=[Ident(name="claims"), Literal(value=name)]):
            return name == claim
    return False
