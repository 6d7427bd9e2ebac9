"""How a service is reached by others than sidecars: gateways, routes, exports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from meshgw.analysis.protocol_rules import ingress_services
from meshgw.diagnostics.model import Location
from meshgw.entries.exported_services import ExportedServices
from meshgw.entries.http_route import HTTPRoute
from meshgw.entries.ingress_gateway import IngressGateway
from meshgw.entries.tcp_route import TCPRoute
from meshgw.mesh.entry_set import EntrySet
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Datacenter, Mesh
from meshgw.resolve.exports import consuming_peers
from meshgw.snapshot.linked_services import links_to


@dataclass(frozen=True, slots=True)
class Exposure:
    """One way to a service: `words` say by whom, `location` is where that is written."""

    datacenter: str
    words: str
    location: Location | None


def exposures(mesh: Mesh, service: ServiceKey) -> list[Exposure]:
    """Everything in the tree that leads to a service, or offers it to others."""
    return [
        Exposure(datacenter.name, words, location)
        for datacenter in mesh.datacenters.values()
        for words, location in _of_datacenter(mesh, datacenter, service)
    ]


def _of_datacenter(
    mesh: Mesh, home: Datacenter, service: ServiceKey
) -> Iterator[tuple[str, Location | None]]:
    entries = home.entries
    yield from _ingress(entries, service)
    yield from _routes(entries, service)
    yield from _terminating(mesh, home, service)
    yield from _exported(entries, service)


def _ingress(entries: EntrySet, service: ServiceKey) -> Iterator[tuple[str, Location | None]]:
    for gateway in entries.of_kind(IngressGateway):
        for at, protocol, key in ingress_services(gateway):
            if key == service:
                yield f"ingress-gateway {gateway.name}, protocol {protocol or 'tcp'}", gateway.locate(at)


def _routes(entries: EntrySet, service: ServiceKey) -> Iterator[tuple[str, Location | None]]:
    for route in entries.of_kind(HTTPRoute):
        for number, rule in enumerate(route.rules):
            for index, target in enumerate(rule.services):
                if ServiceKey(target.partition, target.namespace, target.name) == service:
                    at = ("Rules", number, "Services", index, "Name")
                    yield f"http-route {route.name}, rule {number + 1}", route.locate(at)
    for tcp in entries.of_kind(TCPRoute):
        for index, found in enumerate(tcp.services):
            if ServiceKey(found.partition, found.namespace, found.name) == service:
                yield f"tcp-route {tcp.name}", tcp.locate(("Services", index, "Name"))


def _terminating(mesh: Mesh, home: Datacenter, service: ServiceKey) -> Iterator[tuple[str, Location | None]]:
    for link in links_to(mesh, home, service):
        yield f"terminating-gateway {link.entry.name}", link.location


def _exported(entries: EntrySet, service: ServiceKey) -> Iterator[tuple[str, Location | None]]:
    for peer, export in sorted(consuming_peers(entries, service).items()):
        yield f"exported to peer {peer}", export.location
    entry: ExportedServices | None = entries.exported_services(service.partition)
    for index, item in enumerate(entry.services if entry is not None else ()):
        if item.name != "*" and (item.namespace or "default", item.name) == (service.namespace, service.name):
            assert entry is not None
            for number, consumer in enumerate(item.consumers):
                if consumer.partition:
                    at = ("Services", index, "Consumers", number)
                    yield f"exported to partition {consumer.partition}", entry.locate(at)
