"""Random configurations, claims and damaged files, based on real files and common mistakes."""

from __future__ import annotations

import json
from typing import Any, Final

import yaml
from hypothesis import strategies as st

from differential.oracle.cases import CASES, documents
from differential.oracle.configuration import API_VERSION, as_yaml
from differential.oracle.grammar import conditions, expressions
from differential.oracle.payloads import NOW, VALUES

URLS: Final[list[str]] = json.loads((CASES / "rules" / "urls.json").read_text(encoding="utf-8"))
KEYS: Final[list[str]] = json.loads((CASES / "rules" / "extra-keys.json").read_text(encoding="utf-8"))
EMAILS: Final[list[str]] = json.loads((CASES / "rules" / "email.json").read_text(encoding="utf-8"))[
    "username"
]
ODD: Final = (
    None,
    True,
    False,
    0,
    1,
    -1,
    1.5,
    "",
    "a",
    "yes",
    "1",
    [],
    {},
    ["a"],
    {"a": 1},
    [None],
    [[]],
    "\u0000é\U0001f600",
)
SIGNS: Final = [
    *":-?[]{},#&*!|>'\"%@`\n\t \\0aé~<=.",
    "\n  ",
    "- ",
    ": ",
    "---\n",
    "<<: ",
    "\r\n",
    "\ufeff",
    "\u2028",
]
NAMES: Final = ("sub", "aud", "exp", "nbf", "iss", "email", "email_verified", "groups", "_claim_names", "a")
DOCUMENTS: Final = [case.config for case in documents() if len(case.config) < 2000]


def claim_names() -> st.SearchStrategy[str]:
    """Claim names, mostly valid ones."""
    return st.sampled_from(
        ["sub", "email", "groups", "hd", "preferred_username", "", "a b", "email_verified"]
    )


def any_expression() -> st.SearchStrategy[str]:
    """CEL for a mapping: random, or related to the email rule."""
    return st.one_of(expressions(), st.sampled_from(EMAILS), st.just(""))


def _some(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields)


def _mostly(good: st.SearchStrategy[Any], bad: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 7).flatmap(lambda number: bad if number == 0 else good)


def entries() -> st.SearchStrategy[Any]:
    """An entry of `jwt`, mostly valid."""
    odd = st.sampled_from(ODD)
    urls = _mostly(st.sampled_from(["https://a.example", "https://b.example"]), st.sampled_from(URLS))
    audiences = st.lists(st.sampled_from(["a", "b", ""]), max_size=3)
    issuer = _some(
        {
            "url": urls,
            "audiences": _mostly(audiences, odd),
            "discoveryURL": urls,
            "audienceMatchPolicy": st.sampled_from(["MatchAny", "", "x"]),
            "egressSelectorType": st.sampled_from(["cluster", "controlplane", "x"]),
            "certificateAuthority": st.sampled_from(["", "x", "-----BEGIN CERTIFICATE-----\n"]),
        }
    )
    rule = _some(
        {"claim": claim_names(), "requiredValue": odd, "expression": conditions(), "message": st.just("no")}
    )
    username = _some(
        {"claim": claim_names(), "prefix": _mostly(st.just("p:"), odd), "expression": any_expression()}
    )
    mappings = _some(
        {
            "username": _mostly(st.just({"claim": "sub", "prefix": ""}), username),
            "groups": username,
            "uid": _some({"claim": claim_names(), "expression": any_expression()}),
            "extra": st.lists(
                _some({"key": st.sampled_from(KEYS), "valueExpression": any_expression()}), max_size=2
            ),
        }
    )
    user_rule = _some(
        {"expression": conditions().map(lambda text: text.replace("claims.", "user.")), "message": odd}
    )
    return _mostly(
        st.fixed_dictionaries(
            {"issuer": issuer, "claimMappings": mappings},
            optional={
                "claimValidationRules": st.lists(rule, max_size=2),
                "userValidationRules": st.lists(user_rule, max_size=2),
                "extra": odd,
            },
        ),
        odd,
    )


