"""Whatever a server answers, it is taken or refused: nothing else comes out of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kube_oidc.authn import keys
from kube_oidc.authn.keys import KeySet, KeySetError
from kube_oidc.authn.signature import SignatureError, read, verified_by
from kube_oidc.cluster import servers
from kube_oidc.cluster.connection import Connection
from kube_oidc.cluster.exchange import AskingError, Reply, clock_ahead, decoded, refusal
from kube_oidc.cluster.metrics import PREFIX, parse
from kube_oidc.issuers import discovery
from kube_oidc.issuers.discovery import IssuerError, discover, fetch_keys
from kube_oidc.model import Issuer
from kube_oidc.net.faults import UnreachableError
from kube_oidc.net.https import Answer
from kube_oidc.verdict.versions import DEFAULT

pytestmark = pytest.mark.slow

NAMES = st.sampled_from(
    ["keys", "kid", "kty", "alg", "use", "crv", "n", "e", "x", "y", "k", "d", "RSA", "EC", "oct", "OKP", "P-256",
     "issuer", "jwks_uri", "https://i.example.org", "http://", "https://[", "AQAB", "", "items", "ports", "endpoints",
     "addresses", "subsets", "name", "port", "ip", "metadata"]
)  # fmt: skip
PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | NAMES | st.text(max_size=5)
JSON = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=20,
)
ISSUER = Issuer("https://i.example.org", audiences=("a",))
EVERY = settings(max_examples=300, deadline=None)


@EVERY
@given(
    JSON | st.builds(lambda entries: {"keys": entries}, st.lists(st.dictionaries(NAMES, PLAIN), max_size=3))
)
def test_any_key_set(document: object) -> None:
    try:
        found = keys.parse(json.dumps(document).encode())
    except KeySetError as error:
        assert str(error).startswith("oidc: failed to decode keys: ")
        return
    assert isinstance(found, KeySet)
    for algorithm in ("RS256", "ES256"):
        token = f"{'eyJhbGciOiJSUzI1NiJ9' if algorithm == 'RS256' else 'eyJhbGciOiJFUzI1NiJ9'}.e30.{'A' * 86}"
        with pytest.raises(SignatureError):
            verified_by(read(token), found, DEFAULT)


@EVERY
@given(st.text(alphabet="eyJhbGciOiJSUzI1NiJ9.e30=-_ \n\x00é", max_size=60))
def test_any_token(token: str) -> None:
    with pytest.raises(SignatureError):
        verified_by(read(token), KeySet((), ""), DEFAULT)


@EVERY
@given(JSON, st.binary(max_size=20), st.sampled_from([200, 302, 404, 500]), NAMES, NAMES)
def test_any_issuer(document: object, rest: bytes, status: int, location: str, date: str) -> None:
    answer = Answer(status, "text/html", location, json.dumps(document).encode() + rest, date)

    def get(url: str, *_: object, **__: object) -> Answer:
        if url.endswith("["):
            raise UnreachableError("not an http(s) URL")
        return answer

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(discovery, "get_once", get)
        for asked in (lambda: discover(ISSUER, 1), lambda: fetch_keys(ISSUER, location, 1)):
            try:
                asked()
            except IssuerError as error:
                assert error.code


@EVERY
@given(JSON)
def test_any_endpoints(document: Any) -> None:
    class Cluster:
        def get(self, _: str) -> Any:
            if not isinstance(document, dict):
                raise AskingError("no object")
            return document

    cluster: Any = Cluster()
    connection: Connection = cluster
    assert all(server.startswith("https://") for server in servers.endpoints(connection))


@EVERY
@given(st.binary(max_size=40), st.text(max_size=40))
def test_any_answer_of_an_api_server(body: bytes, date: str) -> None:
    assert refusal(500, body).startswith("HTTP 500")
    assert clock_ahead(date) is None or isinstance(clock_ahead(date), float)
    try:
        assert isinstance(decoded(Reply(200, body, None)), dict)
    except AskingError as error:
        assert "is this an API server" in str(error)


@EVERY
@given(
    st.lists(
        st.builds(
            lambda name, labels, value: f"{PREFIX}{name}{{{labels}}} {value}",
            st.sampled_from(
                ["config_controller_last_config_info", "config_controller_automatic_reloads_total",
                 "config_controller_automatic_reload_last_timestamp_seconds", "jwt_authenticator_latency_seconds_count",
                 "jwt_authenticator_jwks_fetch_last_timestamp_seconds"]
            ),
            st.sampled_from(["", 'status="failure"', 'hash="x"', 'jwt_issuer_hash="h",result="success"', 'a="\\"}"']),
            st.sampled_from(["1", "NaN", "+Inf", "-1", "1e300", "x", "1.7e9"]),
        )
    )
)  # fmt: skip
def test_any_metrics(lines: list[str]) -> None:
    found = parse("\n".join(lines))
    assert all(moment >= 0 for moment in found.reloaded.values())
