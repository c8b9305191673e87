"""Fetches an issuer's discovery document and keys like the API server. No credential is sent.

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
_MAX_REDIRECTS: Final = 10  # as Go's http.Client
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class IssuerError(Exception):
    """The issuer's response is unusable for the API server; `code` identifies the kind of error."""

    def __init__(self, code: str, message: str, remedy: str, answer: Answer | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.remedy = remedy
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Discovered:
    """The discovery document; `algorithms` is the advertised list, which is informational."""

    jwks_uri: str
    algorithms: tuple[str, ...]
    answer: Answer


def discovery_url(issuer: Issuer) -> str:
    """The URL from which the API server fetches this issuer's discovery document."""
    return issuer.discovery_url or issuer.url.removesuffix("/") + _WELL_KNOWN


def discover(issuer: Issuer, deadline: Deadline) -> Discovered:
    """The issuer's discovery document; IssuerError if the API server would reject it."""
    answer = _get(discovery_url(issuer), issuer, deadline, "the discovery document")
    document = _object(answer, "the discovery document")
    named, jwks_uri = document.get("issuer"), document.get("jwks_uri")
    if named != issuer.url:
        shown = quote(named) if isinstance(named, str) else "none"
        raise IssuerError(
            "issuer-mismatch",
            "oidc: issuer did not match the issuer returned by provider, "
            f"expected {quote(issuer.url)} got {shown}",
            "issuer.url must be identical to the issuer's name, including a trailing slash",
            answer,
        )
    if not isinstance(jwks_uri, str) or not jwks_uri:
        raise IssuerError(
            "jwks-uri",
            "provider did not return JWKS URL",
            "the issuer's discovery document must contain `jwks_uri`",
            answer,
        )
    listed = document.get("id_token_signing_alg_values_supported")
    algorithms = tuple(filter(lambda item: isinstance(item, str), listed if isinstance(listed, list) else ()))
    return Discovered(jwks_uri, algorithms, answer)


def fetch_keys(issuer: Issuer, jwks_uri: str, deadline: Deadline) -> tuple[KeySet, Answer]:
    """The issuer's keys; IssuerError if the API server couldn't load them."""
    if not _is_https(jwks_uri):
        raise IssuerError(
            "plain-http",
            f"jwks_uri is {quote(jwks_uri)}: keys sent in clear text can be forged",
            "the issuer must use an https:// jwks_uri; kube-apiserver would accept this one",
        )
    answer = _get(jwks_uri, issuer, deadline, "the key set")
    try:
        return parse(answer.body), answer
    except KeySetError as error:
        remedy = "the API server rejects the entire set if one key is unsupported: the issuer must remove it"
        raise IssuerError("keys", str(error), remedy, answer) from None


def _get(url: str, issuer: Issuer, deadline: Deadline, what: str) -> Answer:
    """The response after redirects, which must all lead to https."""
    if not _is_https(url):
        raise IssuerError(
            "plain-http", f"{what}: {quote(url)} is not an https:// URL (not queried)", "use https"
        )
    authority = issuer.certificate_authority or None
    for _ in range(_MAX_REDIRECTS):
        try:
            answer = get_once(url, deadline, certificate_authority=authority)
        except UnreachableError as error:
            raise IssuerError("unreachable", f"{what}: {error}", _way(issuer)) from None
        if answer.status not in _REDIRECTS:
            return _expect_success(answer, url, what)
        url = _target(url, answer, what)
    raise IssuerError(
        "redirects", f"{what}: more than {_MAX_REDIRECTS} redirects", "the issuer redirects in a loop"
    )


def _is_https(url: str) -> bool:
    try:
        return urlsplit(url).scheme == "https"
    except ValueError:
        return False


def _way(issuer: Issuer) -> str:
    if issuer.certificate_authority:
        return "checked from this machine with the file's certificateAuthority; the API servers' network may differ"
    return "checked from this machine with its own CAs (SSL_CERT_FILE); the API servers' network may differ"


def _target(url: str, answer: Answer, what: str) -> str:
    try:
        target = urljoin(url, answer.location)
        scheme, shown = urlsplit(target).scheme, origin(target)
    except ValueError:
        scheme, shown = "", "nowhere"
    if scheme != "https" or not answer.location:
        raise IssuerError(
            "plain-http",
            f"{what}: {origin(url)} redirects to {shown} (not followed): keys sent in clear text can be forged",
            "the issuer may only redirect to https://; kube-apiserver would follow this redirect",
            answer,
        )
    return target


def _expect_success(answer: Answer, url: str, what: str) -> Answer:
    if answer.status == 200:
        return answer
    remedy = "check issuer.url and discoveryURL" if answer.status == 404 else "see the issuer's log"
    raise IssuerError("status", f"{what}: {origin(url)} responded {answer.status}", remedy, answer)


def _object(answer: Answer, what: str) -> dict[str, Any]:
    try:
        document = json.loads(answer.body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        kind = "an HTML page" if answer.content_type == "text/html" else "not a JSON object"
        remedy = "is there a login page or a proxy in front of the issuer?"
        raise IssuerError("not-json", f"{what}: the response is {kind}", remedy, answer)
    return document
