"""Parts of clusters that several kinds of proxies share (envoy-sidecar.md 1.9)."""

from __future__ import annotations

from typing import Any, Final

from meshgw.entries.service_resolver import LoadBalancer
from meshgw.envoy.protojson import duration, milliseconds, typed
from meshgw.envoy.sidecar_options import HealthCheck, Limits
from meshgw.resolve.gateway_options import GatewayOptions

_HTTP = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"

LOAD_BALANCERS: Final = frozenset({"", "round_robin", "random", "least_request", "ring_hash", "maglev"})
NO_PANIC: Final[dict[str, Any]] = {"commonLbConfig": {"healthyPanicThreshold": {}}}


def ads_source(fetch_timeout_ms: int | None = None) -> dict[str, Any]:
    """The aggregated stream; with `xds_fetch_timeout_ms` how long Envoy waits at first."""
    source: dict[str, Any] = {"ads": {}, "resourceApiVersion": "V3"}
    if fetch_timeout_ms is not None:
        source["initialFetchTimeout"] = milliseconds(fetch_timeout_ms)
    return source


def eds_source(fetch_timeout_ms: int | None = None) -> dict[str, Any]:
    return {"edsClusterConfig": {"edsConfig": ads_source(fetch_timeout_ms)}}


def eds_discovery(fetch_timeout_ms: int | None = None) -> dict[str, Any]:
    """A cluster whose endpoints are served."""
    return {"type": "EDS", **eds_source(fetch_timeout_ms)}


def circuit_breakers(limits: Limits | None) -> dict[str, Any]:
    """Always present; empty without limits, and each value that is set, zero included (XV-31)."""
    if limits is None:
        return {"circuitBreakers": {}}
    values = {
        "maxConnections": limits.max_connections,
        "maxPendingRequests": limits.max_pending_requests,
        "maxRequests": limits.max_concurrent_requests,
    }
    threshold = {name: value for name, value in values.items() if value is not None}
    return {"circuitBreakers": {"thresholds": [threshold]}}


def outlier_detection(check: HealthCheck | None) -> dict[str, Any]:
    """Always present; empty without a passive health check (XV-32)."""
    if check is None:
        return {"outlierDetection": {}}
    values = {
        "interval": duration(check.interval) if check.interval else None,
        "consecutive5xx": check.max_failures or None,
        "enforcingConsecutive5xx": check.enforcing_consecutive_5xx,
        "maxEjectionPercent": check.max_ejection_percent,
        "baseEjectionTime": (
            None if check.base_ejection_time is None else duration(check.base_ejection_time)
        ),
    }
    return {"outlierDetection": {name: value for name, value in values.items() if value is not None}}


def http2_upstream() -> dict[str, Any]:
    """HTTP/2 towards an upstream."""
    return _protocol_options(explicitHttpConfig={"http2ProtocolOptions": {}})


def local_app_http() -> dict[str, Any]:
    """The application is spoken to as the caller speaks."""
    return _protocol_options(
        useDownstreamProtocolConfig={"httpProtocolOptions": {}, "http2ProtocolOptions": {}}
    )


def _protocol_options(**fields: Any) -> dict[str, Any]:
    return {"typedExtensionProtocolOptions": {_HTTP: typed(_HTTP, **fields)}}


def load_balancer(balancer: LoadBalancer | None) -> dict[str, Any]:
    """The load balancer of a resolver node (XV-33)."""
    policy = "" if balancer is None else balancer.policy
    assert balancer is not None or not policy
    match policy:
        case "random" | "maglev":
            return {"lbPolicy": policy.upper()}
        case "least_request":
            return {"lbPolicy": "LEAST_REQUEST", **_least_request(balancer)}
        case "ring_hash":
            return {"lbPolicy": "RING_HASH", **_ring_hash(balancer)}
        case _:
            return {}


def _least_request(balancer: LoadBalancer | None) -> dict[str, Any]:
    if balancer is None or balancer.least_request_config is None:
        return {}
    return {"leastRequestLbConfig": {"choiceCount": balancer.least_request_config.choice_count}}


def _ring_hash(balancer: LoadBalancer | None) -> dict[str, Any]:
    if balancer is None or balancer.ring_hash_config is None:
        return {}
    config = balancer.ring_hash_config
    sizes = {
        "minimumRingSize": str(config.minimum_ring_size),
        "maximumRingSize": str(config.maximum_ring_size),
    }
    return {"ringHashLbConfig": sizes}


def keepalive(options: GatewayOptions) -> dict[str, Any]:
    """TCP keepalive of connections that a gateway opens (MG-C15)."""
    if not options.keepalive:
        return {}
    values = {
        "keepaliveTime": options.keepalive_time,
        "keepaliveInterval": options.keepalive_interval,
        "keepaliveProbes": options.keepalive_probes,
    }
    found = {name: value for name, value in values.items() if value}
    return {"upstreamConnectionOptions": {"tcpKeepalive": found}}
