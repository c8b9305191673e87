"""Compares the symbolic translation with the exact evaluator and authenticator, token by token.

All claims are fixed to a token's. Then what the exact side says must be possible (else something false could be
proved), and, if nothing was left unknown, it must be the only possibility.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kube_oidc.authn.authenticate import Authenticated, Authenticator, Undecided
from kube_oidc.model import AuthenticationConfiguration, JWTAuthenticator, UserInfo
from kube_oidc.proof import solver
from kube_oidc.proof.claims import ClaimModel, Token
from kube_oidc.proof.compare import equality
from kube_oidc.proof.entry import SymbolicEntry
from kube_oidc.proof.terms import FALSE, TRUE, Script, Term, and_, equal, integer, not_, or_, string
from kube_oidc.proof.tokens import as_in
from kube_oidc.proof.translate import Translator
from kube_oidc.proof.values import (
    DOUBLE,
    INT,
    LIST,
    MAP,
    STRING,
    ListValue,
    Value,
    constant,
    exists,
    of,
    term_of,
)
from kube_oidc.verdict.cel import evaluate as exact
from kube_oidc.verdict.cel.compile import Compiled, compile_expression
from kube_oidc.verdict.cel.scope import Scope
from kube_oidc.verdict.versions import Difference, KubernetesVersion

AGREES, COVERS, SKIPPED = "agrees", "covers", "skipped"


def of_expression(expression: str, claims: Mapping[str, Any], version: KubernetesVersion) -> str:
    """AGREES, COVERS (with parts left unknown), SKIPPED, or what is wrong."""
    compiled = compile_expression(expression, Scope.CLAIMS, version)
    if not isinstance(compiled, Compiled):
        return SKIPPED
    outcome = exact.evaluate(compiled, exact.bound(claims, version))
    if not isinstance(outcome, exact.Value | exact.EvaluationError):
        return SKIPPED
    token = any_token(version)
    translator = Translator(token.script, version, "claims", {})
    value = translator.value(expression, compiled.tree, {"claims": of(MAP, token)})
    if not fix(token, claims):
        return SKIPPED
    try:
        expected = (
            not_(exists(value))
            if isinstance(outcome, exact.EvaluationError)
            else _is(token, value, outcome.value)
        )
    except ValueError:
        return SKIPPED
    return _judged(token, expected, is_whole=not translator.unexpressed)


def of_entry(entry: JWTAuthenticator, claims: Mapping[str, Any], version: KubernetesVersion) -> str:
    """The same for a whole entry and a token: accepted, user name, uid and groups, or refused."""
    authenticator = Authenticator(AuthenticationConfiguration("", (entry,)), version)
    outcome = authenticator.authenticate(json.dumps(claims))
    if isinstance(outcome, Undecided):
        return SKIPPED
    token = any_token(version)
    symbolic = SymbolicEntry(entry, version, token.script, token, "", {})
    if not fix(token, claims):
        return SKIPPED
    expected = (
        _becomes(symbolic, outcome.user) if isinstance(outcome, Authenticated) else not_(symbolic.accepted)
    )
    return _judged(token, expected, is_whole=not symbolic.unexpressed)


def any_token(version: KubernetesVersion) -> Token:
    """A token of which every claim can be anything."""
    numbers = DOUBLE if version.has(Difference.CLAIMS_BOUND_LAZILY) else INT
    return Token(Script(), lambda _: ClaimModel(), numbers=numbers, witnesses=6)


def fix(token: Token, claims: Mapping[str, Any]) -> bool:
    """Requires that each claim that was asked for is this token's; False if one can't be expressed."""
    for place in list(token.variables):
        same = as_in(token, place, claims)
        if same.value is False and token.variables[place].present is not FALSE:
            return False
        token.script.require(same)
    return True


def _is(token: Token, value: Value, wanted: object) -> Term:
    return and_(exists(value), equality(value, _constant(wanted), lambda: token.script.fresh("Bool", "any")))


def _constant(value: object) -> Value:
    if isinstance(value, list):
        return of(LIST, ListValue(tuple((TRUE, _constant(item)) for item in value)))
    if type(value) not in (bool, int, float, str, type(None)):
        raise ValueError(type(value))
    return constant(value)


def _becomes(entry: SymbolicEntry, user: UserInfo) -> Term:
    return and_(
        entry.accepted,
        equal(entry.username, string(user.username)),
        equal(entry.uid, string(user.uid)),
        equal(entry.groups.size, integer(len(user.groups))),
        *(_has_group(entry, group) for group in user.groups),
    )


def _has_group(entry: SymbolicEntry, group: str) -> Term:
    known = [
        and_(guard, equal(term_of(value, STRING, FALSE), string(group)))
        for guard, value in entry.groups.elements
    ]
    return or_(entry.groups.has_more, *known)


def _judged(token: Token, expected: Term, *, is_whole: bool) -> str:
    body = "".join(token.script.lines)
    possible = solver.solve(f"{body}(assert {expected})", ())
    if isinstance(possible, solver.Unknown):
        return SKIPPED
    if not isinstance(possible, solver.Sat):
        return f"excludes what is so: {expected}"
    if not is_whole:
        return COVERS
    other = solver.solve(f"{body}(assert {not_(expected)})", ())
    return AGREES if isinstance(other, solver.Unsat) else f"allows what is not so: {not_(expected)}"
