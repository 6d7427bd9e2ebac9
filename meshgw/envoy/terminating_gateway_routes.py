"""Routes of a terminating gateway: everything to the one cluster (envoy-other-gateways.md 2.6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshgw.envoy.network_filters import HTTP_LIKE, cluster_host
from meshgw.envoy.protojson import duration
from meshgw.envoy.resources import Resource
from meshgw.envoy.routes import hashing, route_configuration
from meshgw.envoy.terminating_gateway_context import TerminatingContext
from meshgw.snapshot.terminating_model import AnyRepresented, RepresentedService


def terminating_routes(context: TerminatingContext) -> Iterator[Resource]:
    """One route configuration for each cluster of a service that speaks HTTP, called like it."""
    for service in context.snapshot.services:
        if context.protocol(service) in HTTP_LIKE:
            action = _action(service)
            for part, name in context.clusters_of(service).items():
                host = cluster_host(name, name, **action)
                body = route_configuration(name, [host], context.snapshot.mesh_entry)
                yield Resource("routes", name, body, context.origin_of(service, part))


def _action(service: AnyRepresented) -> dict[str, Any]:
    """Routers, splitters and retries are the caller's; a destination has nothing at all (TE-32)."""
    if not isinstance(service, RepresentedService):
        return {}
    found: dict[str, Any] = {}
    if not service.link.settings.disable_auto_host_rewrite:
        found["autoHostRewrite"] = True
    resolver = service.carried.resolver
    if resolver is None:
        return found
    if resolver.request_timeout:
        found["timeout"] = duration(resolver.request_timeout)
    return found | hashing(resolver.load_balancer)
