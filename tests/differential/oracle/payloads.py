"""Edge cases of claims: every unusual value in every place that is read, and almost-JSON texts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from differential.oracle.configuration import ABSENT

NOW: Final = 1_800_000_000
VALUES: Final = (
    "1", "-0", "-0.0", "1.0", "1.5", "1e2", "1e400", "-1e400", "1e-400", "9007199254740993",
    "9223372036854775807",
    "9223372036854775808", "18446744073709551616", "-9223372036854775809", "123456789012345678901234567890", "0.1",
    "1E5", "1e+5", "true", "null", '""', '"x"', r'"\u0000"', r'"\ud800"', r'"\ud83d\ude00"', r'"\ud800x"',
    r'"\udc00\ud800"', r'"a\/b"', r'"\u00e9"', r'"e\u0301"', "[]", '[1,"a",null]', '["a","b"]', '[["a"]]', "[null]",
    '[""]', '["a",""]',
    "{}", '{"b":{"c":"d"}}', '{"b":{"c":1}}', '{"b":null}', '{"b":1,"b":2}', '{"b":{"c":"x"},"b":{}}',
    "[1.0,2]", "[1e400]", '{"b":1e400}', r'["\ud800"]', r'{"\ud800":1}',
)  # fmt: skip
_TIMES: Final = f'"exp":{NOW + 60}'
_GOOD: Final = f'"iss":"https://issuer.example","aud":"audience",{_TIMES},"sub":"me"'
PLACES: Final = {
    "plain": (
        '"iat":%s',
        '"nbf":%s', '"jti":%s', '"nonce":%s', '"at_hash":%s', '"Exp":%s', '"AUD":%s', '"ISS":%s', '"Sub":%s',
        '"Nbf":%s', '"_Claim_Names":%s', '"_claim_names":%s', '"_claim_names":{"x":%s},"_claim_sources":{"s":{}}',
    ),
    "email": ('"email":%s', '"email":"a@b","email_verified":%s'),
    "groups": (
        '"groups":%s', '"_claim_names":%s', '"_claim_names":{"groups":%s},"_claim_sources":{}',
        '"_claim_names":{"groups":"s"},"_claim_sources":%s', '"_claim_names":{"groups":"s"},"_claim_sources":{"s":%s}',
    ),
    "uid": ('"uid":%s',),
    "expressions": ('"a":%s', '"a":"x","g":%s', '"a":"x","u":%s', '"a":"x","x":%s', '"a":"x","y":%s'),
    "text": ('"a":%s',), "type": ('"a":%s',), "format": ('"a":%s',), "nested": ('"a":%s',), "list": ('"a":%s',),
    "required": ('"a":%s,"b":1',), "user": ('"groups":%s',), "odd name": ('"a.b/c":%s',), "times": ('"iat":%s',),
}  # fmt: skip
WHOLE: Final = (
    f'{{"iss":"https://issuer.example","aud":"audience","exp":%s,"sub":"me"}}',  # noqa: F541
    f'{{"iss":"https://issuer.example",{_TIMES},"aud":%s,"sub":"me"}}',
    f'{{{_TIMES},"aud":"audience","sub":"me","iss":%s}}',
    f'{{"iss":"https://issuer.example","aud":"audience",{_TIMES},"sub":%s}}',
)
INSIDE: Final = (
    '"a":NaN', '"a":Infinity', '"a":01', '"a":+1', '"a":.5', '"a":1.', '"a":0x1', '"a":1_0', '"a":"\t"', '"a":"\x01"',
    '"a":"\x7f"', r'"a":"\q"', r'"a":"\u12"', r'"a":"\x41"', '"a":tru', '"a":[1,]', '"a":{"b":1,}', '"a":1,',
    '/*c*/"a":1', '"a":1 //c\n', r'"\u0061":"x"', r'"a\u0000":"x"', '"":1', '"a":1,"a":2', '"sub":"you"', '"SUB":"you"',
    r'"\u0073ub":"esc"',
    '"\u017fub":"long s"', '"i\u017f\u017f":"x"', '"\u212aey":1', '"nonce":"a","NONCE":1', '"exp":1',
    f'"EXP":{NOW - 1}', '"Exp":null', '"aud":"other"', '"aud":null', '"AUD":null', '"Aud":["audience"]', '"ISS":null',
    '"_claim_names":{"a":"s"},"_CLAIM_NAMES":{"b":"t"},"_claim_sources":{"s":{}}',
    '"_claim_names":{"a":"s"},"_CLAIM_NAMES":null', '"a":' + '{"a":' * 200 + "1" + "}" * 200, '"a":"é"', '"é":"é"',
    '"a":"\U0001f600"', '"a":"\u2028"', '"a":"' + "x" * 10_000 + '"',
)  # fmt: skip
BARE: Final = ("", " ", "null", "[]", "1", '"x"', "{", "{}", '{"iss"}', '{"iss":}')
AROUND: Final = ("%s ", " %s", "%sx", "%s{}", "\ufeff%s", "\r\n\t%s\r\n", "\x0b%s", "\xa0%s", "%s\x00")


def configurations() -> dict[str, dict[str, Any]]:
    """What reads the claims, by name: patches to the valid entry."""
    return {
        "plain": {},
        "email": {"claimMappings": {"username": {"claim": "email"}}},
        "groups": {"claimMappings": {"groups": {"claim": "groups", "prefix": "g:"}}},
        "uid": {"claimMappings": {"uid": {"claim": "uid"}}},
        "expressions": _username(
            "claims.a",
            groups={"expression": "claims.?g.orValue([])"},
            uid={"expression": "claims.?u.orValue('')"},
            extra=[
                {"key": "example.org/a", "valueExpression": "claims.?x.orValue('')"},
                {"key": "example.org/b", "valueExpression": "claims.?y"},
            ],
        ),
        "text": _username("string(claims.a)"),
        "type": _username("string(type(claims.a))"),
        "format": _username("'%s'.format([claims.a])"),
        "nested": _username("claims.a.b.c"),
        "list": _username("dyn(claims.a).map(x, string(x)).join(',')"),
        "times": _username("string(int(claims.exp - claims.iat))"),
        "required": {"claimValidationRules": [{"claim": "a", "requiredValue": "x"}, {"expression": "claims.b == 1"}]},
        "user": {
            "claimMappings": {"groups": {"claim": "groups", "prefix": ""}},
            "userValidationRules": [{"expression": "user.username != 'bad'"}, {"expression": "!('x' in user.groups)"}],
        },
        "odd name": {
            "claimMappings": {
                "username": {"claim": "a.b/c", "prefix": "é:"},
                "groups": {"expression": "claims['a.b/c']"},
            }
        },
    }  # fmt: skip


def payloads() -> Iterator[tuple[str, str]]:
    """Name of the configuration, and the payload's text."""
    for name, places in PLACES.items():
        for place in places:
            yield from ((name, f"{{{_GOOD},{place % value}}}") for value in VALUES)
    for whole in WHOLE:
        yield from (("plain", whole % value) for value in VALUES)
    good = f"{{{_GOOD}}}"
    texts = [f"{{{_GOOD},{inside}}}" for inside in INSIDE] + [around % good for around in AROUND]
    for name in ("plain", "expressions", "format", "groups"):
        yield from ((name, text) for text in (*BARE, good.replace('"', "'"), *texts))


def _username(expression: str, **others: Any) -> dict[str, Any]:
    mapping = {"claim": ABSENT, "prefix": ABSENT, "expression": expression}
    return {"claimMappings": {"username": mapping, **others}}
