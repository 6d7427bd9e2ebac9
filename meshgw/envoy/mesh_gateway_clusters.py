"""Clusters and load assignments of a mesh gateway (envoy-mesh-gateway.md 7, 8)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from meshgw.chain.names import service_sni
from meshgw.entries.service_resolver import ServiceResolver
from meshgw.envoy.cluster_blocks import circuit_breakers, eds_discovery, keepalive, load_balancer
from meshgw.envoy.dns_clusters import dns_discovery, named_discovery, named_endpoints
from meshgw.envoy.endpoints import load_assignment, plain_assignment, plain_endpoint
from meshgw.envoy.mesh_gateway_context import MeshGatewayContext
from meshgw.envoy.protojson import duration, milliseconds
from meshgw.envoy.resources import Resource, ResourceOrigin
from meshgw.envoy.sidecar_options import Limits
from meshgw.mesh.model import is_ip
from meshgw.snapshot.model import CarriedService, Endpoint


def gateway_clusters(context: MeshGatewayContext) -> Iterator[Resource]:
    """The clusters that pass bytes on, with their load assignments, in generation order (MG-O02)."""
    yield from _remote_clusters(context)
    yield from _server_clusters(context)
    yield from _own_peering_servers(context)
    for service in context.snapshot.carried:
        yield from _carried_clusters(context, service)
    yield from _imported_clusters(context)


def _remote_clusters(context: MeshGatewayContext) -> Iterator[Resource]:
    """Gateways of other partitions and datacenters (C01)."""
    for remote in context.snapshot.remote_keys:
        origin = context.own_origin(f"mesh gateways of {remote.key}")
        yield from _remote_cluster(context, context.gateway_cluster(remote), remote.endpoints, origin)


def _remote_cluster(
    context: MeshGatewayContext, name: str, endpoints: Sequence[Endpoint], origin: ResourceOrigin
) -> Iterator[Resource]:
    """A cluster of gateways: by DNS when one of them has a host name (MG-C16), else by EDS."""
    body = _cluster(context, name) | keepalive(context.options)
    named = named_endpoints(endpoints)
    if named:
        found = named_discovery(name, named, strict=context.options.strict_dns)
        yield Resource("clusters", name, body | found, origin)
    else:
        yield Resource("clusters", name, body | _by_eds(context), origin)
        yield Resource("endpoints", name, load_assignment(name, endpoints), origin)


def _server_clusters(context: MeshGatewayContext) -> Iterator[Resource]:
    """WAN federation: servers behind other gateways, and each own one (C02, C03)."""
    if not context.snapshot.wan_federation:
        return
    for known in context.snapshot.gateway_keys:
        name = context.servers_name(known.key.datacenter)
        origin = context.own_origin(f"servers of {known.key.datacenter}")
        if known.key.datacenter != context.datacenter:
            yield from _remote_cluster(context, name, known.endpoints, origin)
        else:
            remote = {} if known.key == context.snapshot.key else keepalive(context.options)  # MG-W03, MG-W05
            yield Resource(
                "clusters",
                name,
                _cluster(context, name) | remote | _by_eds(context),
                origin,
            )
    for server in context.snapshot.servers:
        name, origin = context.server_name(server.name), context.own_origin(f"server {server.name}")
        yield Resource("clusters", name, _cluster(context, name) | _by_eds(context), origin)
        yield Resource("endpoints", name, plain_assignment(name, [(server.address, server.port)]), origin)
    name = context.servers_name(context.datacenter)
    addresses = [(server.address, server.port) for server in context.snapshot.servers]
    origin = context.own_origin(f"servers of {context.datacenter}")
    yield Resource("endpoints", name, plain_assignment(name, addresses), origin)


def _own_peering_servers(context: MeshGatewayContext) -> Iterator[Resource]:
    """The own servers for peers; without a usable one the cluster has no assignment (C04, MG-E22)."""
    servers = context.snapshot.peering_servers
    if servers is None:
        return
    name, origin = context.peering_servers_name, context.own_origin("own servers, for peers")
    yield Resource("clusters", name, _cluster(context, name) | _by_eds(context), origin)
    if servers:
        addresses = [(server.address, server.port) for server in servers]
        yield Resource("endpoints", name, plain_assignment(name, addresses), origin)


def _carried_clusters(context: MeshGatewayContext, service: CarriedService) -> Iterator[Resource]:
    """The service and each of its subsets, reached by the SNI of their callers (C05, C06)."""
    settings = _resolver_settings(service.resolver)
    for subset, endpoints in {"": service.endpoints, **service.subsets}.items():
        name = service_sni(service.key, subset, context.datacenter, context.snapshot.trust_domain)
        label = f"subset {subset} of " if subset else ""
        origin = ResourceOrigin(f"{label}service {service.key.name}", service.instances[0].location)
        body = _cluster(context, name) | _by_eds(context) | settings
        yield Resource("clusters", name, body, origin)
        yield Resource("endpoints", name, load_assignment(name, endpoints), origin)


def _resolver_settings(resolver: ServiceResolver | None) -> dict[str, Any]:
    """What a resolver changes on the clusters of its service; hashing is ignored (MG-C05, MG-C14)."""
    if resolver is None:
        return {}
    found: dict[str, Any] = {}
    if resolver.connect_timeout > 0:
        found["connectTimeout"] = duration(resolver.connect_timeout)
    balancer = resolver.load_balancer
    if balancer is not None and balancer.policy not in ("ring_hash", "maglev"):
        found |= load_balancer(balancer)
    return found


def _imported_clusters(context: MeshGatewayContext) -> Iterator[Resource]:
    """Services of peers, passed on to the exporter's gateways (C07)."""
    for service in context.snapshot.imported:
        if service.snis:
            origin = context.own_origin(f"service {service.name} of peer {service.peer}")
            yield from _remote_cluster(context, service.snis[0], service.endpoints, origin)


