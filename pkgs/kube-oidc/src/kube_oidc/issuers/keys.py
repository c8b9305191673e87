"""A JSON Web Key Set as the API server reads it: one key that it does not know, and it refuses the whole set.

Source: `gopkg.in/go-jose/go-jose.v2` v2.6.3 (`jwk.go`), which go-oidc v2 decodes key sets with.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kube_oidc.issuers import base64url

SMALLEST_RSA_BITS: Final = 1024  # what Go's crypto/rsa takes from 1.24 on
_RSA: Final[tuple[str, ...]] = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_CURVES: Final = {"P-256": (256, "ES256"), "P-384": (384, "ES384"), "P-521": (521, "ES512")}


class KeySetError(Exception):
    """The API server cannot decode the key set, so it has no key; the message is the API server's."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key; `algorithms` are those of ID tokens that it can verify, none for a key of another purpose."""

    key_id: str
    type: str
    algorithm: str
    bits: int
    algorithms: tuple[str, ...]
    private: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        named = f"{self.key_id or '(no kid)'} ({self.type} {self.bits}"
        return f"{named}, {self.algorithm})" if self.algorithm else f"{named})"


@dataclass(frozen=True, slots=True)
class KeySet:
    """The keys in their order, and the hash of the document's bytes as the API server's metric has it."""

    keys: tuple[Key, ...]
    hash: str

    @property
    def usable(self) -> tuple[Key, ...]:
        """The keys that can verify an ID token."""
        return tuple(key for key in self.keys if key.algorithms)


def parse(body: bytes) -> KeySet:
    """The key set in the document; KeySetError where the API server refuses all of it."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise KeySetError("oidc: failed to decode keys: it is not JSON") from None
    if not isinstance(document, dict):
        raise KeySetError("oidc: failed to decode keys: a JSON object with `keys` is expected")
    entries = next((value for name, value in document.items() if name.casefold() == "keys"), None) or []
    if not isinstance(entries, list):
        raise KeySetError("oidc: failed to decode keys: `keys` is no list")
    keys = tuple(_key(entry, position) for position, entry in enumerate(entries))
    return KeySet(keys, f"sha256:{hashlib.sha256(body).hexdigest()}")


def _key(entry: object, position: int) -> Key:
    if not isinstance(entry, dict):
        raise KeySetError(f"oidc: failed to decode keys: keys[{position}] is no JSON object")
    try:
        return _of_type(entry)
    except KeyError as missing:
        problem = f"it has no {missing.args[0]}"
    except ValueError as error:
        problem = str(error)
    named = f"keys[{position}] ({entry.get('kid') or 'no kid'})"
    raise KeySetError(f"oidc: failed to decode keys: {named}: {problem}")


def _of_type(entry: dict[str, Any]) -> Key:
    """The key of a type that go-jose knows; ValueError or KeyError where it does not take it."""
    texts = {name: _text(entry, name) for name in ("kid", "kty", "alg", "use", "crv")}
    kind, private = texts["kty"], bool(entry.get("d"))
    match kind:
        case "RSA":
            _bytes(entry, "e")
            bits = int.from_bytes(_bytes(entry, "n"), "big").bit_length()
            algorithms = _RSA if bits >= SMALLEST_RSA_BITS else ()
        case "EC":
            bits, algorithms = _curve(entry, texts["crv"])
        case "oct":
            bits, algorithms, private = 8 * len(_bytes(entry, "k")), (), True
        case "OKP" if texts["crv"] == "Ed25519":
            bits, algorithms = 8 * len(_bytes(entry, "x")), ()
        case "OKP":
            raise ValueError(f"go-jose/go-jose: unknown curve {texts['crv']}'")
        case _:
            raise ValueError(f"go-jose/go-jose: unknown json web key type '{kind}'")
    return Key(texts["kid"], kind, texts["alg"], bits, () if private else algorithms, private, entry)


def _curve(entry: dict[str, Any], name: str) -> tuple[int, tuple[str, ...]]:
    if name not in _CURVES:
        raise ValueError(f"go-jose/go-jose: unsupported elliptic curve '{name}'")
    bits, algorithm = _CURVES[name]
    for axis in ("x", "y"):
        if len(_bytes(entry, axis)) != (bits + 7) // 8:
            raise ValueError(f"go-jose/go-jose: invalid EC public key, wrong length for {axis}")
    return bits, (algorithm,)


def _text(entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"`{name}` is no string")
    return value or ""


def _bytes(entry: dict[str, Any], name: str) -> bytes:
    text = _text(entry, name)
    if not text:
        raise KeyError(name)
    return base64url.decode(text)
