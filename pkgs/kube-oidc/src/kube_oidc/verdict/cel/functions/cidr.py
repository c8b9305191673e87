"""CIDR prefixes (Kubernetes' `pkg/cel/library/cidr.go`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Final

from kube_oidc.verdict.cel.comparison import no_overload
from kube_oidc.verdict.cel.functions import Changed
from kube_oidc.verdict.cel.functions.ip import IP, parsed
from kube_oidc.verdict.cel.values import CelError, Opaque, takes
from kube_oidc.verdict.golang.netip import AddressError, Prefix, parse_prefix
from kube_oidc.verdict.golang.quote import quote
from kube_oidc.verdict.undecidable import Undecidable
from kube_oidc.verdict.versions import Difference

_NO_PREFIX: Final = "network address parse error during conversion from string: "


@dataclass(frozen=True, slots=True)
class CIDR(Opaque):
    """A prefix with its host bits."""

    prefix: Prefix
    type_name = "net.CIDR"
    go_type = "cel.CIDR"

    @property
    def size(self) -> int:
        """The prefix's size in bytes."""
        return ceil(self.prefix.length / 8)


_Contains = Callable[[CIDR, CIDR], bool]


def _cidr(text: str) -> CIDR:
    try:
        prefix = parse_prefix(text)
    except AddressError as error:
        raise CelError(f"{_NO_PREFIX}{_NO_PREFIX}{error}") from None
    if prefix.address.is_mapped:
        raise CelError(f"{_NO_PREFIX}IPv4-mapped IPv6 address {quote(text)} is not allowed")
    return CIDR(prefix)


def _contains_text(cidr: CIDR, text: str) -> bool:
    """Whether the address is in the prefix; an invalid one is the error "no such overload"."""
    try:
        address = parsed(text)
    except CelError:
        no_overload()
    return cidr.prefix.contains(address)


def _contains_cidr(cidr: CIDR, other: CIDR) -> bool:
    """Whether the prefix contains the whole other prefix."""
    outer, inner = cidr.prefix, other.prefix
    return outer.length <= inner.length and outer.contains(inner.address)


def _contains_first_address(cidr: CIDR, other: CIDR) -> bool:
    """The old rule: only prefixes with the same first address."""
    outer, inner = cidr.prefix, other.prefix
    return outer.length <= inner.length and outer.masked().address == inner.address


def _contains_by_patch(cidr: CIDR, other: CIDR) -> bool:
    """In 1.32, the rule depends on the patch release."""
    contained = _contains_cidr(cidr, other)
    if contained != _contains_first_address(cidr, other):
        raise Undecidable("the result of containsCIDR() differs before 1.32.4")
    return contained


def _in_text(contains: _Contains) -> Callable[[CIDR, str], bool]:
    return lambda cidr, text: contains(cidr, _cidr(text))


def _changed(first: Callable[..., bool], by_patch: Callable[..., bool], last: Callable[..., bool]) -> Changed:
    """containsCIDR() up to 1.31, in 1.32 and since 1.33."""
    return Changed(
        Difference.CONTAINS_CIDR, Changed(Difference.CONTAINS_CIDR_IN_PATCH, first, by_patch), last
    )


FUNCTIONS: Final = {
    "string_to_cidr": _cidr,
    "is_cidr": takes(_cidr),
    "cidr_contains_ip_string": _contains_text,
    "cidr_contains_ip_ip": lambda cidr, ip: cidr.prefix.contains(ip.address),
    "cidr_contains_cidr_string": _changed(
        _in_text(_contains_first_address), _in_text(_contains_by_patch), _in_text(_contains_cidr)
    ),
    "cidr_contains_cidr": _changed(_contains_first_address, _contains_by_patch, _contains_cidr),
    "cidr_ip": lambda cidr: IP(cidr.prefix.address),
    "cidr_prefix_length": lambda cidr: cidr.prefix.length,
    "cidr_masked": lambda cidr: CIDR(cidr.prefix.masked()),
    "cidr_to_string": lambda cidr: str(cidr.prefix),
}
