"""Problems of an issuer, from this machine's and the API servers' point of view."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kube_oidc.authn.jwk import SMALLEST_RSA_BITS
from kube_oidc.authn.keys import KeySet
from kube_oidc.cluster.metrics import issuer_hash
from kube_oidc.diagnostics import Severity
from kube_oidc.issuers.report import IssuerReport
from kube_oidc.status import Problem, Status
from kube_oidc.status.times import DAY_SECONDS, ago, duration

_EXPIRY_WARNING_DAYS: Final = 14
_GOOD_RSA_BITS: Final = 2048  # RFC 7518, section 3.3
_LEEWAY_SECONDS: Final = 60  # go-oidc's for `nbf`; there is none for `exp`
_NOTICEABLE_SECONDS: Final = 10


def of_issuer(issuer: IssuerReport, status: Status) -> Iterator[Problem]:
    """The issuer's problems, in the order of the checks."""
    if issuer.fault:
        remedy = issuer.fault.remedy + _authority_remedy(issuer, status)
        yield _problem(issuer, Severity.ERROR, issuer.fault.code, issuer.fault.message, remedy)
    if issuer.certificate_expires is not None:
        yield from _of_certificate(issuer, issuer.certificate_expires - status.asked)
    if issuer.keys is not None:
        yield from _of_keys(issuer, issuer.keys)
    if issuer.clock_seconds is not None:
        yield from _of_clock(issuer, issuer.clock_seconds, status)
    yield from _of_fetches(issuer, status)


def _authority_remedy(issuer: IssuerReport, status: Status) -> str:
    """Where the API server needs the CA that this machine doesn't trust either."""
    if issuer.fault is None or "not signed by a trusted CA" not in issuer.fault.message:
        return ""
    urls = [each.url for each in status.written.issuers] if status.written else []
    position = urls.index(issuer.url) if issuer.url in urls else 0
    return (
        f"; the API server needs the issuer's CA in jwt[{position}].issuer.certificateAuthority (PEM, inline)"
    )


def _problem(issuer: IssuerReport, severity: Severity, code: str, message: str, remedy: str) -> Problem:
    return Problem(severity, "issuer", issuer.url, code, message, remedy)


def _of_certificate(issuer: IssuerReport, left_seconds: float) -> Iterator[Problem]:
    if left_seconds < _EXPIRY_WARNING_DAYS * DAY_SECONDS:
        message = f"its certificate expires in {duration(left_seconds)}"
        remedy = "renew it; after that, no API server can fetch its keys"
        yield _problem(issuer, Severity.WARNING, "certificate-expires", message, remedy)


def _of_keys(issuer: IssuerReport, keys: KeySet) -> Iterator[Problem]:
    if not keys.usable:
        has = ", ".join(map(str, keys.keys)) or "no key at all"
        message = f"publishes no key that can verify a token ({has}): every token is refused"
        yield _problem(issuer, Severity.ERROR, "no-usable-key", message, "RSA or EC (P-256, P-384, P-521)")
    for key in keys.keys:
        if key.private:
            message = f"publishes the private half of its key {key}: anyone can sign tokens with it"
            yield _problem(issuer, Severity.ERROR, "private-key", message, "replace this key now")
        elif key.type == "RSA" and key.bits < _GOOD_RSA_BITS:
            refused = ", which Go refuses from 1.24 on (`rsa1024min`)" if key.bits < SMALLEST_RSA_BITS else ""
            message = f"its key {key} has {key.bits} bits{refused}"
            yield _problem(issuer, Severity.WARNING, "weak-key", message, "2048 bits or more")


def _of_clock(issuer: IssuerReport, ahead_of_here: float, status: Status) -> Iterator[Problem]:
    """Compare with each API server's clock, which decides about tokens; otherwise with this machine's."""
    clocks = {"this machine's": 0.0}
    if status.servers:
        clocks = {
            server.server: server.clock_seconds
            for server in status.servers
            if server.clock_seconds is not None
        }
    for name, clock in clocks.items():
        ahead = ahead_of_here - clock
        whose = f"the clock of {name}" if name.startswith("https") else "this machine's clock"
        if ahead > _LEEWAY_SECONDS:
            message = (
                f"its clock is {duration(ahead)} ahead of {whose}: new tokens are refused (`before the nbf`)"
            )
            yield _problem(issuer, Severity.ERROR, "clock", message, "set the clocks (NTP)")
        elif ahead < -_LEEWAY_SECONDS:
            message = f"its clock is {duration(-ahead)} behind {whose}: tokens expire earlier by that much"
            yield _problem(issuer, Severity.ERROR, "clock", message, "set the clocks (NTP)")
        elif abs(ahead) > _NOTICEABLE_SECONDS:
            way = "ahead of" if ahead > 0 else "behind"
            message = f"its clock is {duration(abs(ahead))} {way} {whose}"
            yield _problem(issuer, Severity.WARNING, "clock", message, "set the clocks (NTP)")


def _of_fetches(issuer: IssuerReport, status: Status) -> Iterator[Problem]:
    for server in status.servers:
        fetched = server.metrics.issuers.get(issuer_hash(issuer.url))
        failed = fetched.fetched.get("failure", 0.0) if fetched else 0.0
        if fetched and failed > fetched.fetched.get("success", 0.0):
            message = f"{server.server} could not fetch its keys {ago(failed, status.asked)}"
            remedy = "see its log; the table shows the issuer from this machine"
            yield _problem(issuer, Severity.ERROR, "fetch-failed", message, remedy)
