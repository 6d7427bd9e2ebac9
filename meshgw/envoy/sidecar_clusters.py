"""Clusters and load assignments of a sidecar (envoy-sidecar.md 4, 5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshgw.chain.model import ResolverNode, Target
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
from meshgw.envoy.gateway_options import fetch_timeout_ms
from meshgw.envoy.protojson import addressed, duration, milliseconds, typed
from meshgw.envoy.resources import Resource, ResourceOrigin
from meshgw.envoy.sidecar_options import SidecarOptions, sidecar_options, upstream_options
from meshgw.snapshot.model import ChainUpstream, SidecarSnapshot, TargetSnapshot

_HTTP2 = frozenset({"http2", "grpc"})
_AGGREGATE = "envoy.extensions.clusters.aggregate.v3.ClusterConfig"


def sidecar_clusters(snapshot: SidecarSnapshot) -> Iterator[Resource]:
    """All clusters, each with its load assignment when it has one."""
    yield _local_app(snapshot, sidecar_options(snapshot.proxy.config))
    for upstream in snapshot.upstreams:
        if isinstance(upstream, ChainUpstream):
            yield from chain_clusters(snapshot, upstream)


def _local_app(snapshot: SidecarSnapshot, options: SidecarOptions) -> Resource:
    """The application behind the sidecar (CL-01–CL-05)."""
    assignment = {
        "clusterName": names.LOCAL_APP,
        "endpoints": [{"lbEndpoints": [{"endpoint": application_address(snapshot)}]}],
    }
    body: dict[str, Any] = {
        "name": names.LOCAL_APP,
        "type": "STATIC",
        "connectTimeout": milliseconds(options.local_connect_timeout_ms),
        "loadAssignment": assignment,
    }
    if options.protocol in _HTTP2:
        body |= local_app_http()
    if options.max_inbound_connections > 0:
        body["circuitBreakers"] = {"thresholds": [{"maxConnections": options.max_inbound_connections}]}
    origin = ResourceOrigin("the application", snapshot.instance.location)
    return Resource("clusters", names.LOCAL_APP, body, origin)


def application_address(snapshot: SidecarSnapshot, port: int | None = None) -> dict[str, Any]:
    """Where the application listens: its socket, else address and port (of an exposed path)."""
    proxy = snapshot.instance.service.proxy
    if proxy.local_service_socket_path:
        return {"address": {"pipe": {"path": proxy.local_service_socket_path}}}
    host = proxy.local_service_address or "127.0.0.1"
    return addressed(host, proxy.local_service_port if port is None else port)


def cluster_name(upstream: ChainUpstream, target: TargetSnapshot) -> str:
    """The cluster of a target: its internal name, behind the chain's customisation hash."""
    prefix = f"{upstream.chain.customization_hash}~" if upstream.chain.customization_hash else ""
    peered = target.peered
    if peered is None:
        return prefix + target.target.name
    assert peered.bundle is not None
    return f"{prefix}{peered.name}.{peered.namespace}.{peered.peer}.external.{peered.bundle.trust_domain}"


def chain_clusters(snapshot: SidecarSnapshot, upstream: ChainUpstream) -> Iterator[Resource]:
    """The clusters of every resolver node of a chain (CL-10–CL-23)."""
    for key in sorted(upstream.chain.nodes):
        node = upstream.chain.nodes[key]
        if isinstance(node, ResolverNode) and node.target in upstream.targets:
            yield from _node_clusters(snapshot, upstream, node)


def _node_clusters(
    snapshot: SidecarSnapshot, upstream: ChainUpstream, node: ResolverNode
) -> Iterator[Resource]:
    wanted = (node.target, *(node.failover.targets if node.failover else ()))
    targets = [upstream.targets[target] for target in wanted if target in upstream.targets]
    name = cluster_name(upstream, upstream.targets[node.target])
    origin = _origin(snapshot, upstream)
    if node.failover is None:
        yield from _target_cluster(snapshot, upstream, node, targets[0], name)
        return
    members = [f"failover-target~{index}~{name}" for index in range(len(targets))]
    yield Resource("clusters", name, _aggregate(name, node, members), origin)
    for member, target in zip(members, targets, strict=True):
        yield from _target_cluster(snapshot, upstream, node, target, member)


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
    snapshot: SidecarSnapshot, upstream: ChainUpstream, node: ResolverNode, target: TargetSnapshot, name: str
) -> Iterator[Resource]:
    options = upstream_options(upstream.settings.config if upstream.settings else {})
    body = {
        "name": name,
        "altStatName": name,
        "connectTimeout": duration(node.connect_timeout),
        "type": "EDS",
        **eds_source(fetch_timeout_ms(snapshot.proxy.config)),
        **NO_PANIC,
        **circuit_breakers(options.limits),
        **outlier_detection(options.passive_health_check),
        "transportSocket": target_socket(snapshot, target.target),
        **load_balancer(node.load_balancer),
    }
    if upstream_protocol(upstream) in _HTTP2:
        body |= http2_upstream()
    origin = _origin(snapshot, upstream)
    yield Resource("clusters", name, body, origin)
    yield Resource("endpoints", name, load_assignment(name, target.pool.endpoints), origin)


def target_socket(snapshot: SidecarSnapshot, target: Target) -> dict[str, Any]:
    """TLS towards a target: its SNI, and the identity that its certificate must have (CL-19)."""
    identity = names.service_spiffe_id(target.key, target.datacenter, snapshot.trust_domain)
    return tls.upstream_socket(
        tls.outgoing(snapshot.mesh_entry), tls.trusted(tls.ROOT, [identity]), target.sni
    )


def upstream_protocol(upstream: ChainUpstream) -> str:
    """What an upstream's filters speak: its own setting, else the chain's protocol (US-05)."""
    own = upstream_options(upstream.settings.config).protocol if upstream.settings else ""
    return own or upstream.chain.protocol or "tcp"


def _origin(snapshot: SidecarSnapshot, upstream: ChainUpstream) -> ResourceOrigin:
    settings = upstream.settings
    location = snapshot.instance.location
    if settings is not None and settings.index is not None:
        location = snapshot.instance.service.locate(("Proxy", "Upstreams", settings.index))
    return ResourceOrigin(f"upstream {upstream.envoy_id} of {snapshot.instance.service.id}", location)
