"""A token's signature, audience and times, as kube-apiserver verifies them before it maps any claim.

Sources: `github.com/coreos/go-oidc` v2 (`verify.go`, Verify), of which kube-apiserver has v2.2.1 until 1.32, v2.3.0
until 1.35, v2.5.0 since; `k8s.io/apiserver/plugin/pkg/authenticator/token/oidc/oidc.go` (verifyAudience).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from kube_oidc.authn.programs import Refusal
from kube_oidc.authn.registered_claims import RegisteredClaims, registered_claims, time_problem
from kube_oidc.model import Issuer
from kube_oidc.verdict.golang.quote import quote
from kube_oidc.verdict.golang.unmarshal import Pairs, UnmarshalError, map_field
from kube_oidc.verdict.undecidable import Undecidable
from kube_oidc.verdict.versions import Difference, KubernetesVersion


@dataclass(frozen=True, slots=True)
class Signature:
    """What became of a token's signature: `refusal` in the API server's words, or why it is `undecided`."""

    result: str
    refusal: str = ""
    undecided: str = ""


class SignatureCheck(Protocol):
    """Checks of the token itself, in addition to its claims."""

    def form(self) -> Signature:
        """Can the API server read it?"""

    def signature(self, issuer: Issuer, version: KubernetesVersion) -> Signature:
        """Whether a well-formed token is signed by this issuer, as an API server of this minor judges it."""


@dataclass(slots=True)
class Verification:
    """One token before one issuer; `note` takes the name, the field and the result of each step."""

    issuer: Issuer
    claims: Pairs
    version: KubernetesVersion
    note: Callable[[str, str, str], None]

    def run(self, now: float | None, check: SignatureCheck | None) -> None:
        """Form, signature, claims, audience, times; in old versions the signature comes last.

        go-oidc looks at one audience before the times; kube-apiserver itself at several, at the very end.
        """
        if check:
            self._take(check.form())
        first = self.version.has(Difference.SIGNATURE_CHECKED_FIRST)
        if first:
            self._signature(check)
        try:
            registered = registered_claims(self.claims)
        except UnmarshalError as error:
            raise Refusal(f"oidc: verify token: oidc: failed to unmarshal claims: {error}") from None
        self._claim_sources()
        several = len(self.issuer.audiences) > 1
        if not several:
            self._audience(registered.audiences)
        self._times(registered, now)
        if not first:
            self._signature(check)
        if several:
            self._audience(registered.audiences)

    def _signature(self, check: SignatureCheck | None) -> None:
        """Without a check the claims are taken for genuine."""
        found = Signature("not checked")
        if check:
            found = check.signature(self.issuer, self.version)
            self._take(found)
        self.note("signature", "issuer", found.result)

    def _take(self, found: Signature) -> None:
        """Ends the walk where the API server does, or where it is not known."""
        if found.refusal or found.undecided:
            self.note("signature", "issuer", found.result)
        if found.refusal:
            raise Refusal(f"oidc: verify token: {found.refusal}")
        if found.undecided:
            raise Undecidable(found.undecided)

    def _audience(self, audiences: tuple[str, ...]) -> None:
        wanted = self.issuer.audiences
        if not set(wanted) & set(audiences):
            got = listed(audiences)
            expected = quote(wanted[0]) if len(wanted) == 1 else f"in {listed(sorted(wanted))}"
            raise Refusal(f"oidc: verify token: oidc: expected audience {expected} got {got}")
        self.note("audience", "issuer.audiences", listed(audiences))

    def _times(self, registered: RegisteredClaims, now: float | None) -> None:
        if now is None:
            self.note("times", "issuer", "not checked")
            return
        problem = time_problem(registered, now)
        if problem is not None:
            raise Refusal(f"oidc: verify token: {problem}")
        self.note("times", "issuer", "valid now")

    def _claim_sources(self) -> None:
        """go-oidc refuses `_claim_names` without their sources before anything else looks at them."""
        names, sources = map_field(self.claims, "_claim_names"), map_field(self.claims, "_claim_sources")
        if not isinstance(names, dict):
            return
        for source in names.values():
            if not source:
                raise Refusal("oidc: verify token: oidc: failed to obtain source from claim name")
            if not isinstance(sources, dict) or source not in sources:
                raise Refusal("oidc: verify token: oidc: source does not exist")


def listed(items: list[str] | tuple[str, ...]) -> str:
    """As Go's `%q` prints a list of strings."""
    return "[" + " ".join(quote(item) for item in items) + "]"
