"""Listeners of a sidecar (envoy-sidecar.md 6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshgw.chain.model import ResolverNode
from meshgw.envoy import names, rbac, tls
from meshgw.envoy.access_logs import filter_logs, listener_logs
from meshgw.envoy.protojson import addressed, filter_of
from meshgw.envoy.resources import Resource, ResourceOrigin
from meshgw.envoy.sidecar_clusters import cluster_name
from meshgw.envoy.sidecar_options import SidecarOptions, sidecar_options, upstream_options
from meshgw.services.model import Upstream as Registration
from meshgw.snapshot.model import ChainUpstream, SidecarSnapshot

_ANY = "0.0.0.0"  # noqa: S104  # what Consul binds when a sidecar has no address
_RBAC = "envoy.extensions.filters.network.rbac.v3.RBAC"
_LIMIT = "envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit"
_TCP_PROXY = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"


def sidecar_listeners(snapshot: SidecarSnapshot) -> Iterator[Resource]:
    """The public listener, and one for each upstream that is registered with an address."""
    yield _public_listener(snapshot, sidecar_options(snapshot.proxy.config))
    for upstream in snapshot.upstreams:
        if isinstance(upstream, ChainUpstream) and upstream.explicit:
            yield _upstream_listener(snapshot, upstream)


def _public_listener(snapshot: SidecarSnapshot, options: SidecarOptions) -> Resource:
    """What callers connect to: mutual TLS, then who may (6.2)."""
    service = snapshot.instance.service
    host = options.bind_address or service.address or _ANY
    port = options.bind_port or service.port
    name = f"{names.PUBLIC_LISTENER}:{host}:{port}"
    chain = {
        "filters": list(_public_filters(snapshot, options)),
        "transportSocket": tls.downstream_socket(
            tls.incoming(snapshot.mesh_entry), _trust(snapshot), tls.alpn_of(options.protocol)
        ),
    }
    body = {
        "name": name,
        **addressed(host, port),
        **listener_logs(snapshot.proxy.access_logs),
        "filterChains": [chain],
        **balance(options.balance_inbound_connections),
        "trafficDirection": "INBOUND",
    }
    return Resource("listeners", name, body, ResourceOrigin("callers", snapshot.instance.location))


def _trust(snapshot: SidecarSnapshot) -> dict[str, Any]:
    """Own roots; with services exported to peers, each trust domain with its roots (XV-18)."""
    if not snapshot.inbound_bundles:
        return tls.trusted(tls.ROOT)
    bundles = {snapshot.trust_domain: tls.ROOT}
    bundles.update({bundle.trust_domain: bundle.root for bundle in snapshot.inbound_bundles})
    return tls.spiffe_trust(bundles)


def _public_filters(snapshot: SidecarSnapshot, options: SidecarOptions) -> Iterator[dict[str, Any]]:
    """RBAC, the connection limit, and the way to the application (LS-04)."""
    rules = rbac.network_rules(
        snapshot.intentions, identities(snapshot), default_allow=snapshot.datacenter.default_allow
    )
    yield filter_of("envoy.filters.network.rbac", _RBAC, statPrefix="connect_authz", rules=rules)
    if options.max_inbound_connections > 0:
        yield filter_of(
            "envoy.filters.network.connection_limit",
            _LIMIT,
            statPrefix="inbound_connection_limit",
            maxConnections=str(options.max_inbound_connections),
        )
    yield tcp_proxy(snapshot, names.PUBLIC_LISTENER, names.LOCAL_APP)


def identities(snapshot: SidecarSnapshot) -> rbac.Identities:
    """Whose certificates a sidecar may meet."""
    return rbac.Identities(
        trust_domain=snapshot.trust_domain,
        partition=snapshot.key.partition,
        peers={bundle.peer: bundle for bundle in snapshot.inbound_bundles},
    )


def tcp_proxy(snapshot: SidecarSnapshot, prefix: str, cluster: str) -> dict[str, Any]:
    """Bytes of a connection to a cluster."""
    return filter_of(
        "envoy.filters.network.tcp_proxy",
        _TCP_PROXY,
        statPrefix=prefix,
        cluster=cluster,
        **filter_logs(snapshot.proxy.access_logs),
    )


def balance(setting: str) -> dict[str, Any]:
    """How connections are spread over Envoy's workers (LS-01)."""
    return {"connectionBalanceConfig": {"exactBalance": {}}} if setting == "exact_balance" else {}


def _upstream_listener(snapshot: SidecarSnapshot, upstream: ChainUpstream) -> Resource:
    """Where the application reaches an upstream (6.5)."""
    assert upstream.settings is not None
    registration = upstream.settings.upstream
    where, address = bind_of(registration)
    name = f"{upstream.envoy_id}:{where}"
    options = upstream_options(upstream.settings.config)
    body = {
        "name": name,
        **address,
        **listener_logs(snapshot.proxy.access_logs),
        "filterChains": [{"filters": [_upstream_filter(snapshot, upstream)]}],
        **balance(options.balance_outbound_connections),
        "trafficDirection": "OUTBOUND",
    }
    index = upstream.settings.index
    location = snapshot.instance.service.locate(("Proxy", "Upstreams", index or 0))
    text = f"upstream {upstream.envoy_id} of {snapshot.instance.service.id}"
    return Resource("listeners", name, body, ResourceOrigin(text, location))


def _upstream_filter(snapshot: SidecarSnapshot, upstream: ChainUpstream) -> dict[str, Any]:
    chain = upstream.chain
    start = chain.start
    assert isinstance(start, ResolverNode)
    name = f"{chain.service}.{chain.namespace}.{chain.partition}.{chain.datacenter}"
    cluster = cluster_name(upstream, upstream.targets[start.target])
    return tcp_proxy(snapshot, names.stat_prefix("upstream.", name), cluster)


def bind_of(upstream: Registration) -> tuple[str, dict[str, Any]]:
    """The listener's name after the Envoy id, and its address: a port or a Unix socket (LS-30)."""
    if upstream.local_bind_port:
        host = upstream.local_bind_address or "127.0.0.1"
        return f"{host}:{upstream.local_bind_port}", addressed(host, upstream.local_bind_port)
    path = upstream.local_bind_socket_path
    mode = socket_mode(upstream.local_bind_socket_mode)
    return path, {"address": {"pipe": {"path": path} | ({"mode": mode} if mode else {})}}


def socket_mode(text: str) -> int:
    """A mode as Consul reads it: `0640` is octal, but `640` is decimal; unreadable is 0."""
    from meshgw.schema.convert import MismatchError, weak_int

    try:
        return max(weak_int(text), 0)
    except MismatchError:
        return 0
