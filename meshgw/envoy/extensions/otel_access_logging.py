"""builtin/otel-access-logging: access logs to an OpenTelemetry collector (EE-20)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meshgw.entries.extensions.arguments import CONNECT_PROXY
from meshgw.entries.extensions.otel_access_logging import OtelArguments, OtelConfig, RetryPolicy
from meshgw.envoy.extensions.chains import Filter, change_chains, change_managers
from meshgw.envoy.extensions.services import add_local_cluster, grpc_service, seconds, target_of
from meshgw.envoy.extensions.subject import (
    INBOUND,
    ExtendedProxy,
    ExtensionError,
    ResourceBook,
    direction_of,
)
from meshgw.envoy.protojson import duration, typed
from meshgw.envoy.tree_walk import member, spelling

_LOCAL = "local_access_log"
_TYPE = "envoy.extensions.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig"
_BASE_INTERVAL = "1s"
_MAX_INTERVAL = "30s"


def apply_otel_access_logging(
    proxy: ExtendedProxy,
    arguments: OtelArguments,
    book: ResourceBook,
    *,
    required: bool,  # noqa: ARG001  all extensions are applied alike
) -> None:
    """Log the requests of every connection manager of a direction; TCP is left alone."""
    if (arguments.proxy_type or CONNECT_PROXY) != proxy.kind or proxy.kind != CONNECT_PROXY:
        return
    direction = arguments.listener_type or INBOUND
    config = arguments.config
    if config.grpc_service is None:
        raise ExtensionError("it has no `GrpcService`")
    logger = {
        "name": "envoy.access_loggers.open_telemetry",
        "typedConfig": _config(proxy, config, direction),
    }

    def logging(manager: Filter) -> Filter:
        key = spelling(manager, "access_log")
        given = member(manager, "access_log")
        return {**manager, key: [*(given if isinstance(given, list) else []), logger]}

    book.change(
        "listeners",
        lambda listener: (
            change_chains(listener, lambda chain: change_managers(chain, logging))
            if direction_of(listener) == direction
            else listener
        ),
    )
    target = target_of(config.grpc_service)
    add_local_cluster(book, target, _LOCAL, "builtin/otel-access-logging", http2=True)


def _config(proxy: ExtendedProxy, config: OtelConfig, direction: str) -> dict[str, Any]:
    assert config.grpc_service is not None
    common: dict[str, Any] = {
        "logName": config.log_name or direction,
        "grpcService": grpc_service(proxy, config.grpc_service, _LOCAL),
        "transportApiVersion": "V3",
        "bufferSizeBytes": config.buffer_size_bytes,
    }
    if config.buffer_flush_interval:
        common["bufferFlushInterval"] = duration(config.buffer_flush_interval)
    if config.filter_state_objects_to_log:
        common["filterStateObjectsToLog"] = list(config.filter_state_objects_to_log)
    if config.retry_policy is not None:
        common["grpcStreamRetryPolicy"] = retry_policy(config.retry_policy)
    found: dict[str, Any] = {"commonConfig": common}
    if config.body is not None:
        found["body"] = _value(config.body)
    found["attributes"] = _attributes(config.log_attributes)
    found["resourceAttributes"] = _attributes(config.resource_attributes)
    return typed(_TYPE, **found)


def retry_policy(policy: RetryPolicy) -> dict[str, Any]:
    """How often, and with which pauses between."""
    pauses = policy.retry_back_off
    base = pauses.base_interval if pauses is not None else ""
    longest = pauses.max_interval if pauses is not None else ""
    back_off = {
        "baseInterval": seconds(base or _BASE_INTERVAL),
        "maxInterval": seconds(longest or _MAX_INTERVAL),
    }
    return {"numRetries": policy.num_retries, "retryBackOff": back_off}


def _attributes(given: Mapping[str, Any] | None) -> dict[str, Any]:
    if not given:
        return {}
    return {"values": [{"key": key, "value": _value(value)} for key, value in sorted(given.items())]}


def _value(value: Any) -> dict[str, Any]:
    """Numbers reach Consul as floating point numbers, whole ones too."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, str):
        return {"stringValue": value}
    if isinstance(value, int | float):
        return {"doubleValue": value}
    raise ExtensionError("a value of its attributes is neither text, number nor boolean")
