"""Key sets, as go-jose takes or refuses them (the refusals are the API server's own, see tests/e2e)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm
from kube_oidc.authn.keys import KeySetError, parse

PRIVATE = rsa.generate_private_key(65537, 2048)
RSA: dict[str, Any] = RSAAlgorithm.to_jwk(PRIVATE.public_key(), as_dict=True)
EC: dict[str, Any] = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP521R1()).public_key(), as_dict=True)


def test_keys_say_what_they_verify() -> None:
    body = json.dumps(
        {"keys": [RSA | {"kid": "a", "alg": "RS256", "use": "sig"}, EC | {"kid": "b"}]}
    ).encode()
    found = parse(body)
    assert [str(key) for key in found.keys] == ["a (RSA 2048, RS256)", "b (EC 521)"]
    assert found.keys[0].algorithms == ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
    assert found.keys[1].algorithms == ("ES512",)
    assert found.hash == "sha256:" + hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize(
    ("key", "private"),
    [
        ({"kty": "oct", "k": "c2VjcmV0"}, True),
        ({"kty": "OKP", "crv": "Ed25519", "x": 43 * "A"}, False),
        ({"kty": "RSA", "e": "AQAB", "n": 80 * "_"}, False),
        (RSAAlgorithm.to_jwk(PRIVATE, as_dict=True), True),
    ],
)
def test_keys_that_verify_no_id_token(key: dict[str, str], private: bool) -> None:
    (found,) = parse(json.dumps({"keys": [key]}).encode()).keys
    assert found.algorithms == ()
    assert found.private == private
    assert (
        parse(json.dumps({"keys": [key, RSA]}).encode()).usable
        == parse(json.dumps({"keys": [RSA]}).encode()).keys
    )


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ({"kty": "oct", "k": "c2VjcmV0"}, "(no kid) (oct 48)"),
        ({"kty": "oct", "k": "", "kid": "a", "alg": "HS256"}, "a (oct 0, HS256)"),
    ],
)
def test_a_key_is_shown_with_its_size(key: dict[str, str], shown: str) -> None:
    (found,) = parse(json.dumps({"keys": [key]}).encode()).keys
    assert str(found) == shown


@pytest.mark.parametrize(
    ("document", "keys"), [({}, 0), ({"keys": None}, 0), ({"keys": []}, 0), ({"Keys": [RSA]}, 1)]
)
def test_an_empty_set_is_one(document: object, keys: int) -> None:
    assert len(parse(json.dumps(document).encode()).keys) == keys


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<html>", "not JSON"),
        (b"[]", "no JSON object"),
        (b'{"keys": 1}', "not a list"),
        (b'{"keys": [1]}', "keys[0] (no kid): json: cannot unmarshal number into Go value of type jose.rawJSONWebKey"),
        (b'{"keys": [{"kty": "AKP", "kid": "pq"}]}', "keys[0] (pq): go-jose/go-jose: unknown json web key type 'AKP'"),
        (b'{"keys": [{"kty": "OKP", "crv": "X25519"}]}', "unknown curve X25519"),
        (b'{"keys": [{"kty": "EC", "crv": "secp256k1"}]}', "unsupported elliptic curve 'secp256k1'"),
        (b'{"keys": [{"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}]}', "wrong length for x"),
        (b'{"keys": [{"kty": "RSA", "e": "AQAB"}]}', "invalid RSA key, missing n/e values"),
        (b'{"keys": [{"kty": "RSA", "e": "AQAB", "n": "AA", "d": ""}]}', "RSA private key, missing P value(s)"),
        (b'{"keys": [{"kty": "RSA", "e": "AQAB", "n": "A=="}]}', "illegal base64 data"),
        (b'{"keys": [{"kty": 1}]}', "cannot unmarshal number into Go value of type string"),
        (b'{"keys": [{"kty": "RSA", "kty": "EC"}]}', "duplicate key 'kty' in object"),
        (b'{"keys": [{"kty": "EC", "crv": "P-256", "x": "%b", "y": "%b"}]}' % (43 * b"A", 43 * b"A"), "not on"),
        (b"[" * 100_000, "not JSON"),
    ],
)  # fmt: skip
def test_one_key_that_go_jose_does_not_know_spoils_the_set(body: bytes, says: str) -> None:
    with pytest.raises(KeySetError) as error:
        parse(body)
    assert str(error.value).startswith("oidc: failed to decode keys: ")
    assert says in str(error.value)
