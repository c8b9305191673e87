"""URLs (Kubernetes' `pkg/cel/library/urls.go`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from kube_oidc.verdict.cel.functions import Changed
from kube_oidc.verdict.cel.values import CelError, MapValue, Opaque, StringList
from kube_oidc.verdict.golang import url as go_url
from kube_oidc.verdict.golang.escaping import URLError
from kube_oidc.verdict.versions import Difference


@dataclass(frozen=True, slots=True)
class URL(Opaque):
    """A URL as Go's `URL.String` formats it."""

    text: str
    type_name = "kubernetes.URL"
    go_type = "cel.URL"


def _url(text: str, *, strict_colons: bool = True) -> URL:
    """Parses a URL, which must be absolute or begin with `/`."""
    try:
        go_url.parse_request_uri(text, strict_colons=strict_colons)
        return URL(str(go_url.parse(text, strict_colons=strict_colons)))
    except URLError as error:
        raise CelError(f"URL parse error during conversion from string: {error}") from None


def _is_url(text: str, *, strict_colons: bool = True) -> bool:
    """Whether `url` accepts the text; also true for a few texts with a fragment or two slashes that it rejects."""
    try:
        go_url.parse_request_uri(text, strict_colons=strict_colons)
    except URLError:
        return False
    return True


def _parsed(url: URL) -> go_url.URL:
    """The parts of a URL that has been accepted; colons that newer Go versions reject don't matter any more."""
    return go_url.parse(url.text, strict_colons=False)


def _query(url: URL) -> MapValue:
    found = _parsed(url).query()
    return MapValue([(key, StringList(values)) for key, values in found.items()])


_STRICT: Final = Difference.COLONS_IN_HOSTS_REFUSED
FUNCTIONS: Final = {
    "string_to_url": Changed(_STRICT, partial(_url, strict_colons=False), _url),
    "is_url_string": Changed(_STRICT, partial(_is_url, strict_colons=False), _is_url),
    "url_get_scheme": lambda url: _parsed(url).scheme,
    "url_get_host": lambda url: _parsed(url).host,
    "url_get_hostname": lambda url: _parsed(url).hostname,
    "url_get_port": lambda url: _parsed(url).port,
    "url_get_escaped_path": lambda url: _parsed(url).escaped_path,
    "url_get_query": _query,
}
