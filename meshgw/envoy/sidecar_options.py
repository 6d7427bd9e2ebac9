"""The opaque settings of a sidecar and its upstreams, read as Consul reads them (envoy-sidecar.md 9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from meshgw.schema.convert import MismatchError, weak_duration, weak_int, weak_string

_DEFAULT_TIMEOUT_MS = 5000
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class SidecarOptions:
    """What a sidecar's free-form config says; timeouts in milliseconds, `None` for unset.

    `bad_keys` could not be converted; Consul then fills in no defaults (PK-02).
    """

    protocol: str = "tcp"
    bind_address: str = ""
    bind_port: int = 0
    local_connect_timeout_ms: int = _DEFAULT_TIMEOUT_MS
    local_request_timeout_ms: int | None = None
    local_idle_timeout_ms: int | None = None
    max_inbound_connections: int = 0
    balance_inbound_connections: str = ""
    envoy_public_listener_json: str = ""
    envoy_listener_tracing_json: str = ""
    envoy_local_cluster_json: str = ""
    bad_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Circuit breakers; `None` leaves Envoy's default."""

    max_connections: int | None = None
    max_pending_requests: int | None = None
    max_concurrent_requests: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """Outlier detection; durations in nanoseconds."""

    interval: int = 0
    max_failures: int = 0
    enforcing_consecutive_5xx: int | None = None
    max_ejection_percent: int | None = None
    base_ejection_time: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamOptions:
    """What an upstream's free-form config says."""

    protocol: str = ""
    connect_timeout_ms: int = 0
    limits: Limits | None = None
    passive_health_check: HealthCheck | None = None
    balance_outbound_connections: str = ""
    envoy_listener_json: str = ""
    envoy_cluster_json: str = ""
    bad_keys: tuple[str, ...] = ()


class Reader:
    """Reads the keys of a map weakly and in any case, and remembers those that do not convert."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config
        self.bad: list[str] = []

    def find(self, *keys: str) -> Any:
        """The value of the first key that is there, spelled exactly or in another case."""
        for key in keys:
            if key in self._config:
                return self._config[key]
            for name in sorted(self._config):
                if name.lower() == key.lower():
                    return self._config[name]
        return None

    def read(self, convert: Any, *keys: str) -> Any:
        """A converted value; its zero value when it does not convert."""
        value = self.find(*keys)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        try:
            return convert(value)
        except MismatchError:
            self.bad.append(keys[-1])
            return convert(None)

    def optional(self, convert: Any, *keys: str) -> Any:
        """As `read`, but `None` when the key is not there."""
        return None if self.find(*keys) is None else self.read(convert, *keys)


def sidecar_options(config: Mapping[str, Any]) -> SidecarOptions:
    """Read a sidecar's merged config."""
    reader = Reader(config)
    protocol = reader.read(weak_string, "protocol")
    timeout = reader.read(weak_int, "local_connect_timeout_ms")
    found = {
        "bind_address": reader.read(weak_string, "bind_address"),
        "bind_port": reader.read(weak_int, "bind_port"),
        "local_request_timeout_ms": reader.optional(weak_int, "local_request_timeout_ms"),
        "local_idle_timeout_ms": reader.optional(weak_int, "local_idle_timeout_ms"),
        "max_inbound_connections": reader.read(weak_int, "max_inbound_connections"),
        "balance_inbound_connections": reader.read(weak_string, "balance_inbound_connections"),
        "envoy_public_listener_json": reader.read(weak_string, "envoy_public_listener_json"),
        "envoy_listener_tracing_json": reader.read(weak_string, "envoy_listener_tracing_json"),
        "envoy_local_cluster_json": reader.read(weak_string, "envoy_local_cluster_json"),
    }
    bad = tuple(reader.bad)
    return SidecarOptions(
        protocol=protocol if bad else protocol.lower() or "tcp",
        local_connect_timeout_ms=timeout if bad or timeout >= 1 else _DEFAULT_TIMEOUT_MS,
        bad_keys=bad,
        **found,
    )


def upstream_options(config: Mapping[str, Any]) -> UpstreamOptions:
    """Read an upstream's merged config; a field's CamelCase name beats its underscore spelling."""
    reader = Reader(config)
    protocol = reader.read(weak_string, "protocol")
    timeout = reader.read(weak_int, "ConnectTimeoutMs", "connect_timeout_ms")
    found = {
        "limits": _limits(reader),
        "passive_health_check": _health_check(reader),
        "balance_outbound_connections": reader.read(
            weak_string, "BalanceOutboundConnections", "balance_outbound_connections"
        ),
        "envoy_listener_json": reader.read(weak_string, "EnvoyListenerJSON", "envoy_listener_json"),
        "envoy_cluster_json": reader.read(weak_string, "EnvoyClusterJSON", "envoy_cluster_json"),
    }
    return UpstreamOptions(
        protocol=protocol if reader.bad else protocol.lower(),
        connect_timeout_ms=max(timeout, 0),
        bad_keys=tuple(reader.bad),
        **found,
    )


def _block(reader: Reader, *keys: str) -> Reader | None:
    value = reader.find(*keys)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if value is None:
        return None
    if not isinstance(value, Mapping):
        reader.bad.append(keys[-1])
        return None
    return Reader(value)


def _limits(reader: Reader) -> Limits | None:
    inner = _block(reader, "limits")
    if inner is None:
        return None
    found = Limits(
        max_connections=inner.optional(weak_int, "MaxConnections", "max_connections"),
        max_pending_requests=inner.optional(weak_int, "MaxPendingRequests", "max_pending_requests"),
        max_concurrent_requests=inner.optional(weak_int, "MaxConcurrentRequests", "max_concurrent_requests"),
    )
    reader.bad.extend(f"limits.{key}" for key in inner.bad)
    return found


def _health_check(reader: Reader) -> HealthCheck | None:
    inner = _block(reader, "PassiveHealthCheck", "passive_health_check")
    if inner is None:
        return None
    found = HealthCheck(
        interval=inner.read(weak_duration, "interval"),
        max_failures=inner.read(weak_int, "MaxFailures", "max_failures"),
        enforcing_consecutive_5xx=inner.optional(
            weak_int, "EnforcingConsecutive5xx", "enforcing_consecutive_5xx"
        ),
        max_ejection_percent=inner.optional(weak_int, "MaxEjectionPercent", "max_ejection_percent"),
        base_ejection_time=inner.optional(weak_duration, "BaseEjectionTime", "base_ejection_time"),
    )
    reader.bad.extend(f"passive_health_check.{key}" for key in inner.bad)
    return found
