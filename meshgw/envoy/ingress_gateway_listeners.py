"""Listeners of an ingress gateway (envoy-other-gateways.md 3.2, 3.3, 3.5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshgw.chain.model import ResolverNode
from meshgw.entries.ingress_sds import sds_of
from meshgw.envoy import names
from meshgw.envoy.chain_upstreams import chain_name, cluster_name
from meshgw.envoy.client_listeners import client_listeners, client_requests, filter_chain
from meshgw.envoy.ingress_gateway_context import IngressContext, route_name
from meshgw.envoy.ingress_gateway_tls import listener_socket, service_socket
from meshgw.envoy.network_filters import HTTP_LIKE, tcp_proxy
from meshgw.envoy.resources import Resource
from meshgw.snapshot.ingress_model import ServingListener
from meshgw.snapshot.model import ChainUpstream


def ingress_listeners(context: IngressContext) -> Iterator[Resource]:
    """The listeners of the entry that have services, at each bind address."""
    for listener in context.snapshot.listeners:
        if listener.settings.protocol in HTTP_LIKE:
            yield from _http_listeners(context, listener)
        else:
            yield from _tcp_listeners(context, listener)


def _tcp_listeners(context: IngressContext, listener: ServingListener) -> Iterator[Resource]:
    """Connections to the only service of a listener (IE-10)."""
    service = listener.services[0]
    socket = listener_socket(context, listener)
    cluster = _only_cluster(context, service.upstream)
    if cluster is None:
        return
    prefix = names.stat_prefix("upstream.", chain_name(service.upstream))
    chain = filter_chain(tcp_proxy(prefix, cluster, context.filter_logs), socket)
    name, port = service.upstream.envoy_id, listener.settings.port
    yield from client_listeners(context, name, port, [chain], context.origin(service), inspects_tls=False)


def _only_cluster(context: IngressContext, upstream: ChainUpstream) -> str | None:
    """Where the connections of a `tcp` listener go; Consul can make no listener without (IE-11, IE-12)."""
    start = upstream.chain.start
    if not isinstance(start, ResolverNode):
        context.fail(
            "ingress-routes-on-tcp",
            f"a `tcp` listener leads to `{upstream.envoy_id}`, whose requests are routed",
            note=f"expected discovery chain with single node, found unexpected start node: {start.type}",
        )
        return None
    target = upstream.targets[start.target]
    if target.peered is not None:
        context.fail(
            "ingress-peer-on-tcp",
            f"a `tcp` listener leads to `{upstream.envoy_id}`, which is redirected to a peer",
            note="cluster name is required for a tcp proxy filter",
        )
        return None
    return cluster_name(upstream, target)


def _http_listeners(context: IngressContext, listener: ServingListener) -> Iterator[Resource]:
    """Services with certificates of their own by server name, then all others (3.3)."""
    protocol, port = listener.settings.protocol, listener.settings.port
    socket = listener_socket(context, listener)
    own = list(_own_chains(context, listener))
    chains = list(own)
    if len(own) < len(listener.services):  # IE-25
        chains.append(filter_chain(client_requests(context, protocol, str(port), str(port)), socket))
    origin = context.listener_origin(listener)
    yield from client_listeners(context, protocol, port, chains, origin, inspects_tls=bool(own))


def _own_chains(context: IngressContext, listener: ServingListener) -> Iterator[dict[str, Any]]:
    """Services with certificates of their own, in the order of the entry (IE-22–IE-24)."""
    for block in listener.settings.services:
        if sds_of(block.tls).cert_resource:
            name = route_name(listener, block)
            way = client_requests(context, listener.settings.protocol, name, name)
            yield filter_chain(way, service_socket(listener, block), block.hosts)
