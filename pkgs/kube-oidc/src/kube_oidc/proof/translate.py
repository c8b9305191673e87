"""CEL expressions as symbolic values.

What can't be expressed becomes a new variable without constraints, and is noted: every question asks whether a token
exists, so this only ever adds tokens, wherever the part occurs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from kube_oidc.proof import regex
from kube_oidc.proof.loops import Loops
from kube_oidc.proof.operators import FOR_ANY_KIND, FOR_TEXTS, OPERATORS
from kube_oidc.proof.selection import optional_of, select
from kube_oidc.proof.site import Bindings, Site
from kube_oidc.proof.strings import Inexpressible, functions, is_part
from kube_oidc.proof.terms import FALSE, TRUE, Script, Term, and_, at_least, equal, integer, not_, or_, string
from kube_oidc.proof.values import (
    BOOL,
    DOUBLE,
    FAILED,
    INT,
    LIST,
    MAP,
    NONTEXT,
    NULL,
    OPTIONAL,
    OTHER,
    STRING,
    Entries,
    ListValue,
    Value,
    choose,
    constant,
    exists,
    guard_of,
    guarded,
    of,
    settle,
    term_of,
)
from kube_oidc.verdict.cel.environment import Overload, environment
from kube_oidc.verdict.cel.scope import Scope
from kube_oidc.verdict.cel.syntax import (
    Call,
    Comprehension,
    Ident,
    ListLiteral,
    Literal,
    MapLiteral,
    Node,
    Select,
)
from kube_oidc.verdict.cel.types import Kind, Type
from kube_oidc.verdict.versions import KubernetesVersion

_ALL_KINDS: Final = (STRING, BOOL, INT, DOUBLE, LIST, NULL, OTHER)
_KINDS: Final = {
    Kind.BOOL: (BOOL,),
    Kind.INT: (INT,),
    Kind.DOUBLE: (DOUBLE,),
    Kind.STRING: (STRING,),
    Kind.LIST: (LIST,),
    Kind.NULL: (NULL,),
    Kind.DYN: _ALL_KINDS,
    Kind.ANY: _ALL_KINDS,
    Kind.PARAM: _ALL_KINDS,
}
_SORTS: Final = {STRING: "String", BOOL: "Bool", INT: "Int", DOUBLE: "Real"}
_Function = tuple[tuple[str, ...], Callable[..., Value]]


@dataclass(slots=True)
class Translator:
    """Translates the expressions over one root (`claims` or `user`).

    `unexpressed` collects the expressions with parts that became variables. `identity` names the root: the same part of
    the same expression over the same root is the same variable.
    """

    script: Script
    version: KubernetesVersion
    identity: str
    unexpressed: dict[str, None]
    unknowns: dict[tuple[object, ...], Value] = field(default_factory=dict)
    expression: str = ""
    unclear: bool = False
    loops: Loops = field(init=False)
    _functions: dict[str, _Function] = field(init=False)

    def __post_init__(self) -> None:
        self.loops = Loops(self)
        self._functions = functions(self.script, self.version)

    def value(self, expression: str, tree: Node, scope: Bindings) -> Value:
        """The value of a whole expression."""
        self.expression = expression
        self.unclear = False
        value = self.translate(tree, scope)
        if not self.unclear:
            return value
        key = (id(tree), self.identity, "panics")  # as some functions do in Go, which nothing absorbs
        if key not in self.unknowns:
            self.unknowns[key] = of(BOOL, self.script.fresh("Bool", "panics"))
        return guarded(not_(term_of(self.unknowns[key], BOOL, FALSE)), value)

    def translate(self, node: Node, scope: Bindings) -> Value:
        """The value of a part."""
        return settle(self.script, self._translate(node, scope))

    def _translate(self, node: Node, scope: Bindings) -> Value:
        site = Site(self, node, scope)
        match node:
            case Literal():
                return self._literal(site, node)
            case Ident(name=name) if name in scope:
                return scope[name]
            case Select(reference=""):
                return select(site, self.translate(node.operand, scope), node.field, test=node.test)
            case Call():
                return self._call(site, node)
            case ListLiteral():
                return self._list(site, node)
            case MapLiteral():
                return self._map(site, node)
            case Comprehension():
                return self.loops.fold(site, node)
        return site.unknown()

    def unknown(self, node: Node, scope: Bindings) -> Value:
        """Any value of the part's type, or a failure."""
        key = self._key(node, scope, "value")
        self.unclear = True
        if key not in self.unknowns:
            self.unexpressed[self.expression] = None
            self.unknowns[key] = self._any_value(_KINDS.get(node.type.kind, (OTHER,)))
        return self.unknowns[key]

    def unknown_truth(self, node: Node, scope: Bindings) -> Term:
        """Any truth value, for a comparison that can't be expressed."""
        key = self._key(node, scope, "truth")
        self.unclear = True
        if key not in self.unknowns:
            self.unexpressed[self.expression] = None
            self.unknowns[key] = of(BOOL, self.script.fresh("Bool", "any"))
        return term_of(self.unknowns[key], BOOL, FALSE)

    def _key(self, node: Node, scope: Bindings, what: str) -> tuple[object, ...]:
        bound = repr(sorted(scope.items())) if len(scope) > 1 else ""
        return id(node), self.identity, what, bound

    def _any_value(self, kinds: tuple[str, ...]) -> Value:
        chosen = self.script.fresh("Int", "kind")
        found: dict[str, tuple[Term, object]] = {}
        for position, kind in enumerate(kinds):
            payload: object = None
            if kind in _SORTS:
                payload = self.script.fresh(_SORTS[kind], "any")
            elif kind == LIST:
                more = self.script.fresh("Int", "more")
                self.script.require(at_least(more, integer(0)))
                payload = ListValue((), more)
            found[kind] = (equal(chosen, integer(position)), payload)
        return found

    def _literal(self, site: Site, node: Literal) -> Value:
        try:
            return constant(node.value)
        except (ValueError, OverflowError):
            return site.unknown()

    def _list(self, site: Site, node: ListLiteral) -> Value:
        elements: list[tuple[Term, Value]] = []
        fine = TRUE
        for position, element in enumerate(node.elements):
            value, guard = self.translate(element, site.scope), TRUE
            fine = and_(fine, exists(value))
            if position in node.optional:
                if set(value) - {OPTIONAL}:
                    return site.unknown()
                optional = optional_of(value)
                guard, value = optional.present, optional.value
            elements.append((guard, value))
        return of(LIST, ListValue(tuple(elements)), fine)

    def _map(self, site: Site, node: MapLiteral) -> Value:
        items: list[tuple[str, Term, Value]] = []
        fine = TRUE
        for entry in node.entries:
            if not isinstance(entry.key, Literal) or not isinstance(entry.key.value, str) or entry.optional:
                return site.unknown()
            if any(entry.key.value == name for name, _, _ in items):
                return FAILED
            value = self.translate(entry.value, site.scope)
            fine = and_(fine, exists(value))
            items.append((entry.key.value, TRUE, value))
        return of(MAP, Entries(tuple(items)), fine)

    def _call(self, site: Site, node: Call) -> Value:
        inside = self._in_split(site, node)
        if inside is not None:
            return inside
        operands = node.arguments if node.target is None else [node.target, *node.arguments]
        values = [self.translate(operand, site.scope) for operand in operands]
        operator = OPERATORS.get(node.function)
        result = operator(site, values) if operator else self._applied(site, node, values)
        vague = _vague(node, values)
        if vague.value is False:
            return result
        return choose(vague, guarded(and_(*map(exists, values)), site.unknown()), result)

    def _in_split(self, site: Site, node: Call) -> Value | None:
        """`part in text.split(separator)` doesn't need the parts one by one; None if the node is something else."""
        split = node.arguments[-1] if node.arguments else None
        if (
            node.function != "@in"
            or not isinstance(split, Call)
            or split.function != "split"
            or split.target is None
        ):
            return None
        separator = split.arguments[0]
        single = (
            isinstance(separator, Literal) and isinstance(separator.value, str) and len(separator.value) == 1
        )
        if not single or len(split.arguments) != 1:
            return None
        part, text, mark = (
            self.translate(each, site.scope) for each in (node.arguments[0], split.target, separator)
        )
        if {OTHER, NONTEXT} & {*part, *text}:
            return None
        empty = string("")
        inside = is_part(*(term_of(each, STRING, empty) for each in (part, text, mark)))
        return of(BOOL, and_(guard_of(part, STRING), inside), and_(exists(part), guard_of(text, STRING)))

    def _applied(self, site: Site, node: Call, values: list[Value]) -> Value:
        """One of the text functions, chosen by its overload; unknown for an overload that is not expressed."""
        result: Value = FAILED
        wanted: list[tuple[str, ...]] = []
        for overload in self._overloads(node):
            kinds, function = self._functions.get(overload.id, (tuple(map(_kind, overload.arguments)), None))
            wanted.append(kinds)
            pairs = list(zip(values, kinds, strict=True))
            guard = and_(
                *(exists(value) if kind == OTHER else guard_of(value, kind) for value, kind in pairs)
            )
            if guard.value is not False:
                arguments = [] if function is None else [value[kind][1] for value, kind in pairs]
                result = choose(guard, _outcome(site, function, arguments), result)
        others = [
            value for number, value in enumerate(values) if any(kinds[number] != STRING for kinds in wanted)
        ]
        vague = or_(*(guard_of(value, NONTEXT) for value in others))
        return result if vague.value is False else choose(vague, site.unknown(), result)

    def _overloads(self, node: Call) -> list[Overload]:
        declared = environment(Scope.CLAIMS, self.version).function(node.function)
        return [each for each in declared.overloads if each.id in node.overloads] if declared else []


def _kind(wanted: Type) -> str:
    """The kind of an argument of this type; OTHER for any kind."""
    kinds = _KINDS.get(wanted.kind, (OTHER,))
    return kinds[0] if len(kinds) == 1 else OTHER


def _outcome(site: Site, function: Callable[..., Value] | None, payloads: list[object]) -> Value:
    """A text function's value; unknown if it can't be expressed, or depends on elements that are not known."""
    if function is None:
        return site.unknown()
    try:
        outcome = function(*payloads)
    except (Inexpressible, regex.BeyondRegularError, ValueError):
        return site.unknown()
    for payload in payloads:
        if isinstance(payload, ListValue) and payload.more.value != 0:
            outcome = choose(payload.has_more, site.unknown(), outcome)
    return outcome


def _vague(node: Call, values: list[Value]) -> Term:
    """Whether an operand is of a kind about which the function's translation knows nothing."""
    if node.function in FOR_ANY_KIND:
        return FALSE
    known = node.function not in OPERATORS or node.function in FOR_TEXTS
    kinds = (OTHER,) if known else (OTHER, NONTEXT)
    return or_(*(guard_of(value, kind) for value in values for kind in kinds))
