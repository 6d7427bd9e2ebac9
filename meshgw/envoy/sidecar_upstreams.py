"""What the listeners, clusters and routes of an upstream have in common (envoy-sidecar.md 1.3, 3.2)."""

from __future__ import annotations

from typing import Any

from meshgw.chain.model import ResolverNode
from meshgw.envoy import names
from meshgw.envoy.chain_upstreams import chain_name, cluster_of_target
from meshgw.envoy.network_filters import HTTP_LIKE, http_manager, inline_routes, served_routes, tcp_proxy
from meshgw.envoy.sidecar_context import SidecarContext
from meshgw.snapshot.model import ChainUpstream


def protocol_of(context: SidecarContext, upstream: ChainUpstream) -> str:
    """What an upstream's filters speak: its own setting, else the chain's protocol (US-05)."""
    return context.settings(upstream).protocol or upstream.chain.protocol or "tcp"


def uses_route_configuration(upstream: ChainUpstream) -> bool:
    """Whether a chain's routes are a resource of their own (LS-31)."""
    return upstream.chain.protocol != "tcp" and not upstream.chain.default


def chain_filter(context: SidecarContext, upstream: ChainUpstream) -> dict[str, Any] | None:
    """What an upstream's connections go through; `None` when there is nowhere to go (LS-34)."""
    protocol = protocol_of(context, upstream)
    name = chain_name(upstream)
    prefix = names.stat_prefix("upstream.", name)
    if uses_route_configuration(upstream):
        if protocol not in HTTP_LIKE:
            context.fail(
                "routes-of-tcp-upstream",
                f"upstream `{upstream.envoy_id}` is to speak {protocol}, but its chain routes requests",
                note="RDS is not compatible with the tcp proxy filter",
            )
            return None
        routes = served_routes(upstream.envoy_id, context.fetch_timeout_ms)
        return http_manager(protocol, prefix, routes, context.filter_logs, tracing=context.tracing)
    start = upstream.chain.start
    assert isinstance(start, ResolverNode)  # LS-32: only chains of HTTP route and split
    cluster = cluster_of_target(upstream, start.target)
    if cluster is None:
        return None
    if protocol not in HTTP_LIKE:
        return tcp_proxy(prefix, cluster, context.filter_logs)
    routes = inline_routes(upstream.envoy_id, name, cluster)
    return http_manager(protocol, prefix, routes, context.filter_logs, tracing=context.tracing)
