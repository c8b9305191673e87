"""What a token becomes, against what kube-apiserver's own authenticator answered (recorded/)."""

from __future__ import annotations

import pytest
from kube_oidc.authn.authenticate import Authenticator, Undecided
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.versions import KubernetesVersion
from recorded.rows import RecordedSignature, RecordedToken, signatures, tokens
from recorded.signatures import compare_signed, explain_signed
from recorded.users import our_user, same_user, their_user
from recorded.verdicts import context

TOKENS = list(tokens())
SIGNATURES = list(signatures())


def authenticator(config: bytes, minor: str) -> Authenticator | None:
    """None if the file is refused."""
    checked = check(config, context(minor))
    if not checked.accepted or checked.configuration is None:
        return None
    return Authenticator(checked.configuration, KubernetesVersion.parse(minor))


@pytest.mark.parametrize("token", TOKENS, ids=[f"{token.minor}: {token.name}" for token in TOKENS])
def test_the_user_or_the_reason_is_the_api_servers(token: RecordedToken) -> None:
    made = authenticator(token.config, token.minor)
    outcome = made.authenticate(token.payload, token.now) if made else None
    said = [their_user(answer) for answer in token.answers]
    if isinstance(outcome, Undecided):
        assert "distributed" in outcome.reason
        assert all("the reference has no network" in text for text in said)
    else:
        assert any(same_user(answer, outcome) for answer in token.answers), (our_user(outcome), said)


@pytest.mark.parametrize(
    "signed", SIGNATURES, ids=[f"{signed.minor}: {signed.name}" for signed in SIGNATURES]
)
def test_a_signature_is_judged_as_the_api_server_judges_it(signed: RecordedSignature) -> None:
    outcome = explain_signed(signed.config, signed.token, signed.keys, signed.minor, signed.now)
    compared = [compare_signed(answer, outcome) for answer in signed.answers]
    assert any(same for same, _, _ in compared), compared
