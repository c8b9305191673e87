"""Questions are answered by tokens that the authenticator accepts, by proofs, or by neither."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kube_oidc.model import (
    ClaimMappings,
    ClaimValidationRule,
    Issuer,
    JWTAuthenticator,
    PrefixedClaimOrExpression,
    UserValidationRule,
)
from kube_oidc.proof import solver
from kube_oidc.proof.question import NotDecided, Proved, Question, Shown, Subject, ask
from kube_oidc.verdict.versions import DEFAULT

needs_solver = pytest.mark.skipif(
    not solver.is_available(), reason="cvc5 is not installed: nothing is proved"
)
ENTRY = JWTAuthenticator(
    Issuer(url="https://sso.example.org", audiences=("kubernetes",)),
    claim_mappings=ClaimMappings(username=PrefixedClaimOrExpression("sub", "sso:")),
)


def entry(*rules: str, groups: str = "", user_rules: tuple[str, ...] = ()) -> Subject:
    """An entry with these rules."""
    mappings = replace(ENTRY.claim_mappings, groups=PrefixedClaimOrExpression(expression=groups))
    model = replace(
        ENTRY,
        claim_validation_rules=tuple(ClaimValidationRule(expression=rule) for rule in rules),
        claim_mappings=mappings,
        user_validation_rules=tuple(UserValidationRule(rule) for rule in user_rules),
    )
    return Subject(model, DEFAULT)


SYSTEM = Question(user=('user.groups.exists(g, g == "system:masters")',))


@needs_solver
@pytest.mark.parametrize(
    ("groups", "user_rule"),
    [
        ('dyn(claims.groups).map(g, g.replace("system:", ""))', "true"),
        ("dyn(claims.groups).map(g, g.trim())", 'user.groups.all(g, !g.startsWith(" system:"))'),
        ('claims.?nickname.orValue("") == "root" ? ["system:masters"] : []', "true"),
        ('dyn(claims.groups).filter(g, g.matches("^system:"))', "true"),
        ('[claims.name.lowerAscii().split(",")[1]]', "true"),
        ('dyn(claims.groups).exists(g, g.startsWith("my-org")) ? ["system:masters"] : []', "true"),
        ('dyn(claims.groups).join(",").contains("admins") ? ["system:masters"] : []', "true"),
        ("dyn(claims.groups).filter(g, size(g) == 14).map(g, g)", "size(user.groups) > 0"),
    ],
)
def test_a_token_is_shown_for_what_can_happen(groups: str, user_rule: str) -> None:
    subject = entry(groups=groups, user_rules=(user_rule,))
    answer = ask(subject, SYSTEM)
    assert isinstance(answer, Shown), answer
    assert subject.user(answer.claims) == answer.user
    assert "system:masters" in answer.user.groups


@needs_solver
@pytest.mark.parametrize(
    ("groups", "user_rule"),
    [
        ('dyn(claims.groups).map(g, "sso:" + g)', "true"),
        ("claims.groups", 'user.groups.all(g, !g.startsWith("system:"))'),
        ("claims.groups", 'user.groups.exists(g, g == "system:masters") == false'),
        ("claims.groups", '!("system:masters" in user.groups)'),
        ('dyn(claims.groups).filter(g, !g.startsWith("system:"))', "true"),
        ('dyn(claims.groups).map(g, g.replace(":", "-"))', "true"),
        ('claims.name.split(":")', "true"),  # a []string is refused
        ("[claims.name]", "user.username == user.groups[0]"),
        ("dyn(claims.groups).filter(g, size(g) == 13)", "true"),
    ],
)
def test_what_cannot_happen_is_proved(groups: str, user_rule: str) -> None:
    assert ask(entry(groups=groups, user_rules=(user_rule,)), SYSTEM) == Proved()


@needs_solver
def test_what_the_solver_cannot_express_is_not_decided() -> None:
    answer = ask(entry('url(claims.name).getHost() == "a"', groups="[claims.name]"), SYSTEM)
    assert isinstance(answer, NotDecided)
    assert answer.reason == 'url(claims.name).getHost() == "a" is beyond the solver'


def test_without_a_solver_nothing_is_decided(monkeypatch: Any) -> None:
    monkeypatch.setattr(solver, "_module", lambda: None)
    monkeypatch.setattr(solver, "_program", lambda: None)
    answer = ask(entry(), Question())
    assert answer == NotDecided("no solver; install one with pip install 'kube-oidc[proof]'")


@needs_solver
def test_a_failing_solver_is_an_answer() -> None:
    assert isinstance(solver.solve("(assert (nothing))", ()), solver.Unknown)
    assert isinstance(solver.solve("(assert", ()), solver.Unknown)
