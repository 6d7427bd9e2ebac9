"""Which instances stand behind a chain's target (envoy-sidecar.md 3.1, envoy-mesh-gateway.md 9)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from meshgw.entries.filter_grammar import FilterFault, parse_filter
from meshgw.entries.filters import FilterError, matches
from meshgw.entries.terminating_gateway import TerminatingGateway
from meshgw.mesh.entry_set import EntrySet
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Instance, Key, Mesh
from meshgw.services.model import TERMINATING_GATEWAY


def connect_endpoints(mesh: Mesh, datacenter: str, service: ServiceKey) -> tuple[Instance, ...]:
    """Sidecars, native instances and linked terminating gateways of a service, in catalog order."""
    if datacenter not in mesh.datacenters:
        return ()
    key = Key(datacenter, service.partition)
    own = mesh.connect_endpoints(key, service.namespace, service.name)
    linked = linked_gateways(mesh, datacenter, service)
    if not linked:
        return own
    return tuple(sorted((*own, *linked), key=lambda found: (found.node.name, found.service.id)))


def linked_gateways(mesh: Mesh, datacenter: str, service: ServiceKey) -> tuple[Instance, ...]:
    """The instances of the terminating gateways whose entry lists a service."""
    entries = mesh.datacenters[datacenter].entries
    linking = entries.once("linking gateways", lambda: _linking_gateways(entries))
    if not linking:
        return ()
    names = {
        name for listed in (service.name, "*") for name in linking.get(service._replace(name=listed), ())
    }
    if not names:
        return ()
    gateways = mesh.gateways(Key(datacenter, service.partition), TERMINATING_GATEWAY)
    return tuple(found for found in gateways if found.service.name.lower() in names)


def _linking_gateways(entries: EntrySet) -> dict[ServiceKey, set[str]]:
    """The lower-cased names of the terminating gateways that list a service, or `*` for a namespace."""
    found: dict[ServiceKey, set[str]] = {}
    for entry in entries.of_kind(TerminatingGateway):
        for linked in entry.services:
            key = ServiceKey(entry.partition, linked.namespace or entry.namespace, linked.name)
            found.setdefault(key, set()).add(entry.name.lower())
    return found


def subset_of(instances: Iterable[Instance], expression: str) -> tuple[Instance, ...]:
    """The instances that a subset's filter keeps; all of them without a filter.

    Raises `FilterError` for a filter that cannot run: Consul then generates nothing for the proxy.
    """
    found = tuple(instances)
    if not expression.strip():
        return found
    parsed = parse_filter(expression)
    if isinstance(parsed, FilterFault):
        raise FilterError("selector", parsed.message)
    return tuple(instance for instance in found if matches(parsed, filter_fields(instance)))


def filter_fields(instance: Instance) -> dict[str, Any]:
    """The fields of an instance that a filter may select (MG-S03): `Service`, `Node`, `Checks`."""
    service, node = instance.service, instance.node
    proxy = service.proxy
    return {
        "Service": {
            "Kind": service.kind,
            "ID": service.id,
            "Service": service.name,
            "Tags": list(service.tags),
            "Address": service.address,
            "TaggedAddresses": {
                tag: {"Address": address.address, "Port": address.port}
                for tag, address in service.tagged_addresses.items()
            },
            "Meta": service.meta,
            "Port": service.port,
            "SocketPath": service.socket_path,
            "Weights": {"Passing": service.weights.passing, "Warning": service.weights.warning},
            "EnableTagOverride": service.enable_tag_override,
            "PeerName": "",
            "Connect": {"Native": service.connect.native},
            "Proxy": {
                "DestinationServiceName": proxy.destination_service_name,
                "DestinationServiceID": proxy.destination_service_id,
                "LocalServiceAddress": proxy.local_service_address,
                "LocalServicePort": proxy.local_service_port,
                "Mode": proxy.mode,
            },
        },
        "Node": {
            "ID": "",
            "Node": node.name,
            "Address": node.address,
            "Datacenter": node.datacenter,
            "Partition": node.partition,
            "PeerName": "",
            "TaggedAddresses": dict(node.tagged_addresses),
            "Meta": dict(node.meta),
        },
        "Checks": [
            {
                "Node": node.name,
                "CheckID": check.id,
                "Name": check.name,
                "Status": status,
                "Notes": check.notes,
                "Output": "",
                "ServiceID": service.id,
                "ServiceName": service.name,
                "ServiceTags": list(service.tags),
            }
            for check, status in zip(service.checks, instance.statuses, strict=False)
        ],
    }
