"""Listeners for clients outside the mesh, as gateways that let them in have (envoy-other-gateways.md 1.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from meshgw.envoy import names
from meshgw.envoy.context import GatewayContext
from meshgw.envoy.listener_blocks import TLS_INSPECTOR
from meshgw.envoy.network_filters import http_manager, served_routes
from meshgw.envoy.protojson import addressed
from meshgw.envoy.resources import Resource, ResourceOrigin
from meshgw.snapshot.binds import bind_list
from meshgw.snapshot.model import ProxySnapshot


def client_listeners(
    context: GatewayContext[ProxySnapshot],
    prefix: str,
    port: int,
    chains: list[dict[str, Any]],
    origin: ResourceOrigin,
    *,
    inspects_tls: bool,
) -> Iterator[Resource]:
    """One listener of an entry, at each address that the gateway binds; ports come from the entry (GO-04)."""
    inspectors = {"listenerFilters": [TLS_INSPECTOR]} if inspects_tls else {}
    for bind in bind_list(context.snapshot.instance.service, context.options):
        name = f"{prefix}:{bind.host}:{port}"
        body = {
            "name": name,
            **addressed(bind.host, port),
            **context.listener_logs,
            **inspectors,
            "filterChains": chains,
            "trafficDirection": "OUTBOUND",
        }
        yield Resource("listeners", name, body, origin)


def client_requests(
    context: GatewayContext[ProxySnapshot], protocol: str, name: str, routes: str
) -> dict[str, Any]:
    """Requests by a route configuration; `name` tells the connection manager from others in statistics."""
    prefix = names.stat_prefix("ingress_upstream_", name)
    return http_manager(
        protocol, prefix, served_routes(routes, context.fetch_timeout_ms), context.filter_logs
    )


def filter_chain(
    way: dict[str, Any], socket: dict[str, Any] | None, server_names: Iterable[str] = ()
) -> dict[str, Any]:
    """What a connection goes through, for some server names or for all; without `socket` in plain text."""
    wanted = list(server_names)
    return {
        **({"filterChainMatch": {"serverNames": wanted}} if wanted else {}),
        "filters": [way],
        **({"transportSocket": socket} if socket is not None else {}),
    }


def with_port(domains: Iterable[str], port: int) -> list[str]:
    """Host names as clients send them: those without a port also with the listener's (IE-16)."""
    found = list(domains)
    for domain in tuple(found):
        if ":" not in domain and f"{domain}:{port}" not in found:
            found.append(f"{domain}:{port}")
    return found
