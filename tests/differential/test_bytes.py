"""Claims that aren't UTF-8 become the same user: Go replaces each invalid byte."""

from __future__ import annotations

import json

import pytest
from kube_oidc.authn.authenticate import Authenticated, Authenticator
from kube_oidc.verdict.validate_file import check
from recorded.verdicts import context

from differential.oracle.cases import as_yaml, configuration
from differential.oracle.process import Reference
from differential.oracle.tokens import NOW

SUBJECTS = [
    b"a\xe1\x80b",
    b"\xed\xa0\x80",
    b"\xf0\x9f\x98",
    b"\xff\xfe",
    b"\xc0\x80",
    b"\xf5\x80\x80\x80",
    b"\xc3\xa4",
]


@pytest.mark.parametrize("subject", SUBJECTS, ids=bytes.hex)
def test_bytes_that_are_no_text_make_the_same_user(reference: Reference, subject: bytes) -> None:
    file = as_yaml(configuration({"claimMappings": {"uid": {"expression": "claims.sub"}}}))
    claims = {"iss": "https://issuer.example", "aud": "audience", "exp": NOW + 60, "sub": "SUBJECT"}
    payload = json.dumps(claims).encode().replace(b"SUBJECT", subject)
    answer = reference.authenticate(file, payload, NOW)
    asked = context(reference.minor)
    accepted = check(file, asked).configuration
    assert accepted is not None
    outcome = Authenticator(accepted, asked.version).authenticate(payload, NOW)
    assert isinstance(outcome, Authenticated)
    assert (outcome.user.username, outcome.user.uid) == (answer["user"]["username"], answer["user"]["uid"])
