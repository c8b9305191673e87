"""Implementations of overloads by their IDs: one module per heading of declarations.txt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kube_oidc.verdict.versions import Difference, KubernetesVersion


@dataclass(frozen=True, slots=True)
class Changed:
    """A function that a difference replaced: `old` before it, `new` since; either may have changed in turn."""

    by: Difference
    old: Callable[..., Any] | Changed
    new: Callable[..., Any] | Changed

    def in_version(self, version: KubernetesVersion) -> Callable[..., Any] | Changed:
        """The implementation in this version."""
        return self.new if version.has(self.by) else self.old
