"""Assignability of types, with type parameters bound on the way (cel-go's `checker/types.go`)."""

from __future__ import annotations

from collections.abc import Sequence

from kube_oidc.verdict.cel import types
from kube_oidc.verdict.cel.types import Kind, Type

Bindings = dict[str, Type]

_NULLABLE = frozenset({Kind.OPAQUE, Kind.STRUCT, Kind.ANY, Kind.DURATION, Kind.TIMESTAMP})
_COMPOUND = frozenset({Kind.OPAQUE, Kind.LIST, Kind.MAP})
_DYNAMIC = frozenset({Kind.DYN, Kind.ANY})
_DYNAMIC_OR_ERROR = frozenset({Kind.DYN, Kind.ANY, Kind.ERROR})


def is_dyn(tested: Type) -> bool:
    """Whether the type accepts any value: `dyn` and `any`."""
    return tested.kind in _DYNAMIC


def is_dyn_or_error(tested: Type) -> bool:
    """Like `is_dyn`; also true for the error type, so that one mistake is reported once."""
    return tested.kind in _DYNAMIC_OR_ERROR


def unwrap_optional(tested: Type) -> tuple[Type, bool]:
    """The type inside an optional, and whether it was one."""
    if tested.kind is Kind.OPAQUE and tested.name == "optional_type":
        return tested.parameters[0], True
    return tested, False


def assignable(bindings: Bindings, first: Type, second: Type) -> Bindings | None:
    """The bindings with which `first` is assignable to `second`, or None."""
    return assignable_list(bindings, (first,), (second,))


def assignable_list(bindings: Bindings, first: Sequence[Type], second: Sequence[Type]) -> Bindings | None:
    """The bindings with which each of `first` is assignable to its counterpart in `second`, or None."""
    if not any(item.generic for item in first) and not any(item.generic for item in second):
        return bindings if _all_fit({}, first, second) else None
    attempt = bindings.copy()
    return attempt if _all_fit(attempt, first, second) else None


def _all_fit(bindings: Bindings, first: Sequence[Type], second: Sequence[Type]) -> bool:
    return len(first) == len(second) and all(
        _fits(bindings, one, other) for one, other in zip(first, second, strict=True)
    )


def _fits(bindings: Bindings, first: Type, second: Type) -> bool:
    if first is second and not first.generic:
        return first is not types.UNSPECIFIED
    if second.kind is Kind.PARAM:
        valid, bound = _valid_substitution(bindings, first, second)
        if valid or bound:
            return valid
    if first.kind is Kind.PARAM:
        return _valid_substitution(bindings, second, first)[0]
    if first.kind in _DYNAMIC_OR_ERROR or second.kind in _DYNAMIC_OR_ERROR:
        return True
    if first.kind is Kind.NULL:
        return _accepts_null(second)
    if second.kind is Kind.NULL:
        return _accepts_null(first)
    if first.kind is Kind.TYPE:
        return second.kind is Kind.TYPE
    if first.kind in _COMPOUND:
        return (
            first.kind is second.kind
            and first.name == second.name
            and _all_fit(bindings, first.parameters, second.parameters)
        )
    return first.kind is second.kind and first.name == second.name


def _accepts_null(tested: Type) -> bool:
    return tested.kind is Kind.NULL or tested.nullable or tested.kind in _NULLABLE


def _valid_substitution(bindings: Bindings, first: Type, second: Type) -> tuple[bool, bool]:
    """Whether `first` can replace the parameter `second`, and whether that is bound already."""
    if _same(first, second):
        return True, True
    bound = bindings.get(second.name) if second.kind is Kind.PARAM else None
    if bound is not None:
        if _same(first, bound):
            return True, True
        if not _fits(bindings, first, bound):
            return False, True
        general = most_general(first, bound)
        if _absent_from(bindings, second, general):
            bindings[second.name] = general
        return True, True
    if _absent_from(bindings, second, first):
        bindings[second.name] = first
        return True, False
    return False, False


def _same(first: Type, second: Type) -> bool:
    """Whether two types are equal; a missing type isn't even equal to itself, as in cel-go."""
    return first == second and first is not types.UNSPECIFIED


def _absent_from(bindings: Bindings, searched: Type, within: Type) -> bool:
    if searched == within:
        return False
    if within.kind is Kind.PARAM:
        bound = bindings.get(within.name)
        return bound is None or _absent_from(bindings, searched, bound)
    if within.generic and (within.kind in _COMPOUND or within.kind is Kind.TYPE):
        return all(_absent_from(bindings, searched, part) for part in within.parameters)
    return True


def most_general(first: Type, second: Type) -> Type:
    """The less specific of two types that are assignable to each other."""
    return first if _equal_or_less_specific(first, second) else second


def _equal_or_less_specific(first: Type, second: Type) -> bool:
    if is_dyn(first) or first.kind is Kind.PARAM:
        return True
    if is_dyn(second) or second.kind is Kind.PARAM or first.kind is not second.kind:
        return False
    if first.kind is Kind.TYPE:
        return True
    if first.kind in _COMPOUND:
        return (
            first.name == second.name
            and len(first.parameters) == len(second.parameters)
            and all(map(_equal_or_less_specific, first.parameters, second.parameters))
        )
    return first == second


def substitute(bindings: Bindings, original: Type, *, unbound_to_dyn: bool = False) -> Type:
    """Replaces bound type parameters in `original`, and optionally unbound ones by `dyn`."""
    if not original.generic:
        return original
    if original.kind is Kind.PARAM:
        bound = bindings.get(original.name)
        if bound is not None:
            return substitute(bindings, bound, unbound_to_dyn=unbound_to_dyn)
        return types.DYN if unbound_to_dyn else original
    parts = tuple(substitute(bindings, part, unbound_to_dyn=unbound_to_dyn) for part in original.parameters)
    return Type(original.kind, original.name, parts)
