"""The claims on which an expression depends."""

from __future__ import annotations

import pytest
from kube_oidc.verdict.cel.compile import Compiled, compile_expression
from kube_oidc.verdict.cel.referenced_claims import referenced_claims
from kube_oidc.verdict.cel.scope import Scope
from kube_oidc.verdict.versions import DEFAULT

NAMED = (
    ("claims.sub", ("sub",)),
    ("claims.b == 'x' && has(claims.a)", ("a", "b")),
    ("claims.?realm.?roles.orValue([])", ("realm",)),
    ("claims['a.b'] == 1", ("a.b",)),
    ("claims.a__dot__b == 1", ("a.b", "a__dot__b")),
    ("dyn(claims.?groups.orValue([])).map(g, g + claims.sub)", ("groups", "sub")),
    ("'constant'", ()),
)
ANY = (
    "[claims].all(each, has(each.sub))",
    "claims[claims.which] == 'x'",
    "(claims.a ? claims : claims).b == 'x'",
    "dyn(claims).sub == 'x'",
)


def compiled(expression: str, scope: Scope = Scope.CLAIMS) -> Compiled:
    found = compile_expression(expression, scope, DEFAULT)
    assert isinstance(found, Compiled), found
    return found


@pytest.mark.parametrize(("expression", "names"), NAMED)
def test_what_is_selected_is_read(expression: str, names: tuple[str, ...]) -> None:
    assert referenced_claims(compiled(expression)) == names


@pytest.mark.parametrize("expression", ANY)
def test_if_all_claims_are_passed_on_any_may_be_read(expression: str) -> None:
    assert referenced_claims(compiled(expression)) is None


def test_of_the_user_its_fields_are_read() -> None:
    assert referenced_claims(compiled("user.username != '' && size(user.groups) > 0", Scope.USER)) == (
        "groups",
        "username",
    )
