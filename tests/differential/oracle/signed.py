"""Whole tokens with the issuer's key set: which ones does the API server accept, and with which error not?"""

from __future__ import annotations

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
from differential.oracle.keyring import CLAIMS, KIDS, jwk, token
from differential.oracle.payloads import NOW
from differential.oracle.process import Reference

AGAIN: Final = 20
CONFIG: Final = as_yaml(configuration())
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
    both = ",".join(json.dumps(jwk(kid)) for kid in ("ec256", "rsa"))
    yield from (Signed("a key set", plain, form.replace("%s", both)) for form in KEY_SETS)
    yield from (Signed("an entry", plain, f'{{"keys":[{both},{entry}]}}') for entry in ENTRIES)
    for path in sorted((CASES / "found").glob("*.signed.json")):
        kept = json.loads(path.read_text(encoding="utf-8"))
        yield Signed(path.stem, kept["token"], kept["keys"])


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
