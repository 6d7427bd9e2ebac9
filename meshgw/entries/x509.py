"""What meshgw has to know of certificates and private keys (RFC 5280, 8017, 5958, 5915).

No signature is verified and no text of a key leaves this module.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field
from typing import Literal

from meshgw.entries import der
from meshgw.entries.curves import P224, P256, P384, P521, Curve, Point, ed25519_public
from meshgw.entries.der import DerError, Reader

Algorithm = Literal["RSA", "ECDSA", "Ed25519", "unknown"]

_RSA = bytes.fromhex("2a864886f70d010101")
_EC = bytes.fromhex("2a8648ce3d0201")
_ED25519 = bytes.fromhex("2b6570")
_CURVES = {
    bytes.fromhex("2b81040021"): P224,
    bytes.fromhex("2a8648ce3d030107"): P256,
    bytes.fromhex("2b81040022"): P384,
    bytes.fromhex("2b81040023"): P521,
}
_COMMON_NAME = bytes.fromhex("550403")
_ALTERNATIVE_NAMES = bytes.fromhex("551d11")
_DNS_NAME, _IP_ADDRESS = 0x82, 0x87
_MOST_CHECKED_BITS = 16384  # products of longer numbers would take long; Consul's own limits are lower


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What says whether key and certificate belong together: RSA's modulus, a point, 32 bytes."""

    algorithm: Algorithm
    value: int | Point | bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Certificate:
    """The common name (empty when there is none), DNS names, IP addresses and key of a certificate."""

    common_name: str
    dns_names: tuple[str, ...]
    ip_addresses: tuple[str, ...]
    key: PublicKey


def read_certificate(data: bytes) -> Certificate:
    """Read an X.509 certificate. Raises `DerError` when it is none."""
    outer = Reader.over(data)
    whole = outer.take(der.SEQUENCE)
    outer.finish()
    body = whole.take(der.SEQUENCE)
    _algorithm(whole)
    whole.bits()
    whole.finish()
    version = body.optional(0xA0)
    if version is not None and not 0 <= version.integer() <= 2:
        raise DerError("an unknown version")
    body.integer()  # serial number
    _algorithm(body)
    body.take(der.SEQUENCE)  # issuer
    _validity(body.take(der.SEQUENCE))
    common_name = _common_name(body.take(der.SEQUENCE))
    key = _public_key(body.take(der.SEQUENCE))
    body.optional(0x81)
    body.optional(0x82)
    extensions = body.optional(0xA3)
    body.finish()
    dns_names, ip_addresses = _alternative_names(extensions) if extensions else ((), ())
    return Certificate(common_name, dns_names, ip_addresses, key)


def _algorithm(reader: Reader) -> tuple[bytes, Reader]:
    """An algorithm's identifier and its parameters."""
    content = reader.take(der.SEQUENCE)
    return content.object_id(), content


def _validity(reader: Reader) -> None:
    for _ in range(2):
        if reader.any()[0] not in (der.UTC_TIME, der.GENERALIZED_TIME):
            raise DerError("no time")
    reader.finish()


def _common_name(reader: Reader) -> str:
    """The last common name of a subject, as Go takes it."""
    found = ""
    while not reader.empty:
        names = reader.take(der.SET)
        while not names.empty:
            attribute = names.take(der.SEQUENCE)
            kind = attribute.object_id()
            tag, content = attribute.any()
            if kind == _COMMON_NAME:
                found = _text(tag, content.rest())
    return found


_ENCODINGS = {
    der.UTF8_STRING: "utf-8",
    der.PRINTABLE_STRING: "ascii",
    der.IA5_STRING: "ascii",
    der.T61_STRING: "latin-1",
    der.BMP_STRING: "utf-16-be",
}


def _text(tag: int, content: bytes) -> str:
    try:
        return content.decode(_ENCODINGS[tag])
    except (KeyError, UnicodeDecodeError) as fault:
        raise DerError("a text in no known encoding") from fault


def _alternative_names(extensions: Reader) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """DNS names and IP addresses of a subject, each in their order."""
    names: list[str] = []
    addresses: list[str] = []
    entries = extensions.take(der.SEQUENCE)
    while not entries.empty:
        extension = entries.take(der.SEQUENCE)
        kind = extension.object_id()
        extension.optional(0x01)  # critical
        content = extension.take(der.OCTET_STRING)
        if kind == _ALTERNATIVE_NAMES:
            found = content.take(der.SEQUENCE)
            while not found.empty:
                tag, name = found.any()
                if tag == _DNS_NAME:
                    names.append(_text(der.IA5_STRING, name.rest()))
                elif tag == _IP_ADDRESS:
                    addresses.append(_address(name.rest()))
    return tuple(names), tuple(addresses)


