"""TCP proxies and HTTP connection managers of every kind of proxy (envoy-sidecar.md 1.7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from meshgw.entries.mesh import Mesh as MeshEntry
from meshgw.envoy.cluster_blocks import ads_source
from meshgw.envoy.protojson import filter_of

HTTP_LIKE: Final = frozenset({"http", "http2", "grpc"})
HTTP2: Final = frozenset({"http2", "grpc"})

HTTP_MANAGER: Final = "envoy.filters.network.http_connection_manager"
_HTTP_MANAGER_TYPE = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
TCP_PROXY: Final = "envoy.filters.network.tcp_proxy"
_TCP_PROXY_TYPE = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"
_HTTP = "envoy.extensions.filters.http"

ROUTER: Final = filter_of("envoy.filters.http.router", f"{_HTTP}.router.v3.Router")
_GRPC_STATS = filter_of(
    "envoy.filters.http.grpc_stats", f"{_HTTP}.grpc_stats.v3.FilterConfig", statsForAllMethods=True
)
_GRPC_BRIDGE = filter_of("envoy.filters.http.grpc_http1_bridge", f"{_HTTP}.grpc_http1_bridge.v3.Config")
CLIENT_CERTIFICATE: Final[Mapping[str, Any]] = {
    "subject": True,
    "cert": True,
    "chain": True,
    "dns": True,
    "uri": True,
}
"""What of a caller's certificate is handed on (GO-10)."""

CALLER_DETAILS: Final[Mapping[str, Any]] = {
    "forwardClientCertDetails": "APPEND_FORWARD",
    "setCurrentClientCertDetails": CLIENT_CERTIFICATE,
}
NO_TRACING: Final[Mapping[str, Any]] = {"randomSampling": {}}
"""What a connection manager traces unless `envoy_listener_tracing_json` says otherwise."""

Logs = Mapping[str, Any]
"""`{"accessLog": [...]}`, or nothing."""


def sanitizes(mesh_entry: MeshEntry | None) -> bool:
    """Whether callers' certificates are not handed on."""
    http = mesh_entry.http if mesh_entry is not None else None
    return http is not None and http.sanitize_x_forwarded_client_cert


def tcp_proxy(stat_prefix: str, cluster: str, logs: Logs) -> dict[str, Any]:
    """Bytes of a connection to a cluster."""
    return filter_of(TCP_PROXY, _TCP_PROXY_TYPE, statPrefix=stat_prefix, cluster=cluster, **logs)


def http_manager(
    protocol: str,
    stat_prefix: str,
    routes: Mapping[str, Any],
    logs: Logs,
    *,
    filters: Iterable[Mapping[str, Any]] = (),
    tracing: Mapping[str, Any] = NO_TRACING,
    **more: Any,
) -> dict[str, Any]:
    """Requests by `routes`, which is `inline_routes` or `served_routes`.

    `filters` stand between those of gRPC and the router. `more` are further fields.
    """
    http2: dict[str, Any] = {"http2ProtocolOptions": {}} if protocol in HTTP2 else {}
    grpc = (_GRPC_STATS, _GRPC_BRIDGE) if protocol == "grpc" else ()
    return filter_of(
        HTTP_MANAGER,
        _HTTP_MANAGER_TYPE,
        statPrefix=stat_prefix,
        **logs,
        **http2,
        httpFilters=[*grpc, *filters, ROUTER],
        **routes,
        tracing=tracing,
        upgradeConfigs=[{"upgradeType": "websocket"}],
        **more,
    )


def inline_routes(name: str, host: str, cluster: str, *, path: str = "", **action: Any) -> dict[str, Any]:
    """Every request, or those of one path, to a cluster (XV-25)."""
    return {"routeConfig": {"name": name, "virtualHosts": [cluster_host(host, cluster, path=path, **action)]}}


def cluster_host(name: str, cluster: str, *, path: str = "", **action: Any) -> dict[str, Any]:
    """One that sends every request, or those of one path, to a cluster."""
    match = {"path": path} if path else {"prefix": "/"}
    routes = [{"match": match, "route": {"cluster": cluster, **action}}]
    return {"name": name, "domains": ["*"], "routes": routes}


def served_routes(name: str, fetch_timeout_ms: int | None) -> dict[str, Any]:
    """Requests by a route configuration of its own."""
    return {"rds": {"routeConfigName": name, "configSource": ads_source(fetch_timeout_ms)}}
