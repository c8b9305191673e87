"""One entry of `jwt` as constraints, in the API server's order (`authn/walk.py`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from kube_oidc.model import ExtraMapping, JWTAuthenticator, PrefixedClaimOrExpression
from kube_oidc.proof.claims import Token
from kube_oidc.proof.compare import BeyondSolverError
from kube_oidc.proof.terms import (
    TRUE,
    Script,
    Term,
    and_,
    concat,
    equal,
    implies,
    ite,
    not_,
    or_,
    string,
)
from kube_oidc.proof.translate import Translator
from kube_oidc.proof.values import (
    LIST,
    MAP,
    NONTEXT,
    NULL,
    STRING,
    Entries,
    ListValue,
    Value,
    guard_of,
    of,
    term_of,
    truth,
)
from kube_oidc.verdict.cel.compile import Compiled, compile_expression
from kube_oidc.verdict.cel.literal_checks import children
from kube_oidc.verdict.cel.scope import Scope
from kube_oidc.verdict.cel.syntax import Call, Comprehension, ListLiteral, Node
from kube_oidc.verdict.versions import KubernetesVersion

_EMPTY: Final = string("")
_CREDENTIAL_ID: Final = "authentication.kubernetes.io/credential-id"
_LIST_QUESTIONS: Final = ("@in", "size", "sets.contains", "sets.intersects", "sets.equivalent")


@dataclass(slots=True)
class SymbolicEntry:
    """What becomes of a token: whether the entry accepts it, and the user it becomes then."""

    model: JWTAuthenticator
    version: KubernetesVersion
    script: Script
    token: Token
    name: str
    unexpressed: dict[str, None]
    accepted: Term = TRUE
    username: Term = _EMPTY
    uid: Term = _EMPTY
    groups: ListValue = field(default_factory=lambda: ListValue(()))
    extra: tuple[tuple[str, Term, Value], ...] = ()
    trees: list[Node] = field(default_factory=list)
    unknowns: dict[tuple[object, ...], Value] = field(default_factory=dict)
    _claims: Translator = field(init=False)
    _user: Translator = field(init=False)

    def __post_init__(self) -> None:
        root, user = f"claims{self.token.name}", f"user{self.token.name}{self.name}"
        self._claims = Translator(self.script, self.version, root, self.unexpressed, self.unknowns)
        self._user = Translator(self.script, self.version, user, self.unexpressed, self.unknowns)
        self._mapped()
        self._ruled()

    def require(self, condition: Term) -> None:
        """One more thing that has to hold for the token to be accepted."""
        self.accepted = self.script.named(and_(self.accepted, self.script.named(condition)))

    def holds(self, expression: str, scope: Scope) -> Term:
        """Whether the expression is true, over the claims or over the user that they become."""
        return truth(self._value(expression, scope))

    def _value(self, expression: str, scope: Scope = Scope.CLAIMS) -> Value:
        tree = compiled(expression, scope, self.version).tree
        self.trees.append(tree)
        if scope is Scope.CLAIMS:
            return self._claims.value(expression, tree, {"claims": of(MAP, self.token)})
        return self._user.value(expression, tree, {"user": of(MAP, Entries(self._fields()))})

    def _fields(self) -> tuple[tuple[str, Term, Value], ...]:
        return (
            ("username", TRUE, of(STRING, self.username)),
            ("uid", TRUE, of(STRING, self.uid)),
            ("groups", TRUE, of(LIST, self.groups)),
            ("extra", TRUE, of(MAP, Entries(self.extra))),
        )

    def _mapped(self) -> None:
        mappings = self.model.claim_mappings
        self.username = self.script.named(self._username(mappings.username))
        self.groups = self._groups(mappings.groups)
        if mappings.uid.claim:
            self.uid = self._text_claim(mappings.uid.claim)
        elif mappings.uid.expression:
            value = self._value(mappings.uid.expression)
            self.require(guard_of(value, STRING))
            self.uid = self.script.named(term_of(value, STRING, _EMPTY))
        self.extra = tuple(self._extra(mappings.extra))

    def _username(self, mapping: PrefixedClaimOrExpression) -> Term:
        if mapping.expression:
            value = self._value(mapping.expression)
            text = term_of(value, STRING, _EMPTY)
            self.require(and_(guard_of(value, STRING), not_(equal(text, _EMPTY))))
            return text
        text = self._text_claim(mapping.claim)
        if mapping.claim == "email":
            present, verified = self.token.claim(("email_verified",))
            self.require(implies(present, truth(verified)))
        return concat(string(mapping.prefix or ""), text)

    def _text_claim(self, claim: str) -> Term:
        """A claim that has to be a text; null is an empty one."""
        present, value = self.token.claim((claim,))
        self.require(and_(present, or_(guard_of(value, STRING), guard_of(value, NULL))))
        return ite(guard_of(value, STRING), term_of(value, STRING, _EMPTY), _EMPTY)

    def _groups(self, mapping: PrefixedClaimOrExpression) -> ListValue:
        if mapping.expression:
            return self._strings(self._value(mapping.expression))
        if not mapping.claim:
            return ListValue(())
        present, value = self.token.claim((mapping.claim,))
        kinds = [guard_of(value, kind) for kind in (STRING, LIST, NULL)]
        self.require(implies(present, or_(*kinds)))
        prefix = string(mapping.prefix or "")
        single = (and_(present, kinds[0]), of(STRING, concat(prefix, term_of(value, STRING, _EMPTY))))
        if LIST not in value:
            return ListValue((single,))
        listed = value[LIST][1]
        assert isinstance(listed, ListValue)
        is_list = and_(present, kinds[1])
        guarded_items = [(and_(is_list, guard), item) for guard, item in listed.elements]
        elements = [(guard, self._group(guard, item, prefix)) for guard, item in guarded_items]
        more = ite(is_list, listed.more, equal_zero())
        if kinds[0].value is False:
            return ListValue(tuple(elements), more, listed.witnessed, in_order=True)
        return ListValue((single, *elements), more, listed.witnessed)

    def _group(self, guard: Term, item: Value, prefix: Term) -> Value:
        """An element of a groups claim: anything else than a text is refused, except that null is an empty text."""
        if NONTEXT not in item:
            return of(STRING, concat(prefix, term_of(item, STRING, _EMPTY)))
        is_null = self.script.fresh("Bool", "null")
        self.require(implies(guard, or_(guard_of(item, STRING), is_null)))
        text = ite(guard_of(item, STRING), term_of(item, STRING, _EMPTY), _EMPTY)
        return of(STRING, concat(prefix, text))

    def _strings(self, value: Value) -> ListValue:
        """A text or a list of texts; null and empty texts count as absent (`authn/programs.py`, strings)."""
        kinds = [guard_of(value, kind) for kind in (STRING, LIST, NULL)]
        self.require(or_(*kinds))
        text = term_of(value, STRING, _EMPTY)
        single = (and_(kinds[0], not_(equal(text, _EMPTY))), of(STRING, text))
        alone = () if single[0].value is False else (single,)
        if LIST not in value:
            return ListValue(alone)
        listed = value[LIST][1]
        assert isinstance(listed, ListValue)
        self.require(implies(kinds[1], not_(listed.string_slice)))
        elements = []
        for guard, item in listed.elements:
            here = and_(kinds[1], guard)
            self.require(implies(here, guard_of(item, STRING)))
            inner = term_of(item, STRING, _EMPTY)
            elements.append((self.script.named(and_(here, not_(equal(inner, _EMPTY)))), of(STRING, inner)))
        return ListValue((*alone, *elements), ite(kinds[1], listed.more, equal_zero()), listed.witnessed)

    def _extra(self, mappings: Sequence[ExtraMapping]) -> Iterator[tuple[str, Term, Value]]:
        for mapping in mappings:
            values = self._strings(self._value(mapping.value_expression))
            yield mapping.key, not_(equal(values.size, equal_zero())), of(LIST, values)
        if any("extra" in rule.expression for rule in self.model.user_validation_rules):
            present, identifier = self.token.claim(("jti",))
            text = term_of(identifier, STRING, _EMPTY)
            known = and_(present, guard_of(identifier, STRING), not_(equal(text, _EMPTY)))
            listed = ListValue(((TRUE, of(STRING, concat(string("JTI="), text))),))
            yield _CREDENTIAL_ID, known, of(LIST, listed)

    def _ruled(self) -> None:
        for rule in self.model.claim_validation_rules:
            if rule.claim:
                self.require(equal(self._text_claim(rule.claim), string(rule.required_value)))
        for rule in self.model.claim_validation_rules:
            if rule.expression:
                self.require(self.holds(rule.expression, Scope.CLAIMS))
        for user_rule in self.model.user_validation_rules:
            self.require(self.holds(user_rule.expression, Scope.USER))


def equal_zero() -> Term:
    """The constant 0."""
    return Term("Int", "0", 0)


def compiled(expression: str, scope: Scope, version: KubernetesVersion) -> Compiled:
    """The compiled expression; raises BeyondSolverError if it doesn't compile."""
    result = compile_expression(expression, scope, version)
    if not isinstance(result, Compiled):
        raise BeyondSolverError(expression)
    return result