def _address(content: bytes) -> str:
    """An IP address as Go prints it: IPv4 in IPv6 as IPv4."""
    if len(content) not in (4, 16):
        raise DerError("an IP address of another length")
    address = ipaddress.ip_address(content)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return str(mapped or address)


def _public_key(reader: Reader) -> PublicKey:
    kind, parameters = _algorithm(reader)
    bits = reader.bits()
    if kind == _RSA:
        numbers = Reader.over(bits).take(der.SEQUENCE)
        modulus, exponent = numbers.integer(), numbers.integer()
        if modulus <= 0 or exponent <= 0:
            raise DerError("an RSA key of no positive numbers")
        return PublicKey("RSA", modulus)
    if kind == _EC:
        return PublicKey("ECDSA", _point(_curve(parameters.object_id()), bits))
    if kind == _ED25519:
        if len(bits) != 32:
            raise DerError("an Ed25519 key of another length")
        return PublicKey("Ed25519", bits)
    return PublicKey("unknown", None)


def _curve(identifier: bytes) -> Curve:
    if identifier not in _CURVES:
        raise DerError("an unsupported elliptic curve")
    return _CURVES[identifier]


def _point(curve: Curve, bits: bytes) -> Point:
    size = curve.size
    if len(bits) != 2 * size + 1 or bits[0] != 4:
        raise DerError("no uncompressed point")
    point = int.from_bytes(bits[1 : size + 1], "big"), int.from_bytes(bits[size + 1 :], "big")
    if not curve.holds(point):
        raise DerError("a point beside its curve")
    return point


def rsa_modulus(data: bytes) -> int:
    """The modulus of an RSA private key (PKCS #1). Raises `DerError` when it is none."""
    outer = Reader.over(data)
    numbers = outer.take(der.SEQUENCE)
    outer.finish()
    version = numbers.integer()
    if version not in (0, 1):
        raise DerError("an unknown version")
    modulus, exponent, private, one, other = (numbers.integer() for _ in range(5))
    if min(modulus, exponent, private, one, other) <= 0:
        raise DerError("numbers that are not positive")
    if version == 0 and modulus.bit_length() <= _MOST_CHECKED_BITS:
        _check_rsa(modulus, exponent, private, (one, other))
    return modulus


def _check_rsa(modulus: int, exponent: int, private: int, primes: tuple[int, int]) -> None:
    if primes[0] * primes[1] != modulus:
        raise DerError("primes that do not give the modulus")
    if any(prime == 1 or (exponent * private - 1) % (prime - 1) for prime in primes):
        raise DerError("exponents that do not belong together")


def public_half(data: bytes) -> PublicKey:
    """The public half of a private key in any of the three forms. Raises `DerError` when it is none."""
    for read in (_from_pkcs1, _from_pkcs8, _from_sec1):
        try:
            return read(data)
        except DerError:
            continue
    raise DerError("no private key")


def _from_pkcs1(data: bytes) -> PublicKey:
    return PublicKey("RSA", rsa_modulus(data))


def _from_pkcs8(data: bytes) -> PublicKey:
    content = Reader.over(data).take(der.SEQUENCE)
    content.integer()
    kind, parameters = _algorithm(content)
    key = content.take(der.OCTET_STRING).rest()
    if kind == _RSA:
        return _from_pkcs1(key)
    if kind == _EC:
        return _ec_public(key, _curve(parameters.object_id()))
    if kind == _ED25519:
        seed = Reader.over(key).take(der.OCTET_STRING).rest()
        if len(seed) != 32:
            raise DerError("an Ed25519 key of another length")
        return PublicKey("Ed25519", ed25519_public(seed))
    raise DerError("a key of an unknown algorithm")


def _from_sec1(data: bytes) -> PublicKey:
    return _ec_public(data, None)


def _ec_public(data: bytes, curve: Curve | None) -> PublicKey:
    content = Reader.over(data).take(der.SEQUENCE)
    if content.integer() != 1:
        raise DerError("an unknown version")
    scalar = int.from_bytes(content.take(der.OCTET_STRING).rest(), "big")
    named = content.optional(0xA0)
    if curve is None:
        if named is None:
            raise DerError("no curve")
        curve = _curve(named.object_id())
    if not 0 < scalar < curve.n:
        raise DerError("a number outside the curve's order")
    return PublicKey("ECDSA", curve.public(scalar))
