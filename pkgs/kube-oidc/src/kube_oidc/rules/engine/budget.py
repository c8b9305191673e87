"""How much work the search for tokens may take, counted in steps: the same on every machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Protocol

# Configurations that people published need up to 80 steps for each issuer.
MAX_STEPS: Final = 20_000
_COST_PER_STEP: Final = 200  # of CEL, in the API server's units, which limits an expression to 1,000,000


class HasCost(Protocol):
    """Evaluates expressions; `cost` is what they have cost so far."""

    @property
    def cost(self) -> int: ...


@dataclass(slots=True)
class TokenBudget:
    """The steps that are left: one for each token, and one for every 200 units that its expressions cost."""

    steps: int = MAX_STEPS

    @property
    def spent(self) -> bool:
        """Is nothing left? Then findings may be missing."""
        return self.steps <= 0

    @contextmanager
    def charged(self, evaluating: HasCost) -> Iterator[None]:
        """Charges the block as one token, and the cost of its expressions."""
        before = evaluating.cost
        try:
            yield
        finally:
            self.steps -= 1 + (evaluating.cost - before) // _COST_PER_STEP
