"""Route configurations of a sidecar (envoy-sidecar.md 7)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from meshgw.envoy.network_filters import HTTP_LIKE
from meshgw.envoy.resources import Resource, ResourceOrigin
from meshgw.envoy.routes import chain_routes, legless_splitters, route_configuration
from meshgw.envoy.sidecar_context import SidecarContext
from meshgw.envoy.sidecar_destinations import destination_routes
from meshgw.envoy.sidecar_upstreams import cluster_of_target, uses_route_configuration
from meshgw.snapshot.model import ChainUpstream


def sidecar_routes(context: SidecarContext) -> Iterator[Resource]:
    """One for each chain that routes requests, and one for each port of destinations that speak HTTP."""
    for upstream in context.snapshot.upstreams:
        if isinstance(upstream, ChainUpstream) and uses_route_configuration(upstream):
            yield from _chain_configuration(context, upstream)
    for name, hosts, origin in destination_routes(context):
        yield Resource("routes", name, route_configuration(context, name, hosts), origin)


def _chain_configuration(context: SidecarContext, upstream: ChainUpstream) -> Iterator[Resource]:
    if upstream.chain.protocol not in HTTP_LIKE:
        return
    cluster_of = partial(cluster_of_target, upstream)
    for splitter in legless_splitters(upstream.chain, cluster_of):
        context.fail(
            "split-without-clusters",
            f"no leg of the splitter `{splitter.name}` leads to a cluster",
            note="number of clusters in splitter must be > 0",
        )
        return
    name = upstream.envoy_id
    host: dict[str, Any] = {"name": name, "domains": ["*"]}
    routes = list(chain_routes(upstream.chain, cluster_of))
    if routes:
        host["routes"] = routes
    yield Resource("routes", name, route_configuration(context, name, [host]), _origin(context, upstream))


def _origin(context: SidecarContext, upstream: ChainUpstream) -> ResourceOrigin:
    """The entry that the chain begins with; without one, what made it an upstream."""
    start = upstream.chain.start
    if start.entry is None:
        return context.origin(upstream)
    words = f"{start.entry.kind} {start.entry.name}, for upstream {upstream.envoy_id}"
    return ResourceOrigin(words, start.entry.locate())
