"""The JSON form of protobuf (envoy-sidecar.md 1.2): durations, addresses, `Any`."""

from __future__ import annotations

from typing import Any

_SECOND = 1_000_000_000
_PORTS = range(65536)


def duration(nanoseconds: int) -> str:
    """Decimal seconds with 0, 3, 6 or 9 digits: `5s`, `0.750s`, `-1s` (XV-09)."""
    sign = "-" if nanoseconds < 0 else ""
    seconds, rest = divmod(abs(nanoseconds), _SECOND)
    if rest == 0:
        return f"{sign}{seconds}s"
    digits = f"{rest:09d}"
    while digits.endswith("000"):
        digits = digits[:-3]
    return f"{sign}{seconds}.{digits}s"


def milliseconds(value: int) -> str:
    """A duration given in milliseconds."""
    return duration(value * 1_000_000)


def typed(type_url: str, **fields: Any) -> dict[str, Any]:
    """An `Any`: `@type` first."""
    return {"@type": f"type.googleapis.com/{type_url}", **fields}


def filter_of(name: str, type_url: str, **fields: Any) -> dict[str, Any]:
    """A named filter with its configuration."""
    return {"name": name, "typedConfig": typed(type_url, **fields)}


def socket_address(host: str, port: int) -> dict[str, Any]:
    """An address; an empty host is left out (XV-06), a port out of range leaves no address (XV-20)."""
    if port not in _PORTS:
        return {}
    return {"socketAddress": ({"address": host} if host else {}) | {"portValue": port}}


def addressed(host: str, port: int) -> dict[str, Any]:
    """`{"address": …}`, or nothing when there is no address at all."""
    address = socket_address(host, port)
    return {"address": address} if address else {}
