"""The elliptic curves of Go's `crypto/elliptic` (FIPS 186-5 and SP 800-186, section 3.2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Curve:
    """y² = x³ - 3x + b modulo a prime; `element_error` is Go's error for a coordinate that isn't below the prime."""

    name: str
    prime: int
    b: int
    element_error: str

    @property
    def bits(self) -> int:
        """Bits of a coordinate."""
        return self.prime.bit_length()

    @property
    def size(self) -> int:
        """Bytes of a coordinate."""
        return (self.bits + 7) // 8

    def contains(self, x: int, y: int) -> bool:
        """Whether this is a point of the curve."""
        return max(x, y) < self.prime and (y * y - x * x * x + 3 * x - self.b) % self.prime == 0


P224: Final = Curve(
    "P224",
    2**224 - 2**96 + 1,
    0xB4050A850C04B3ABF54132565044B0B7D7BFD8BA270B39432355FFB4,
    "invalid P224Element encoding",
)
P256: Final = Curve(
    "P256",
    2**256 - 2**224 + 2**192 + 2**96 - 1,
    0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    "invalid P256 element encoding",
)
P384: Final = Curve(
    "P384",
    2**384 - 2**128 - 2**96 + 2**32 - 1,
    0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF,
    "invalid P384Element encoding",
)
P521: Final = Curve(
    "P521",
    2**521 - 1,
    int(
        "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef1"
        "09e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
        16,
    ),
    "invalid P521Element encoding",
)
