"""Claims → the user they become, or the first reason why not, in the API server's order.

Source: `k8s.io/apiserver/plugin/pkg/authenticator/token/oidc/oidc.go` (AuthenticateToken) and go-oidc's Verify.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from kube_oidc.authn.attempt import Attempt, Step
from kube_oidc.authn.programs import Programs, Refusal
from kube_oidc.authn.verification import Signature, SignatureCheck
from kube_oidc.field import FieldPath
from kube_oidc.model import AuthenticationConfiguration, UserInfo
from kube_oidc.verdict.golang.quote import quote
from kube_oidc.verdict.golang.unmarshal import Pairs, UnmarshalError, parse_object, to_string
from kube_oidc.verdict.golang.unmarshal import field as claim
from kube_oidc.verdict.undecidable import Undecidable
from kube_oidc.verdict.versions import DEFAULT, KubernetesVersion

__all__ = [
    "Authenticated",
    "Authenticator",
    "Outcome",
    "Refused",
    "Signature",
    "SignatureCheck",
    "Step",
    "Undecided",
]

_GOOGLE: Final = "https://accounts.google.com"
_GOOGLE_WITHOUT_SCHEME: Final = "accounts.google.com"


@dataclass(frozen=True, slots=True)
class Authenticated:
    """The token becomes `user`."""

    issuer: str
    user: UserInfo
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """No user: `reason` is the API server's own (it writes it to its log, not to the client).

    `expression` is the one that failed or was not true, if one was.
    """

    reason: str
    steps: tuple[Step, ...]
    expression: str = ""


@dataclass(frozen=True, slots=True)
class Undecided:
    """The checker cannot say: `reason` tells what it lacks."""

    reason: str
    steps: tuple[Step, ...]


Outcome = Authenticated | Refused | Undecided


@dataclass(slots=True)
class Authenticator:
    """A configuration that the API server accepts, with its expressions compiled once for many tokens."""

    configuration: AuthenticationConfiguration
    version: KubernetesVersion = DEFAULT
    _programs: Programs = field(init=False)

    def __post_init__(self) -> None:
        self._programs = Programs(self.version)

    @property
    def cost(self) -> int:
        """What the expressions have cost so far, in the API server's units."""
        return self._programs.cost

    def authenticate(
        self, payload: str | bytes, now: float | None = None, signature: SignatureCheck | None = None
    ) -> Outcome:
        """The user, or the reason for the refusal, of a token with this JSON payload.

        `now` is in Unix seconds; None skips the check of exp and nbf. Without `signature`, it is not verified.
        """
        steps: list[Step] = []
        try:
            return Authenticated(*self._authenticate(payload, now, signature, steps), tuple(steps))
        except Refusal as refusal:
            return Refused(str(refusal), tuple(steps), refusal.expression)
        except Undecidable as reason:
            return Undecided(str(reason), tuple(steps))
        except RecursionError:
            return Undecided("the claims are nested too deeply for this checker", tuple(steps))

    def mapped(self, payload: str) -> UserInfo | None:
        """The user that the only entry's mappings make of this payload, whatever else may refuse it; None for none."""
        claims = parse_object(payload)
        [entry] = self.configuration.jwt
        if claims is None:
            return None
        try:
            return Attempt(self._programs, entry, claims, FieldPath(("jwt", 0)), []).user()
        except (Refusal, Undecidable, RecursionError):
            return None

    def _authenticate(
        self, payload: str | bytes, now: float | None, signature: SignatureCheck | None, steps: list[Step]
    ) -> tuple[str, UserInfo]:
        claims = parse_object(payload)
        if claims is None:
            raise Refusal("the payload is not a JSON object, so no authenticator handles the token")
        position = self._issuer(claims)
        entry = self.configuration.jwt[position]
        attempt = Attempt(self._programs, entry, claims, FieldPath(("jwt", position)), steps)
        attempt.note("issuer", "issuer.url", entry.issuer.url)
        attempt.verify(now, signature)
        attempt.distributed_claims()
        attempt.numbers()
        user = attempt.user()
        attempt.required_claims()
        attempt.claim_rules()
        attempt.user_rules(user)
        return entry.issuer.url, user

    def _issuer(self, claims: Pairs) -> int:
        """The entry whose URL the `iss` claim names."""
        try:
            issuer = to_string(claim(claims, "iss")[1])
        except UnmarshalError as error:
            raise Refusal(f"iss cannot be read ({error}), so no authenticator takes the token") from None
        wanted = _GOOGLE if issuer == _GOOGLE_WITHOUT_SCHEME else issuer
        for position, entry in enumerate(self.configuration.jwt):
            if entry.issuer.url == wanted:
                return position
        known = ", ".join(quote(entry.issuer.url) for entry in self.configuration.jwt) or "none"
        raise Refusal(f"no authenticator for issuer {quote(issuer)}; the file has: {known}")
