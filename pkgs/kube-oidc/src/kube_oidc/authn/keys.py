"""A JSON Web Key Set as the API server reads it: one key that it does not know, and it refuses the whole set.

Source: go-oidc v2 (`jwks.go`) and go-jose v2 (`jwk.go`).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from kube_oidc.authn.jose import JOSEError
from kube_oidc.authn.jwk import Key, parse_key
from kube_oidc.verdict.golang.unmarshal import parse_object


class KeySetError(Exception):
    """The API server cannot decode the key set, so it has no key; the message is the API server's."""


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
    """The key set in the document; KeySetError if the API server refuses all of it."""
    try:
        document = parse_object(body)
    except RecursionError:
        document = None
    if document is None and body.strip(b" \t\r\n") != b"null":
        raise KeySetError("oidc: failed to decode keys: it is not JSON, or no JSON object with `keys`")
    keys: tuple[Key, ...] = ()
    for name, entries in document.entries if document else ():
        if name.casefold() == "keys":  # the last one counts, and all are read
            if not isinstance(entries, list | None):
                raise KeySetError("oidc: failed to decode keys: `keys` is not a list")
            keys = tuple(_key(entry, position) for position, entry in enumerate(entries or ()))
    return KeySet(keys, f"sha256:{hashlib.sha256(body).hexdigest()}")


def _key(entry: Any, position: int) -> Key:
    try:
        return parse_key(entry)
    except JOSEError as error:
        named = entry.get("kid") if isinstance(entry, dict) else None
        shown = f"keys[{position}] ({named or 'no kid'})"
        raise KeySetError(f"oidc: failed to decode keys: {shown}: {error}") from None
