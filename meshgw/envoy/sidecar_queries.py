"""Upstreams that are prepared queries (envoy-sidecar.md 4.5, LS-37)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshgw.envoy import names, tls
from meshgw.envoy.cluster_blocks import circuit_breakers, eds_source, http2_upstream, outlier_detection
from meshgw.envoy.endpoints import load_assignment
from meshgw.envoy.escape_hatches import own_cluster
from meshgw.envoy.network_filters import HTTP2, HTTP_LIKE, http_manager, inline_routes, tcp_proxy
from meshgw.envoy.protojson import milliseconds
from meshgw.envoy.resources import Resource
from meshgw.envoy.sidecar_context import SidecarContext
from meshgw.mesh.keys import ServiceKey
from meshgw.snapshot.model import QueryUpstream

_DEFAULT_TIMEOUT_MS = 5000


def query_cluster_name(context: SidecarContext, upstream: QueryUpstream) -> str:
    return f"{upstream.name}.default.{upstream.datacenter}.query.{context.snapshot.trust_domain}"


def query_filter(context: SidecarContext, upstream: QueryUpstream) -> dict[str, Any]:
    """What its connections go through, by the protocol of its own settings."""
    protocol = context.settings(upstream).protocol or "tcp"
    name = upstream.envoy_id
    prefix = names.stat_prefix("upstream.", name)
    cluster = query_cluster_name(context, upstream)
    if protocol not in HTTP_LIKE:
        return tcp_proxy(prefix, cluster, context.filter_logs)
    routes = inline_routes(name, name, cluster)
    return http_manager(protocol, prefix, routes, context.filter_logs, tracing=context.tracing)


def query_clusters(context: SidecarContext, upstream: QueryUpstream) -> Iterator[Resource]:
    """The query's cluster and what it finds."""
    name = query_cluster_name(context, upstream)
    options = context.settings(upstream)
    origin = context.origin(upstream)
    trusted = tls.trusted(tls.ROOT, _identities(context, upstream))
    socket = tls.upstream_socket(context.outgoing_tls, trusted, name)
    own = options.envoy_cluster_json
    if own:
        yield from own_cluster(context, upstream, own, socket)
    else:
        body = {
            "name": name,
            "type": "EDS",
            "connectTimeout": milliseconds(options.connect_timeout_ms or _DEFAULT_TIMEOUT_MS),
            **eds_source(context.fetch_timeout_ms),
            **circuit_breakers(options.limits),
            **outlier_detection(options.passive_health_check),
            "transportSocket": socket,
        }
        if options.protocol in HTTP2:
            body |= http2_upstream()
        yield Resource("clusters", name, body, origin)
    if upstream.known:
        yield Resource("endpoints", name, load_assignment(name, upstream.endpoints), origin)


def _identities(context: SidecarContext, upstream: QueryUpstream) -> list[str]:
    """The services that the query finds, by datacenter and the name of their instances (CL-35)."""
    found: dict[tuple[str, str], str] = {}
    for endpoint in upstream.endpoints:
        instance = endpoint.instance
        if instance is None:
            continue
        key = instance.datacenter, instance.service.name
        service = ServiceKey(instance.partition, instance.namespace, instance.destination)
        trust_domain = context.snapshot.trust_domain
        found.setdefault(key, names.service_spiffe_id(service, instance.datacenter, trust_domain))
    return list(found.values())
