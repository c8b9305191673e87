"""URLs as Go's `net/url.Parse` reads them, with its error texts (Go 1.26, `src/net/url/url.go`)."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from kube_oidc.golang.quote import quote

_SCHEME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*\Z")
_USERINFO: Final = re.compile(r"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*\Z")
_HOST_BYTES: Final = frozenset(
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~!$&'()*+,;=:[]<>\""
)
_ZONE_EXTRA: Final = frozenset(b" ")


class URLError(ValueError):
    """The text after `parse "URL": ` in Go's error."""


@dataclass(frozen=True, slots=True)
class URL:
    """The parts that validation asks for; `user` is None where there is no user info."""

    scheme: str
    user: str | None
    host: str
    path: str
    raw_query: str
    fragment: str
    opaque: str = ""


def parse(raw: str, *, strict_colons: bool = True) -> URL:
    """The URL; URLError carries the whole of Go's message, `parse "…": …`.

    Without `strict_colons`, as Go read `https://a:b:80` before 1.26: the last colon begins the port.
    """
    before, _, fragment = raw.partition("#")
    try:
        url = _parse_without_fragment(before, strict_colons)
    except URLError as error:
        raise URLError(f"parse {quote(before)}: {error}") from None
    if not fragment:
        return url
    try:
        unescaped = _unescape(fragment, "fragment")
    except URLError as error:
        raise URLError(f"parse {quote(raw)}: {error}") from None
    return URL(url.scheme, url.user, url.host, url.path, url.raw_query, unescaped, url.opaque)


def _parse_without_fragment(raw: str, strict_colons: bool) -> URL:
    if any(ord(character) < 0x20 or ord(character) == 0x7F for character in raw):
        raise URLError("net/url: invalid control character in URL")
    if raw == "*":
        return URL("", None, "", "*", "", "")
    scheme, rest = _split_scheme(raw)
    if rest.endswith("?") and rest.count("?") == 1:
        rest, query = rest[:-1], ""
    else:
        rest, _, query = rest.partition("?")
    if not rest.startswith("/"):
        if scheme:
            return URL(scheme, None, "", "", query, "", rest)
        if ":" in rest.partition("/")[0]:
            raise URLError("first path segment in URL cannot contain colon")
    user, host = None, ""
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        authority, slash, path = rest[2:].partition("/")
        rest = slash + path
        user, host = _parse_authority(strict_colons and scheme in ("http", "https"), authority)
    return URL(scheme, user, host, _unescape(rest, "path"), query, "")


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
        _unescape(part, "userinfo")
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
    return _unescape(host, "host")


def _parse_ip_literal(host: str) -> str:
    closing = host.rfind("]")
    if closing < 0:
        raise URLError("missing ']' in host")
    port = host[closing + 1 :]
    _require_port(port)
    name = host[1:closing]
    zone = name.find("%25")
    if zone >= 0:
        name = _unescape(name[:zone], "host") + _unescape(name[zone:], "zone")
    else:
        name = _unescape(name, "host")
    address, percent, scope = name.partition("%")
    try:
        if percent and not scope:
            raise ValueError("zone must be a non-empty string")
        parsed = ipaddress.ip_address(address)
    except ValueError:
        raise URLError(f"invalid host: ParseAddr({quote(name)}): unable to parse IP") from None
    if parsed.version == 4:
        raise URLError("invalid IP-literal")
    return f"[{name}]{port}"


def _require_port(port: str) -> None:
    if port and not re.fullmatch(r":[0-9]*", port, re.ASCII):
        raise URLError(f"invalid port {quote(port)} after host")


def _unescape(text: str, mode: str) -> str:
    """`text` with %XX decoded; `mode` is path, fragment, userinfo, host or zone, as in Go's `unescape`."""
    data = text.encode("utf-8", "surrogateescape")
    out = bytearray()
    position = 0
    while position < len(data):
        byte = data[position]
        if byte == 0x25:
            out.append(_escaped_byte(data, position, mode))
            position += 3
            continue
        if mode in ("host", "zone") and byte < 0x80 and byte not in _HOST_BYTES:
            raise URLError(f"invalid character {quote(chr(byte))} in host name")
        out.append(byte)
        position += 1
    return out.decode("utf-8", "surrogateescape")


def _escaped_byte(data: bytes, position: int, mode: str) -> int:
    digits = data[position + 1 : position + 3].decode("latin-1")
    shown = data[position : position + 3].decode("utf-8", "surrogateescape")
    if not re.fullmatch(r"[0-9a-fA-F]{2}", digits):
        raise URLError(f"invalid URL escape {quote(shown)}")
    value = int(digits, 16)
    if mode == "host" and value < 0x80 and digits != "25":
        raise URLError(f"invalid URL escape {quote(shown)}")
    if mode == "zone" and digits != "25" and value not in _HOST_BYTES | _ZONE_EXTRA:
        raise URLError(f"invalid URL escape {quote(shown)}")
    return value
