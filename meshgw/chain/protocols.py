"""Which protocol a service speaks (discovery-chain.md 3.4, 4)."""

from __future__ import annotations

from dataclasses import dataclass

from meshgw.chain.model import Place
from meshgw.entries.proxy_defaults import ProxyDefaults
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.entries.shared import HTTP_LIKE

DEFAULT = "tcp"


def http_like(protocol: str) -> bool:
    """Whether requests can be routed and divided: exactly `http`, `http2` or `grpc`."""
    return protocol in HTTP_LIKE


@dataclass(frozen=True, slots=True)
class Spoken:
    """A protocol, where it is written, and what to say of that place."""

    protocol: str
    place: Place | None
    words: str


def protocol_of(
    service_defaults: ServiceDefaults | None, proxy_defaults: ProxyDefaults | None
) -> tuple[str, ServiceDefaults | ProxyDefaults | None]:
    """The protocol of a service, lower-cased, and the entry that decides it.

    service-defaults without a protocol mean `tcp`; proxy-defaults are not asked then.
    """
    if service_defaults is not None:
        return service_defaults.protocol.lower() or DEFAULT, service_defaults
    if proxy_defaults is not None and proxy_defaults.protocol:
        return proxy_defaults.protocol.lower(), proxy_defaults
    return DEFAULT, None


def spoken(service_defaults: ServiceDefaults | None, proxy_defaults: ProxyDefaults | None) -> Spoken:
    """`protocol_of` in words, for messages."""
    protocol, decided_by = protocol_of(service_defaults, proxy_defaults)
    if isinstance(decided_by, ProxyDefaults):
        return Spoken(protocol, Place(decided_by, ("Config", "protocol")), f"`{protocol}` is set here")
    if decided_by is None:
        return Spoken(protocol, None, "no entry sets a protocol, which means `tcp`")
    if decided_by.protocol:
        return Spoken(protocol, Place(decided_by, ("Protocol",)), f"`{protocol}` is set here")
    words = "service-defaults without a protocol mean `tcp`"
    return Spoken(protocol, Place(decided_by, ("Protocol",)), words)
