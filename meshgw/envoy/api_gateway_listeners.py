"""Listeners of an API gateway (envoy-other-gateways.md 5.4, 5.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from meshgw.envoy import names
from meshgw.envoy.api_gateway_context import APIGatewayContext
from meshgw.envoy.api_gateway_tls import plain_socket, served_certificates
from meshgw.envoy.chain_upstreams import chain_name
from meshgw.envoy.client_listeners import client_listeners, client_requests, filter_chain, only_cluster
from meshgw.envoy.network_filters import tcp_proxy
from meshgw.envoy.resources import Resource
from meshgw.snapshot.api_gateway_model import ReadyListener
from meshgw.snapshot.names import envoy_id

Way: TypeAlias = Callable[[str], dict[str, Any]]
"""From the name of a certificate to what its connections go through."""


def api_gateway_listeners(context: APIGatewayContext) -> Iterator[Resource]:
    """The ready listeners of the entry, at each bind address; of equal names the last stays (AE-30)."""
    for listener in context.snapshot.listeners:
        if listener.bound.settings.protocol == "http":
            yield from _http_listeners(context, listener)
        else:
            yield from _tcp_listeners(context, listener)


def _http_listeners(context: APIGatewayContext, listener: ReadyListener) -> Iterator[Resource]:
    port = str(listener.bound.settings.port)

    def requests(name: str) -> dict[str, Any]:
        return client_requests(context, "http", name, port)

    yield from _opened(context, listener, "http", requests, requests(port))


def _tcp_listeners(context: APIGatewayContext, listener: ReadyListener) -> Iterator[Resource]:
    """Connections to the only service of the only route; without a chain there is no listener (5.5)."""
    service = listener.services[0]
    if service.upstream is None:
        return
    cluster = only_cluster(context, service.upstream, "api-gateway")
    if cluster is None:
        return

    def connections(name: str) -> dict[str, Any]:
        return tcp_proxy(names.stat_prefix("ingress_upstream_", name), cluster, context.filter_logs)

    prefix = names.stat_prefix("upstream.", chain_name(service.upstream))
    plain = tcp_proxy(prefix, cluster, context.filter_logs)
    yield from _opened(context, listener, envoy_id(service.key), connections, plain)


def _opened(
    context: APIGatewayContext, listener: ReadyListener, name: str, way: Way, plain: dict[str, Any]
) -> Iterator[Resource]:
    """A listener whose certificates each have a filter chain; without any it has `plain` alone."""
    if listener.bound.certificates:
        chains = [
            filter_chain(way(served.name), served.socket, served.server_names)
            for served in served_certificates(context, listener)
        ]
    else:
        chains = [filter_chain(plain, plain_socket(listener))]
    yield from client_listeners(
        context,
        name,
        listener.bound.settings.port,
        chains,
        context.listener_origin(listener),
        inspects_tls=bool(listener.bound.certificates),
    )
