"""Whether a change in access goes beyond what a pipeline allows without a person's look."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.access.compare import Comparison
from kube_oidc.access.model import Power
from kube_oidc.access.witnesses import Kind

ANY: Final = "any"
RISKS: Final = ("read", "write", "everything")


def exceeded(change: Comparison, limit: str) -> tuple[str, ...]:
    """What in the change exceeds the limit, in words; empty if nothing does.

    `any`: every change. `widened`: newly accepted tokens, tokens that become another user, gained permissions,
    anonymous requests. `read`, `write`, `everything`: gained permissions of at least this power; newly accepted
    tokens count as `read`, since every user can read a little.
    """
    if limit == ANY:
        return () if change.is_empty else ("access changed",)
    return tuple(_widened(change, Power[limit.upper()] if limit in RISKS else Power.NOTHING))


def _widened(change: Comparison, least: Power) -> Iterator[str]:
    if least <= Power.READ:
        for witness in change.witnesses:
            if witness.kind is not Kind.SHUT_OUT:
                what = "newly accepted" if witness.kind is Kind.LET_IN else "another user"
                yield f"a token of {witness.issuer}: {what}"
        if change.anonymous is not None and "accepted" in change.anonymous.after:
            yield f"anonymous: {change.anonymous.after}"
    for holder in change.holders:
        if holder.gained and holder.gained.power >= least:
            yield f"{holder.kind} {holder.name} gained permissions"
