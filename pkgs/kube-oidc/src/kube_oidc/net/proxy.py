"""The proxy for a URL from the environment, with the rules of curl and Go."""

from __future__ import annotations

import os
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from kube_oidc.net.faults import UnreachableError


class Proxy(NamedTuple):
    """The proxy configured in `variable`; `authorization` is the header's value, or empty."""

    host: str
    port: int
    authorization: str
    variable: str


def proxy_for(place: SplitResult) -> Proxy | None:
    """The proxy for this URL from HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY; None without one."""
    if not any(name.lower().endswith("_proxy") for name in os.environ):
        return None
    from urllib.request import (  # type: ignore[attr-defined] # noqa: PLC0415 - 8 ms
        getproxies_environment,
        proxy_bypass_environment,
    )

    proxies = getproxies_environment()
    kind = place.scheme if place.scheme in proxies else "all"
    if kind not in proxies or proxy_bypass_environment(place.netloc.rpartition("@")[2], proxies):
        return None
    return _proxy(proxies[kind], f"{kind.upper()}_PROXY")


def _proxy(text: str, variable: str) -> Proxy:
    try:
        address = urlsplit(text if "://" in text else f"http://{text}")
        port = address.port or 80
    except ValueError:
        raise UnreachableError(f"{variable} is not a URL") from None
    if address.scheme != "http" or not address.hostname:
        raise UnreachableError(f"{variable} must be an http:// URL: other proxy types are not supported")
    authorization = ""
    if address.username is not None:
        from base64 import b64encode  # noqa: PLC0415
        from urllib.parse import unquote  # noqa: PLC0415

        pair = f"{unquote(address.username)}:{unquote(address.password or '')}"
        authorization = "Basic " + b64encode(pair.encode()).decode()
    return Proxy(address.hostname, port, authorization, variable)
