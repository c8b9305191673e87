"""URLs (Kubernetes' `pkg/cel/library/urls.go`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kube_oidc.cel.values import CelError, MapValue, Opaque, StringList
from kube_oidc.golang import url as go_url
from kube_oidc.golang.escaping import URLError


@dataclass(frozen=True, slots=True)
class URL(Opaque):
    """A URL by its text, as Go's `URL.String` prints it."""

    text: str
    type_name = "kubernetes.URL"
    go_type = "cel.URL"


def _url(text: str) -> URL:
    """A URL of its text, which must be absolute or begin with `/`."""
    try:
        go_url.parse_request_uri(text)
        return URL(str(go_url.parse(text)))
    except URLError as error:
        raise CelError(f"URL parse error during conversion from string: {error}") from None


def _is_url(text: str) -> bool:
    """Whether `url` takes the text (but for a few texts with a fragment or two slashes, which it refuses)."""
    try:
        go_url.parse_request_uri(text)
    except URLError:
        return False
    return True


def _query(url: URL) -> MapValue:
    found = go_url.parse(url.text).query()
    return MapValue([(key, StringList(values)) for key, values in found.items()])


FUNCTIONS: Final = {
    "string_to_url": _url,
    "is_url_string": _is_url,
    "url_get_scheme": lambda url: go_url.parse(url.text).scheme,
    "url_get_host": lambda url: go_url.parse(url.text).host,
    "url_get_hostname": lambda url: go_url.parse(url.text).hostname,
    "url_get_port": lambda url: go_url.parse(url.text).port,
    "url_get_escaped_path": lambda url: go_url.parse(url.text).escaped_path,
    "url_get_query": _query,
}
