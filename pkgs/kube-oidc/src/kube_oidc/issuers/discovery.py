"""Asks an issuer what the API server asks it: its discovery document, then its keys. No credential is sent.

Source: go-oidc v2.5.0 (`oidc.go`, NewProvider) and `k8s.io/apiserver/plugin/pkg/authenticator/token/oidc/oidc.go`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from kube_oidc.authn.keys import KeySet, KeySetError, parse
from kube_oidc.model import Issuer
from kube_oidc.net.deadline import Deadline
from kube_oidc.net.faults import UnreachableError
from kube_oidc.net.https import Answer, get_once, origin
from kube_oidc.verdict.golang.quote import quote

_WELL_KNOWN: Final = "/.well-known/openid-configuration"
_MOST_REDIRECTS: Final = 10  # as Go's http.Client
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class IssuerError(Exception):
    """The issuer does not answer as the API server wants it; `code` names the kind of fault."""

    def __init__(self, code: str, message: str, remedy: str, answer: Answer | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.remedy = remedy
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Discovered:
    """What the discovery document says; `algorithms` is the issuer's own list, which decides nothing."""

    jwks_uri: str
    algorithms: tuple[str, ...]
    answer: Answer


def discovery_url(issuer: Issuer) -> str:
    """Where the API server gets the discovery document of this issuer."""
    return issuer.discovery_url or issuer.url.removesuffix("/") + _WELL_KNOWN


def discover(issuer: Issuer, deadline: Deadline) -> Discovered:
    """The issuer's discovery document; IssuerError says why the API server would not use it."""
    answer = _get(discovery_url(issuer), issuer, deadline, "the discovery document")
    document = _object(answer, "the discovery document")
    named, jwks_uri = document.get("issuer"), document.get("jwks_uri")
    if named != issuer.url:
        shown = quote(named) if isinstance(named, str) else "none"
        raise IssuerError(
            "issuer-mismatch",
            "oidc: issuer did not match the issuer returned by provider, "
            f"expected {quote(issuer.url)} got {shown}",
            "issuer.url must be the issuer's own name to the letter, a slash at the end too",
            answer,
        )
    if not isinstance(jwks_uri, str) or not jwks_uri:
        raise IssuerError(
            "jwks-uri", "provider did not return JWKS URL", "the issuer must name `jwks_uri`", answer
        )
    listed = document.get("id_token_signing_alg_values_supported")
    algorithms = tuple(filter(lambda item: isinstance(item, str), listed if isinstance(listed, list) else ()))
    return Discovered(jwks_uri, algorithms, answer)


def fetch_keys(issuer: Issuer, jwks_uri: str, deadline: Deadline) -> tuple[KeySet, Answer]:
    """The issuer's keys; IssuerError where the API server gets none."""
    if not _is_https(jwks_uri):
        raise IssuerError(
            "plain-http",
            f"jwks_uri is {quote(jwks_uri)}: keys that come in plain text can be anyone's",
            "the issuer must name an https:// jwks_uri; kube-apiserver would follow this one",
        )
    answer = _get(jwks_uri, issuer, deadline, "the key set")
    try:
        return parse(answer.body), answer
    except KeySetError as error:
        remedy = "one key that the API server does not know makes it refuse all: the issuer must leave it out"
        raise IssuerError("keys", str(error), remedy, answer) from None


def _get(url: str, issuer: Issuer, deadline: Deadline, what: str) -> Answer:
    """The answer behind redirects, each of which must lead to https."""
    if not _is_https(url):
        raise IssuerError(
            "plain-http", f"{what}: {quote(url)} is no https:// URL, it is not asked", "use https"
        )
    authority = issuer.certificate_authority or None
    for _ in range(_MOST_REDIRECTS):
        try:
            answer = get_once(url, deadline, certificate_authority=authority)
        except UnreachableError as error:
            raise IssuerError("unreachable", f"{what}: {error}", _way(issuer)) from None
        if answer.status not in _REDIRECTS:
            return _expect_success(answer, url, what)
        url = _target(url, answer, what)
    raise IssuerError(
        "redirects", f"{what}: more than {_MOST_REDIRECTS} redirects", "the issuer goes in circles"
    )


def _is_https(url: str) -> bool:
    try:
        return urlsplit(url).scheme == "https"
    except ValueError:
        return False


def _way(issuer: Issuer) -> str:
    if issuer.certificate_authority:
        return "asked with the certificateAuthority of this file; the API servers' own way may be another"
    return "asked with this machine's authorities (SSL_CERT_FILE); the API servers' own way may be another"


def _target(url: str, answer: Answer, what: str) -> str:
    try:
        target = urljoin(url, answer.location)
        scheme, shown = urlsplit(target).scheme, origin(target)
    except ValueError:
        scheme, shown = "", "nowhere"
    if scheme != "https" or not answer.location:
        raise IssuerError(
            "plain-http",
            f"{what}: {origin(url)} redirects to {shown}, which is not followed: keys in plain text can be anyone's",
            "the issuer must redirect to https:// alone, or not at all; kube-apiserver would follow",
            answer,
        )
    return target


def _expect_success(answer: Answer, url: str, what: str) -> Answer:
    if answer.status == 200:
        return answer
    remedy = "is issuer.url, or discoveryURL, the right one?" if answer.status == 404 else "its log says why"
    raise IssuerError("status", f"{what}: {origin(url)} answers {answer.status}", remedy, answer)


def _object(answer: Answer, what: str) -> dict[str, Any]:
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        kind = "an HTML page" if answer.content_type == "text/html" else "no JSON object"
        remedy = "does a login page or a proxy stand before the issuer?"
        raise IssuerError("not-json", f"{what}: the answer is {kind}", remedy, answer)
    return document