@st.composite
def configurations(draw: st.DrawFn) -> bytes:
    """A whole file, as YAML in some style or as JSON."""
    anonymous = _some(
        {
            "enabled": st.sampled_from([True, False, "true"]),
            "conditions": st.sampled_from([[], [{"path": "/x"}], [{}]]),
        }
    )
    value = draw(
        st.fixed_dictionaries(
            {
                "apiVersion": _mostly(
                    st.just(API_VERSION),
                    st.sampled_from(
                        ["apiserver.config.k8s.io/v1", "apiserver.config.k8s.io/v1alpha1", "v1", ""]
                    ),
                ),
                "kind": _mostly(
                    st.just("AuthenticationConfiguration"),
                    st.sampled_from(["ConfigMap", "authenticationconfiguration", None]),
                ),
                "jwt": st.lists(entries(), max_size=3),
            },
            optional={"anonymous": anonymous, "JWT": st.sampled_from(ODD), "metadata": st.sampled_from(ODD)},
        )
    )
    style = draw(st.sampled_from(["block", "flow", "json"]))
    if style == "json":
        return json.dumps(value).encode()
    return as_yaml(value) if style == "block" else yaml.safe_dump(value, default_flow_style=True).encode()


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A document from the cases with a few characters inserted, removed or doubled."""
    text = draw(st.sampled_from(DOCUMENTS)).decode("utf-8", "replace")
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(text)))
        length = draw(st.integers(0, 8))
        match draw(st.sampled_from(["insert", "remove", "double"])):
            case "insert":
                text = text[:place] + draw(st.sampled_from(SIGNS)) + text[place:]
            case "remove":
                text = text[:place] + text[place + length :]
            case "double":
                text = text[: place + length] + text[place:]
    return text.encode("utf-8", "surrogatepass")


def broken_bytes() -> st.SearchStrategy[bytes]:
    """Random bytes, or documents with random bytes inserted."""
    cut = st.tuples(st.sampled_from(DOCUMENTS), st.integers(0, 400), st.binary(max_size=12))
    return st.one_of(
        st.binary(max_size=300), cut.map(lambda made: made[0][: made[1]] + made[2] + made[0][made[1] :])
    )


def json_values() -> st.SearchStrategy[Any]:
    """Any value that a claim can have."""
    leaves = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(allow_nan=False, allow_infinity=False),
        st.sampled_from(["", "a", "me", "true", "system:masters", "ä\U0001f600", "1"]),
        st.text(max_size=4),
    )
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=2)
        ),
        max_leaves=5,
    )


def payloads() -> st.SearchStrategy[str]:
    """Claims as JSON text: the verified ones are mostly valid, the rest is arbitrary."""
    values = json_values()
    base = st.fixed_dictionaries(
        {
            "iss": _mostly(st.just("https://issuer.example"), values),
            "aud": _mostly(st.sampled_from(["audience", ["audience"], ["x", "audience"]]), values),
            "exp": _mostly(st.sampled_from([NOW + 60, NOW + 60.5]), values),
        },
        optional=dict.fromkeys(
            (
                "nbf",
                "iat",
                "jti",
                "email",
                "email_verified",
                "groups",
                "hd",
                "name",
                "nonce",
                "_claim_names",
                "_claim_sources",
            ),
            values,
        )
        | {"sub": _mostly(st.just("me"), values)},
    )
    plain = st.tuples(base, st.booleans()).map(lambda made: json.dumps(made[0], ensure_ascii=made[1]))
    return st.one_of(plain, plain, _as_written(base))


def _as_written(base: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[str]:
    """JSON that `json.dumps` never writes: duplicate fields, other case, escapes; numbers in every form."""
    name = st.sampled_from(
        [*NAMES, *(text.upper() for text in NAMES), r"\u0073ub", "\u017fub", "i\u017f\u017f", ""]
    )
    more = st.lists(st.tuples(name, st.sampled_from(VALUES)), max_size=3)

    def written(made: tuple[dict[str, Any], list[tuple[str, str]], bool]) -> str:
        fields = [f"{json.dumps(key)}: {json.dumps(value)}" for key, value in made[0].items()]
        fields += [f'"{key}": {value}' for key, value in made[1]]
        return "{" + ", ".join(reversed(fields) if made[2] else fields) + "}"

    return st.tuples(base, more, st.booleans()).map(written)
