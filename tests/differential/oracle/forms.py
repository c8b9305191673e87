"""Valid and unusual headers and keys, and ways to damage a token."""

from __future__ import annotations

import json
from typing import Final

from differential.oracle.keyring import CLAIMS, encoded

ALGORITHMS: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "HS256", "none", "",
    "rs256", "RS1",
)  # fmt: skip
FITTING: Final = {"ec256": ("ES256",), "ec384": ("ES384",), "ec521": ("ES512",), "ed": ("EdDSA",)}
# Members of a header, and whole headers.
HEADERS: Final = (
    '"typ":"JWT"', '"kid":null', '"kid":1', '"kid":""', '"kid":["rsa"]', '"KID":"ec256"', '"Alg":"none"',
    '"alg":null', '"alg":1', '"crit":["b64"]', '"crit":["exp"]', '"crit":[]', '"crit":null', '"crit":"b64"',
    '"crit":[1]', '"crit":["b64","b64"]', '"crit":[null]', '"b64":false', '"b64":true', '"b64":null', '"b64":"no"',
    '"b64":false,"crit":["b64"]', '"nonce":"x"', '"nonce":1', '"x":1e400', '"x":{"a":1,"a":2}',
    '"x":{"a":[{"b":1,"b":1}]}', '"jwk":null', '"jwk":1', '"jwk":{}', '"jwk":{"kty":"oct","k":"AA"}', '"x5c":[]',
    '"x5c":["AA"]', '"x5c":"AA"', '"x5c":null', '"x5c":[""]', '"x5c":["*"]', '"x":NaN', '"x":"\\ud800"',
    '"zip":"DEF"', '"enc":"A128GCM"', '"jku":"https://x.example"', '"x5t":"AA"', '"cty":"JWT"', '"":1',
    '"kid":"rsa"', '"alg":"RS256"', '"kid":"rsa","kid":"rsa"', '"x":01',
)  # fmt: skip
WHOLE: Final = (
    "", "null", "[]", "1", '"x"', "{", "{}", '{"alg"}', " {} ", "{}x", "\ufeff{}", "tru", '{"a":\x01}',
    '{"alg":"RS256",}', "{'a':1}",
)  # fmt: skip
# Members of a key.
FIELDS: Final = (
    ("kid", "x"), ("kid", 1), ("kid", None), ("kid", ""), ("use", "enc"), ("use", 1), ("alg", "ES384"),
    ("alg", "none"), ("alg", None), ("alg", []), ("kty", "rsa"), ("kty", None), ("kty", "AKP"), ("kty", 1),
    ("kty", "oct"), ("kty", "OKP"), ("kty", "EC"), ("kty", "RSA"), ("crv", "P-256"), ("crv", "P-384"),
    ("crv", "secp256k1"), ("crv", ""), ("crv", "Ed25519"), ("crv", "X25519"), ("x", "AA"), ("x", ""), ("x", None),
    ("y", "A"), ("y", "A=="), ("n", ""), ("n", None), ("n", "+/"), ("n", 1), ("e", "AQAB\n"), ("e", "Aw"),
    ("e", "AQ"), ("e", ""), ("e", "AQAAAAE"), ("e", "Ag"), ("e", "AQAAAAAAAQAB"),
    ("d", ""), ("d", None), ("d", "AQAB"), ("p", "AA"),
    ("k", "c2VjcmV0"), ("k", ""), ("x5c", []), ("x5c", None), ("x5c", ['']), ("x5c", "x"), ("x5c", [1]),
    ("x5u", "https://x.example"), ("x5u", None), ("x5u", {}), ("x5u", 1), ("x5t", "AA"), ("x5t", ""),
    ("x5t", 27 * "A"), ("x5t", 54 * "M"),
    ("x5t", "*"), ("x5t", 1), ("x5t#S256", 43 * "A"), ("x5t#S256", "AA"),
    ("key_ops", ['verify']), ("ext", True), ("KTY", "EC"), ("N", "AA"),
    ("x", 200 * "A"),
    ("oth", []), ("nbf", 1),
    ("n", 86 * "_" + "w"),
    ("n", 170 * "_"),
    ("n", 171 * "_"),
    ("y", 43 * "A"), ("x", 43 * "A"),
)  # fmt: skip
KEY_SETS: Final = (
    "", "null", "[]", "{}", '{"keys":null}', '{"keys":{}}', '{"KEYS":[%s]}', '{"keys":[%s],"Keys":[]}', "\ufeff{}",
    ' {"keys":[%s]}\n', '{"keys":[%s]}x', '{"keys":[%s,]}', '{"keys":[],"keys":[%s]}',
    '{"a":{"a":1,"a":2},"keys":[%s]}',
)  # fmt: skip
ENTRIES: Final = (
    "null", "1", "[]", "{}", '"x"', '{"kty":"RSA","kty":"EC"}', '{"kty":"oct","k":"AA"}', '{"kid":1,"alg":[]}',
    '{"alg":[],"kid":1}', '{"alg":[],"kid":{}}', '{"alg":{},"kid":true}', '{"alg":[],"n":"*"}', '{"x5c":[[],1]}',
    '{"x5c":[[],{}]}',
)  # fmt: skip


def damaged(token: str) -> list[str]:
    """The token, damaged in every way we know."""
    head, payload, signature = token.split(".")
    root = encoded(json.dumps({**CLAIMS, "sub": "root"}).encode())
    return [
        f"{head}.{payload}.",
        f"{head}..{signature}",
        f".{payload}.{signature}",
        f"{head}.{payload}",
        f"{token}.",
        f"{token}.x",
        f"{head}.{payload}.{signature[:-1]}",
        f"{head}.{payload}.{signature[:-4]}",
        f"{head}.{payload}.{signature}A",
        f"{head}.{payload}.{signature}AAAA",
        f"{head}.{payload}.AAAA{signature}",
        f"{head}=.{payload}.{signature}",
        f"{head}.{payload}=.{signature}",
        f"{head}.{payload}.{signature}==",
        f"{head}.{payload}.{signature.replace('-', '+').replace('_', '/')}",
        f"{head.replace('-', '+').replace('_', '/')}.{payload}.{signature}",
        f"{_loosened(head)}.{payload}.{signature}",
        f"{head}.{_loosened(payload)}.{signature}",
        f"{head}.{payload}.{_loosened(signature)}",
        f"{head}.{payload}.{'A' * len(signature)}",
        f"{head}.{root}.{signature}",
        f"Bearer {token}",
        f" {token}\n",
        f"{head}. {payload}.{signature}",
        f"{token} x",
        f'"{token}"',
        f"{head}.{payload}.{signature}é",
        f"{head}*.{payload}.{signature}",
        f"\ufeff{token}",
        json.dumps({"protected": head, "payload": payload, "signature": signature}),
        json.dumps({"payload": payload, "signatures": [{"protected": head, "signature": signature}]}),
        f"{{{head}.{payload}.{signature}",
        token.upper(),
    ]  # fmt: skip


def _loosened(part: str) -> str:
    """Another encoding of the same bytes: the unused bits of the last character aren't zero."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spare = len(part) % 4
    return part[:-1] + alphabet[alphabet.index(part[-1]) + 1] if spare in (2, 3) and part else part
