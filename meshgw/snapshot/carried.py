"""Which local services a mesh gateway reaches, and what it dials for them (envoy-mesh-gateway.md 2.3)."""

from __future__ import annotations

from collections.abc import Iterator

from meshgw.chain.model import Target
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.entries.service_resolver import ServiceResolver
from meshgw.mesh.entry_set import EntrySet
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Datacenter, Instance, Key, Mesh
from meshgw.snapshot.instances import connect_endpoints, subset_of
from meshgw.snapshot.model import CarriedService, Endpoint
from meshgw.snapshot.pools import endpoint


def carried_services(mesh: Mesh, home: Datacenter, own: Key) -> Iterator[CarriedService]:
    """The services of a partition that have connect endpoints, sorted by their keys.

    Raises `FilterError` for a subset that cannot be evaluated (MG-Q01).
    """
    for service in sorted(candidates(mesh, home, own)):
        instances = connect_endpoints(mesh, own.datacenter, service)
        if instances:
            yield carried_service(service, instances, home.entries.resolver(service), own)


def carries(mesh: Mesh, key: Key, service: ServiceKey) -> bool:
    """Whether the mesh gateways of a partition carry one service (MG-I10–MG-I13)."""
    home = mesh.datacenters[key.datacenter]
    return _is_candidate(mesh, home, key, service) and bool(connect_endpoints(mesh, key.datacenter, service))


def _is_candidate(mesh: Mesh, home: Datacenter, key: Key, service: ServiceKey) -> bool:
    if mesh.named(key, service.namespace, service.name):
        return True
    if home.registered_with != "server":
        return False
    found = mesh.connect_endpoints(key, service.namespace, service.name)
    entry = home.entries.service_defaults(service)
    return any(item.service.is_proxy for item in found) or (
        entry is not None and entry.destination is not None
    )


def candidates(mesh: Mesh, home: Datacenter, own: Key) -> set[ServiceKey]:
    """Registered names, and with a server as source also destinations (MG-I10)."""
    found: dict[ServiceKey, ServiceKey] = {}
    for instance in mesh.instances_of(own):
        names = [instance.service.name]
        if home.registered_with == "server" and instance.service.is_proxy:
            names.append(instance.destination)
        for name in names:
            key = ServiceKey(own.partition, instance.namespace, name)
            found.setdefault(key.folded, key)
    if home.registered_with == "server":
        destinations = home.entries.once("destinations", lambda: _destinations(home.entries))
        for key in destinations.get(own.partition, ()):
            found.setdefault(key.folded, key)
    return set(found.values())


def _destinations(entries: EntrySet) -> dict[str, list[ServiceKey]]:
    """The services that are destinations behind terminating gateways, by partition."""
    found: dict[str, list[ServiceKey]] = {}
    for entry in entries.of_kind(ServiceDefaults):
        if entry.destination is not None:
            key = ServiceKey(entry.partition, entry.namespace, entry.name)
            found.setdefault(entry.partition, []).append(key)
    return found


def carried_service(
    key: ServiceKey, instances: tuple[Instance, ...], resolver: ServiceResolver | None, own: Key
) -> CarriedService:
    """A service of some instances, with the subsets of its resolver as a gateway dials them.

    Raises `FilterError` for a subset that cannot be evaluated.
    """
    subsets: dict[str, tuple[Endpoint, ...]] = {}
    if resolver is not None:
        for name, subset in sorted(resolver.subsets.items()):
            subsets[name] = _dialed(instances, own, subset.filter, only_passing=subset.only_passing)
    default = resolver.default_subset if resolver is not None else ""
    endpoints = subsets[default] if default in subsets else _dialed(instances, own)
    return CarriedService(
        key=key, instances=instances, endpoints=endpoints, resolver=resolver, subsets=subsets
    )


def _dialed(
    instances: tuple[Instance, ...], own: Key, expression: str = "", *, only_passing: bool = False
) -> tuple[Endpoint, ...]:
    return tuple(
        endpoint(instance, own, only_passing=only_passing) for instance in subset_of(instances, expression)
    )


def target_endpoints(service: CarriedService, target: Target, own: Key) -> tuple[Endpoint, ...] | None:
    """What the gateway dials for an exported target (E09); `None` when its subset does not exist here."""
    if target.subset and target.subset not in service.subsets:
        return None
    return _dialed(service.instances, own, target.filter, only_passing=target.only_passing)
