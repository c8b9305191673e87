"""Whole tokens beside the issuer's key set: which does the API server take, which not, and in which words?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from kube_oidc.authn.authenticate import Authenticated, Authenticator, Outcome, Undecided
from kube_oidc.authn.keys import KeySetError, parse
from kube_oidc.authn.verification import Signature
from kube_oidc.commands import CommandError
from kube_oidc.commands.tokens import payload_of, token_of
from kube_oidc.issuers.verify_token import TokenCheck, against_keys
from kube_oidc.verdict.validate_file import check
from kube_oidc.verdict.versions import KubernetesVersion

from differential.referee.cases import CASES
from differential.referee.compare import Agreement, context
from differential.referee.configuration import as_yaml, configuration, spelled
from differential.referee.forms import ALGORITHMS, ENTRIES, FIELDS, HEADERS, KEY_SETS, WHOLE, spoilt
from differential.referee.keyring import CLAIMS, KIDS, jwk, token
from differential.referee.payloads import NOW
from differential.referee.process import Reference

AGAIN: Final = 20
CONFIG: Final = as_yaml(configuration())


@dataclass(frozen=True, slots=True)
class Signed:
    """A token, and the text of the key set."""

    name: str
    token: str
    keys: str


@dataclass(frozen=True, slots=True)
class SignedComparison:
    """One token under one minor; `ours` and `theirs` are what to show a person."""

    signed: Signed
    minor: str
    agreement: Agreement
    ours: str
    theirs: str

    def __str__(self) -> str:
        head = f"{self.signed.name} {self.signed.token}\n with {self.signed.keys} (Kubernetes {self.minor})"
        return f"{head}\n  API server: {self.theirs}\n  kube-oidc:  {self.ours}"


def all_signed() -> Iterator[Signed]:
    """Every header, key, key set and change of the forms, one at a time; and what a search once found."""
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
    plain = token("rsa", "RS256", good, payload)
    yield from (Signed("spoilt", changed, keys) for changed in spoilt(plain))
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
    """Asks both sides. go-jose walks the header's members in another order each time: each of its reasons is right."""
    outcome = explained(signed, reference.minor)
    comparison = compared(signed, reference, outcome)
    if comparison.agreement is not Agreement.DIFFERENT or isinstance(outcome, Authenticated):
        return comparison
    again = (compared(signed, reference, outcome) for _ in range(AGAIN))
    return next((one for one in again if one.agreement is Agreement.SAME), comparison)


def compared(signed: Signed, reference: Reference, outcome: Outcome | None) -> SignedComparison:
    """Our outcome beside one answer of the reference."""
    config = spelled(CONFIG, reference.minor).decode()
    answer = reference.ask(
        op="authenticate", config=config, now=NOW, token=token_of(signed.token), keys=signed.keys
    )
    theirs = str(answer["user"]["username"]) if answer["authenticated"] else _words(answer["error"])
    ours = _ours(outcome)
    if outcome is None and _MALFORMED in theirs:
        theirs = _NOBODY
    same = ours in theirs if _UNREAD in ours and ours[:20] == theirs[:20] else ours == theirs
    agreement = Agreement.SAME if same else Agreement.DIFFERENT
    if isinstance(outcome, Undecided):
        agreement = Agreement.UNDECIDED
    return SignedComparison(signed, reference.minor, agreement, ours, theirs)


_MALFORMED: Final = "oidc: verify token: oidc: malformed jwt: "
_NOBODY: Final = "no authenticator takes the token"
_UNREAD: Final = "oidc: failed to decode keys: "
# What is wrong with a private key is said by the Go that built the API server, each time in other words.
_OF_GO: Final = re.compile(r"(crypto/rsa: )[^:]*")
# The API server shows the header's key, private or not.
_EMBEDDED: Final = re.compile(r'(failed to unmarshal JWK: .*?): "(?:[^"\\]|\\.)*"$', re.DOTALL)
_RENAMED: Final = (
    ("square/go-jose", "go-jose/go-jose"),
    ("x5c fields do not match", "x5c fields to not match"),
)


def _words(error: str | None) -> str:
    """The API server's words without what the checker says in another way."""
    if error is None:
        return _NOBODY
    for until_1_32, since in _RENAMED:
        error = error.replace(until_1_32, since)
    error = _EMBEDDED.sub(r'\1: "..."', _OF_GO.sub(r"\1...", error))
    return re.sub(f"({_UNREAD}).*", r"\1...", error, flags=re.S)


def _ours(outcome: Outcome | None) -> str:
    if outcome is None or (not isinstance(outcome, Authenticated) and "no authenticator" in outcome.reason):
        return _NOBODY
    if isinstance(outcome, Authenticated):
        return outcome.user.username
    return _words(outcome.reason)


def explained(signed: Signed, minor: str) -> Outcome | None:
    """What `kube-oidc explain --token-file --keys` finds out; None where it says that this is no token."""
    checked = check(spelled(CONFIG, minor), context(minor))
    assert checked.configuration is not None
    token = token_of(signed.token)
    try:
        payload = payload_of(token)
    except CommandError:
        return None
    authenticator = Authenticator(checked.configuration, KubernetesVersion.parse(minor))
    return authenticator.authenticate(payload, NOW, _check(token, signed.keys))


def _check(token: str, keys: str) -> TokenCheck:
    try:
        return against_keys(token, parse(keys.encode("utf-8", "surrogatepass")), "the keys")
    except KeySetError as error:
        refusal = f"failed to verify signature: fetching keys {error}"
        return TokenCheck(token, lambda *_: Signature("", refusal=refusal))


def row(signed: Signed) -> dict[str, Any]:
    """The case as it is kept."""
    return {"token": signed.token, "keys": signed.keys}
