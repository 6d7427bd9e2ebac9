"""tcp-route (config-entries.md 2.14)."""

from __future__ import annotations

from typing import Self

from meshgw.diagnostics.evaluation import first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.api_gateway_parts import PARENTS, Reference, Status, inherited, inherited_parents
from meshgw.entries.base import Entry, config_entry, judged
from meshgw.entries.shared import META, entry_name_missing
from meshgw.schema.fields import Block, block, blocks, obj, replace, tenancy, text


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

    def normalize(self) -> Self:
        return replace(
            self,
            parents=inherited_parents(self.parents, self),
            services=tuple(inherited(service, self) for service in self.services),
            status=Status(),
        )


@rule("tcp-route-several-services", on=TCPRoute, consul="currently only supports one service")  # TR-01
def tcp_route_several_services(route: TCPRoute, report: Report) -> None:
    """A tcp-route that leads to more than one service.

    Connections cannot be divided by an API gateway; a service-splitter cannot either, as it needs HTTP.

    Refused:

        Kind     = "tcp-route"
        Name     = "route"
        Services = [{ Name = "db" }, { Name = "db-next" }]

    Accepted:

        Kind     = "tcp-route"
        Name     = "route"
        Services = [{ Name = "db" }]
    """
    if len(route.services) > 1:
        report(f"{len(route.services)} services; a tcp-route leads to one", at=("Services", 1), part="all")


judged(
    TCPRoute,
    first(
        tcp_route_several_services,  # TR-01
        PARENTS,  # TR-02, TR-03
        META,  # TR-04
        entry_name_missing,  # XG-01
    ),
)
