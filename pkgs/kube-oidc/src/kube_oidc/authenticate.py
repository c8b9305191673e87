"""Claims → the user they become, or the first reason why not, in the API server's order.

Source: `k8s.io/apiserver/plugin/pkg/authenticator/token/oidc/oidc.go` (AuthenticateToken) and go-oidc's Verify.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from kube_oidc.cel.scope import Scope
from kube_oidc.field import FieldPath
from kube_oidc.golang.quote import quote
from kube_oidc.golang.unmarshal import (
    Pairs,
    UnmarshalError,
    out_of_range,
    parse_object,
    to_bool,
    to_string,
    to_string_or_strings,
)
from kube_oidc.golang.unmarshal import field as claim
from kube_oidc.kubernetes_version import DEFAULT, KubernetesVersion
from kube_oidc.model import AuthenticationConfiguration, JWTAuthenticator, UserInfo
from kube_oidc.registered_claims import registered_claims, time_problem

if TYPE_CHECKING:  # what has no expression loads no CEL
    from kube_oidc.cel.compile import Compiled
    from kube_oidc.cel.evaluate import Value

_GOOGLE: Final = "https://accounts.google.com"
_GOOGLE_WITHOUT_SCHEME: Final = "accounts.google.com"
_V1_30: Final = KubernetesVersion(
    1, 30
)  # before, messages were dropped and an empty user name was let through
_CREDENTIAL_ID: Final = "authentication.kubernetes.io/credential-id"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was looked at on the way: its name, the field that decided, and what came out."""

    name: str
    field: str
    result: str


@dataclass(frozen=True, slots=True)
class Authenticated:
    """The token becomes `user`."""

    issuer: str
    user: UserInfo
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """No user: `reason` is the API server's own (it writes it to its log, not to the client)."""

    reason: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Undecided:
    """The checker cannot say: `reason` tells what it lacks."""

    reason: str
    steps: tuple[Step, ...]


Outcome = Authenticated | Refused | Undecided


class _Refusal(Exception):
    """Ends the walk with the API server's reason."""


class _Open(Exception):
    """Ends the walk with what could not be decided."""


@dataclass(slots=True)
class Authenticator:
    """A configuration that the API server accepts, with its expressions compiled once for many tokens."""

    configuration: AuthenticationConfiguration
    version: KubernetesVersion = DEFAULT
    _compiled: dict[tuple[str, Scope], Compiled] = field(default_factory=dict)

    def authenticate(self, payload: str | bytes, now: float | None = None) -> Outcome:
        """What becomes of a token with this payload (JSON text); `now` in Unix seconds, None leaves times alone.

        The signature is not looked at: the payload is taken for genuine.
        """
        steps: list[Step] = []
        try:
            return self._authenticate(payload, now, steps)
        except _Refusal as refusal:
            return Refused(str(refusal), tuple(steps))
        except _Open as reason:
            return Undecided(str(reason), tuple(steps))

    def _authenticate(self, payload: str | bytes, now: float | None, steps: list[Step]) -> Authenticated:
        claims = parse_object(payload)
        if claims is None:
            raise _Refusal("the payload is no JSON object, so no authenticator takes the token")
        position = self._issuer(claims)
        entry = self.configuration.jwt[position]
        walk = _Walk(self, entry, claims, FieldPath(("jwt", position)), steps)
        walk.note("issuer", "issuer.url", entry.issuer.url)
        walk.verify(now)
        walk.distributed_claims()
        walk.numbers()
        user = walk.user()
        walk.required_claims()
        walk.claim_rules()
        walk.user_rules(user)
        return Authenticated(entry.issuer.url, user, tuple(steps))

    def _issuer(self, claims: Pairs) -> int:
        """The entry whose URL the `iss` claim names."""
        try:
            issuer = to_string(claim(claims, "iss")[1])
        except UnmarshalError as error:
            raise _Refusal(f"iss cannot be read ({error}), so no authenticator takes the token") from None
        wanted = _GOOGLE if issuer == _GOOGLE_WITHOUT_SCHEME else issuer
        for position, entry in enumerate(self.configuration.jwt):
            if entry.issuer.url == wanted:
                return position
        known = ", ".join(quote(entry.issuer.url) for entry in self.configuration.jwt) or "none"
        raise _Refusal(f"no authenticator for issuer {quote(issuer)}; the file has: {known}")

    def compiled(self, expression: str, scope: Scope) -> Compiled:
        """The compiled expression; what does not compile cannot be evaluated."""
        key = (expression, scope)
        found = self._compiled.get(key)
        if found is None:
            from kube_oidc.cel.compile import Compiled, compile_expression  # noqa: PLC0415

            result = compile_expression(expression, scope, self.version)
            if not isinstance(result, Compiled):
                raise _Open(
                    f"the expression {expression!r} could not be compiled: `kube-oidc check` says why"
                )
            found = self._compiled[key] = result
        return found


