"""Upstreams and chain targets at peers, as a sidecar reaches them (envoy-sidecar.md 4.3–4.4, 6.5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshgw.envoy import names, tls
from meshgw.envoy.cluster_blocks import (
    NO_PANIC,
    circuit_breakers,
    eds_source,
    http2_upstream,
    outlier_detection,
)
from meshgw.envoy.context import ProxyContext
from meshgw.envoy.dns_clusters import dns_discovery
from meshgw.envoy.endpoints import lb_endpoint, load_assignment
from meshgw.envoy.escape_hatches import own_cluster
from meshgw.envoy.network_filters import HTTP2, HTTP_LIKE, NO_TRACING, http_manager, inline_routes, tcp_proxy
from meshgw.envoy.protojson import milliseconds
from meshgw.envoy.resources import Resource
from meshgw.envoy.sidecar_context import SidecarContext
from meshgw.snapshot.model import PeeredService, PeerUpstream, Pool, ProxySnapshot, TargetSnapshot

_DEFAULT_TIMEOUT_MS = 5000
_EJECT_ALL = 100


def peer_socket(context: ProxyContext[ProxySnapshot], service: PeeredService) -> dict[str, Any]:
    """TLS towards a peer's service as the peer describes it; nothing known, nothing asked (CL-20, CL-32)."""
    root = service.bundle.root if service.bundle is not None else tls.ROOT
    sni = service.snis[0] if service.snis else ""
    return tls.upstream_socket(context.outgoing_tls, tls.trusted(root, service.spiffe_ids), sni)


def has_assignment(target: TargetSnapshot) -> bool:
    """A peer's gateways with host names are not served as endpoints (EP-22)."""
    return target.peered is None or not by_dns(target.peered, target.pool)


def by_dns(service: PeeredService, pool: Pool) -> bool:
    """Whether a peer's service is dialed by host names: not in mode local, through own gateways."""
    return pool.gateways is None and service.by_host_name


def peer_clusters(context: SidecarContext, upstream: PeerUpstream) -> Iterator[Resource]:
    """The cluster of an upstream that names a peer, and its load assignment (4.4)."""
    service, pool = upstream.service, upstream.pool
    if service.bundle is None:
        return
    name, origin = service.cluster, context.origin(upstream)
    options = context.settings(upstream)
    if options.envoy_cluster_json:
        yield from own_cluster(context, upstream, options.envoy_cluster_json, peer_socket(context, service))
        return
    ejection = outlier_detection(options.passive_health_check)["outlierDetection"]
    timeout = options.connect_timeout_ms if options.connect_timeout_ms > 0 else _DEFAULT_TIMEOUT_MS
    body = {
        "name": name,
        "connectTimeout": milliseconds(timeout),
        **NO_PANIC,
        **circuit_breakers(options.limits),
        "outlierDetection": ejection | {"maxEjectionPercent": _EJECT_ALL},
        "transportSocket": peer_socket(context, service),
        **(http2_upstream() if service.protocol in HTTP2 else {}),
    }
    if by_dns(service, pool):
        yield Resource("clusters", name, body | _first_host(name, pool), origin)
    else:
        found = {"type": "EDS", **eds_source(context.fetch_timeout_ms)}
        yield Resource("clusters", name, body | found, origin)
        yield Resource("endpoints", name, load_assignment(name, pool.endpoints), origin)


def _first_host(name: str, pool: Pool) -> dict[str, Any]:
    """Always logical DNS: the first gateway that is not unhealthy, else the last (CL-33)."""
    healthy = [endpoint for endpoint in pool.endpoints if endpoint.healthy]
    chosen = (healthy or [pool.endpoints[-1]])[0]
    return dns_discovery(name, [lb_endpoint(chosen)], strict=False)


def peer_filter(context: SidecarContext, upstream: PeerUpstream) -> dict[str, Any] | None:
    """What the connections of a peer upstream go through; `None` without the peer's roots (LS-36).

    An upstream's own listener is not traced, the shared one is (6.1).
    """
    service = upstream.service
    if service.bundle is None:
        return None
    name = f"{service.name}.{service.namespace}.{service.peer}"
    prefix = names.stat_prefix("upstream_peered.", name)
    if service.protocol not in HTTP_LIKE:
        return tcp_proxy(prefix, service.cluster, context.filter_logs)
    routes = inline_routes(upstream.envoy_id, name, service.cluster)
    tracing = NO_TRACING if upstream.explicit else context.tracing
    return http_manager(service.protocol, prefix, routes, context.filter_logs, tracing=tracing)
