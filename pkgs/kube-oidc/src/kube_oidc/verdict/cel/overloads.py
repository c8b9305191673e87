"""Resolves the overloads of a call and its result type (`checker/checker.go`)."""

from __future__ import annotations

from collections.abc import Sequence

from kube_oidc.verdict.cel import types
from kube_oidc.verdict.cel.environment import Environment, Function, Overload
from kube_oidc.verdict.cel.issues import Issues
from kube_oidc.verdict.cel.syntax import Call, Node
from kube_oidc.verdict.cel.types import Type
from kube_oidc.verdict.cel.unify import Bindings, assignable, assignable_list, is_dyn, substitute


class Resolution:
    """The bindings of type parameters so far, and the errors."""

    def __init__(self, environment: Environment, issues: Issues) -> None:
        self.environment = environment
        self.issues = issues
        self.bindings: Bindings = {}
        self.free = 0

    def fits(self, first: Type, second: Type) -> bool:
        """Whether `first` is assignable to `second`; keeps the bindings if so."""
        found = assignable(self.bindings, first, second)
        if found is None:
            return False
        self.bindings = found
        return True

    def fresh(self) -> Type:
        """A new type parameter."""
        self.free += 1
        return types.parameter(f"_var{self.free - 1}")

    def mismatch(self, position: int, expected: Type, found: Type) -> None:
        """Reports a type mismatch."""
        self.issues.report(position, f"expected type '{expected}' but found '{found}'")

    def undeclared(self, position: int, name: str) -> Type:
        """Reports an undeclared reference; returns the error type."""
        self.issues.report(position, f"undeclared reference to '{name}' (in container '')")
        return types.ERROR

    def resolve(self, node: Call, function: Function) -> Type:
        """The call's result type; stores the matching overloads in the node."""
        operands = node.arguments if node.target is None else [node.target, *node.arguments]
        found = [operand.type for operand in operands]
        if function.name in ("_&&_", "_||_"):
            node.overloads = (function.overloads[0].id,)
            return self.logical(operands)
        result: Type | None = None
        fitting: list[str] = []
        for overload in function.overloads:
            if overload.member != (node.target is not None):
                continue
            candidate = self.try_overload(overload, found)
            if candidate is None:
                continue
            fitting.append(overload.id)
            if result is None:
                result = candidate
            elif not is_dyn(result) and candidate != result:
                result = types.DYN
        if result is None:
            return self.no_overload(node, function.name, found)
        node.overloads = tuple(fitting)
        return result

    def logical(self, operands: Sequence[Node]) -> Type:
        """The type of `&&` or `||`, whose operands must be boolean."""
        result = types.BOOL
        for operand in operands:
            if not self.fits(operand.type, types.BOOL):
                self.mismatch(operand.position, types.BOOL, operand.type)
                result = types.ERROR
        return result

    def try_overload(self, overload: Overload, found: Sequence[Type]) -> Type | None:
        """The result type if the overload accepts these types, otherwise None."""
        wanted, returned = overload.arguments, overload.result
        if overload.parameters:
            fresh = {name: self.fresh() for name in overload.parameters}
            wanted = tuple(substitute(fresh, item) for item in wanted)
            returned = substitute(fresh, returned)
        bindings = assignable_list(self.bindings, found, wanted)
        if bindings is None:
            return None
        self.bindings = bindings
        return substitute(bindings, returned)

    def no_overload(self, node: Call, name: str, found: Sequence[Type]) -> Type:
        """Reports that no overload applies; returns the error type."""
        shown = [str(substitute(self.bindings, item, unbound_to_dyn=True)) for item in found]
        target = f"{shown.pop(0)}." if node.target is not None else ""
        self.issues.report(
            node.position,
            f"found no matching overload for '{name}' applied to '{target}({', '.join(shown)})'",
        )
        return types.ERROR
