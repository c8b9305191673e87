"""What `explain` shows of a token: every check in the API server's order, and what can't be decided."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from kube_oidc.authn.authenticate import Authenticated, Authenticator, Refused, Undecided
from kube_oidc.authn.compact import MalformedError
from kube_oidc.authn.compact import parse as parse_token
from kube_oidc.authn.jwk import Key
from kube_oidc.authn.keys import KeySet
from kube_oidc.authn.signature import SignatureError, verified_by
from kube_oidc.authn.verification import Signature
from kube_oidc.model import Issuer
from kube_oidc.verdict.cel.costs import COST_LIMIT
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.validation import Context
from kube_oidc.verdict.versions import DEFAULT, OLDEST, KubernetesVersion

FILE = """\
apiVersion: apiserver.config.k8s.io/v1beta1
kind: AuthenticationConfiguration
jwt:
- issuer:
    url: https://i.example.org
    audiences: [a, b]
    audienceMatchPolicy: MatchAny
  claimValidationRules:
  - {claim: org, requiredValue: adam}
  - {expression: "claims.a == 'x'", message: "no x"}
  claimMappings:
    username: {claim: sub, prefix: "x:"}
    groups: {claim: groups, prefix: "g:"}
    uid: {claim: id}
    extra: [{key: example.org/team, valueExpression: "claims.team"}]
  userValidationRules:
  - {expression: "user.username != ''", message: "empty"}
