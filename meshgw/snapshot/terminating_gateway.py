"""The snapshot of a terminating gateway (envoy-other-gateways.md 2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshgw.entries.filters import FilterError
from meshgw.entries.terminating_gateway import TerminatingGateway
from meshgw.mesh.model import Datacenter, Instance, Key, Mesh
from meshgw.resolve.intentions import matching_intentions
from meshgw.resolve.proxy import service_settings
from meshgw.snapshot.carried import carried_service
from meshgw.snapshot.common import common_to_all, own_entry
from meshgw.snapshot.linked_services import Link, links_of
from meshgw.snapshot.model import SnapshotFault
from meshgw.snapshot.peers import inbound_bundles
from meshgw.snapshot.pools import endpoint
from meshgw.snapshot.terminating_model import (
    AnyRepresented,
    RepresentedDestination,
    RepresentedService,
    TerminatingGatewaySnapshot,
)


def terminating_gateway_snapshot(mesh: Mesh, instance: Instance) -> TerminatingGatewaySnapshot:
    """Everything a terminating gateway knows. What Consul could not serve is in `faults`."""
    home = mesh.datacenters[instance.datacenter]
    services: list[AnyRepresented] = []
    faults: list[SnapshotFault] = []
    entry = own_entry(home, instance, TerminatingGateway)
    for link in links_of(mesh, home, entry) if entry is not None else ():
        try:
            services += _represented(mesh, home, instance.key, link)
        except FilterError as fault:  # one bad subset, and the gateway gets nothing at all (TE-25)
            message = f"a subset of `{link.key.name}` cannot be chosen: {fault}"
            faults.append(SnapshotFault(link.key.name, message))
    return TerminatingGatewaySnapshot(
        **common_to_all(mesh, instance),
        services=tuple(services),
        faults=tuple(faults),
    )


def _represented(mesh: Mesh, home: Datacenter, own: Key, link: Link) -> Iterator[AnyRepresented]:
    """A linked service that has instances, or that stands for addresses (TE-06)."""
    service = link.key
    config, extensions = service_settings(home.entries, service)
    common: dict[str, Any] = {
        "link": link,
        "config": config,
        "extensions": extensions,
        "intentions": matching_intentions(home.entries, service),
        "bundles": inbound_bundles(mesh, home, service),
    }
    outside = link.destination.destination if link.destination is not None else None
    instances = mesh.named(own, service.namespace, service.name)
    if outside is not None:
        yield RepresentedDestination(destination=outside, **common)
    elif instances:
        carried = carried_service(service, instances, home.entries.resolver(service), own)
        endpoints = tuple(endpoint(instance, own) for instance in instances)
        yield RepresentedService(carried=carried, endpoints=endpoints, **common)
