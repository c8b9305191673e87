"""The translation of an expression or an entry agrees with the exact evaluator on every token tried."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from kube_oidc.model import (
    ClaimMappings,
    ClaimValidationRule,
    Issuer,
    JWTAuthenticator,
    PrefixedClaimOrExpression,
)
from kube_oidc.proof import solver
from kube_oidc.verdict.versions import DEFAULT, KubernetesVersion
from proof.agreement import AGREES, of_entry, of_expression

pytestmark = pytest.mark.skipif(
    not solver.is_available(), reason="cvc5 is not installed: nothing is translated"
)
TEXTS = [
    "",
    "a",
    "my-org",
    "my-org/site",
    "refs/heads/main",
    "A/b",
    " x ",
    "system:masters",
    "b:a",
    "7",
    "-3",
]
OTHERS: list[Any] = [True, False, None, 0, 3, 2.5, [], ["a"], ["my-org", "a/b"], {"k": "a"}]
EXPRESSIONS = [
    'claims.x == "my-org" || claims.y.startsWith("my")',
    'claims.x != "a" && has(claims.y)',
    '!(claims.x in ["a", "my-org"])',
    'claims.?x.orValue("a") == "a"',
    'claims.?x.?k.hasValue() ? claims.x.k : "none"',
    'has(claims.x.k) && claims.x.k == "a"',
    "claims.x.lowerAscii() + claims.y.upperAscii()",
    'claims.x.split("/")[1]',
    'claims.x.split("/") == ["my-org", "site"]',
    '"a" in claims.x.split("/")',
    '"x" in claims || claims.y == "a"',
    '"k" in claims.x',
    'claims.x.split("/")[claims.x.split("/").size() - 1] == "main"',
    'claims.x.replace("/", "-") + claims.y.replace("a", "", 1)',
    "claims.x.trim() == claims.x",
    'claims.x.indexOf("/") > 1 && claims.x.lastIndexOf("a") < 9',
    "claims.x.substring(2, 4) == claims.y.substring(3)",
    'claims.x.charAt(0) == "a"',
    'claims.x.matches("^(my-.*|refs/.*/main)$")',
    'claims.x.matches("(?i)MY[-_]org")',
    'claims.x < "b" && claims.x >= "A"',
    "size(claims.x) > size(claims.y)",
    "claims.x > claims.y || claims.x == claims.y",
    "claims.x - claims.y == 3",
    "string(claims.x) == 'true'",
    "int(claims.x) + 1 > 5",
    "dyn(claims.x).exists(e, e == 'a')",
    "dyn(claims.x).all(e, e != 'a')",
    "dyn(claims.x).exists_one(e, e.startsWith('a'))",
    "dyn(claims.x).filter(e, e.contains('/')).map(e, e.split('/')[0])",
    "dyn(claims.x).map(e, 'p:' + e) + ['q']",
    "claims.x.join(',') == 'a' || size(dyn(claims.x)) == 0",
    '{"a": "1", "my-org": "2"}[claims.x] == "2"',
    "'%s:%s'.format([claims.x, claims.y]) == 'a:a'",
    'claims.?x.optMap(v, v == "a").orValue(true)',
    "[1, 2].exists(n, n == claims.x)",
    "type(claims.x) == string",
]


def tokens(count: int, seed: int) -> list[dict[str, Any]]:
    """Tokens with claims x and y of any kind, or without."""
    rng = random.Random(seed)
    found = []
    for _ in range(count):
        claims = {name: rng.choice(TEXTS if rng.random() < 0.7 else OTHERS) for name in ("x", "y")}
        found.append({name: value for name, value in claims.items() if rng.random() < 0.9})
    return found


@pytest.mark.slow
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_has_the_value_that_the_evaluator_gives_it(expression: str) -> None:
    for claims in tokens(2, seed=1):
        assert of_expression(expression, claims, DEFAULT) in ("agrees", "covers", "skipped"), claims


@pytest.mark.slow
@pytest.mark.parametrize("minor", [30, 37])
def test_expressions_have_the_values_of_each_version(minor: int) -> None:
    version = KubernetesVersion(1, minor)
    results = Counter(
        of_expression(text, claims, version) for text in EXPRESSIONS for claims in tokens(8, seed=minor)
    )
    assert set(results) <= {"agrees", "covers", "skipped"}, results
    assert results[AGREES] > 0.5 * results.total()


@pytest.mark.slow
@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_entry_makes_the_user_that_the_authenticator_makes(expression: str) -> None:
    entry = JWTAuthenticator(
        Issuer("https://sso.example.org", audiences=("kubernetes",)),
        (ClaimValidationRule(expression='claims.?y.orValue("a") != "b:a"'),),
        ClaimMappings(
            PrefixedClaimOrExpression("sub", "sso:"), PrefixedClaimOrExpression(expression=expression)
        ),
    )
    mappings = ClaimMappings(PrefixedClaimOrExpression("x", "p:"), PrefixedClaimOrExpression("y", "g:"))
    by_claim = replace(entry, claim_mappings=mappings)
    common = {"iss": "https://sso.example.org", "aud": "kubernetes", "sub": "me", "exp": 1767225900}
    for claims in tokens(4, seed=2):
        for each in (entry, by_claim):
            assert of_entry(each, {**common, **claims}, DEFAULT) in ("agrees", "covers", "skipped"), claims
