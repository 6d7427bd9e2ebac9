"""bound-api-gateway (config-entries.md 2.15)."""

from __future__ import annotations

from typing import Any

from meshgw.entries.api_gateway_parts import Reference
from meshgw.entries.base import Entry, config_entry
from meshgw.schema.fields import Block, Scalar, block, blocks, mapping, text


@block
class BoundListener(Block):
    """A listener with the routes and certificates that were attached to it."""

    name: str = text("Name")
    routes: tuple[Reference, ...] = blocks("Routes", Reference)
    certificates: tuple[Reference, ...] = blocks("Certificates", Reference)


@config_entry("bound-api-gateway")
class BoundAPIGateway(Entry):
    """What Consul's controller attached to an API gateway. Nobody else may write it."""

    listeners: tuple[BoundListener, ...] = blocks("Listeners", BoundListener)
    services: dict[str, Any] = mapping("Services", Scalar("any"), doc="routes by service")
