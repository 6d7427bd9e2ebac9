"""Public points of elliptic-curve keys (SEC 2, FIPS 186-4, RFC 8032).

Only for telling whether a key belongs to a certificate: nothing here runs in constant time.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Curve:
    """y² = x³ - 3x + b modulo p, with the generator g of order n."""

    name: str
    p: int
    b: int
    n: int
    g: Point

    @property
    def size(self) -> int:
        """Bytes of a coordinate."""
        return (self.p.bit_length() + 7) // 8

    def holds(self, point: Point) -> bool:
        """Whether a point is on the curve."""
        x, y = point
        return max(x, y) < self.p and (y * y - (x * x * x - 3 * x + self.b)) % self.p == 0

    def public(self, scalar: int) -> Point | None:
        """`scalar` times the generator; `None` for the point at infinity."""
        total: Point | None = None
        addend: Point | None = self.g
        while scalar:
            if scalar & 1:
                total = self._add(total, addend)
            addend = self._add(addend, addend)
            scalar >>= 1
        return total

    def _add(self, one: Point | None, other: Point | None) -> Point | None:
        if one is None or other is None:
            return one or other
        (x1, y1), (x2, y2) = one, other
        if x1 == x2 and (y1 + y2) % self.p == 0:
            return None
        if one == other:
            slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, self.p)
        else:
            slope = (y2 - y1) * pow(x2 - x1, -1, self.p)
        x = (slope * slope - x1 - x2) % self.p
        return x, (slope * (x1 - x) - y1) % self.p


P224 = Curve(
    "P-224",
    2**224 - 2**96 + 1,
    0xB4050A850C04B3ABF54132565044B0B7D7BFD8BA270B39432355FFB4,
    0xFFFFFFFFFFFFFFFFFFFFFFFFFFFF16A2E0B8F03E13DD29455C5C2A3D,
    (
        0xB70E0CBD6BB4BF7F321390B94A03C1D356C21122343280D6115C1D21,
        0xBD376388B5F723FB4C22DFE6CD4375A05A07476444D5819985007E34,
    ),
)
P256 = Curve(
    "P-256",
    2**256 - 2**224 + 2**192 + 2**96 - 1,
    0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    (
        0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    ),
)
P384 = Curve(
    "P-384",
    2**384 - 2**128 - 2**96 + 2**32 - 1,
    int(
        "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
        16,
    ),
    int(
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
        16,
    ),
    (
        int(
            "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a38"
            "5502f25dbf55296c3a545e3872760ab7",
            16,
        ),
        int(
            "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c0"
            "0a60b1ce1d7e819d7a431d7c90ea0e5f",
            16,
        ),
    ),
)
P521 = Curve(
    "P-521",
    2**521 - 1,
    int(
        "0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef1"
        "09e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b50"
        "3f00",
        16,
    ),
    int(
        "01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"
        "fffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e9138"
        "6409",
        16,
    ),
    (
        int(
            "00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d"
            "3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5"
            "bd66",
            16,
        ),
        int(
            "011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e"
            "662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd1"
            "6650",
            16,
        ),
    ),
)

_Q = 2**255 - 19
_D = -121665 * pow(121666, -1, _Q) % _Q
_BASE_Y = 4 * pow(5, -1, _Q) % _Q
_BASE: Point = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    _BASE_Y,
)


def ed25519_public(seed: bytes) -> bytes:
    """The public key of an Ed25519 key of 32 bytes (RFC 8032, 5.1.5)."""
    digest = bytearray(hashlib.sha512(seed).digest()[:32])
    digest[0] &= 0xF8
    digest[31] = digest[31] & 0x7F | 0x40
    x, y = _edwards_multiply(int.from_bytes(digest, "little"))
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _edwards_multiply(scalar: int) -> Point:
    total, addend = (0, 1), _BASE
    while scalar:
        if scalar & 1:
            total = _edwards_add(total, addend)
        addend = _edwards_add(addend, addend)
        scalar >>= 1
    return total


def _edwards_add(one: Point, other: Point) -> Point:
    (x1, y1), (x2, y2) = one, other
    product = _D * x1 * x2 * y1 * y2 % _Q
    x = (x1 * y2 + x2 * y1) * pow(1 + product, -1, _Q)
    y = (y1 * y2 + x1 * x2) * pow(1 - product, -1, _Q)
    return x % _Q, y % _Q
