"""tcp-route (config-entries.md 2.14)."""

from __future__ import annotations

from meshgw.entries.api_gateway_parts import Reference, Status
from meshgw.entries.base import Entry, config_entry
from meshgw.schema.fields import Block, block, blocks, obj, tenancy, text


@block
class TCPService(Block):
    """The service that gets the connections."""

    name: str = text("Name")
    partition: str = tenancy("Partition", doc="the entry's own when empty (Enterprise)")
    namespace: str = tenancy("Namespace", doc="the entry's own when empty (Enterprise)")


@config_entry("tcp-route")
class TCPRoute(Entry):
    """Leads connections from listeners of API gateways to a service."""

    parents: tuple[Reference, ...] = blocks("Parents", Reference, doc="gateways; a section is a listener")
    services: tuple[TCPService, ...] = blocks("Services", TCPService, doc="at most one")
    status: Status = obj("Status", Status, doc="Consul's own; discarded")
