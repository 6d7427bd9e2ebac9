"""Upstream settings from central configuration (service-registration.md 5.2–5.5)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from meshgw.entries.blocks import UpstreamConfig
from meshgw.entries.proxy_defaults import ProxyDefaults
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.schema.convert import weak_string
from meshgw.services.model import Upstream


class MergeKey(NamedTuple):
    """What central upstream settings are looked up by: neither type nor datacenter count."""

    name: str
    namespace: str
    partition: str
    peer: str


def key_of(upstream: Upstream) -> MergeKey:
    return MergeKey(
        upstream.destination_name,
        upstream.destination_namespace,
        upstream.destination_partition,
        upstream.destination_peer,
    )


def contributions(block: UpstreamConfig) -> Iterator[tuple[str, Any]]:
    """The keys that an upstream block of service-defaults writes: its fields that are not empty."""
    if block.envoy_listener_json:
        yield "envoy_listener_json", block.envoy_listener_json
    if block.envoy_cluster_json:
        yield "envoy_cluster_json", block.envoy_cluster_json
    if block.protocol:
        yield "protocol", block.protocol
    if block.connect_timeout_ms:
        yield "connect_timeout_ms", block.connect_timeout_ms
    if block.mesh_gateway.mode:
        yield "mesh_gateway", {"Mode": block.mesh_gateway.mode}
    if block.limits is not None:
        yield "limits", limits_map(block.limits)
    if block.passive_health_check is not None:
        yield "passive_health_check", health_check_map(block.passive_health_check)
    if block.balance_outbound_connections:
        yield "balance_outbound_connections", block.balance_outbound_connections


def limits_map(limits: Any) -> dict[str, Any]:
    """Limits as an opaque map; unset values are left out."""
    values = {
        "MaxConnections": limits.max_connections,
        "MaxPendingRequests": limits.max_pending_requests,
        "MaxConcurrentRequests": limits.max_concurrent_requests,
    }
    return {name: value for name, value in values.items() if value is not None}


def health_check_map(check: Any) -> dict[str, Any]:
    """A passive health check as an opaque map; durations in nanoseconds, unset values left out."""
    values = {
        "Interval": check.interval or None,
        "MaxFailures": check.max_failures or None,
        "EnforcingConsecutive5xx": check.enforcing_consecutive_5xx,
        "MaxEjectionPercent": check.max_ejection_percent,
        "BaseEjectionTime": check.base_ejection_time,
    }
    return {name: value for name, value in values.items() if value is not None}


def central_protocol(defaults: ProxyDefaults | None) -> str:
    """The `protocol` of a proxy-defaults' free-form `Config`, lower-cased."""
    if defaults is None or not defaults.config:
        return ""
    try:
        return weak_string(defaults.config.get("protocol")).lower()
    except ValueError:
        return ""


def wildcard_settings(
    proxy_defaults: ProxyDefaults | None,
    service_defaults: ServiceDefaults | None,
    own_mode: str,
    merged_mode: str,
) -> dict[str, Any]:
    """The settings `W` of every upstream that has none of its own."""
    found: dict[str, Any] = {}
    if proxy_defaults is not None:
        if proxy_defaults.config and "mesh_gateway" in proxy_defaults.config:
            found["mesh_gateway"] = proxy_defaults.config["mesh_gateway"]
        if proxy_defaults.mesh_gateway.mode:
            found["mesh_gateway"] = {"Mode": proxy_defaults.mesh_gateway.mode}
    if service_defaults is not None:
        if service_defaults.mesh_gateway.mode:
            found["mesh_gateway"] = {"Mode": service_defaults.mesh_gateway.mode}
        defaults = upstream_defaults(service_defaults)
        if defaults is not None:
            if not defaults.mesh_gateway.mode and merged_mode:
                found["mesh_gateway"] = {"Mode": merged_mode}
            found.update(contributions(defaults))
    if own_mode:
        found["mesh_gateway"] = {"Mode": own_mode}
    return found


def upstream_defaults(service_defaults: ServiceDefaults | None) -> UpstreamConfig | None:
    if service_defaults is None or service_defaults.upstream_config is None:
        return None
    return service_defaults.upstream_config.defaults


def overrides(service_defaults: ServiceDefaults | None) -> dict[MergeKey, tuple[int, UpstreamConfig]]:
    """The upstream overrides of a service-defaults entry; of two for one upstream the last counts."""
    if service_defaults is None or service_defaults.upstream_config is None:
        return {}
    found = {}
    for index, block in enumerate(service_defaults.upstream_config.overrides):
        if block.name:
            tenancy = _tenancy(block, service_defaults)
            found[MergeKey(block.name, *tenancy, block.peer)] = (index, block)
    return found


def _tenancy(block: UpstreamConfig, entry: ServiceDefaults) -> tuple[str, str]:
    """An override inherits the entry's tenancy (config-entries.md 1.14)."""
    return block.namespace or entry.namespace, block.partition or entry.partition


def mode_of(settings: Mapping[str, Any]) -> str:
    """The mesh gateway mode in an opaque map, written `{Mode: …}` or in any other case."""
    block = settings.get("mesh_gateway")
    if isinstance(block, list) and len(block) == 1:
        block = block[0]
    if not isinstance(block, Mapping):
        return ""
    mode = block.get("Mode", next((value for key, value in block.items() if key.lower() == "mode"), ""))
    try:
        return weak_string(mode)
    except ValueError:
        return ""
