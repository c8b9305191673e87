"""Random tokens and key sets, valid and damaged."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any, Final

from hypothesis import strategies as st

from differential.oracle.forms import ALGORITHMS, ENTRIES, FIELDS, FITTING, HEADERS, KEY_SETS, WHOLE, damaged
from differential.oracle.keyring import CLAIMS, KIDS, certificate, encoded, jwk, token
from differential.oracle.payloads import NOW
from differential.oracle.signed import Signed

PAYLOADS: Final[tuple[dict[str, Any], ...]] = (
    {"exp": NOW - 1}, {"exp": "x"}, {"aud": "x"}, {"aud": 1}, {"iss": "x"}, {"sub": ""}, {"nbf": NOW + 90}, {"sub": 1},
)  # fmt: skip


def _rarely(times: int) -> st.SearchStrategy[bool]:
    return st.sampled_from((False,) * (times - 1) + (True,))


@st.composite
def tokens(draw: st.DrawFn) -> Signed:
    """A token that is valid half of the time, and keys that are mostly valid."""
    kid = draw(st.sampled_from((*KIDS, "rsa", "ec256", "stranger")))
    algorithm = draw(st.sampled_from(ALGORITHMS if draw(_rarely(4)) else FITTING.get(kid, ALGORITHMS[:6])))
    header = draw(_header(kid, algorithm))
    payload = draw(_payload())
    raw = '"b64":false' in header and draw(st.booleans())
    made = token(kid, algorithm, header, payload, raw=raw, longest_salt=draw(st.booleans()))
    if draw(_rarely(4)):
        made = draw(st.sampled_from(damaged(made)))
    return Signed("generated", made, draw(_key_set(kid)))


@st.composite
def _header(draw: st.DrawFn, kid: str, algorithm: str) -> str:
    if draw(_rarely(20)):
        return draw(st.sampled_from(WHOLE))
    fields = [f'"alg":"{algorithm}"']
    if draw(st.booleans()):
        fields.append(f'"kid":{json.dumps(draw(st.sampled_from(KIDS)) if draw(_rarely(6)) else kid)}')
    if draw(_rarely(3)):
        fields += draw(st.lists(st.sampled_from(HEADERS), max_size=2))
    if draw(_rarely(12)):
        fields.append(f'"jwk":{json.dumps(draw(_key(draw(st.sampled_from(KIDS)))))}')
    return "{" + ",".join(draw(st.permutations(fields))) + "}"


@st.composite
def _payload(draw: st.DrawFn) -> bytes:
    changed = draw(st.sampled_from(PAYLOADS)) if draw(_rarely(6)) else {}
    return json.dumps({**CLAIMS, **changed}).encode()


@st.composite
def _key(draw: st.DrawFn, kid: str) -> dict[str, Any]:
    key = jwk(kid, private=draw(_rarely(20)))
    if draw(_rarely(5)):
        chain = draw(st.lists(st.sampled_from(KIDS), min_size=1, max_size=2)) if draw(_rarely(3)) else [kid]
        key["x5c"] = [base64.b64encode(certificate(name)).decode() for name in chain]
    if draw(_rarely(5)):
        digest = draw(st.sampled_from([hashlib.sha1, hashlib.sha256]))(certificate(kid))
        shown = digest.hexdigest().encode() if draw(st.booleans()) else digest.digest()
        key[draw(st.sampled_from(["x5t", "x5t#S256"]))] = encoded(shown)
    if draw(_rarely(4)):
        key |= dict(draw(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=2)))
    if draw(_rarely(12)):
        key.pop(draw(st.sampled_from(sorted(key))))
    return key


@st.composite
def _key_set(draw: st.DrawFn, kid: str) -> str:
    kids = draw(st.lists(st.sampled_from(KIDS), max_size=3))
    if kid != "stranger" and not draw(_rarely(10)):
        kids = draw(st.permutations([kid, *kids]))
    entries = [json.dumps(draw(_key(name)) if draw(st.booleans()) else jwk(name)) for name in kids]
    if draw(_rarely(20)):
        entries.append(draw(st.sampled_from(ENTRIES)))
    if draw(_rarely(15)):
        return draw(st.sampled_from(KEY_SETS)).replace("%s", ",".join(entries))
    return '{"keys":[' + ",".join(entries) + "]}"
