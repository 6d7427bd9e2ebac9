"""Route configurations of an API gateway (envoy-other-gateways.md 5.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshgw.envoy.api_gateway_context import APIGatewayContext
from meshgw.envoy.client_listeners import with_port
from meshgw.envoy.resources import Resource
from meshgw.envoy.routes import route_configuration, upstream_routes, virtual_host
from meshgw.snapshot.api_gateway_model import ReadyListener


def api_gateway_routes(context: APIGatewayContext) -> Iterator[Resource]:
    """One for each listener of requests, by its port; of two on a port the later by name stays (AE-21)."""
    for listener in context.snapshot.listeners:
        hosts = list(_virtual_hosts(context, listener))
        if hosts:
            name = str(listener.bound.settings.port)
            body = route_configuration(name, hosts, context.snapshot.mesh_entry)
            yield Resource("routes", name, body, context.listener_origin(listener))


def _virtual_hosts(context: APIGatewayContext, listener: ReadyListener) -> Iterator[dict[str, Any]]:
    for host in listener.hosts:
        routes = upstream_routes(context, host.upstream)
        if routes is not None:
            domains = with_port([host.hostname], listener.bound.settings.port)
            yield virtual_host(host.upstream.envoy_id, domains, routes)
