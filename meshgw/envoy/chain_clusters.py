"""Clusters and load assignments of discovery chains, for every kind of proxy (envoy-sidecar.md 4.2, 5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from meshgw.chain.model import ResolverNode
from meshgw.envoy import names, tls
from meshgw.envoy.chain_upstreams import cluster_name
from meshgw.envoy.cluster_blocks import (
    LOAD_BALANCERS,
    NO_PANIC,
    circuit_breakers,
    eds_source,
    http2_upstream,
    load_balancer,
    outlier_detection,
)
from meshgw.envoy.context import ProxyContext
from meshgw.envoy.endpoints import load_assignment
from meshgw.envoy.network_filters import HTTP2
from meshgw.envoy.peers import has_assignment, peer_socket
from meshgw.envoy.protojson import duration, typed
from meshgw.envoy.resources import Resource, ResourceOrigin
from meshgw.envoy.sidecar_options import HealthCheck, Limits
from meshgw.snapshot.model import ChainUpstream, ProxySnapshot, TargetSnapshot

_AGGREGATE = "envoy.extensions.clusters.aggregate.v3.ClusterConfig"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainSettings:
    """What a caller adds to the clusters of a chain.

    `watches_aggregates` says that outlier detection stands on the clusters that fail over too (IE-34).
    """

    origin: ResourceOrigin
    protocol: str = "tcp"
    limits: Limits | None = None
    passive_health_check: HealthCheck | None = None
    watches_aggregates: bool = False


def chain_clusters(
    context: ProxyContext[ProxySnapshot], upstream: ChainUpstream, settings: ChainSettings
) -> Iterator[Resource]:
    """The clusters of every resolver node of a chain, each with its load assignment (CL-10–CL-23)."""
    for key in sorted(upstream.chain.nodes):
        node = upstream.chain.nodes[key]
        if isinstance(node, ResolverNode) and node.target in upstream.targets:
            yield from _node_clusters(context, upstream, node, settings)


def _node_clusters(
    context: ProxyContext[ProxySnapshot],
    upstream: ChainUpstream,
    node: ResolverNode,
    settings: ChainSettings,
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
            yield from _target_cluster(context, settings, node, target, name)
        return
    members = [f"failover-target~{index}~{name}" for index in range(len(targets))]
    watched = outlier_detection(settings.passive_health_check) if settings.watches_aggregates else {}
    yield Resource("clusters", name, _aggregate(name, node, members) | watched, settings.origin)
    for member, target in zip(members, targets, strict=True):
        yield from _target_cluster(context, settings, node, target, member)


def _can_balance(context: ProxyContext[ProxySnapshot], node: ResolverNode) -> bool:
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


def _can_fail_over(context: ProxyContext[ProxySnapshot], node: ResolverNode) -> bool:
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
    context: ProxyContext[ProxySnapshot],
    settings: ChainSettings,
    node: ResolverNode,
    target: TargetSnapshot,
    name: str,
) -> Iterator[Resource]:
    body = {
        "name": name,
        "altStatName": name,
        "connectTimeout": duration(node.connect_timeout),
        "type": "EDS",
        **eds_source(context.fetch_timeout_ms),
        **NO_PANIC,
        **circuit_breakers(settings.limits),
        **outlier_detection(settings.passive_health_check),
        "transportSocket": target_socket(context, target),
        **load_balancer(node.load_balancer),
    }
    if settings.protocol in HTTP2:
        body |= http2_upstream()
    yield Resource("clusters", name, body, settings.origin)
    if has_assignment(target):
        assignment = load_assignment(name, target.pool.endpoints)
        yield Resource("endpoints", name, assignment, settings.origin)


def target_socket(context: ProxyContext[ProxySnapshot], target: TargetSnapshot) -> dict[str, Any]:
    """TLS towards a target: its SNI, and the identity that its certificate must have (CL-19)."""
    if target.peered is not None:
        return peer_socket(context, target.peered)
    key = target.target.key
    identity = names.service_spiffe_id(key, target.target.datacenter, context.snapshot.trust_domain)
    trusted = tls.trusted(tls.ROOT, [identity])
    return tls.upstream_socket(context.outgoing_tls, trusted, target.target.sni)
