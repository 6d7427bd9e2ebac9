"""Route configurations of an ingress gateway (envoy-other-gateways.md 3.3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshgw.envoy.client_listeners import with_port
from meshgw.envoy.ingress_gateway_context import IngressContext, route_name
from meshgw.envoy.network_filters import HTTP_LIKE
from meshgw.envoy.resources import Resource
from meshgw.envoy.routes import header_changes, route_configuration, upstream_routes, virtual_host
from meshgw.snapshot.ingress_model import ServedService, ServingListener


def ingress_routes(context: IngressContext) -> Iterator[Resource]:
    """One for each listener of requests, and one for each service with a certificate of its own."""
    for listener in context.snapshot.listeners:
        if listener.settings.protocol in HTTP_LIKE:
            yield from _configurations(context, listener)


def _configurations(context: IngressContext, listener: ServingListener) -> Iterator[Resource]:
    hosts: dict[str, list[dict[str, Any]]] = {}
    firsts: dict[str, ServedService] = {}
    for service in listener.services:
        host = _virtual_host(context, listener, service)
        if host is not None:
            name = route_name(listener, service.block)
            hosts.setdefault(name, []).append(host)
            firsts.setdefault(name, service)
    shared = str(listener.settings.port)
    for name, found in hosts.items():
        origin = context.listener_origin(listener) if name == shared else context.origin(firsts[name])
        body = route_configuration(name, found, context.snapshot.mesh_entry)
        yield Resource("routes", name, body, origin)


def _virtual_host(
    context: IngressContext, listener: ServingListener, service: ServedService
) -> dict[str, Any] | None:
    """The hosts of a service, with the changes of headers that its block makes (IE-15–IE-17)."""
    routes = upstream_routes(context, service.upstream)
    if routes is None:
        return None
    block, name = service.block, service.upstream.envoy_id
    changes = header_changes(block.request_headers, "request")
    changes |= header_changes(block.response_headers, "response")
    domains = with_port(service.hosts or (default_host(service),), listener.settings.port)
    return virtual_host(name, domains, routes, **changes)


def default_host(service: ServedService) -> str:
    """The host of a service that the entry gives none; its name keeps its case (IE-16)."""
    key = service.upstream.key
    namespace = "" if key.namespace == "default" else f"{key.namespace}."
    return f"{key.name}.ingress.{namespace}*"
