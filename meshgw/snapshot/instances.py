"""Which instances stand behind a chain's target (envoy-sidecar.md 3.1, envoy-mesh-gateway.md 9)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from meshgw.entries.filter_grammar import FilterFault, parse_filter
from meshgw.entries.filters import FilterError, matches
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Instance, Key, Mesh
from meshgw.snapshot.linked_services import linked_gateways


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