@dataclass(slots=True)
class _Walk:
    """One token through one entry."""

    authenticator: Authenticator
    entry: JWTAuthenticator
    claims: Pairs
    path: FieldPath
    steps: list[Step]

    def note(self, name: str, where: str, result: str) -> None:
        self.steps.append(Step(name, f"{self.path}.{where}", result))

    def verify(self, now: float | None) -> None:
        try:
            registered = registered_claims(self.claims)
        except UnmarshalError as error:
            raise _Refusal(f"oidc: verify token: oidc: failed to unmarshal claims: {error}") from None
        self._claim_sources()
        wanted = self.entry.issuer.audiences
        if not set(wanted) & set(registered.audiences):
            got = _listed(registered.audiences)
            expected = quote(wanted[0]) if len(wanted) == 1 else f"in {_listed(sorted(wanted))}"
            raise _Refusal(f"oidc: verify token: oidc: expected audience {expected} got {got}")
        self.note("audience", "issuer.audiences", _listed(registered.audiences))
        if now is None:
            self.note("times", "issuer", "not checked")
            return
        problem = time_problem(registered, now)
        if problem is not None:
            raise _Refusal(f"oidc: verify token: {problem}")
        self.note("times", "issuer", "valid now")

    def _claim_sources(self) -> None:
        """go-oidc refuses `_claim_names` without their sources before anything else looks at them."""
        names, sources = self.claims.get("_claim_names"), self.claims.get("_claim_sources")
        if not isinstance(names, dict):
            return
        for source in names.values():
            if not source:
                raise _Refusal("oidc: verify token: oidc: failed to obtain source from claim name")
            if not isinstance(sources, dict) or source not in sources:
                raise _Refusal("oidc: verify token: oidc: source does not exist")

    def distributed_claims(self) -> None:
        claim = self.entry.claim_mappings.groups.claim
        names = self.claims.get("_claim_names")
        if not claim or claim in self.claims or "_claim_names" not in self.claims:
            return
        if "_claim_sources" not in self.claims:
            raise _Refusal("oidc: could not expand distributed claims: oidc: no claim sources")
        sources = self.claims["_claim_sources"]
        source = names.get(claim) if isinstance(names, dict) else None
        endpoint = sources.get(source) if isinstance(sources, dict) else None
        addresses = [value for key, value in (endpoint or {}).items() if key.casefold() == "endpoint"]
        if source is not None and any(addresses[-1:]):
            raise _Open(f"the claim {quote(claim)} is distributed: the API server asks another server for it")

    def numbers(self) -> None:
        """Before 1.34 all claims are converted at once as soon as one expression needs any."""
        if self.authenticator.version >= KubernetesVersion(1, 34) or not _uses_claims(self.entry):
            return
        number = out_of_range(self.claims)
        if number is not None:
            raise _Refusal(
                "oidc: could not convert claims to unstructured: error decoding number from json: "
                f"json: cannot unmarshal number {number.text} into Go value of type float64"
            )

    def user(self) -> UserInfo:
        username = self._username()
        self.note("username", "claimMappings.username", username)
        groups = self._groups()
        self.note("groups", "claimMappings.groups", _listed(groups))
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
            value = self._evaluate(mapping.expression, what)
            if not isinstance(value.plain, str) or value.type != "string":
                raise _Refusal(f"{what}: username claim expression must return a string")
            if not value.plain and self.authenticator.version >= _V1_30:
                raise _Refusal("oidc: empty username via CEL expression is not allowed")
            return value.plain
        try:
            username = to_string(self._claim(mapping.claim))
        except UnmarshalError as error:
            raise _Refusal(f"oidc: parse username claims {quote(mapping.claim)}: {error}") from None
        if mapping.claim == "email":
            self._email_verified()
        return (mapping.prefix or "") + username

    def _email_verified(self) -> None:
        if "email_verified" not in self.claims:
            return
        try:
            verified = to_bool(self.claims["email_verified"])
        except UnmarshalError as error:
            raise _Refusal(f"oidc: parse 'email_verified' claim: {error}") from None
        if not verified:
            raise _Refusal("oidc: email not verified")

    def _groups(self) -> list[str]:
        mapping = self.entry.claim_mappings.groups
        if mapping.claim and mapping.claim in self.claims:
            try:
                groups = to_string_or_strings(self.claims[mapping.claim])
            except UnmarshalError as error:
                raise _Refusal(f"oidc: parse groups claim {quote(mapping.claim)}: {error}") from None
            return [(mapping.prefix or "") + group for group in groups]
        if not mapping.expression:
            return []
        what = "oidc: error evaluating group claim expression"
        return _strings(self._evaluate(mapping.expression, what), what)

    def _uid(self) -> str:
        mapping = self.entry.claim_mappings.uid
        if mapping.claim:
            try:
                return to_string(self._claim(mapping.claim))
            except UnmarshalError as error:
                raise _Refusal(f"oidc: parse uid claim {quote(mapping.claim)}: {error}") from None
        if not mapping.expression:
            return ""
        what = "oidc: error evaluating uid claim expression"
        value = self._evaluate(mapping.expression, what)
        if value.type != "string":
            raise _Refusal(f"{what}: uid claim expression must return a string")
        return str(value.plain)

    def _extra(self) -> dict[str, tuple[str, ...]]:
        extra: dict[str, tuple[str, ...]] = {}
        identifier = self.claims.get("jti")
        if (
            self.authenticator.version >= KubernetesVersion(1, 32)
            and isinstance(identifier, str)
            and identifier
        ):
            extra[_CREDENTIAL_ID] = (f"JTI={identifier}",)
        mappings = self.entry.claim_mappings.extra
        values = [self._evaluate(mapping.value_expression, "") for mapping in mappings]
        for position, (mapping, value) in enumerate(zip(mappings, values, strict=True)):
            what = f"oidc: error evaluating extra claim expression: {mapping.value_expression}"
            strings = _strings(value, what)
            if strings:
                extra[mapping.key] = tuple(strings)
            self.note("extra", f"claimMappings.extra[{position}]", f"{mapping.key}: {_listed(strings)}")
        return extra

    def required_claims(self) -> None:
        for position, rule in enumerate(self.entry.claim_validation_rules):
            if not rule.claim:
                continue
            if rule.claim not in self.claims:
                raise _Refusal(f"oidc: required claim {rule.claim} not present in ID token")
            try:
                value = to_string(self.claims[rule.claim])
            except UnmarshalError as error:
                raise _Refusal(f"oidc: parse claim {rule.claim}: {error}") from None
            if value != rule.required_value:
                raise _Refusal(
                    f"oidc: required claim {rule.claim} value does not match. "
                    f"Got = {value}, want = {rule.required_value}"
                )
            self.note("claim", f"claimValidationRules[{position}]", f"{rule.claim} is {quote(value)}")

    def claim_rules(self) -> None:
        what = "oidc: error evaluating claim validation expression"
        rules = [(i, rule) for i, rule in enumerate(self.entry.claim_validation_rules) if rule.expression]
        values = [self._evaluate(rule.expression, what) for _, rule in rules]
        for (position, rule), value in zip(rules, values, strict=True):
            message = rule.message if self.authenticator.version >= _V1_30 else ""
            _require_true(value, rule.expression, message, what)
            self.note("rule", f"claimValidationRules[{position}]", "holds")

    def user_rules(self, user: UserInfo) -> None:
        what = "oidc: error evaluating user info validation rule"
        rules = self.entry.user_validation_rules
        values = [self._evaluate(rule.expression, what, user) for rule in rules]
        for position, (rule, value) in enumerate(zip(rules, values, strict=True)):
            _require_true(value, rule.expression, rule.message, what)
            self.note("rule", f"userValidationRules[{position}]", "holds")

    def _evaluate(self, expression: str, what: str, user: UserInfo | None = None) -> Value:
        from kube_oidc.cel.evaluate import EvaluationError, Value, evaluate  # noqa: PLC0415

        scope = Scope.CLAIMS if user is None else Scope.USER
        compiled = self.authenticator.compiled(expression, scope)
        result = evaluate(compiled, self.claims if user is None else user)
        if isinstance(result, Value):
            return result
        if isinstance(result, EvaluationError):
            raise _Refusal(f"{what}: {result.message}" if what else result.message)
        raise _Open(f"the expression {expression!r}: {result.reason}")


