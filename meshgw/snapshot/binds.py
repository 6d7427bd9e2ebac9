"""Where a mesh gateway listens (envoy-mesh-gateway.md 4.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from meshgw.resolve.gateway_options import GatewayOptions
from meshgw.services.model import Service

_ANY = "0.0.0.0"  # noqa: S104  # what Consul binds when a gateway has no address
_LOOPBACK = "127.0.0.1"

VIRTUAL_TAG = "consul-virtual:"
"""How Consul tags the virtual addresses of the services behind a terminating gateway."""


class Bind(NamedTuple):
    """A listener to open. `name` is its short name `<L>` in stat prefixes; the address may be empty."""

    name: str
    address: str
    port: int

    @property
    def host(self) -> str:
        """The address that is really bound (MG-L06)."""
        return self.address or _LOOPBACK


def bind_list(service: Service, options: GatewayOptions) -> list[Bind]:
    """Where a gateway listens: sorted by name, each address and port once (MG-L01–MG-L05)."""
    seen: dict[tuple[str, int], Bind] = {}
    for bind in sorted(bind_sources(service, options), key=lambda bind: bind.name):
        seen.setdefault((bind.address, bind.port), bind)
    return list(seen.values())


def bind_sources(service: Service, options: GatewayOptions) -> Iterator[Bind]:
    """The default, the tagged addresses and the further addresses, as far as they are asked for."""
    if not options.no_default_bind:
        yield Bind("default", service.address or _ANY, service.port)
    if options.bind_tagged_addresses:
        yield from (Bind(tag, item.address, item.port) for tag, item in service.tagged_addresses.items())
    yield from (Bind(name, item.address, item.port) for name, item in options.bind_addresses.items())
