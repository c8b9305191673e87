"""One token checked by one entry of `jwt`, step by step, in kube-apiserver's order."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from kube_oidc.authn.programs import Evaluator, Programs, Refusal, require_true, strings
from kube_oidc.authn.verification import SignatureCheck, Verification, listed
from kube_oidc.field import FieldPath
from kube_oidc.model import JWTAuthenticator, UserInfo
from kube_oidc.verdict.cel.scope import Scope
from kube_oidc.verdict.golang.quote import quote
from kube_oidc.verdict.golang.unmarshal import (
    OutOfRange,
    Pairs,
    UnmarshalError,
    name_of,
    out_of_range,
    to_bool,
    to_string,
    to_string_or_strings,
)
from kube_oidc.verdict.undecidable import Undecidable
from kube_oidc.verdict.versions import Difference

_CREDENTIAL_ID: Final = "authentication.kubernetes.io/credential-id"


@dataclass(frozen=True, slots=True)
class Step:
    """One check: its name, the field that decided, and the result."""

    name: str
    field: str
    result: str


@dataclass(slots=True)
class Attempt:
    """One token checked by one entry of `jwt`."""

    programs: Programs
    entry: JWTAuthenticator
    claims: Pairs
    path: FieldPath
    steps: list[Step]
    _prefix: str = field(init=False)
    _over_claims: Evaluator = field(init=False)

    def __post_init__(self) -> None:
        self._prefix = f"{self.path}."
        self._over_claims = self.programs.over(Scope.CLAIMS, self.claims)

    def note(self, name: str, where: str, result: str) -> None:
        """Adds a step."""
        self.steps.append(Step(name, self._prefix + where, result))

    def verify(self, now: float | None, check: SignatureCheck | None) -> None:
        """Signature, claims, audience, times."""
        Verification(self.entry.issuer, self.claims, self.programs.version, self.note).run(now, check)

    def distributed_claims(self) -> None:
        claim = self.entry.claim_mappings.groups.claim
        names = self.claims.get("_claim_names")
        if not claim or claim in self.claims or "_claim_names" not in self.claims:
            return
        if "_claim_sources" not in self.claims:
            raise Refusal("oidc: could not expand distributed claims: oidc: no claim sources")
        sources = self.claims["_claim_sources"]
        _check_sources(sources)
        source = names.get(claim) if isinstance(names, dict) else None
        endpoint = sources.get(source) if isinstance(sources, dict) else None
        addresses = [value for key, value in (endpoint or {}).items() if key.casefold() == "endpoint"]
        if any(addresses[-1:]):
            raise Undecidable(
                f"the claim {quote(claim)} is distributed: the API server asks another server for it"
            )

    def numbers(self) -> None:
        """Unless they are bound lazily, all claims are converted as soon as one expression needs any."""
        if self.programs.version.has(Difference.CLAIMS_BOUND_LAZILY) or not _uses_claims(self.entry):
            return
        for value in self.claims.values():
            number = out_of_range(value)
            if number is not None:
                raise Refusal(
                    f"oidc: could not convert claims to unstructured: {_unconverted(value, number)}"
                )

    def user(self) -> UserInfo:
        username = self._username()
        self.note("username", "claimMappings.username", username)
        groups = self._groups()
        self.note("groups", "claimMappings.groups", listed(groups))
        uid = self._uid()
        if uid:
            self.note("uid", "claimMappings.uid", uid)
        return UserInfo(username, uid, tuple(groups), self._extra())

    def _claim(self, name: str) -> Any:
        if name not in self.claims:
            raise UnmarshalError("claim not present")
        return self.claims[name]

    def _username(self) -> str:
        mapping = self.entry.claim_mappings.username
        if mapping.expression:
            what = "oidc: error evaluating username claim expression"
            value = self._over_claims.value(mapping.expression, what)
            if value.type != "string":
                raise Refusal(f"{what}: username claim expression must return a string")
            if not value.value:
                raise Refusal("oidc: empty username via CEL expression is not allowed")
            return str(value.value)
        try:
            username = to_string(self._claim(mapping.claim))
        except UnmarshalError as error:
            raise Refusal(f"oidc: parse username claims {quote(mapping.claim)}: {error}") from None
        if mapping.claim == "email":
            self._email_verified()
        return (mapping.prefix or "") + username

    def _email_verified(self) -> None:
        if "email_verified" not in self.claims:
            return
        try:
            verified = to_bool(self.claims["email_verified"])
        except UnmarshalError as error:
            raise Refusal(f"oidc: parse 'email_verified' claim: {error}") from None
        if not verified:
            raise Refusal("oidc: email not verified")

    def _groups(self) -> list[str]:
        mapping = self.entry.claim_mappings.groups
        if mapping.claim and mapping.claim in self.claims:
            try:
                groups = to_string_or_strings(self.claims[mapping.claim])
            except UnmarshalError as error:
                raise Refusal(f"oidc: parse groups claim {quote(mapping.claim)}: {error}") from None
            return [(mapping.prefix or "") + group for group in groups]
        if not mapping.expression:
            return []
        what = "oidc: error evaluating group claim expression"
        return strings(self._over_claims.value(mapping.expression, what), what)

    def _uid(self) -> str:
        mapping = self.entry.claim_mappings.uid
        if mapping.claim:
            try:
                return to_string(self._claim(mapping.claim))
            except UnmarshalError as error:
                raise Refusal(f"oidc: parse uid claim {quote(mapping.claim)}: {error}") from None
        if not mapping.expression:
            return ""
        what = "oidc: error evaluating uid claim expression"
        value = self._over_claims.value(mapping.expression, what)
        if value.type != "string":
            raise Refusal(f"{what}: uid claim expression must return a string")
        return str(value.value)

    def _extra(self) -> dict[str, tuple[str, ...]]:
        extra: dict[str, tuple[str, ...]] = {}
        identifier = self.claims.get("jti")
        known = self.programs.version.has(Difference.CREDENTIAL_ID)
        if known and isinstance(identifier, str) and identifier:
            extra[_CREDENTIAL_ID] = (f"JTI={identifier}",)
        mappings = self.entry.claim_mappings.extra
        values = [self._over_claims.value(mapping.value_expression, "") for mapping in mappings]
        for position, (mapping, value) in enumerate(zip(mappings, values, strict=True)):
            what = f"oidc: error evaluating extra claim expression: {mapping.value_expression}"
            found = strings(value, what)
            if found:
                extra[mapping.key] = tuple(found)
            self.note("extra", f"claimMappings.extra[{position}]", f"{mapping.key}: {listed(found)}")
        return extra

    def required_claims(self) -> None:
        for position, rule in enumerate(self.entry.claim_validation_rules):
            if not rule.claim:
                continue
            if rule.claim not in self.claims:
                raise Refusal(f"oidc: required claim {rule.claim} not present in ID token")
            try:
                value = to_string(self.claims[rule.claim])
            except UnmarshalError as error:
                raise Refusal(f"oidc: parse claim {rule.claim}: {error}") from None
            if value != rule.required_value:
                raise Refusal(
                    f"oidc: required claim {rule.claim} value does not match. "
                    f"Got = {value}, want = {rule.required_value}"
                )
            self.note("claim", f"claimValidationRules[{position}]", f"{rule.claim} is {quote(value)}")

    def claim_rules(self) -> None:
        what = "oidc: error evaluating claim validation expression"
        rules = [(i, rule) for i, rule in enumerate(self.entry.claim_validation_rules) if rule.expression]
        values = [self._over_claims.value(rule.expression, what) for _, rule in rules]
        for (position, rule), value in zip(rules, values, strict=True):
            require_true(value, rule.expression, rule.message, what)
            self.steps.append(_held(f"{self._prefix}claimValidationRules[{position}]"))

    def user_rules(self, user: UserInfo) -> None:
        what = "oidc: error evaluating user info validation rule"
        rules = self.entry.user_validation_rules
        over_user = self.programs.over(Scope.USER, user)
        values = [over_user.value(rule.expression, what) for rule in rules]
        for position, (rule, value) in enumerate(zip(rules, values, strict=True)):
            require_true(value, rule.expression, rule.message, what)
            self.steps.append(_held(f"{self._prefix}userValidationRules[{position}]"))


def _check_sources(sources: Any) -> None:
    """The API server reads one member more than go-oidc did before."""
    for source in sources.values() if isinstance(sources, dict) else ():
        for name, value in source.entries if isinstance(source, Pairs) else ():
            if name.casefold() == "jwt" and not isinstance(value, str | None):
                problem = f"json: cannot unmarshal {name_of(value)} into Go struct field endpoint.JWT of type string"
                raise Refusal(
                    f"oidc: could not expand distributed claims: oidc: could not parse claim sources: {problem}"
                )


@lru_cache(maxsize=4096)
def _held(where: str) -> Step:
    """A rule's step, the same for every token: most steps are such."""
    return Step("rule", where, "holds")


def _unconverted(value: Any, number: OutOfRange) -> str:
    if isinstance(value, dict | list):
        kind = "object" if isinstance(value, dict) else "array"
        return f'error decoding {kind} from json: strconv.ParseFloat: parsing "{number.text}": value out of range'
    wanted = "Go value of type float64"
    return f"error decoding number from json: json: cannot unmarshal number {number.text} into {wanted}"


def _uses_claims(entry: JWTAuthenticator) -> bool:
    """Is there an expression over `claims`?"""
    mappings = entry.claim_mappings
    mapped = mappings.username.expression or mappings.groups.expression or mappings.uid.expression
    return bool(mapped or mappings.extra or any(rule.expression for rule in entry.claim_validation_rules))
