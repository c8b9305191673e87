"""The kinds of reasons for refused tokens: where each is decided, what it needs, and what to do. Data.

Source: `k8s.io/apiserver/plugin/pkg/authenticator/token/oidc/oidc.go` and go-oidc's Verify.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from kube_oidc.authn.refused_log import NO_AUTHENTICATOR
from kube_oidc.authn.verification import listed
from kube_oidc.model import JWTAuthenticator
from kube_oidc.verdict.golang.quote import quote

Found = re.Match[str]
Fields = Callable[[JWTAuthenticator, Found], Iterator[str]]
_CLOCKS: Final = "compare the clocks of the issuer and of the API server: `kube-oidc status FILE`"
_SCOPE: Final = (
    "for people, request the scope that adds it (`email`, `profile`, `groups`), or map another claim"
)
_ALGORITHM: Final = (
    "set the issuer's signing algorithm to RS256 or ES256 (Forgejo: ID_TOKEN_SIGNING_ALGORITHM)"
)
_ALGORITHMS: Final = "a signature with RS, PS or ES, 256 to 512, not {algorithm}"


@dataclass(frozen=True, slots=True)
class Kind:
    """Reasons of one kind; `needs` and `remedies` may contain the groups of the pattern."""

    pattern: str
    step: str
    fields: Fields
    needs: str
    remedies: tuple[str, ...]


def _always(field: str) -> Fields:
    return lambda _, __: iter((field,))


def _audiences(entry: JWTAuthenticator, match: Found) -> Iterator[str]:
    wanted = entry.issuer.audiences
    shown = quote(wanted[0]) if len(wanted) == 1 else listed(sorted(wanted))
    if match["wanted"] == shown:
        yield "issuer.audiences"


def _claim(field: str, claim_of: Callable[[JWTAuthenticator], str]) -> Fields:
    def fields(entry: JWTAuthenticator, match: Found) -> Iterator[str]:
        if claim_of(entry) == match["claim"]:
            yield field

    return fields


def _required(entry: JWTAuthenticator, match: Found) -> Iterator[str]:
    for position, rule in enumerate(entry.claim_validation_rules):
        if rule.claim and rule.claim == match["claim"]:
            yield f"claimValidationRules[{position}]"


def _email(entry: JWTAuthenticator, _: Found) -> Iterator[str]:
    if entry.claim_mappings.username.claim == "email":
        yield "claimMappings.username"


def _expression(entry: JWTAuthenticator, match: Found) -> Iterator[str]:
    """The field with this expression; of a mapping, all that have one if the reason doesn't contain it."""
    text = match.groupdict().get("expression")
    mappings = entry.claim_mappings
    expressions = [("claimMappings.username", mappings.username.expression, "username claim expression")]
    expressions += [("claimMappings.groups", mappings.groups.expression, "group claim expression")]
    expressions += [("claimMappings.uid", mappings.uid.expression, "uid claim expression")]
    expressions += [
        (f"claimMappings.extra[{position}]", extra.value_expression, "extra claim expression")
        for position, extra in enumerate(mappings.extra)
    ]
    expressions += [
        (f"claimValidationRules[{position}]", rule.expression, "claim validation expression")
        for position, rule in enumerate(entry.claim_validation_rules)
    ]
    expressions += [
        (f"userValidationRules[{position}]", rule.expression, "user info validation rule")
        for position, rule in enumerate(entry.user_validation_rules)
    ]
    for field, own, what in expressions:
        if own and match["what"].startswith(what) and text in (None, own):
            yield field


def _evaluation(step: str, what: str) -> Iterator[Kind]:
    """The reasons of expressions for one use of them."""
    start = rf"oidc: error evaluating (?P<what>{what}): "
    yield Kind(
        start + r"validation expression '(?P<expression>.*)' failed: (?P<message>.*)",
        step, _expression, "{expression} to be true",
        ("{message}", "run the job, or log in, so that this holds; or change the rule (on NixOS, the option in it)"),
    )  # fmt: skip
    yield Kind(
        start + r"expression '(?P<expression>.*)' resulted in error: no such key: (?P<claim>.*)",
        step, _expression, "a claim {claim}, which the token doesn't have",
        ("write `claims.?{claim}.orValue('')` if it is optional", _SCOPE),
    )  # fmt: skip
    yield Kind(
        start + r"expression '(?P<expression>.*)' resulted in error: (?P<error>.*)",
        step, _expression, "{expression} to have a value",
        ("the expression fails for this token ({error}): try it with `kube-oidc explain FILE --claims`",),
    )  # fmt: skip
    yield Kind(
        start + r"(?P<problem>.*)", step, _expression, "another type of value: {problem}",
        ("convert the value in the expression, or map a claim of that type",),
    )  # fmt: skip