def outbound_peering_clusters(context: MeshGatewayContext) -> Iterator[Resource]:
    """The servers of peers that this cluster dials (C09): neither limits nor keepalive (7.6)."""
    timeout = {"connectTimeout": milliseconds(context.options.connect_timeout_ms), "outlierDetection": {}}
    for peering in context.snapshot.outbound_peerings:
        name = peering.server_name
        origin = context.own_origin(f"servers of a peer, {name}")
        hosts = [address for address in peering.addresses if not is_ip(address[0])]
        body: dict[str, Any] = {"name": name, **timeout}
        if hosts:
            found = [plain_endpoint(host, port) for host, port in hosts]
            yield Resource("clusters", name, body | dns_discovery(name, found, strict=True), origin)
        else:
            yield Resource("clusters", name, body | _by_eds(context), origin)
            yield Resource("endpoints", name, plain_assignment(name, peering.addresses), origin)


def _cluster(context: MeshGatewayContext, name: str) -> dict[str, Any]:
    """A cluster that passes bytes through: no TLS, no panic threshold of its own (7.2)."""
    return {
        "name": name,
        "connectTimeout": milliseconds(context.options.connect_timeout_ms),
        "outlierDetection": {},
        **_limits(context),
    }


def _by_eds(context: MeshGatewayContext) -> dict[str, Any]:
    return eds_discovery(context.fetch_timeout_ms)


def _limits(context: MeshGatewayContext) -> dict[str, Any]:
    """Circuit breakers from the upstream defaults of the gateway's own service-defaults (MG-C13)."""
    entry = context.snapshot.proxy.sources.service_defaults
    defaults = entry.upstream_config.defaults if entry is not None and entry.upstream_config else None
    if defaults is None or defaults.limits is None:
        return {}
    limits = defaults.limits
    return circuit_breakers(
        Limits(
            max_connections=limits.max_connections,
            max_pending_requests=limits.max_pending_requests,
            max_concurrent_requests=limits.max_concurrent_requests,
        )
    )
