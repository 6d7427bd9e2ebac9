"""Clusters and load assignments of a sidecar (envoy-sidecar.md 4, 5)."""

from __future__ import annotations

from collections.abc import Iterator

from meshgw.chain.model import ResolverNode
from meshgw.envoy.chain_clusters import ChainSettings, chain_clusters, target_socket
from meshgw.envoy.endpoints import load_assignment
from meshgw.envoy.escape_hatches import own_cluster
from meshgw.envoy.jwks_clusters import jwks_clusters
from meshgw.envoy.peers import peer_clusters
from meshgw.envoy.resources import Resource
from meshgw.envoy.sidecar_context import SidecarContext
from meshgw.envoy.sidecar_destinations import destination_clusters
from meshgw.envoy.sidecar_exposed import exposed_clusters
from meshgw.envoy.sidecar_local import local_cluster
from meshgw.envoy.sidecar_passthrough import passthrough_clusters
from meshgw.envoy.sidecar_queries import query_clusters
from meshgw.envoy.sidecar_upstreams import protocol_of
from meshgw.snapshot.model import ChainUpstream, PeerUpstream, QueryUpstream


def sidecar_clusters(context: SidecarContext) -> Iterator[Resource]:
    """All clusters, each with its load assignment when it has one."""
    yield from local_cluster(context)
    yield from passthrough_clusters(context)
    yield from destination_clusters(context)
    for upstream in context.snapshot.upstreams:
        match upstream:
            case ChainUpstream():
                yield from _upstream_clusters(context, upstream)
            case PeerUpstream():
                yield from peer_clusters(context, upstream)
            case QueryUpstream():
                yield from query_clusters(context, upstream)
    yield from exposed_clusters(context)
    yield from jwks_clusters(context, context.snapshot.jwt_providers)


def _upstream_clusters(context: SidecarContext, upstream: ChainUpstream) -> Iterator[Resource]:
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
    options = context.settings(upstream)
    settings = ChainSettings(
        origin=context.origin(upstream),
        protocol=protocol_of(context, upstream),
        limits=options.limits,
        passive_health_check=options.passive_health_check,
    )
    yield from chain_clusters(context, upstream, settings)


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
