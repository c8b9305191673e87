"""Tokens that must not get in: each function makes one from the claims of a job that would be allowed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from dataclasses import replace

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from e2e.harness.issuer import Claims, Issuer


def default_audience(issuer: Issuer, claims: Claims) -> str:
    """What a job gets that forgot `&audience=`."""
    return issuer.sign(claims | {"aud": f"https://{issuer.host}/{claims['repository_owner']}"})


def expired(issuer: Issuer, claims: Claims) -> str:
    """A token of yesterday's run."""
    now = int(time.time())
    return issuer.sign(claims | {"iat": now - 90_000, "nbf": now - 90_000, "exp": now - 86_400})


def not_yet_valid(issuer: Issuer, claims: Claims) -> str:
    """A token for tomorrow."""
    return issuer.sign(claims | {"nbf": int(time.time()) + 3600})


def foreign_key(issuer: Issuer, claims: Claims) -> str:
    """Every claim right, the key identifier too, signed by somebody else."""
    return issuer.sign(claims, key=rsa.generate_private_key(65537, 2048))


def edwards(issuer: Issuer, claims: Claims) -> str:
    """What a Forgejo with `ID_TOKEN_SIGNING_ALGORITHM = EdDSA` signs."""
    return replace(issuer, algorithm="EdDSA").sign(claims)


def unsigned(_: Issuer, claims: Claims) -> str:
    """Every claim right and no signature (`alg: none`)."""
    return jwt.encode(claims, None, algorithm="none")


def public_key_as_secret(issuer: Issuer, claims: Claims) -> str:
    """An HMAC made with the published key, which a verifier that trusts the header's `alg` would accept."""
    head = _segment({"alg": "HS256", "typ": "JWT", "kid": issuer.key_id}) + b"." + _segment(claims)
    secret = issuer.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signature = hmac.new(secret, head, hashlib.sha256).digest()
    return (head + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def altered(issuer: Issuer, claims: Claims) -> str:
    """A genuine token of a feature branch whose subject was rewritten afterwards."""
    genuine = issuer.sign(claims | {"sub": "repo:adam/technowizardry.net:ref:refs/heads/feature"})
    head, _, signature = genuine.split(".")
    return ".".join((head, _segment(claims).decode(), signature))


def other_issuer(issuer: Issuer, claims: Claims) -> str:
    """A token that names an issuer the API server does not know."""
    return issuer.sign(claims | {"iss": "https://git.example.org/api/actions"})


def _segment(content: object) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=")
