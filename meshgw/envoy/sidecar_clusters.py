"""Clusters and load assignments of a sidecar (envoy-sidecar.md 4, 5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshgw.chain.model import ResolverNode
from meshgw.envoy import names, tls
from meshgw.envoy.cluster_blocks import (
    LOAD_BALANCERS,
    NO_PANIC,
    circuit_breakers,
    eds_source,
    http2_upstream,
    load_balancer,
    outlier_detection,
)
from meshgw.envoy.endpoints import load_assignment
from meshgw.envoy.escape_hatches import own_cluster
from meshgw.envoy.jwks_clusters import jwks_clusters
from meshgw.envoy.network_filters import HTTP2
from meshgw.envoy.peers import has_assignment, peer_clusters, peer_socket
from meshgw.envoy.protojson import duration, typed
from meshgw.envoy.resources import Resource
from meshgw.envoy.sidecar_context import SidecarContext
from meshgw.envoy.sidecar_destinations import destination_clusters
from meshgw.envoy.sidecar_exposed import exposed_clusters
from meshgw.envoy.sidecar_local import local_cluster
from meshgw.envoy.sidecar_passthrough import passthrough_clusters
from meshgw.envoy.sidecar_queries import query_clusters
from meshgw.envoy.sidecar_upstreams import cluster_name, protocol_of
from meshgw.snapshot.model import ChainUpstream, PeerUpstream, QueryUpstream, TargetSnapshot

_AGGREGATE = "envoy.extensions.clusters.aggregate.v3.ClusterConfig"


def sidecar_clusters(context: SidecarContext) -> Iterator[Resource]:
    """All clusters, each with its load assignment when it has one."""
    yield from local_cluster(context)
    yield from passthrough_clusters(context)
    yield from destination_clusters(context)
    for upstream in context.snapshot.upstreams:
        match upstream:
            case ChainUpstream():
                yield from chain_clusters(context, upstream)
            case PeerUpstream():
                yield from peer_clusters(context, upstream)
            case QueryUpstream():
                yield from query_clusters(context, upstream)
    yield from exposed_clusters(context)
    yield from jwks_clusters(context, context.snapshot.jwt_providers)


def chain_clusters(context: SidecarContext, upstream: ChainUpstream) -> Iterator[Resource]:
    """The clusters of every resolver node of a chain (CL-10–CL-23), or the user's own in their place."""
    own = context.settings(upstream).envoy_cluster_json
    if own and upstream.chain.default:
        yield from _own_cluster(context, upstream, own)
        return
    if own:
        context.warn(
            "escape-hatch-ignored",
            f"`envoy_cluster_json` of {upstream.envoy_id} is ignored",
            note="Consul uses it only where no config entry shapes the upstream's chain",
        )
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
    if not _can_balance(context, node) or not _can_fail_over(context, node):
        return
    if node.failover is None:
        for target in targets:
            yield from _target_cluster(context, upstream, node, target, name)
        return
    members = [f"failover-target~{index}~{name}" for index in range(len(targets))]
    yield Resource("clusters", name, _aggregate(name, node, members), context.origin(upstream))
    for member, target in zip(members, targets, strict=True):
        yield from _target_cluster(context, upstream, node, target, member)


def _own_cluster(context: SidecarContext, upstream: ChainUpstream, text: str) -> Iterator[Resource]:
    """A cluster of the user's own, with endpoints under its name where Envoy asks for them (CL-41–CL-43)."""
    start = upstream.chain.start
    assert isinstance(start, ResolverNode)
    target = upstream.targets.get(start.target)
    if target is None:
        return
    for cluster in own_cluster(context, upstream, text, target_socket(context, target)):
        yield cluster
        if cluster.body.get("type") == "EDS":
            assignment = load_assignment(cluster.name, target.pool.endpoints)
            yield Resource("endpoints", cluster.name, assignment, cluster.origin)


def _can_balance(context: SidecarContext, node: ResolverNode) -> bool:
    """Whether a node's load balancer is one of those that Consul makes (XV-33)."""
    balancer = node.load_balancer
    if balancer is None or balancer.policy in LOAD_BALANCERS:
        return True
    context.fail(
        "load-balancer-unknown",
        f"the resolver `{node.name}` balances by `{balancer.policy}`",
        note="unsupported load balancer policy",
    )
    return False


def _can_fail_over(context: SidecarContext, node: ResolverNode) -> bool:
    """Whether targets are tried in an order that Consul knows (CL-12)."""
    mode = node.failover.policy_mode if node.failover is not None else ""
    if mode in (None, "", "sequential"):
        return True
    if mode == "order-by-locality":
        if context.snapshot.enterprise:
            return True
        note = "order-by-locality is a Consul Enterprise feature"
    else:
        note = "unexpected failover policy"
    context.fail("failover-policy-unknown", f"the resolver `{node.name}` fails over by `{mode}`", note=note)
    return False


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
