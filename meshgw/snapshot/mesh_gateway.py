"""The snapshot of a mesh gateway (envoy-mesh-gateway.md 2)."""

from __future__ import annotations

from collections.abc import Iterator

from meshgw.chain.model import ServiceKey
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.mesh.model import Datacenter, Instance, Key, Mesh
from meshgw.resolve.proxy import effective_proxy
from meshgw.services.model import MESH_GATEWAY
from meshgw.snapshot.instances import connect_endpoints
from meshgw.snapshot.model import CarriedService, GatewayKey, MeshGatewaySnapshot

WAN_FEDERATION_META = "consul-wan-federation"


def mesh_gateway_snapshot(mesh: Mesh, instance: Instance) -> MeshGatewaySnapshot:
    """Everything a mesh gateway knows."""
    home = mesh.datacenters[instance.datacenter]
    proxy = effective_proxy(instance, home.entries, client_agent=home.registered_with == "client")
    return MeshGatewaySnapshot(
        proxy=proxy,
        datacenter=home,
        mesh_entry=home.entries.mesh(instance.partition),
        enterprise=mesh.enterprise,
        wan_federation=instance.service.meta.get(WAN_FEDERATION_META) == "1",
        remote_keys=tuple(_remote_keys(mesh, instance.key)),
        carried=tuple(_carried(mesh, home, instance.key)),
    )


def _remote_keys(mesh: Mesh, own: Key) -> Iterator[GatewayKey]:
    """The other partitions of the datacenter, and other datacenters for the default partition.

    Sorted by datacenter, then partition (MG-P07).
    """
    keys = [key for key in mesh.keys if key.datacenter == own.datacenter and key != own]
    if own.partition == "default":
        keys.extend(Key(datacenter, "default") for datacenter in mesh.federated(own.datacenter))
    for key in sorted(keys):
        gateways = mesh.gateways(key, MESH_GATEWAY)
        if gateways:
            yield GatewayKey(key=key, instances=gateways)


def _carried(mesh: Mesh, home: Datacenter, own: Key) -> Iterator[CarriedService]:
    """The services of the own partition that have connect endpoints, sorted by their keys."""
    for service in sorted(_candidates(mesh, home, own)):
        endpoints = connect_endpoints(mesh, own.datacenter, service)
        if endpoints:
            yield CarriedService(key=service, endpoints=endpoints)


def _candidates(mesh: Mesh, home: Datacenter, own: Key) -> set[ServiceKey]:
    """Registered names, and with a server as source also destinations (MG-I10)."""
    found: dict[ServiceKey, ServiceKey] = {}
    for instance in mesh.instances:
        if instance.key != own:
            continue
        names = [instance.service.name]
        if home.registered_with == "server" and instance.service.is_proxy:
            names.append(instance.destination)
        for name in names:
            key = ServiceKey(own.partition, instance.namespace, name)
            found.setdefault(key._replace(name=name.lower()), key)
    if home.registered_with == "server":
        for entry in home.entries.of_kind(ServiceDefaults):
            if entry.partition == own.partition and entry.destination is not None:
                key = ServiceKey(entry.partition, entry.namespace, entry.name)
                found.setdefault(key._replace(name=entry.name.lower()), key)
    return set(found.values())
