"""CEL's macros over lists.

A macro's result depends on one deciding element, so a list that keeps such elements (`witnessed`) needs no others. Of
a list without them, and in a macro inside another one, the result is unknown if there are further elements.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kube_oidc.proof.claims import JsonObject
from kube_oidc.proof.compare import equality
from kube_oidc.proof.site import Bindings, Site
from kube_oidc.proof.terms import (
    FALSE,
    TRUE,
    Term,
    add,
    and_,
    at_least,
    equal,
    implies,
    integer,
    ite,
    not_,
    or_,
)
from kube_oidc.proof.values import (
    BOOL,
    FAILED,
    LIST,
    MAP,
    NONTEXT,
    OTHER,
    Entries,
    ListValue,
    Value,
    choose,
    conjunction,
    constant,
    disjunction,
    exists,
    guard_of,
    guarded,
    of,
    term_of,
    truth,
)
from kube_oidc.verdict.cel.syntax import Call, Comprehension, Ident, ListLiteral, Literal, Node

if TYPE_CHECKING:
    from kube_oidc.proof.translate import Translator


class Loops:
    """Translates comprehensions with the translator they belong to."""

    def __init__(self, translator: Translator) -> None:
        self.translator = translator
        self._depth = 0  # of loops over lists that may have further elements

    def fold(self, site: Site, node: Comprehension) -> Value:
        """The value of a comprehension."""
        scope = site.scope
        if node.variable == "#unused" and isinstance(node.range, ListLiteral) and not node.range.elements:
            bound = self.translator.translate(node.initial, scope)
            return self.translator.translate(node.result, {**scope, node.accumulator: bound})
        over = self.translator.translate(node.range, scope)
        if node.second_variable:
            return guarded(exists(over), site.unknown())
        result: Value = FAILED
        if MAP in over:
            guard, mapping = over[MAP]
            result = choose(guard, self._over_map(site, node, mapping), result)
        if LIST in over:
            guard, values = over[LIST]
            assert isinstance(values, ListValue)
            result = choose(guard, self._over_list(site, node, values), result)
        for kind in {OTHER, NONTEXT} & set(over):
            result = choose(over[kind][0], site.unknown(), result)
        return result

    def _over_map(self, site: Site, node: Comprehension, mapping: object) -> Value:
        if isinstance(mapping, JsonObject):
            return self._over_list(site, node, mapping.keys)
        if not isinstance(mapping, Entries):
            return site.unknown()
        keys = tuple((present, constant(name)) for name, present, _ in mapping.items)
        return self._over_list(site, node, ListValue(keys))

    def _over_list(self, site: Site, node: Comprehension, values: ListValue) -> Value:
        shape = _shape(node)
        if shape is None:
            return site.unknown()
        kind, predicate, mapped = shape
        open_ended = values.more.value != 0
        unclear = open_ended and (not values.witnessed or self._depth > 0)
        self._depth += open_ended
        try:
            result = self._result(node, kind, predicate, mapped, values, site.scope)
        finally:
            self._depth -= open_ended
        if kind == "exists_one" and open_ended:
            unclear = True
        return choose(values.has_more, site.unknown(), result) if unclear else result

    def _result(
        self,
        node: Comprehension,
        kind: str,
        predicate: Node | None,
        mapped: Node | None,
        values: ListValue,
        scope: Bindings,
    ) -> Value:
        each = [(guard, {**scope, node.variable: value}) for guard, value in values.elements]
        if kind in ("all", "exists"):
            assert predicate is not None
            held = [(guard, self.translator.translate(predicate, inner)) for guard, inner in each]
            if kind == "all":
                return conjunction([choose(guard, value, of(BOOL, TRUE)) for guard, value in held])
            return disjunction([choose(guard, value, of(BOOL, FALSE)) for guard, value in held])
        fine, kept = TRUE, []
        for (guard, inner), (_, item) in zip(each, values.elements, strict=True):
            chosen = of(BOOL, TRUE) if predicate is None else self.translator.translate(predicate, inner)
            there = self.translator.script.named(and_(guard, truth(chosen)))
            value = item if mapped is None else self.translator.translate(mapped, inner)
            fine = and_(fine, implies(guard, guard_of(chosen, BOOL)), implies(there, exists(value)))
            kept.append((there, value))
        if kind == "exists_one":
            count = add(*(ite(guard, integer(1), integer(0)) for guard, _ in kept))
            return of(BOOL, equal(count, integer(1)), fine)
        return of(LIST, self._kept(values, tuple(kept), filtered=predicate is not None), fine)

    def _kept(self, values: ListValue, kept: tuple[tuple[Term, Value], ...], *, filtered: bool) -> ListValue:
        """The list that a `filter` or `map` makes; some of the unknown elements may be kept."""
        more = values.more
        if filtered and more.value != 0:
            script = self.translator.script
            more = script.fresh("Int", "more")
            script.require(and_(at_least(more, integer(0)), at_least(values.more, more)))
            if values.witnessed:  # whether there is any element is a question that a witness decides
                script.require(or_(equal(more, integer(0)), *(guard for guard, _ in kept)))
        return ListValue(kept, more, values.witnessed, in_order=values.in_order and not filtered)

    def member(self, site: Site, element: Value, values: ListValue) -> Value:
        """`element in values`."""
        same = [
            and_(guard, exists(item), equality(element, item, site.unknown_truth))
            for guard, item in values.elements
        ]
        found = of(BOOL, or_(*same))
        unclear = values.more.value != 0 and (not values.witnessed or self._depth > 0)
        if not unclear:
            return found
        beyond = and_(values.has_more, not_(term_of(found, BOOL, FALSE)))
        return choose(beyond, of(BOOL, site.unknown_truth()), found)


def _shape(node: Comprehension) -> tuple[str, Node | None, Node | None] | None:
    """Which macro it is, its condition, and what it maps to (None for the element itself)."""
    step = node.step
    if not isinstance(step, Call):
        return None
    if isinstance(node.initial, Literal) and node.initial.value is True and step.function == "_&&_":
        return "all", step.arguments[1], None
    if isinstance(node.initial, Literal) and node.initial.value is False and step.function == "_||_":
        return "exists", step.arguments[1], None
    condition = None
    if step.function == "_?_:_":
        condition, step = step.arguments[0], step.arguments[1]
    if not isinstance(step, Call) or step.function != "_+_":
        return None
    if isinstance(node.result, Call):
        return "exists_one", condition, None
    added = step.arguments[1]
    if (
        not isinstance(node.initial, ListLiteral)
        or not isinstance(added, ListLiteral)
        or node.initial.elements
    ):
        return None
    item = added.elements[0]
    return "list", condition, None if isinstance(item, Ident) and item.name == node.variable else item
