"""Whole tokens with the issuer's key set: which ones does the API server accept, and with which error not?"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from kube_oidc.authn.authenticate import Authenticated, Outcome, Undecided
from kube_oidc.commands.tokens import token_of
from recorded.signatures import compare_signed, explain_signed
from recorded.verdicts import Agreement

from differential.oracle.cases import CASES
from differential.oracle.configuration import as_yaml, configuration
from differential.oracle.forms import ALGORITHMS, ENTRIES, FIELDS, HEADERS, KEY_SETS, WHOLE, damaged
from differential.oracle.keyring import CLAIMS, KIDS, UNUSUAL, certificate, encoded, jwk, number, token
from differential.oracle.payloads import NOW
from differential.oracle.process import Reference

AGAIN: Final = 20
CONFIG: Final = as_yaml(configuration())
STANDARD_BASE64: Final = (
    "AAA", "A===", "AA=", "AA==", "AA=\n=", "AAA=A", "AA*A", "AAAA=", "A", "====", "AA==A", "AAAAA", "AA=*", "AAA\n=",
    "AAAA", "AAAA*", "AAA==", "AAAAA=", "=", "*",
)  # fmt: skip
# With a bad signature as well: which of the two is reported shows the order of the steps.
WRONG_CLAIMS: Final[dict[str, dict[str, Any]]] = {
    "expired": {"exp": NOW - 60},
    "no expiry": {"exp": None},
    "not valid yet": {"nbf": NOW + 3600},
    "another audience": {"aud": "other"},
    "another issuer": {"iss": "https://other.example"},
    "an audience of a number": {"aud": 7},
    "a claim without its source": {"_claim_names": {"groups": "x"}},
    "no subject": {"sub": None},
}


@dataclass(frozen=True, slots=True)
class Signed:
    """A token, and the text of the key set."""

    name: str
    token: str
    keys: str


@dataclass(frozen=True, slots=True)
class SignedComparison:
    """One token in one minor; `ours` and `theirs` are for display."""

    signed: Signed
    minor: str
    agreement: Agreement
    ours: str
    theirs: str

    def __str__(self) -> str:
        head = f"{self.signed.name} {self.signed.token}\n with {self.signed.keys} (Kubernetes {self.minor})"
        return f"{head}\n  API server: {self.theirs}\n  kube-oidc:  {self.ours}"


def all_signed() -> Iterator[Signed]:
    """Every header, key, key set and damage of the forms, one at a time, and what a search found."""
    keys = _key_set(*map(jwk, KIDS))
    payload = json.dumps(CLAIMS).encode()
    for kid, algorithm in product((*KIDS, "stranger"), ALGORITHMS):
        for named in (f',"kid":"{kid}"', ""):
            header = f'{{"alg":"{algorithm}"{named}}}'
            yield Signed(f"{algorithm} of {kid}", token(kid, algorithm, header, payload), keys)
    good = '{"alg":"RS256","kid":"rsa"}'
    for header in (*WHOLE, *(good.replace("{", f"{{{member},") for member in HEADERS)):
        for raw in (False, True):
            yield Signed(f"header {header}", token("rsa", "RS256", header, payload, raw=raw), keys)
    for (what, claims), kid in product(WRONG_CLAIMS.items(), ("rsa", "stranger")):
        wrong = json.dumps({**CLAIMS, **claims}).encode()
        yield Signed(f"{what}, signed by {kid}", token(kid, "RS256", good, wrong), keys)
    plain = token("rsa", "RS256", good, payload)
    yield from (Signed("spoilt", changed, keys) for changed in damaged(plain))
    for (name, value), kid in product(FIELDS, KIDS):
        key_set = _key_set({**jwk(kid), name: value}, jwk("rsa"))
        yield Signed(f"{name} {value!r} in {kid}", plain, key_set)
    yield from _named_otherwise(payload, keys)
    yield from _of_private_keys(payload)
    yield from _of_certificates(plain)
    yield from _of_unusual_keys(payload)
    both = ",".join(json.dumps(jwk(kid)) for kid in ("ec256", "rsa"))
    yield from (Signed("a key set", plain, form.replace("%s", both)) for form in KEY_SETS)
    yield from (Signed("an entry", plain, f'{{"keys":[{both},{entry}]}}') for entry in ENTRIES)
    for path in sorted((CASES / "found").glob("*.signed.json")):
        kept = json.loads(path.read_text(encoding="utf-8"))
        yield Signed(path.stem, kept["token"], kept["keys"])


def _named_otherwise(payload: bytes, keys: str) -> Iterator[Signed]:
    """Headers that name another key than the one that signed, or carry a key."""
    for kid in ("rsa3", "ec256", "ed"):
        header = f'{{"alg":"RS256","kid":"{kid}"}}'
        yield Signed(f"named {kid}, signed by rsa", token("rsa", "RS256", header, payload), keys)
    for kid, private in product(("rsa", "ec256", "ed"), (False, True)):
        header = f'{{"alg":"RS256","jwk":{json.dumps(jwk(kid, private=private))}}}'
        yield Signed(f"with {kid} in its header, {private=}", token("rsa", "RS256", header, payload), keys)
    for numbers in ('"n":"","e":"AQAB"', '"n":"AQAB","e":""', '"n":"AQAB","e":"AQAB"'):
        header = f'{{"alg":"RS256","jwk":{{"kty":"RSA",{numbers}}}}}'
        yield Signed(f"with {numbers} in its header", token("rsa", "RS256", header, payload), keys)
    whole = token("ec256", "ES256", '{"alg":"ES256","kid":"ec256"}', payload)
    head, signature = whole.rpartition(".")[0], _decoded(whole.rpartition(".")[2])
    for changed in (
        signature[:32] + b"\0" + signature[32:],
        b"\0" + signature,
        signature + b"\0",
        signature[:-1],
    ):
        yield Signed("ES256 of another length", f"{head}.{encoded(changed)}", keys)


def _of_private_keys(payload: bytes) -> Iterator[Signed]:
    """Private keys in the key set: whole, damaged, and without one of their members."""
    for kid, algorithm in (("rsa", "RS256"), ("ec256", "ES256"), ("ed", "EdDSA")):
        signed, key = token(kid, algorithm, f'{{"alg":"{algorithm}"}}', payload), jwk(kid, private=True)
        yield Signed(f"private {kid}", signed, _key_set(key))
        yield Signed(f"private {kid} before a public one", signed, _key_set(key, jwk(kid)))
        for name in key:
            without = {other: value for other, value in key.items() if other != name}
            yield Signed(f"private {kid} without {name}", signed, _key_set(without))
    plain, key, other = (
        token("rsa", "RS256", '{"alg":"RS256"}', payload),
        jwk("rsa", private=True),
        jwk("rsa3", private=True),
    )
    for name in ("n", "e", "d", "p", "q"):
        yield Signed(f"private rsa with another {name}", plain, _key_set({**key, name: other[name]}))
    yield Signed("private rsa of one prime", plain, _key_set({**key, "p": "AQ", "q": key["n"]}))
    yield Signed("private rsa of one prime, last", plain, _key_set({**key, "q": "AQ", "p": key["n"]}))
    p, q, e = (int.from_bytes(_decoded(key[name]), "big") for name in "pqe")
    for first, second in ((p, q), (q, p)):  # right for one of the primes only
        d = pow(e, -1, first - 1)
        assert (d * e - 1) % (second - 1)
        yield Signed("private rsa, d of one prime", plain, _key_set({**key, "d": number(d)}))
    yield Signed("private ec256 with a short d", plain, _key_set({**jwk("ec256", private=True), "d": "AA"}))


def _of_certificates(plain: str) -> Iterator[Signed]:
    """Keys with certificates and their thumbprints."""
    for kid, of in product(("rsa", "ec256", "ed"), repeat=2):
        yield Signed(f"{kid} with the certificate of {of}", plain, _key_set(jwk("rsa"), _certified(kid, of)))
    yield Signed("two certificates", plain, _key_set(_certified("rsa", "rsa", "ec256")))
    yield Signed("two certificates, its own last", plain, _key_set(_certified("rsa", "ec256", "rsa")))
    yield Signed(
        "a secret with a certificate", plain, _key_set({"kty": "oct", "k": "AA"} | _certified("", "rsa"))
    )
    short = {"kty": "OKP", "crv": "Ed25519"}
    for x in ("AA", 200 * "A"):
        yield Signed("Ed25519 of another length", plain, _key_set(short | {"x": x} | _certified("", "ed")))
    for name, of in product(("x5t", "x5t#S256"), ("rsa", "ec256")):
        digest = hashlib.new("sha1" if name == "x5t" else "sha256", certificate(of))
        forms = (digest.digest(), digest.hexdigest().encode(), digest.hexdigest().upper().encode())
        for form, key in product(forms, (_certified("rsa", "rsa"), jwk("rsa"))):
            yield Signed(f"{name} of {of}", plain, _key_set({**key, name: encoded(form)}))
    for text in (40 * b" ", 40 * b"g", 38 * b"0" + b"\0\0", 38 * b"0" + b"\xad0", 40 * b"\xc3"):
        yield Signed(f"x5t of {text[-2:]!r}", plain, _key_set({**jwk("rsa"), "x5t": encoded(text)}))
    both = {**jwk("rsa"), "x5t": "AA", "x5t#S256": "*"}
    yield Signed("two wrong thumbprints", plain, _key_set(both))
    for text in STANDARD_BASE64:
        yield Signed(f"certificate {text!r}", plain, _key_set({**jwk("rsa"), "x5c": [text]}))


def _of_unusual_keys(payload: bytes) -> Iterator[Signed]:
    """RSA keys that are too small, or with an exponent that is too large."""
    for kid in UNUSUAL:
        signed = token(kid, "RS256", '{"alg":"RS256"}', payload)
        yield Signed(kid, signed, _key_set(jwk(kid)))


def _certified(kid: str, *of: str) -> dict[str, Any]:
    chain = [base64.b64encode(certificate(name)).decode() for name in of]
    return {**(jwk(kid) if kid else {}), "x5c": chain}


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _key_set(*keys: dict[str, Any]) -> str:
    return json.dumps({"keys": keys})


def ask_signed(reference: Reference, signed: Signed) -> SignedComparison:
    """Asks both sides. go-jose walks the header's members in random order, so any of its reasons is right."""
    outcome = explained(signed, reference.minor)
    comparison = compared(signed, reference, outcome)
    if comparison.agreement is not Agreement.DIFFERENT or isinstance(outcome, Authenticated):
        return comparison
    again = (compared(signed, reference, outcome) for _ in range(AGAIN))
    return next((one for one in again if one.agreement is Agreement.SAME), comparison)


def compared(signed: Signed, reference: Reference, outcome: Outcome | None) -> SignedComparison:
    """Compares our outcome with one answer of the reference."""
    same, ours, theirs = compare_signed(reference.ask(**question(signed)), outcome)
    agreement = Agreement.SAME if same else Agreement.DIFFERENT
    if isinstance(outcome, Undecided):
        agreement = Agreement.UNDECIDED
    return SignedComparison(signed, reference.minor, agreement, ours, theirs)


def question(signed: Signed) -> dict[str, Any]:
    """The question for the reference."""
    return {
        "op": "authenticate",
        "config": CONFIG.decode(),
        "now": NOW,
        "token": token_of(signed.token),
        "keys": signed.keys,
    }


def explained(signed: Signed, minor: str) -> Outcome | None:
    """The outcome of `kube-oidc explain --token-file --keys`; None if the text isn't a token."""
    return explain_signed(CONFIG, signed.token, signed.keys, minor, NOW)


def row(signed: Signed) -> dict[str, Any]:
    """The case as it is saved."""
    return {"token": signed.token, "keys": signed.keys}
