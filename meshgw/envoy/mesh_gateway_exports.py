"""What a mesh gateway exports to peers: chains, clusters, routes (envoy-mesh-gateway.md 6, 7.5, 10)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from meshgw.chain.model import ResolverNode
from meshgw.envoy import names, tls
from meshgw.envoy.cluster_blocks import (
    NO_PANIC,
    circuit_breakers,
    eds_source,
    http2_upstream,
    load_balancer,
    outlier_detection,
)
from meshgw.envoy.endpoints import load_assignment
from meshgw.envoy.mesh_gateway_context import MeshGatewayContext
from meshgw.envoy.network_filters import (
    CLIENT_CERTIFICATE,
    HTTP2,
    HTTP_LIKE,
    http_manager,
    served_routes,
    tcp_proxy,
)
from meshgw.envoy.protojson import duration
from meshgw.envoy.resources import Resource, ResourceOrigin
from meshgw.envoy.routes import chain_routes, route_configuration, virtual_host
from meshgw.envoy.sidecar_options import sidecar_options
from meshgw.snapshot.model import ExportedService
from meshgw.snapshot.names import envoy_id, exported_sni


def exported_chains(context: MeshGatewayContext) -> Iterator[dict[str, Any]]:
    """One filter chain per exported service; equal in every listener."""
    for service in context.snapshot.exported:
        chain = service.chain
        name = f"{chain.service}.{chain.namespace}.{chain.partition}.{chain.datacenter}"
        prefix = names.stat_prefix("mesh_gateway_local_peered.", name)
        match = {"filterChainMatch": {"serverNames": list(_server_names(context, service))}}
        if chain.protocol in HTTP_LIKE:
            yield match | _http_chain(context, service, prefix)
        else:
            start = chain.start
            assert isinstance(start, ResolverNode)  # a chain that is not of HTTP has no other (MG-F13)
            cluster = exported_cluster_name(service, start.target)
            yield match | {"filters": [tcp_proxy(prefix, cluster, context.filter_logs)]}


def _server_names(context: MeshGatewayContext, service: ExportedService) -> Iterator[str]:
    """The SNI for each peer that consumes it, by the name of the peer (MG-G01)."""
    for peer in service.peers:
        yield exported_sni(service.key, peer, context.snapshot.trust_domain)


def exported_cluster_name(service: ExportedService, target: str) -> str:
    """The cluster of a target, never by its external SNI (MG-N04)."""
    return f"exported~{service.chain.targets[target].name}"


def _http_chain(context: MeshGatewayContext, service: ExportedService, prefix: str) -> dict[str, Any]:
    """The caller's TLS ends, requests are routed, and the caller's certificate is handed on (MG-H01)."""
    manager = http_manager(
        service.chain.protocol,
        prefix,
        served_routes(envoy_id(service.key), context.fetch_timeout_ms),
        context.filter_logs,
        forwardClientCertDetails="SANITIZE_SET",
        setCurrentClientCertDetails=CLIENT_CERTIFICATE,
    )
    snapshot = context.snapshot
    socket = tls.downstream_socket(
        tls.incoming(snapshot.mesh_entry),
        _trust(context, service),
        tls.alpn_of(sidecar_options(snapshot.proxy.config).protocol),
    )
    return {"filters": [manager], "transportSocket": socket}


def _trust(context: MeshGatewayContext, service: ExportedService) -> dict[str, Any]:
    """Own roots and those of the consuming peers, by trust domain (MG-H05)."""
    consuming = [bundle for bundle in context.snapshot.bundles if bundle.peer in service.peers]
    return tls.callers_trust(context.snapshot.trust_domain, consuming)


def exported_clusters(context: MeshGatewayContext) -> Iterator[Resource]:
    """The clusters of exported targets in the own key; the first service to want one defines it (MG-C37)."""
    made: set[str] = set()
    for service in context.snapshot.exported:
        for _, node in sorted(service.chain.nodes.items()):
            if not isinstance(node, ResolverNode):
                continue
            target, name = service.chain.targets[node.target], exported_cluster_name(service, node.target)
            if (target.datacenter, target.partition) != context.snapshot.key or name in made:
                continue
            made.add(name)
            origin = _origin(context, service)
            yield Resource("clusters", name, _cluster(context, service, node, name), origin)
            if node.target in service.pools:
                yield Resource("endpoints", name, load_assignment(name, service.pools[node.target]), origin)


def _cluster(
    context: MeshGatewayContext, service: ExportedService, node: ResolverNode, name: str
) -> dict[str, Any]:
    """Settings of the resolver node; limits of the gateway do not apply (MG-C30–MG-C38)."""
    body: dict[str, Any] = {
        "name": name,
        "altStatName": name,
        "type": "EDS",
        "connectTimeout": duration(node.connect_timeout),
        **eds_source(context.fetch_timeout_ms),
        **NO_PANIC,
        **circuit_breakers(None),
        **outlier_detection(None),
        **load_balancer(node.load_balancer),
    }
    if service.chain.protocol not in HTTP_LIKE:
        return body
    target, snapshot = service.chain.targets[node.target], context.snapshot
    identity = names.service_spiffe_id(target.key, target.datacenter, snapshot.trust_domain)
    socket = tls.upstream_socket(
        tls.outgoing(snapshot.mesh_entry), tls.trusted(tls.ROOT, [identity]), target.sni
    )
    body["transportSocket"] = socket
    return body | http2_upstream() if service.chain.protocol in HTTP2 else body


def exported_routes(context: MeshGatewayContext) -> Iterator[Resource]:
    """One route configuration per exported HTTP service (MG-R01–MG-R07)."""
    for service in context.snapshot.exported:
        if service.chain.protocol not in HTTP_LIKE:
            continue
        name = envoy_id(service.key)
        routes = list(chain_routes(service.chain, partial(exported_cluster_name, service)))
        body = route_configuration(name, [virtual_host(name, ["*"], routes)], context.snapshot.mesh_entry)
        yield Resource("routes", name, body, _origin(context, service))


def _origin(context: MeshGatewayContext, service: ExportedService) -> ResourceOrigin:
    entry = context.snapshot.datacenter.entries.exported_services(service.key.partition)
    location = entry.locate(("Services",), "key") if entry is not None else None
    return ResourceOrigin(f"{service.key.name} exported to {', '.join(service.peers)}", location)
