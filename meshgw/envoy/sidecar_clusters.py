"""Clusters and load assignments of a sidecar (envoy-sidecar.md 4, 5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshgw.chain.model import ResolverNode
from meshgw.envoy import names, tls
from meshgw.envoy.cluster_blocks import (
    NO_PANIC,
    circuit_breakers,
    eds_source,
    http2_upstream,
    load_balancer,
    local_app_http,
    outlier_detection,
)
from meshgw.envoy.endpoints import load_assignment
from meshgw.envoy.jwks_clusters import jwks_clusters
from meshgw.envoy.network_filters import HTTP2
from meshgw.envoy.peers import has_assignment, peer_clusters, peer_socket
from meshgw.envoy.protojson import addressed, duration, milliseconds, typed
from meshgw.envoy.resources import Resource, ResourceOrigin
from meshgw.envoy.sidecar_context import SidecarContext
from meshgw.envoy.sidecar_upstreams import cluster_name, protocol_of
from meshgw.snapshot.model import ChainUpstream, PeerUpstream, TargetSnapshot

_AGGREGATE = "envoy.extensions.clusters.aggregate.v3.ClusterConfig"


def sidecar_clusters(context: SidecarContext) -> Iterator[Resource]:
    """All clusters, each with its load assignment when it has one."""
    yield _local_app(context)
    for upstream in context.snapshot.upstreams:
        if isinstance(upstream, ChainUpstream):
            yield from chain_clusters(context, upstream)
        elif isinstance(upstream, PeerUpstream):
            yield from peer_clusters(context, upstream)
    yield from jwks_clusters(context, context.snapshot.jwt_providers)


def _local_app(context: SidecarContext) -> Resource:
    """The application behind the sidecar (CL-01–CL-05)."""
    http = local_app_http() if context.options.protocol in HTTP2 else {}
    body = application_cluster(context, names.LOCAL_APP) | http
    origin = ResourceOrigin(
        f"application of {context.snapshot.instance.service.id}", context.snapshot.instance.location
    )
    return Resource("clusters", names.LOCAL_APP, body, origin)


def application_cluster(context: SidecarContext, name: str, port: int | None = None) -> dict[str, Any]:
    """A cluster of the application, at its own port or that of an exposed path."""
    options = context.options
    assignment = {
        "clusterName": name,
        "endpoints": [{"lbEndpoints": [{"endpoint": _application_address(context, port)}]}],
    }
    body: dict[str, Any] = {
        "name": name,
        "type": "STATIC",
        "connectTimeout": milliseconds(options.local_connect_timeout_ms),
        "loadAssignment": assignment,
    }
    if options.max_inbound_connections > 0:
        body["circuitBreakers"] = {"thresholds": [{"maxConnections": options.max_inbound_connections}]}
    return body


def _application_address(context: SidecarContext, port: int | None) -> dict[str, Any]:
    """Where the application listens: its socket, else address and port."""
    proxy = context.snapshot.instance.service.proxy
    if proxy.local_service_socket_path:
        return {"address": {"pipe": {"path": proxy.local_service_socket_path}}}
    host = proxy.local_service_address or "127.0.0.1"
    return addressed(host, proxy.local_service_port if port is None else port)


def chain_clusters(context: SidecarContext, upstream: ChainUpstream) -> Iterator[Resource]:
    """The clusters of every resolver node of a chain (CL-10–CL-23)."""
    for key in sorted(upstream.chain.nodes):
        node = upstream.chain.nodes[key]
        if isinstance(node, ResolverNode) and node.target in upstream.targets:
            yield from _node_clusters(context, upstream, node)


def _node_clusters(
    context: SidecarContext, upstream: ChainUpstream, node: ResolverNode
) -> Iterator[Resource]:
    name = cluster_name(upstream, upstream.targets[node.target])
    if name is None:
        return
    wanted = (node.target, *(node.failover.targets if node.failover else ()))
    found = [upstream.targets[target] for target in wanted if target in upstream.targets]
    # What a peer does not describe is dropped before members are numbered (CL-11).
    targets = [target for target in found if target.peered is None or target.peered.known]
    if node.failover is None:
        for target in targets:
            yield from _target_cluster(context, upstream, node, target, name)
        return
    members = [f"failover-target~{index}~{name}" for index in range(len(targets))]
    yield Resource("clusters", name, _aggregate(name, node, members), context.origin(upstream))
    for member, target in zip(members, targets, strict=True):
        yield from _target_cluster(context, upstream, node, target, member)


def _aggregate(name: str, node: ResolverNode, members: list[str]) -> dict[str, Any]:
    """Failover: one cluster that tries its members in order (CL-13)."""
    return {
        "name": name,
        "altStatName": name,
        "connectTimeout": duration(node.connect_timeout),
        "lbPolicy": "CLUSTER_PROVIDED",
        "clusterType": {
            "name": "envoy.clusters.aggregate",
            "typedConfig": typed(_AGGREGATE, clusters=members),
        },
    }


def _target_cluster(
    context: SidecarContext, upstream: ChainUpstream, node: ResolverNode, target: TargetSnapshot, name: str
) -> Iterator[Resource]:
    options = context.settings(upstream)
    body = {
        "name": name,
        "altStatName": name,
        "connectTimeout": duration(node.connect_timeout),
        "type": "EDS",
        **eds_source(context.fetch_timeout_ms),
        **NO_PANIC,
        **circuit_breakers(options.limits),
        **outlier_detection(options.passive_health_check),
        "transportSocket": target_socket(context, target),
        **load_balancer(node.load_balancer),
    }
    if protocol_of(context, upstream) in HTTP2:
        body |= http2_upstream()
    origin = context.origin(upstream)
    yield Resource("clusters", name, body, origin)
    if has_assignment(target):
        yield Resource("endpoints", name, load_assignment(name, target.pool.endpoints), origin)


def target_socket(context: SidecarContext, target: TargetSnapshot) -> dict[str, Any]:
    """TLS towards a target: its SNI, and the identity that its certificate must have (CL-19)."""
    if target.peered is not None:
        return peer_socket(context, target.peered)
    key = target.target.key
    identity = names.service_spiffe_id(key, target.target.datacenter, context.snapshot.trust_domain)
    trusted = tls.trusted(tls.ROOT, [identity])
    return tls.upstream_socket(context.outgoing_tls, trusted, target.target.sni)
