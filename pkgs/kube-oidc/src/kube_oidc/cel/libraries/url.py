"""URLs (Kubernetes' `pkg/cel/library/urls.go`). A value holds its text, as Go's `URL.String` prints it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kube_oidc.cel.libraries.values import TYPE, LibraryError, Opaque, opaque, string
from kube_oidc.golang import url as go_url
from kube_oidc.golang.escaping import URLError

URL_TYPE = "kubernetes.URL"


def url(text: object) -> Opaque:
    """A URL of its text, which must be absolute or begin with `/`."""
    try:
        go_url.parse_request_uri(string(text))
        return Opaque({TYPE: URL_TYPE, "url": str(go_url.parse(string(text)))})
    except URLError as error:
        raise LibraryError(f"URL parse error during conversion from string: {error}") from None


def is_url(text: object) -> bool:
    """Whether `url` takes the text (but for a few texts with a fragment or two slashes, which it refuses)."""
    try:
        go_url.parse_request_uri(string(text))
    except URLError:
        return False
    return True


def _parts(value: object) -> go_url.URL:
    return go_url.parse(opaque(value, URL_TYPE)["url"])


FUNCTIONS: Final[dict[str, Callable[..., object]]] = {
    "url": url,
    "isURL": is_url,
    "getScheme": lambda value: _parts(value).scheme,
    "getHost": lambda value: _parts(value).host,
    "getHostname": lambda value: _parts(value).hostname,
    "getPort": lambda value: _parts(value).port,
    "getEscapedPath": lambda value: _parts(value).escaped_path,
    "getQuery": lambda value: _parts(value).query(),
}
