"""What remains of an optional's value if cel-go converts it to a Go value and back."""

from __future__ import annotations

from typing import Final

from kube_oidc.verdict.cel.values import CelError, Opaque, TypeValue
from kube_oidc.verdict.undecidable import Undecidable

_UNKNOWN: Final = "unsupported conversion to ref.Val: "
_HELD: Final = {
    "kubernetes.URL": ("(*url.URL)", "text"),
    "net.CIDR": ("(netip.Prefix)", "prefix"),
    "net.IP": ("(netip.Addr)", "address"),
}
_KEPT: Final = "kubernetes.NamedFormat"


def go_value(value: object) -> object:
    """The value; for a type, its name; for Kubernetes' own types, which cel-go can't convert back, a CelError."""
    if type(value) is TypeValue:
        return value.name
    if not isinstance(value, Opaque) or value.type_name == _KEPT:
        return value
    go_type, field = _HELD.get(value.type_name, ("", ""))
    if not go_type:
        raise Undecidable(f"an optional {value.type_name} that cel-go converts to a Go value")
    return CelError(f"{_UNKNOWN}{go_type}{getattr(value, field)}")
