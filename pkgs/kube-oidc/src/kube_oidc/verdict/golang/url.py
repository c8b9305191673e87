"""URLs, parsed and formatted like Go's `net/url`, with its errors (Go 1.26, `src/net/url/url.go`)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from kube_oidc.verdict.golang.escaping import Place, URLError, escape, is_encoded, unescape
from kube_oidc.verdict.golang.quote import quote

_SCHEME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*\Z")
_USERINFO: Final = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*\Z")
_MAX_PARAMETERS: Final = 10000

__all__ = ["URL", "URLError", "parse", "parse_request_uri"]


@dataclass(frozen=True, slots=True)
class URL:
    """The parts, decoded except for `raw_…`, `user` and `opaque`; `user` is None without user info."""

    scheme: str
    user: str | None
    host: str
    path: str
    raw_query: str
    fragment: str
    opaque: str = ""
    raw_path: str = ""
    raw_fragment: str = ""
    force_query: bool = False
    omit_host: bool = False

    @property
    def hostname(self) -> str:
        """The host without its port and without the brackets of an IPv6 address."""
        name = self.host.rpartition(":")[0] if self._ends_in_a_port else self.host
        return name[1:-1] if name.startswith("[") and name.endswith("]") else name

    @property
    def port(self) -> str:
        """The digits after the host's last colon, or ""."""
        return self.host.rpartition(":")[2] if self._ends_in_a_port else ""

    @property
    def _ends_in_a_port(self) -> bool:
        return re.search(r":[0-9]*\Z", self.host) is not None

    @property
    def escaped_path(self) -> str:
        """The path as written, or encoded again if that isn't a valid encoding."""
        return self.raw_path if is_encoded(self.raw_path, Place.PATH) else escape(self.path, Place.PATH)

    def query(self) -> dict[str, list[str]]:
        """The query's values by key; like Go's `URL.Query`, without those that can't be decoded."""
        values: dict[str, list[str]] = {}
        parameters = self.raw_query.split("&")
        if len(parameters) > _MAX_PARAMETERS:
            return values
        for parameter in parameters:
            if not parameter or ";" in parameter:
                continue
            key, _, value = parameter.partition("=")
            try:
                key, value = unescape(key, Place.QUERY), unescape(value, Place.QUERY)
            except URLError:
                continue
            values.setdefault(key, []).append(value)
        return values

    def __str__(self) -> str:
        """The URL as Go's `URL.String` formats it."""
        text = f"{self.scheme}:" if self.scheme else ""
        text += self.opaque or self._hierarchy(bool(text))
        if self.force_query or self.raw_query:
            text += f"?{self.raw_query}"
        if self.fragment:
            encoded = is_encoded(self.raw_fragment, Place.FRAGMENT)
            text += "#" + (self.raw_fragment if encoded else escape(self.fragment, Place.FRAGMENT))
        return text

    def _hierarchy(self, after_scheme: bool) -> str:
        """The `//user@host/path`; `after_scheme` if a scheme precedes it."""
        text = ""
        if self.host or self.user is not None or (self.scheme and self.path and not self.omit_host):
            text = "//"
        if self.user is not None:
            parts = (
                escape(unescape(part, Place.USERINFO), Place.USERINFO) for part in self.user.split(":", 1)
            )
            text += ":".join(parts) + "@"
        text += escape(self.host, Place.HOST)
        path = self.escaped_path
        if path and self.host and not path.startswith("/"):
            text += "/"
        if not text and not after_scheme and ":" in path.partition("/")[0]:
            text = "./"
        return text + path


def parse(raw: str, *, strict_colons: bool = True) -> URL:
    """Parses a URL; raises URLError with Go's whole message, `parse "…": …`.

    Without `strict_colons`, the last colon of `https://a:b:80` begins the port, as in Go before 1.26.
    """
    before, _, fragment = raw.partition("#")
    try:
        url = _parse_without_fragment(before, strict_colons)
    except URLError as error:
        raise URLError(f"parse {quote(before)}: {error}") from None
    if not fragment:
        return url
    try:
        unescaped = unescape(fragment, Place.FRAGMENT)
    except URLError as error:
        raise URLError(f"parse {quote(raw)}: {error}") from None
    return replace(url, fragment=unescaped, raw_fragment=fragment)


