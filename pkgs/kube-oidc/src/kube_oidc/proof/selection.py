"""Fields, entries and elements of symbolic values."""

from __future__ import annotations

from kube_oidc.proof.compare import placements
from kube_oidc.proof.site import Site
from kube_oidc.proof.terms import (
    FALSE,
    TRUE,
    Term,
    and_,
    at_least,
    equal,
    integer,
    less,
    not_,
    or_,
    string,
)
from kube_oidc.proof.values import (
    BOOL,
    FAILED,
    INT,
    LIST,
    MAP,
    NONTEXT,
    OPTIONAL,
    OTHER,
    STRING,
    Entries,
    ListValue,
    OptionalValue,
    Value,
    choose,
    exists,
    guard_of,
    guarded,
    of,
    term_of,
)
from kube_oidc.verdict.cel.syntax import Call, Literal


def optional_of(value: Value) -> OptionalValue:
    """The optional that the value is, or an absent one."""
    payload = value[OPTIONAL][1] if OPTIONAL in value else OptionalValue(FALSE, FAILED)
    assert isinstance(payload, OptionalValue)
    return payload


def select(site: Site, operand: Value, name: str, *, test: bool) -> Value:
    """`operand.name`, or `has(operand.name)`. Selecting from an optional gives an optional."""
    if OPTIONAL in operand:
        optional, guard = optional_of(operand), guard_of(operand, OPTIONAL)
        present, found = _field(site, optional.value, name)
        present = and_(optional.present, present)
        return of(BOOL, present, guard) if test else of(OPTIONAL, OptionalValue(present, found), guard)
    present, found = _field(site, operand, name)
    return of(BOOL, present, _selectable(operand)) if test else guarded(present, found)


def select_optionally(site: Site, values: list[Value]) -> Value:
    """`operand.?name`."""
    operand = values[0]
    assert isinstance(site.node, Call)
    name = site.node.arguments[1]
    if not isinstance(name, Literal) or not isinstance(name.value, str):
        return site.unknown()
    if OPTIONAL in operand:
        return select(site, operand, name.value, test=False)
    present, found = _field(site, operand, name.value)
    return of(OPTIONAL, OptionalValue(present, found), _selectable(operand))


def _selectable(operand: Value) -> Term:
    """Whether looking for a field is no error: it is for a list."""
    return and_(exists(operand), not_(guard_of(operand, LIST)))


def _field(site: Site, operand: Value, name: str) -> tuple[Term, Value]:
    """Whether there is a field of that name, and its value."""
    present, value = FALSE, FAILED
    if MAP in operand:
        guard, mapping = operand[MAP]
        inside, value = mapping.find(name)  # type: ignore[attr-defined]
        present = and_(guard, inside)
    for kind in (OTHER, NONTEXT):
        if kind in operand:
            guard, other = operand[kind][0], site.unknown()
            present, value = or_(present, and_(guard, exists(other))), choose(guard, other, value)
    return present, value


def index(site: Site, values: list[Value]) -> Value:
    """`operand[index]` and `operand[?index]`."""
    operand, position = values
    if OPTIONAL in operand or set(position) - {STRING, INT}:
        return guarded(and_(exists(operand), exists(position)), site.unknown())
    present, found = _item(site, operand, position)
    assert isinstance(site.node, Call)
    if site.node.function == "_[_]":
        return guarded(present, found)
    no_key = and_(guard_of(operand, LIST), not_(guard_of(position, INT)))
    return of(OPTIONAL, OptionalValue(present, found), and_(exists(operand), exists(position), not_(no_key)))


def _item(site: Site, operand: Value, position: Value) -> tuple[Term, Value]:
    """Whether there is an element or an entry, and its value."""
    present, value = FALSE, FAILED
    if LIST in operand:
        guard, values = operand[LIST]
        assert isinstance(values, ListValue)
        inside, value = _element(site, values, term_of(position, INT, integer(-1)))
        present = and_(guard, guard_of(position, INT), inside)
    if MAP in operand:
        guard, mapping = operand[MAP]
        inside, other = _entry(site, mapping, position)
        present, value = or_(present, and_(guard, inside)), choose(guard, other, value)
    return present, value


def _entry(site: Site, mapping: object, position: Value) -> tuple[Term, Value]:
    key = term_of(position, STRING, string(""))
    is_text = guard_of(position, STRING)
    if isinstance(key.value, str):
        present, value = mapping.find(key.value)  # type: ignore[attr-defined]
        return and_(is_text, present), value
    if not isinstance(mapping, Entries):
        return TRUE, site.unknown()
    present, value = FALSE, FAILED
    for name, here, item in mapping.items:
        same = and_(is_text, here, equal(key, string(name)))
        present, value = or_(present, same), choose(same, item, value)
    return present, value


def _element(site: Site, values: ListValue, position: Term) -> tuple[Term, Value]:
    """The element at a position; unknown if it is one of the further elements."""
    present, value = FALSE, FAILED
    for guard, place, item in placements(values):
        here = and_(guard, equal(site.translator.script.named(place), position))
        present, value = or_(present, here), choose(here, item, value)
    if values.more.value == 0:
        return present, value
    beyond = and_(values.has_more, at_least(position, integer(0)), less(position, values.size))
    if values.in_order and not values.witnessed:
        beyond = and_(beyond, not_(present))
    return or_(present, beyond), choose(beyond, site.unknown(), value)
