"""Checks one issuer from this machine: DNS, certificate, discovery, keys, clock."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from kube_oidc.authn.keys import KeySet
from kube_oidc.issuers.discovery import IssuerError, discover, discovery_url, fetch_keys
from kube_oidc.model import Issuer
from kube_oidc.net.bounded import call_with_timeout
from kube_oidc.net.deadline import Deadline
from kube_oidc.net.faults import UnreachableError
from kube_oidc.net.https import Answer
from kube_oidc.net.proxy import proxy_for

_RIGHT_URL: Final = "check the host in the issuer's URL; the API servers must be able to resolve it too"
_RESOLVER: Final = "check this machine's network and the name server in /etc/resolv.conf"


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem: a code for programs, a message and a fix."""

    code: str
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class IssuerReport:
    """The result for one issuer; steps that weren't reached are None, with the reason in `fault`.

    `certificate_expires` is in Unix seconds, `clock_seconds` is how far its clock is ahead of ours.
    """

    url: str
    discovery_url: str
    addresses: tuple[str, ...] = ()
    proxy: str = ""
    certificate_expires: float | None = None
    jwks_uri: str = ""
    algorithms: tuple[str, ...] = ()
    keys: KeySet | None = None
    clock_seconds: float | None = None
    fault: Fault | None = None


def ask(issuer: Issuer, deadline: Deadline) -> IssuerReport:
    """Check the issuer within the deadline."""
    url = discovery_url(issuer)
    addresses: tuple[str, ...] = ()
    proxy = ""
    jwks_uri = ""
    algorithms: tuple[str, ...] = ()
    keys: KeySet | None = None
    fault: Fault | None = None
    answers: list[Answer] = []
    try:
        proxy, host, port = _way(url)
        if host:
            addresses = _addresses(host, port, deadline)
        asked = discover(issuer, deadline)
        answers.append(asked.answer)
        jwks_uri, algorithms = asked.jwks_uri, asked.algorithms
        keys, answer = fetch_keys(issuer, jwks_uri, deadline)
        answers.append(answer)
    except IssuerError as error:
        fault = Fault(error.code, str(error), error.remedy)
        answers += [error.answer] if error.answer else []
    except UnreachableError as error:
        fault = Fault("unreachable", str(error))
    return IssuerReport(
        url=issuer.url,
        discovery_url=url,
        addresses=addresses,
        proxy=proxy,
        certificate_expires=min(filter(None, (each.certificate_expires for each in answers)), default=None),
        jwks_uri=jwks_uri,
        algorithms=algorithms,
        keys=keys,
        clock_seconds=_ahead(answers[0]) if answers else None,
        fault=fault,
    )


def _way(url: str) -> tuple[str, str, int]:
    """The variable with the proxy, or the host and port to connect to without one."""
    try:
        place = urlsplit(url)
        host, port = place.hostname or "", place.port or 443
    except ValueError:
        raise IssuerError("unreachable", "its address is not a URL (not queried)", _RIGHT_URL) from None
    if place.scheme != "https":
        return "", "", 0
    used = proxy_for(place)
    return (used.variable, "", 0) if used else ("", host, port)


def _addresses(host: str, port: int, deadline: Deadline) -> tuple[str, ...]:
    """The host's addresses; IssuerError if it has none or can't be resolved."""
    try:
        found = call_with_timeout(
            lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM), deadline.remaining()
        )
    except TimeoutError:
        silent = f"DNS: no response for {host} within {deadline.seconds:g} s"
        raise IssuerError("unreachable", silent, _RESOLVER) from None
    except (OSError, UnicodeError) as error:
        if getattr(error, "errno", None) == socket.EAI_AGAIN:
            raise IssuerError("unreachable", f"DNS: no name server responds for {host}", _RESOLVER) from None
        raise IssuerError("unreachable", f"DNS: {host} has no address", _RIGHT_URL) from None
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


def _ahead(answer: Answer) -> float | None:
    """Seconds that the server's clock is ahead; the Date header has whole seconds, so compare their middle."""
    try:
        return parsedate_to_datetime(answer.date).timestamp() + 0.5 - answer.received
    except (ValueError, OverflowError):
        return None
