"""A place in an expression: what its translation needs besides the operands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kube_oidc.proof.terms import Term
from kube_oidc.proof.values import Value
from kube_oidc.verdict.cel.syntax import Node

if TYPE_CHECKING:
    from kube_oidc.proof.translate import Translator

Bindings = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Site:
    """A node, with the variables that are bound there."""

    translator: Translator
    node: Node
    scope: Bindings

    def unknown(self) -> Value:
        """Any value of the node's type, or a failure."""
        return self.translator.unknown(self.node, self.scope)

    def unknown_truth(self) -> Term:
        """Any truth value, for a comparison that can't be expressed."""
        return self.translator.unknown_truth(self.node, self.scope)
