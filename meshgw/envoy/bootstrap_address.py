"""Addresses in options and settings of a bootstrap."""

from __future__ import annotations

import ipaddress
import re
from typing import Any, NamedTuple

_PORT = re.compile(r"[0-9]{1,5}")
_BRACKETED = re.compile(r"\[([^\[\]]*)\]:([^:\[\]]*)")
_PLAIN = re.compile(r"([^:\[\]]*):([^:\[\]]*)")


class HostPort(NamedTuple):
    """An address; the host as written, so perhaps empty."""

    host: str
    port: int


def split_host_port(text: str) -> HostPort | str:
    """`host:port` or `[IPv6]:port`; else what is wrong with it."""
    found = _BRACKETED.fullmatch(text) or _PLAIN.fullmatch(text)
    if found is None:
        return f"`{text}` is not of the form `host:port`"
    if not _PORT.fullmatch(found[2]) or int(found[2]) > 65535:
        return f"`{found[2]}` in `{text}` is no port"
    return HostPort(found[1], int(found[2]))


def resolved(host: str) -> str | None:
    """The IP address of a host, as far as that is known without asking anybody: IPs and `localhost`."""
    if host == "localhost":
        return "127.0.0.1"
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return None


def socket_address(address: HostPort) -> dict[str, Any]:
    """Envoy's form of it."""
    return {"socket_address": {"address": address.host, "port_value": address.port}}
