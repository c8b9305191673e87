"""Two identities that become one user are found, or it is proved that there are none."""

from __future__ import annotations

import pytest
from kube_oidc.model import (
    ClaimMappings,
    ClaimValidationRule,
    Issuer,
    JWTAuthenticator,
    PrefixedClaimOrExpression,
)
from kube_oidc.proof import solver
from kube_oidc.proof.change import Changed, newly_accepted, newly_refused, renamed
from kube_oidc.proof.pairs import Meeting, ShownPair, ask_pair
from kube_oidc.proof.question import Proved, Question, Subject
from kube_oidc.providers.files import providers
from kube_oidc.verdict.versions import DEFAULT

pytestmark = pytest.mark.skipif(not solver.is_available(), reason="cvc5 is not installed: nothing is proved")
REPOSITORIES = Meeting(differ=("repository",), together=(("repository_owner", "repository_owner_id"),))
CLAIMS = {"repository", "repository_owner", "repository_owner_id", "ref"}
FORGE = next(facts["example"]["iss"] for facts in providers().values() if set(facts["claims"]) >= CLAIMS)


def subject(username: str, *rules: str, groups: str = "") -> Subject:
    model = JWTAuthenticator(
        Issuer(FORGE, audiences=("kubernetes",)),
        tuple(ClaimValidationRule(expression=rule) for rule in rules),
        ClaimMappings(
            PrefixedClaimOrExpression(expression=username), PrefixedClaimOrExpression(expression=groups)
        ),
    )
    return Subject(model, DEFAULT)


@pytest.mark.slow
@pytest.mark.parametrize(
    "username",
    [
        "'ci:' + claims.repository + claims.ref.replace('refs/heads/', '')",
        "'ci:' + claims.repository.substring(0, 5)",
        "'ci:' + claims.ref",
    ],
)
def test_two_repositories_become_one_user(username: str) -> None:
    one = subject(username)
    pair = ask_pair((one, one), (Question(), Question()), REPOSITORIES)
    assert isinstance(pair, ShownPair), pair
    assert pair.first.user.username == pair.second.user.username
    assert pair.first.claims["repository"] != pair.second.claims["repository"]


def test_repositories_stay_apart() -> None:
    one = subject("'ci:' + claims.repository")
    assert ask_pair((one, one), (Question(), Question()), REPOSITORIES) == Proved()


def test_a_group_in_common_is_found_and_constants_do_not_count() -> None:
    one = subject("claims.sub", groups="['ci:all', 'ci:' + claims.repository]")
    shared = Meeting(differ=("repository",), by_group=True)
    apart = Meeting(differ=("repository",), by_group=True, not_groups=("ci:all",))
    assert isinstance(ask_pair((one, one), (Question(), Question()), shared), ShownPair)
    assert ask_pair((one, one), (Question(), Question()), apart) == Proved()


def test_a_change_is_decided_for_all_tokens() -> None:
    old = subject("claims.sub", "claims.repository_owner == 'a'")
    same = subject("claims.sub", "!(claims.repository_owner != 'a')")
    wider = subject("claims.sub", "claims.repository_owner in ['a', 'b']")
    other = subject("'x:' + claims.sub", "claims.repository_owner == 'a'")
    assert newly_accepted(old, same) == newly_refused(old, same) == renamed(old, same) == Proved()
    found = newly_accepted(old, wider)
    assert isinstance(found, Changed)
    assert found.claims["repository_owner"] == "b"
    assert newly_refused(old, wider) == Proved()
    assert isinstance(renamed(old, other), Changed)