def expressions(model: JWTAuthenticator) -> Iterator[tuple[str, Scope]]:
    """Every expression of an entry with its scope."""
    mappings = model.claim_mappings
    claims = (mappings.username.expression, mappings.groups.expression, mappings.uid.expression)
    extra = (mapping.value_expression for mapping in mappings.extra)
    rules = (rule.expression for rule in model.claim_validation_rules)
    for text in (*claims, *extra, *rules):
        if text:
            yield text, Scope.CLAIMS
    for rule in model.user_validation_rules:
        yield rule.expression, Scope.USER


def witnesses_needed(texts: Sequence[tuple[str, Scope]], version: KubernetesVersion) -> int:
    """How many elements of a list decide everything that these expressions ask about it, at most."""
    return sum(_asked(compiled(text, scope, version).tree) for text, scope in texts)


def _asked(tree: Node) -> int:
    count, stack = 0, [tree]
    while stack:
        node = stack.pop()
        stack.extend(children(node))
        if isinstance(node, Comprehension):
            count += not isinstance(node.range, ListLiteral)
        elif isinstance(node, Call) and node.function in _LIST_QUESTIONS:
            literals = [each for each in node.arguments if isinstance(each, ListLiteral)]
            count += (
                0 if node.function == "@in" and literals else 1 + sum(len(each.elements) for each in literals)
            )
    return count