def parse_request_uri(raw: str, *, strict_colons: bool = True) -> URL:
    """Parses a request URI: an absolute URL or a path; `#` is an ordinary character in it."""
    if not raw:
        raise URLError('parse "": empty url')
    try:
        return _parse_without_fragment(raw, strict_colons, request=True)
    except URLError as error:
        raise URLError(f"parse {quote(raw)}: {error}") from None


def _parse_without_fragment(raw: str, strict_colons: bool, *, request: bool = False) -> URL:
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in raw):
        raise URLError("net/url: invalid control character in URL")
    if raw == "*":
        return URL("", None, "", "*", "", "", raw_path="*")
    scheme, rest = _split_scheme(raw)
    force_query = rest.endswith("?") and rest.count("?") == 1
    rest, _, query = rest.partition("?")
    if not rest.startswith("/"):
        if scheme:
            return URL(scheme, None, "", "", query, "", rest, force_query=force_query)
        if request:
            raise URLError("invalid URI for request")
        if ":" in rest.partition("/")[0]:
            raise URLError("first path segment in URL cannot contain colon")
    user, host = None, ""
    has_authority = rest.startswith("//") and bool(scheme or not (request or rest.startswith("///")))
    omit_host = bool(scheme) and not has_authority and rest.startswith("/")
    if has_authority:
        authority, slash, path = rest[2:].partition("/")
        rest = slash + path
        user, host = _parse_authority(strict_colons and scheme in ("http", "https"), authority)
    path = unescape(rest, Place.PATH)
    return URL(scheme, user, host, path, query, "", "", rest, "", force_query, omit_host)


def _split_scheme(raw: str) -> tuple[str, str]:
    before, colon, after = raw.partition(":")
    if not colon:
        return "", raw
    if not before:
        raise URLError("missing protocol scheme")
    return (before.lower(), after) if _SCHEME.match(before) else ("", raw)


def _parse_authority(strict_colons: bool, authority: str) -> tuple[str | None, str]:
    userinfo, at, hostport = authority.rpartition("@")
    host = _parse_host(strict_colons, hostport)
    if not at:
        return None, host
    if not _USERINFO.match(userinfo):
        raise URLError("net/url: invalid userinfo")
    for part in userinfo.split(":", 1):
        unescape(part, Place.USERINFO)
    return userinfo, host


def _parse_host(strict_colons: bool, host: str) -> str:
    bracket = host.rfind("[")
    if bracket > 0:
        raise URLError("invalid IP-literal")
    if bracket == 0:
        return _parse_ip_literal(host)
    first, last = host.find(":"), host.rfind(":")
    if first != -1:
        port = host[first if strict_colons else last :]
        _require_port(port)
    return unescape(host, Place.HOST)


def _parse_ip_literal(host: str) -> str:
    from kube_oidc.verdict.golang.netip import (  # noqa: PLC0415 - few hosts are addresses
        AddressError,
        parse_address,
    )

    closing = host.rfind("]")
    if closing < 0:
        raise URLError("missing ']' in host")
    port = host[closing + 1 :]
    _require_port(port)
    name = host[1:closing]
    zone = name.find("%25")
    if zone >= 0:
        name = unescape(name[:zone], Place.HOST) + unescape(name[zone:], Place.ZONE)
    else:
        name = unescape(name, Place.HOST)
    try:
        address = parse_address(name)
    except AddressError as error:
        raise URLError(f"invalid host: {error}") from None
    if address.bits == 32:
        raise URLError("invalid IP-literal")
    return f"[{name}]{port}"


def _require_port(port: str) -> None:
    if port and not re.fullmatch(r":[0-9]*", port, re.ASCII):
        raise URLError(f"invalid port {quote(port)} after host")