KINDS: Final = (
    Kind(
        NO_AUTHENTICATOR, "issuer", _always("issuer.url"), "an iss that is one of these URLs, character by character",
        (
            "compare the token's `iss` with `url`, including a slash at the end: `kube-oidc token --decode` in the job",
            "an access token or another credential isn't an ID token, and no entry takes it",
            "if a service account sent it: it has expired, or its account is gone",
        ),
    ),
    Kind(
        r"oidc: authenticator not initialized", "signature", _always("issuer.url"), "the issuer's keys",
        (
            "the API server can't get this issuer's keys: search its log for `oidc authenticator: initializing plugin`",
            "`kube-oidc status FILE` shows what the issuer responds from here",
        ),
    ),
    Kind(
        r"oidc: verify token: oidc: expected audience (in )?(?P<wanted>\"[^\"]*\"|\[.*?\]) got (?P<got>\[.*\])",
        "audience", _audiences, "an aud that contains {wanted}, not {got}",
        (
            "request the token for that audience: `--audience`, `&audience=`, or `aud:` in `id_tokens:`",
            "or add the token's own to `audiences`, if tokens for it aren't for another service",
        ),
    ),
    Kind(
        r"oidc: verify token: oidc: token is expired \(Token Expiry: (?P<time>.*)\)", "times", _always("issuer"),
        "an exp after now; this one ended at {time}",
        ("request a token when it is needed: kubectl does with `kube-oidc token` as exec plugin", _CLOCKS),
    ),
    Kind(
        r"oidc: verify token: oidc: current time .* before the nbf \(not before\) time: (?P<time>.*)", "times",
        _always("issuer"), "an nbf at most 60 s from now; this one begins at {time}", (_CLOCKS,),
    ),
    Kind(
        r"oidc: verify token: .*failed to verify id token signature", "signature", _always("issuer"),
        "a signature by one of the issuer's current keys",
        (
            "request a new token: the issuer may have changed its keys",
            "`kube-oidc explain FILE --token-file T --online` compares the token's key with the issuer's",
        ),
    ),
    Kind(
        r"oidc: verify token: .*signed with unsupported algorithm, .* got \"(?P<algorithm>.*)\"",
        "signature", _always("issuer"), _ALGORITHMS,
        (_ALGORITHM,),
    ),
    Kind(
        r"oidc: verify token: .*unexpected signature algorithm \\?\"(?P<algorithm>[^\"\\]*).*", "signature",
        _always("issuer"), _ALGORITHMS,
        (_ALGORITHM,),
    ),
    Kind(
        r"oidc: verify token: oidc: failed to unmarshal claims: (?P<problem>.*)", "audience", _always("issuer"),
        "registered claims of the right type: {problem}",
        ("correct the issuer's claim mappers: iss and sub are strings, aud is a string or a list, times are numbers",),
    ),
    Kind(
        r"oidc: verify token: .*malformed jwt.*", "signature", _always("issuer"), "a JWT in its compact form",
        ("send the token as it was issued: three parts with dots between them, without quotes",),
    ),
    Kind(
        r"oidc: parse username claims \"(?P<claim>.*)\": (?P<problem>.*)", "username",
        _claim("claimMappings.username", lambda entry: entry.claim_mappings.username.claim),
        "a claim {claim} with a string ({problem})", (_SCOPE,),
    ),
    Kind(
        r"oidc: parse groups claim \"(?P<claim>.*)\": (?P<problem>.*)", "groups",
        _claim("claimMappings.groups", lambda entry: entry.claim_mappings.groups.claim),
        "a claim {claim} with a string or a list of strings ({problem})", (_SCOPE,),
    ),
    Kind(
        r"oidc: parse uid claim \"(?P<claim>.*)\": (?P<problem>.*)", "uid",
        _claim("claimMappings.uid", lambda entry: entry.claim_mappings.uid.claim),
        "a claim {claim} with a string ({problem})", (_SCOPE, "or remove `uid`: it is optional"),
    ),
    Kind(
        r"oidc: required claim (?P<claim>.*) not present in ID token", "rules", _required, "a claim {claim}", (_SCOPE,),
    ),
    Kind(
        r"oidc: required claim (?P<claim>.*) value does not match\. Got = (?P<got>.*), want = (?P<want>.*)", "rules",
        _required, "{claim} to be {want}, not {got}",
        ("use a token whose {claim} is {want}, or change `requiredValue`",),
    ),
    Kind(
        r"oidc: parse claim (?P<claim>.*): (?P<problem>.*)", "rules", _required,
        "a claim {claim} with a string ({problem})",
        ("use an expression instead of `requiredValue` for other types",),
    ),
    Kind(
        r"oidc: (email not verified|parse 'email_verified' claim: .*)", "username", _email,
        "an email_verified that is true, or none",
        ("verify the address at the issuer; with `\"false\"` as a string, correct the issuer's claim mapper",),
    ),
    Kind(
        r"oidc: (?P<what>empty username) via CEL expression is not allowed", "username",
        lambda entry, _: iter(("claimMappings.username",) if entry.claim_mappings.username.expression else ()),
        "a username that isn't empty", ("map a claim that is never empty, or require it with a claimValidationRule",),
    ),
    Kind(
        r"oidc: could not expand distributed claims: (?P<problem>.*)", "groups",
        lambda entry, _: iter(("claimMappings.groups",) if entry.claim_mappings.groups.claim else ()),
        "groups in the token, or an endpoint that returns them ({problem})",
        ("make the issuer put fewer groups into the token (Entra: only those assigned to the application)",),
    ),
    *_evaluation("username", "username claim expression"),
    *_evaluation("groups", "group claim expression"),
    *_evaluation("uid", "uid claim expression"),
    *_evaluation("extra", "extra claim expression: [^:]*"),
    *_evaluation("rules", "claim validation expression"),
    *_evaluation("user rules", "user info validation rule"),
)  # fmt: skip
