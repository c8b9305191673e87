"""Random valid entries, and claims that they read: which user does a token become?"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from hypothesis import strategies as st

from differential.oracle.configuration import API_VERSION, as_yaml
from differential.oracle.grammar import expressions
from differential.oracle.payloads import INSIDE, NOW, VALUES
from differential.oracle.readings import CONDITIONS, LISTS, OVER_USER, PLAIN, TEXTS, TIMES

ISSUERS: Final = (
    "https://issuer.example",
    "https://accounts.google.com",
    "https://b.example/x",
    "https://b.example/x/y",
)
AUDIENCES: Final = ("audience", "b", 'é"', "a b")
NAMES: Final = (
    "sub", "a", "b", "groups", "email", "email_verified", "iss", "aud", "exp", "iat", "nbf", "jti", "nonce", "a.b",
    "a-b", "a/b", "Sub", "ä", "namespace", "__namespace__", "a__dot__b", "_claim_names", "in", "a b", '"', "AUD",
)  # fmt: skip
KEYS: Final = ("example.org/a", "example.org/b", "a.example.org/x/y", "example.org/a__dot__b", "x.y/a-b")
PREFIXES: Final = ("", "-", "p:", "system:", "é", "oidc:")
VERIFIED: Final = {
    "sub": ('"me"', '"a"', '""', '"system:masters"', '"é"', "null"),
    "iss": (f'"{ISSUERS[0]}"',),
    "aud": ('["x","a b","audience","é\\"","b"]', '["audience"]', '"audience"'),
    "exp": (f"{NOW + 60}", f"{NOW + 60}.5"),
    "iat": (f"{NOW}", "0", "1.5", "-1"),
    "nbf": (f"{NOW}", "null", "0"),
    "nonce": ('"a"', "null"),
    "_claim_names": ("{}", "null", '{"x":"y"},"_claim_sources":{"y":{}}', '{"groups":"y"},"_claim_sources":{"y":{}}'),
}  # fmt: skip
REQUIRED: Final = ("a", "me", "", "true", "é")
MESSAGES: Final = ("", "no", "é\"'")
_FIELD: Final = re.compile("(?!in$|namespace$)[A-Za-z_][A-Za-z_0-9]*")
_PLACE: Final = re.compile(r"\{[cdoh]\}")


@dataclass(frozen=True, slots=True)
class Reader:
    """The part of an entry that reads the claims of this name."""

    names: tuple[str, ...]

    def name(self) -> st.SearchStrategy[str]:
        """One of the names."""
        return st.sampled_from(self.names)

    def expression(self, *templates: str) -> st.SearchStrategy[str]:
        """One of the templates: `{c}` and `{d}` are claims, `{o}` an optional one and `{h}` its presence."""
        return st.tuples(st.sampled_from(templates), self.name(), self.name(), st.booleans()).map(_filled)

    def mapped(self, *templates: str) -> st.SearchStrategy[dict[str, str]]:
        """A claim with a prefix, or an expression from a template or a random one."""
        prefixes = st.sampled_from(PREFIXES)
        claim = st.builds(lambda name, prefix: {"claim": name, "prefix": prefix}, self.name(), prefixes)
        ours = self.expression(*templates).map(_expression)
        return st.one_of(claim, claim, ours, ours, ours, expressions().map(_expression))

    def identifier(self) -> st.SearchStrategy[dict[str, str]]:
        """A uid."""
        claim = self.name().map(lambda name: {"claim": name})
        return st.one_of(claim, self.expression(*TEXTS).map(_expression))

    def rule(self) -> st.SearchStrategy[dict[str, str]]:
        """A required claim or a condition."""
        required = st.builds(
            lambda name, value: {"claim": name, "requiredValue": value},
            self.name(),
            st.sampled_from(REQUIRED),
        )
        return st.one_of(required, st.builds(_rule, self.expression(*CONDITIONS), st.sampled_from(MESSAGES)))


def _expression(text: str) -> dict[str, str]:
    return {"expression": text}


def _rule(expression: str, message: str) -> dict[str, str]:
    return {"expression": expression, "message": message}


def _filled(made: tuple[str, str, str, bool]) -> str:
    template, one, other, by_index = made
    quoted, field = json.dumps(one, ensure_ascii=False), _FIELD.fullmatch(one)
    indexed = by_index or not field
    parts = {
        "{c}": f"claims[{quoted}]" if indexed else f"claims.{one}",
        "{d}": f"claims[{json.dumps(other, ensure_ascii=False)}]",
        "{o}": f"claims[?{quoted}]" if indexed else f"claims.?{one}",
        "{h}": f"({quoted} in claims)" if indexed else f"has(claims.{one})",
    }
    return _PLACE.sub(lambda match: parts[match[0]], template)


def readers() -> st.SearchStrategy[Reader]:
    """Claim names, mostly common ones."""
    usual = st.sampled_from(NAMES[:6])
    return st.lists(st.one_of(usual, usual, st.sampled_from(NAMES)), min_size=1, max_size=4).map(
        lambda names: Reader(tuple(names))
    )


def _some(strategy: st.SearchStrategy[Any], most: int, key: str = "") -> st.SearchStrategy[list[Any]]:
    """Empty half of the time."""
    return st.one_of(
        st.just([]), st.lists(strategy, max_size=most, unique_by=lambda item: item.get(key) or str(item))
    )


@st.composite
def _entry(draw: st.DrawFn, url: str, reader: Reader) -> dict[str, Any]:
    audiences = draw(st.lists(st.sampled_from(AUDIENCES), min_size=1, max_size=3, unique=True))
    issuer: dict[str, Any] = {"url": url, "audiences": audiences}
    if len(audiences) > 1:
        issuer["audienceMatchPolicy"] = "MatchAny"
    mappings: dict[str, Any] = {
        "username": draw(st.one_of(st.just({"claim": "sub", "prefix": ""}), reader.mapped(*TEXTS)))
    }
    if draw(st.booleans()):
        mappings["groups"] = draw(reader.mapped(*LISTS))
    if draw(_rarely(3)):
        mappings["uid"] = draw(reader.identifier())
    extra = st.builds(
        lambda key, text: {"key": key, "valueExpression": text},
        st.sampled_from(KEYS),
        reader.expression(*LISTS, *TEXTS),
    )
    mappings["extra"] = draw(_some(extra, 2, "key"))
    over_user = st.builds(_rule, st.sampled_from(OVER_USER), st.sampled_from(MESSAGES))
    return {
        "issuer": issuer,
        "claimMappings": mappings,
        "claimValidationRules": draw(_some(reader.rule(), 2, "claim")),
        "userValidationRules": draw(_some(over_user, 2, "expression")),
    }


@st.composite
def cases(draw: st.DrawFn) -> tuple[bytes, list[bytes]]:
    """A file with one or two entries, mostly valid, and payloads of tokens."""
    reader = draw(readers())
    more = draw(st.lists(st.sampled_from(ISSUERS[1:]), max_size=1))
    entries = [draw(_entry(url, reader)) for url in draw(st.permutations([ISSUERS[0], *more]))]
    document = {"apiVersion": API_VERSION, "kind": "AuthenticationConfiguration", "jwt": entries}
    return as_yaml(document), draw(st.lists(claims(reader), min_size=1, max_size=8))


def _rarely(times: int) -> st.SearchStrategy[bool]:
    return st.sampled_from((False,) * (times - 1) + (True,))


@st.composite
def claims(draw: st.DrawFn, reader: Reader) -> bytes:
    """Claims as bytes of JSON text: the verified ones are mostly valid, the rest is arbitrary."""
    fields = {name: draw(_value(name)) for name in ("sub", *reader.names) if not draw(_rarely(8))}
    fields |= {name: VERIFIED[name][0] for name in ("iss", "aud", "exp")}
    if draw(st.booleans()):
        fields |= {name: draw(_value(name)) for name in draw(st.lists(st.sampled_from(NAMES), max_size=3))}
    parts = [f"{json.dumps(name, ensure_ascii=False)}:{value}" for name, value in fields.items()]
    if draw(_rarely(4)):
        parts += draw(st.lists(_odd(reader), min_size=1, max_size=3))
        parts = draw(st.permutations(parts))
    data = ("{" + ",".join(parts) + "}").encode("utf-8", "surrogatepass")
    return draw(_damaged(data)) if draw(_rarely(20)) else data


def _value(name: str) -> st.SearchStrategy[str]:
    """A value that verification accepts."""
    return st.sampled_from(VERIFIED.get(name.lower(), PLAIN))


def _odd(reader: Reader) -> st.SearchStrategy[str]:
    """Another member of the object: a time, a claim with any value, another issuer, or almost-JSON."""
    timed = st.tuples(st.sampled_from(["exp", "nbf", "iat", "NBF", "Exp"]), st.sampled_from(TIMES))
    valued = st.tuples(st.one_of(reader.name(), st.sampled_from(NAMES)), st.sampled_from(VALUES))
    issuer = st.tuples(st.just("iss"), st.sampled_from([*ISSUERS, "accounts.google.com"]).map(json.dumps))
    named = st.one_of(timed, valued, valued, issuer).map(lambda made: f"{json.dumps(made[0])}:{made[1]}")
    return st.one_of(named, st.sampled_from(INSIDE))


@st.composite
def _damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """The text with a few bytes inserted or removed, UTF-8 or not."""
    place = draw(st.integers(0, len(data)))
    put = draw(
        st.sampled_from(
            [
                b"\xff",
                b"\xc3",
                b"\xed\xa0\x80",
                b"\xf0\x9f\x98",
                b"\xc0\x80",
                b"\x00",
                b" ",
                b",",
                b"\\u00",
                b"\\ud83d",
                b'"',
                b"{",
                b"\xef\xbb\xbf",
            ]
        )
    )
    return data[:place] + put + data[place + draw(st.integers(0, 2)) :]