def _uses_claims(entry: JWTAuthenticator) -> bool:
    """Is there an expression over `claims`?"""
    mappings = entry.claim_mappings
    mapped = mappings.username.expression or mappings.groups.expression or mappings.uid.expression
    return bool(mapped or mappings.extra or any(rule.expression for rule in entry.claim_validation_rules))


def _require_true(value: Value, expression: str, message: str, what: str) -> None:
    if value.type != "bool":
        raise _Refusal(f"{what}: validation expression must return a boolean")
    if value.plain is not True:
        raise _Refusal(f"{what}: validation expression '{expression}' failed: {message}")


def _strings(value: Value, what: str) -> list[str]:
    """As `convertCELValueToStringList`: empty strings and null count as absent.

    A list that Go holds as `[]string`, as `split` makes it, is refused there: `.map(g, g)` makes it one that is taken.
    """
    plain = value.plain
    if value.type == "null_type":
        return []
    if value.type == "string":
        return [str(plain)] if plain else []
    listed = value.type == "list" and isinstance(plain, list) and not value.string_slice
    if listed and all(isinstance(item, str) for item in plain):
        return [item for item in plain if item]
    raise _Refusal(f"{what}: expression must return a string or a list of strings")


def _listed(items: list[str] | tuple[str, ...]) -> str:
    """As Go's `%q` prints a list of strings."""
    return "[" + " ".join(quote(item) for item in items) + "]"
