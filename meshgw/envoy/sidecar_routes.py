"""Route configurations of a sidecar (envoy-sidecar.md 7)."""

from __future__ import annotations

from collections.abc import Iterator

from meshgw.envoy.network_filters import HTTP_LIKE
from meshgw.envoy.resources import Resource, ResourceOrigin
from meshgw.envoy.routes import route_configuration, upstream_routes, virtual_host
from meshgw.envoy.sidecar_context import SidecarContext
from meshgw.envoy.sidecar_destinations import destination_routes
from meshgw.envoy.sidecar_upstreams import uses_route_configuration
from meshgw.snapshot.model import ChainUpstream


def sidecar_routes(context: SidecarContext) -> Iterator[Resource]:
    """One for each chain that routes requests, and one for each port of destinations that speak HTTP."""
    for upstream in context.snapshot.upstreams:
        if isinstance(upstream, ChainUpstream) and uses_route_configuration(upstream):
            yield from _chain_configuration(context, upstream)
    for name, hosts, origin in destination_routes(context):
        yield Resource("routes", name, route_configuration(name, hosts, context.snapshot.mesh_entry), origin)


def _chain_configuration(context: SidecarContext, upstream: ChainUpstream) -> Iterator[Resource]:
    if upstream.chain.protocol not in HTTP_LIKE:
        return
    routes = upstream_routes(context, upstream)
    if routes is None:
        return
    name = upstream.envoy_id
    body = route_configuration(name, [virtual_host(name, ["*"], routes)], context.snapshot.mesh_entry)
    yield Resource("routes", name, body, _origin(context, upstream))


def _origin(context: SidecarContext, upstream: ChainUpstream) -> ResourceOrigin:
    """The entry that the chain begins with; without one, what made it an upstream."""
    start = upstream.chain.start
    if start.entry is None:
        return context.origin(upstream)
    words = f"{start.entry.kind} {start.entry.name}, for upstream {upstream.envoy_id}"
    return ResourceOrigin(words, start.entry.locate())
