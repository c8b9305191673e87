"""Addresses and prefixes, parsed like Go's `net/netip`, with its errors (Go 1.26)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from kube_oidc.verdict.golang.quote import quote

_HEX: Final = re.compile(r"[0-9a-fA-F]*")
_GROUPS: Final = 8


class AddressError(ValueError):
    """Go's whole message, `ParseAddr("…"): …` or `netip.ParsePrefix("…"): …`."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address: its number, 32 or 128 bits, and the zone of an IPv6 address ("" for none)."""

    number: int
    bits: int
    zone: str = ""

    @property
    def is_mapped(self) -> bool:
        """Whether it is an IPv4 address inside IPv6 (`::ffff:0:0/96`)."""
        return self.bits == 128 and self.number >> 32 == 0xFFFF

    def __str__(self) -> str:
        if self.bits == 32:
            return str(IPv4Address(self.number))
        text = f"::ffff:{IPv4Address(self.number & 0xFFFFFFFF)}" if self.is_mapped else None
        return (text or str(IPv6Address(self.number))) + (f"%{self.zone}" if self.zone else "")


@dataclass(frozen=True, slots=True)
class Prefix:
    """An address, host bits included, and the length of the prefix."""

    address: Address
    length: int

    def masked(self) -> Prefix:
        """The same prefix without host bits."""
        host = self.address.bits - self.length
        return Prefix(Address(self.address.number >> host << host, self.address.bits), self.length)

    def contains(self, address: Address) -> bool:
        """Whether the address, which must have no zone, is in the prefix."""
        host = self.address.bits - self.length
        same_family = address.bits == self.address.bits
        return same_family and not address.zone and (address.number ^ self.address.number) >> host == 0

    def __str__(self) -> str:
        return f"{self.address}/{self.length}"


def parse_address(text: str) -> Address:
    """Parses an address; raises AddressError with the message of `netip.ParseAddr`."""
    kind = next((character for character in text if character in ".:%"), "")
    if kind == ".":
        return Address(_ipv4(text, text), 32)
    if kind == ":":
        return _ipv6(text)
    raise _error(text, "missing IPv6 address" if kind else "unable to parse IP")


def parse_prefix(text: str) -> Prefix:
    """Parses a prefix; raises AddressError with the message of `netip.ParsePrefix`."""
    before, slash, length = text.rpartition("/")
    if not slash:
        raise _prefix_error(text, "no '/'")
    try:
        address = parse_address(before)
    except AddressError as error:
        raise _prefix_error(text, str(error)) from None
    if address.zone:
        raise _prefix_error(text, "IPv6 zones cannot be present in a prefix")
    if not re.fullmatch(r"[0-9]|[1-9][0-9]+", length) or int(length[:20]) >= 2**63:
        raise _prefix_error(text, f"bad bits after slash: {quote(length)}")
    if int(length) > address.bits:
        raise _prefix_error(text, "prefix length out of range")
    return Prefix(address, int(length))


def _prefix_error(text: str, message: str) -> AddressError:
    return AddressError(f"netip.ParsePrefix({quote(text)}): {message}")


def _error(text: str, message: str, at: str = "") -> AddressError:
    return AddressError(f"ParseAddr({quote(text)}): {message}" + (f" (at {quote(at)})" if at else ""))


def _ipv4(whole: str, text: str) -> int:
    """The number of the IPv4 address `text`, which is the end of `whole`, the text shown in errors."""
    fields, digits = [0], 0
    for position, character in enumerate(text):
        if character in "0123456789":
            if digits == 1 and fields[-1] == 0:
                raise _error(whole, "IPv4 field has octet with leading zero")
            fields[-1] = fields[-1] * 10 + int(character)
            digits += 1
            if fields[-1] > 255:
                raise _error(whole, "IPv4 field has value >255")
        elif character == ".":
            if position in (0, len(text) - 1) or text[position - 1] == ".":
                raise _error(whole, "IPv4 field must have at least one digit", text[position:])
            if len(fields) == 4:
                raise _error(whole, "IPv4 address too long")
            fields.append(0)
            digits = 0
        else:
            raise _error(whole, "unexpected character", text[position:])
    if len(fields) < 4:
        raise _error(whole, "IPv4 address too short")
    return int.from_bytes(bytes(fields), "big")


def _ipv6(whole: str) -> Address:
    text, percent, zone = whole.partition("%")
    if percent and not zone:
        raise _error(whole, "zone must be a non-empty string")
    groups: list[int] = []
    ellipsis = -1
    if text.startswith("::"):
        ellipsis, text = 0, text[2:]
    while text and len(groups) < _GROUPS:
        digits = _digits(whole, text)
        if text[len(digits) :].startswith("."):
            groups += _embedded_ipv4(whole, text, len(groups), ellipsis)
            text = ""
            break
        groups.append(int(digits, 16))
        text = _after_colon(whole, text[len(digits) :])
        if text.startswith(":"):
            if ellipsis >= 0:
                raise _error(whole, "multiple :: in address", text)
            ellipsis, text = len(groups), text[1:]
    if text:
        raise _error(whole, "trailing garbage after address", text)
    return Address(_expanded(whole, groups, ellipsis), 128, zone)


def _digits(whole: str, text: str) -> str:
    found = _HEX.match(text)
    assert found is not None  # the pattern also matches an empty text
    digits = found[0]
    if not digits:
        raise _error(whole, "each colon-separated field must have at least one digit", text)
    if len(digits) > 4:
        raise _error(whole, "each group must have 4 or less digits", text)
    return digits


def _embedded_ipv4(whole: str, text: str, groups: int, ellipsis: int) -> list[int]:
    if ellipsis < 0 and groups != _GROUPS - 2:
        place = "embedded IPv4 address must replace the final 2 fields of the address"
        raise _error(whole, place, text)
    if groups + 2 > _GROUPS:
        room = "too many hex fields to fit an embedded IPv4 at the end of the address"
        raise _error(whole, room, text)
    number = _ipv4(whole, text)
    return [number >> 16, number & 0xFFFF]


def _after_colon(whole: str, text: str) -> str:
    """The text after the colon with which a non-empty `text` must begin."""
    if not text:
        return ""
    if text[0] != ":":
        raise _error(whole, "unexpected character, want colon", text)
    if len(text) == 1:
        raise _error(whole, "colon must be followed by more characters", text)
    return text[1:]


def _expanded(whole: str, groups: list[int], ellipsis: int) -> int:
    missing = _GROUPS - len(groups)
    if missing and ellipsis < 0:
        raise _error(whole, "address string too short")
    if not missing and ellipsis >= 0:
        raise _error(whole, "the :: must expand to at least one field of zeros")
    if missing:
        groups = [*groups[:ellipsis], *[0] * missing, *groups[ellipsis:]]
    return sum(group << (16 * (_GROUPS - 1 - index)) for index, group in enumerate(groups))