"""
ONE_AUDIENCE = FILE.replace("[a, b]\n    audienceMatchPolicy: MatchAny", "[b]")
CLAIMS = {
    "iss": "https://i.example.org", "aud": "b", "sub": "s", "exp": 2000, "org": "adam", "a": "x", "groups": ["o"],
    "id": "7", "team": ["t"],
}  # fmt: skip
OTHER = "A key of the past, or a stranger's"
CHANGED = "another key signed it, or it was changed afterwards"
BEGIN = ["issuer: https://i.example.org (jwt[0].issuer.url)"]
SIGNATURE = ["signature: by key k (jwt[0].issuer)"]
TIMES = ["times: valid now (jwt[0].issuer)"]
AUDIENCE = ['audience: ["b"] (jwt[0].issuer.audiences)']
USER = [
    "username: x:s (jwt[0].claimMappings.username)",
    'groups: ["g:o"] (jwt[0].claimMappings.groups)',
    "uid: 7 (jwt[0].claimMappings.uid)",
    'extra: example.org/team: ["t"] (jwt[0].claimMappings.extra[0])',
    'claim: org is "adam" (jwt[0].claimValidationRules[0])',
    "rule: holds (jwt[0].claimValidationRules[1])",
    "rule: holds (jwt[0].userValidationRules[0])",
]


IN_FORM, BY_K = Signature("in form"), Signature("by key k")


@dataclass(frozen=True)
class Check:
    """A token whose form and signature have these results."""

    of_form: Signature = IN_FORM
    of_signature: Signature = BY_K

    def form(self) -> Signature:
        return self.of_form

    def signature(self, issuer: Issuer, version: KubernetesVersion) -> Signature:
        assert (issuer.url, version) in (
            ("https://i.example.org", DEFAULT),
            ("https://i.example.org", OLDEST),
        )
        return self.of_signature


def authenticator(text: str, version: KubernetesVersion = DEFAULT) -> Authenticator:
    configuration = check(text.encode(), Context(version)).configuration
    assert configuration is not None
    return Authenticator(configuration, version)


def shown(outcome: Authenticated | Refused | Undecided) -> Iterator[str]:
    return (f"{step.name}: {step.result} ({step.field})" for step in outcome.steps)


@pytest.mark.parametrize(
    ("text", "version", "steps"),
    [
        (FILE, DEFAULT, BEGIN + SIGNATURE + TIMES + AUDIENCE + USER),
        (ONE_AUDIENCE, DEFAULT, BEGIN + SIGNATURE + AUDIENCE + TIMES + USER),
        (FILE, OLDEST, BEGIN + TIMES + SIGNATURE + AUDIENCE + USER),
        (ONE_AUDIENCE, OLDEST, BEGIN + AUDIENCE + TIMES + SIGNATURE + USER),
    ],
)
def test_the_steps_are_in_the_order_of_the_minor(
    text: str, version: KubernetesVersion, steps: list[str]
) -> None:
    outcome = authenticator(text, version).authenticate(json.dumps(CLAIMS), 1000, Check())
    assert isinstance(outcome, Authenticated)
    assert list(shown(outcome)) == steps


def test_what_is_not_checked_or_not_mapped_is_not_shown_as_if_it_were() -> None:
    text = FILE.replace("    uid: {claim: id}\n", "")
    outcome = authenticator(text).authenticate(json.dumps(CLAIMS))
    steps = list(shown(outcome))
    assert steps[1:3] == ["signature: not checked (jwt[0].issuer)", "times: not checked (jwt[0].issuer)"]
    assert not any(step.startswith("uid") for step in steps)


@pytest.mark.parametrize("refused", [True, False])
@pytest.mark.parametrize("where", ["of_form", "of_signature"])
def test_a_form_or_signature_that_is_refused_or_undecided_ends_the_steps(refused: bool, where: str) -> None:
    found = Signature("detail", refusal="why") if refused else Signature("detail", undecided="why not")
    outcome = authenticator(FILE).authenticate(json.dumps(CLAIMS), 1000, Check(**{where: found}))
    assert isinstance(outcome, Refused if refused else Undecided)
    assert outcome.reason == ("oidc: verify token: why" if refused else "why not")
    assert list(shown(outcome)) == [*BEGIN, "signature: detail (jwt[0].issuer)"]


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (FILE, '"https://i.example.org"'),
        (FILE + FILE.partition("jwt:\n")[2].replace("i.example", "j.example"), '"https://i.example.org", "https://j.example.org"'),
        (FILE.partition("jwt:")[0] + "jwt: []\n", "none"),
    ],
)  # fmt: skip
def test_an_unknown_issuer_is_named_with_the_known_ones(text: str, known: str) -> None:
    outcome = authenticator(text).authenticate(json.dumps(CLAIMS | {"iss": "https://k.example.org"}))
    assert isinstance(outcome, Refused)
    assert outcome.reason == (f'no authenticator for issuer "https://k.example.org"; the file has: {known}')


def test_the_user_of_the_mappings_does_not_depend_on_the_rules() -> None:
    made = authenticator(FILE)
    user = made.mapped(json.dumps(CLAIMS | {"org": "other", "exp": 1, "aud": "c"}))
    assert user is not None
    assert (user.username, user.groups, user.uid) == ("x:s", ("g:o",), "7")
    assert made.mapped("[]") is None
    assert made.mapped(json.dumps(CLAIMS | {"sub": 1})) is None


def test_the_cost_of_all_expressions_is_counted() -> None:
    made = authenticator(FILE)
    assert made.cost == 0
    made.authenticate(json.dumps(CLAIMS))
    once = made.cost
    made.authenticate(json.dumps(CLAIMS))
    assert 0 < once < 100
    assert made.cost == 2 * once


def test_an_expression_that_does_not_compile_decides_nothing() -> None:
    outcome = authenticator(FILE.replace("claims.team", "claims.")).authenticate(json.dumps(CLAIMS))
    assert isinstance(outcome, Undecided)
    assert outcome.reason == ("the expression 'claims.' could not be compiled: `kube-oidc check` says why")


def test_an_evaluation_that_cannot_be_decided_decides_nothing_and_costs_all() -> None:
    expression = "string(timestamp('2026-01-01T00:00:00Z').getHours('Local'))"
    text = FILE.replace("claims.team", expression).replace("claims.a == 'x'", "true")
    made = authenticator(text)
    outcome = made.authenticate(json.dumps(CLAIMS))
    assert isinstance(outcome, Undecided)
    assert outcome.reason.startswith(f"the expression {expression!r}: ")
    assert made.cost == COST_LIMIT


@pytest.mark.parametrize(
    ("token", "says"),
    [
        ("e30.e30", "go-jose/go-jose: compact JWS format must have three parts"),
        ("e30.e30.e30.e30", "go-jose/go-jose: compact JWS format must have three parts"),
        ("e30.e30.*", "illegal base64 data at input byte 0"),
    ],
)
def test_a_token_that_is_no_jws_is_refused_in_the_words_of_go_jose(token: str, says: str) -> None:
    with pytest.raises(MalformedError) as error:
        parse_token(token)
    assert str(error.value) == says


def test_a_header_without_names_has_empty_ones() -> None:
    token = parse_token("e30.e30.AA")
    assert (token.algorithm, token.key_id, token.signed, token.signature) == ("", "", b"e30.e30", b"\0")


@pytest.mark.parametrize(
    ("header", "keys", "detail"),
    [
        ({"kid": "c"}, ("a", "b"), f'no key is named "c"; the issuer\'s are: "a", "b". {OTHER}'),
        ({"kid": "c"}, (), f'no key is named "c"; the issuer\'s are: none. {OTHER}'),
        ({}, (), "the issuer has no keys"),
        ({"kid": "a"}, ("a", "b"), f"not signed by a (RSA 2048): {CHANGED}"),
        ({}, ("a", "b"), f"not signed by a (RSA 2048), b (RSA 2048): {CHANGED}"),
        ({"crit": ["x"]}, ("a",), "its header names something critical that the API server does not know"),
    ],
)  # fmt: skip
def test_why_no_key_verifies_a_token_is_explained(
    header: dict[str, object], keys: tuple[str, ...], detail: str
) -> None:
    text = base64.urlsafe_b64encode(json.dumps({"alg": "RS256", **header}).encode()).decode().rstrip("=")
    known = KeySet(
        tuple(Key(name, "RSA", "", 2048, ("RS256",), numbers={"n": 2**2047 + 1, "e": 3}) for name in keys), ""
    )
    with pytest.raises(SignatureError) as error:
        verified_by(parse_token(f"{text}.e30.AA"), known, DEFAULT)
    assert str(error.value) == "failed to verify signature: failed to verify id token signature"
    assert error.value.detail == detail
