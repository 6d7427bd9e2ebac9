"""The snapshot of an ingress gateway (envoy-other-gateways.md 3.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from meshgw.chain.protocols import protocol_of
from meshgw.entries.ingress_gateway import IngressGateway
from meshgw.entries.ingress_parts import IngressListener
from meshgw.entries.shared import CONSUL, WILDCARD
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Datacenter, Instance, Key, Mesh
from meshgw.snapshot.chain_upstreams import ChainDraft, followed
from meshgw.snapshot.common import common_to_all, own_entry
from meshgw.snapshot.compiling import plain_chain
from meshgw.snapshot.ingress_model import IngressGatewaySnapshot, ServedService, ServingListener
from meshgw.snapshot.linked_services import destinations_in
from meshgw.snapshot.model import SnapshotFault
from meshgw.snapshot.names import envoy_id


class _Mapping(NamedTuple):
    """A service of a listener before its chain is followed; `number` is that of its block in the listener."""

    key: ServiceKey
    hosts: tuple[str, ...]
    number: int


def ingress_gateway_snapshot(mesh: Mesh, instance: Instance) -> IngressGatewaySnapshot:
    """Everything an ingress gateway knows. What Consul could not serve is in `faults`."""
    home = mesh.datacenters[instance.datacenter]
    faults: list[SnapshotFault] = []
    entry = own_entry(home, instance, IngressGateway)
    return IngressGatewaySnapshot(
        **common_to_all(mesh, instance),
        entry=entry,
        listeners=() if entry is None else tuple(_listeners(mesh, home, instance.key, entry, faults)),
        dns_domain=instance.node.dns_domain or home.dns_domain,
        faults=tuple(faults),
    )


def _listeners(
    mesh: Mesh, home: Datacenter, own: Key, entry: IngressGateway, faults: list[SnapshotFault]
) -> Iterator[ServingListener]:
    """The listeners that have a service (IE-05), by port and protocol (IE-31)."""
    order = sorted(
        range(len(entry.listeners)),
        key=lambda number: (entry.listeners[number].port, entry.listeners[number].protocol),
    )
    for number in order:
        listener = entry.listeners[number]
        services: list[ServedService] = []
        for found in _served(mesh, home, own, listener, number):
            if isinstance(found, SnapshotFault):
                faults.append(found)
            else:
                services.append(found)
        if services:
            yield ServingListener(settings=listener, services=tuple(services))


def _served(
    mesh: Mesh, home: Datacenter, own: Key, listener: IngressListener, number: int
) -> Iterator[ServedService | SnapshotFault]:
    """The services of a listener with their chains, by their lower-cased names (IE-03, IE-04).

    Gateways and addresses are chosen as in the partition of the service (IE-36).
    """
    mappings = [(envoy_id(each.key), each) for each in _mappings(mesh, home, listener)]
    for name, mapping in sorted(mappings, key=lambda each: (each[0].lower(), each[0])):
        chain = plain_chain(mesh, home, mapping.key)
        caller = Key(home.name, mapping.key.partition)
        upstream = followed(mesh, caller, chain, ChainDraft(name, mapping.key), viewer=own)
        if isinstance(upstream, SnapshotFault):
            yield upstream
            continue
        at = ("Listeners", number, "Services", mapping.number)
        block = listener.services[mapping.number]
        yield ServedService(upstream=upstream, block=block, hosts=mapping.hosts, at=at)


def _mappings(mesh: Mesh, home: Datacenter, listener: IngressListener) -> list[_Mapping]:
    """The services that a listener leads to, each once.

    A service with instances that `*` covers loses the hosts of its own block, because entries are written
    before services; the other settings of its block count (IE-02, IE-17).
    """
    found: dict[ServiceKey, _Mapping] = {}
    own: dict[ServiceKey, int] = {}
    for index, block in enumerate(listener.services):
        if block.name != WILDCARD:
            key = ServiceKey(block.partition, block.namespace, block.name)
            own[key] = index
            found[key.folded] = _Mapping(key, block.hosts, index)
    for index, block in enumerate(listener.services):
        if block.name == WILDCARD:
            where = ServiceKey(block.partition, block.namespace, WILDCARD)
            for key in _instances(mesh, home, where, listener.protocol):
                found[key.folded] = _Mapping(key, (), own.get(key, index))
            for key, _ in destinations_in(home, where):
                if _speaks(home, key, listener.protocol):
                    found.setdefault(key.folded, _Mapping(key, (), index))
    return list(found.values())


def _instances(mesh: Mesh, home: Datacenter, where: ServiceKey, protocol: str) -> Iterator[ServiceKey]:
    """The applications of a namespace in the mesh that speak exactly a listener's protocol (IE-01)."""
    place = Key(home.name, where.partition)
    names = {
        instance.service.name
        for instance in mesh.instances_of(place)
        if instance.namespace == where.namespace and instance.service.is_typical
    }
    for name in sorted(names - {CONSUL}):
        key = where._replace(name=name)
        if _speaks(home, key, protocol) and mesh.connect_endpoints(place, where.namespace, name):
            yield key


def _speaks(home: Datacenter, key: ServiceKey, protocol: str) -> bool:
    entries = home.entries
    return protocol_of(entries.service_defaults(key), entries.proxy_defaults(key.partition))[0] == protocol
