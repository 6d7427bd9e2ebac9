"""Blocks that config entries and service registrations have in common.

Sources: the tables of config-entries.md 2.1 and 2.2, service-registration.md 1.7 and 2.2.
"""

from __future__ import annotations

from typing import Any

from meshgw.entries.shared import MeshGatewayConfig
from meshgw.schema.fields import (
    Block,
    Layer,
    block,
    blocks,
    boolean,
    duration,
    integer,
    obj,
    opaque,
    tenancy,
    text,
    unsigned32,
)

__all__ = [
    "AccessLogs",
    "EnvoyExtension",
    "Expose",
    "ExposePath",
    "MeshGatewayConfig",
    "PassiveHealthCheck",
    "TransparentProxyConfig",
    "UpstreamConfig",
    "UpstreamLimits",
]

_SERVER: frozenset[Layer] = frozenset({"server"})
_AGENT: frozenset[Layer] = frozenset({"agent"})


@block
class ExposePath(Block):
    """A path of the application that is reachable without mutual TLS."""

    listener_port: int = integer(
        "ListenerPort", alias="listener_port", api_aliases=("listener_port",), doc="the port the proxy opens"
    )
    path: str = text("Path", doc="the path, with its leading `/`")
    local_path_port: int = integer(
        "LocalPathPort",
        alias="local_path_port",
        api_aliases=("local_path_port",),
        doc="the application's port",
    )
    protocol: str = text("Protocol", one_of=("http", "http2"), doc="`http` (default) or `http2`")
    parsed_from_check: bool = boolean(
        "ParsedFromCheck",
        alias="parsed_from_check",
        alias_layers=_SERVER,
        crd=None,
        agent=None,
        api_aliases=("parsed_from_check",),
        doc="set by Consul for paths that come from checks",
    )


@block
class Expose(Block):
    """What a proxy opens outside the mesh."""

    checks: bool = boolean("Checks", doc="open a port for each HTTP and gRPC check")
    paths: tuple[ExposePath, ...] = blocks("Paths", ExposePath, doc="paths to open")
    port: int = integer("Port", layers=_AGENT, crd=None, doc="read from agent files and ignored")


@block
class TransparentProxyConfig(Block):
    """Settings of a transparent proxy."""

    outbound_listener_port: int = integer(
        "OutboundListenerPort",
        alias="outbound_listener_port",
        doc="where outbound traffic is redirected to; 15001 when 0",
    )
    dialed_directly: bool = boolean(
        "DialedDirectly", alias="dialed_directly", doc="whether instances may be called by their own address"
    )


@block
class AccessLogs(Block):
    """Envoy's access logs."""

    enabled: bool = boolean("Enabled", doc="whether proxies write access logs")
    disable_listener_logs: bool = boolean(
        "DisableListenerLogs",
        alias="disable_listener_logs",
        doc="leave out connections that no filter takes",
    )
    type: str = text("Type", one_of=("stdout", "stderr", "file"), doc="where logs go; `stdout` when empty")
    path: str = text("Path", doc="the file; only with type `file`")
    json_format: str = text("JSONFormat", alias="json_format", doc="JSON text of a log line's fields")
    text_format: str = text("TextFormat", alias="text_format", doc="format string of a log line")


@block
class UpstreamLimits(Block):
    """Circuit breakers of an upstream; an absent one leaves Envoy's default."""

    max_connections: int | None = integer("MaxConnections", optional=True, alias="max_connections")
    max_pending_requests: int | None = integer(
        "MaxPendingRequests", optional=True, alias="max_pending_requests"
    )
    max_concurrent_requests: int | None = integer(
        "MaxConcurrentRequests", optional=True, alias="max_concurrent_requests"
    )


@block
class PassiveHealthCheck(Block):
    """Outlier detection of an upstream; durations in nanoseconds."""

    interval: int = duration("Interval", doc="time between two looks at the failures")
    max_failures: int = unsigned32(
        "MaxFailures", alias="max_failures", doc="failures in a row that eject an instance"
    )
    enforcing_consecutive_5xx: int | None = unsigned32(
        "EnforcingConsecutive5xx",
        optional=True,
        alias="enforcing_consecutive_5xx",
        doc="percentage of detected instances that are really ejected; Envoy's default is 100",
    )
    max_ejection_percent: int | None = unsigned32(
        "MaxEjectionPercent",
        optional=True,
        alias="max_ejection_percent",
        doc="percentage of instances that may be ejected at a time; Envoy's default is 10",
    )
    base_ejection_time: int | None = duration(
        "BaseEjectionTime", optional=True, alias="base_ejection_time", doc="how long an instance is ejected"
    )


@block
class UpstreamConfig(Block):
    """How a service calls one upstream, or all of them."""

    name: str = text("Name", doc="the upstream service; empty in defaults")
    namespace: str = tenancy("Namespace", doc="the upstream's namespace (Enterprise)")
    partition: str = tenancy("Partition", doc="the upstream's partition (Enterprise)")
    peer: str = text("Peer", doc="the peer that exports the upstream")
    envoy_listener_json: str = text("EnvoyListenerJSON", alias="envoy_listener_json", doc="an Envoy listener")
    envoy_cluster_json: str = text("EnvoyClusterJSON", alias="envoy_cluster_json", doc="an Envoy cluster")
    protocol: str = text("Protocol", doc="protocol of the upstream, where it is not known otherwise")
    connect_timeout_ms: int = integer(
        "ConnectTimeoutMs", alias="connect_timeout_ms", doc="milliseconds; 5000 when 0"
    )
    limits: UpstreamLimits | None = obj("Limits", UpstreamLimits, optional=True)
    passive_health_check: PassiveHealthCheck | None = obj(
        "PassiveHealthCheck", PassiveHealthCheck, optional=True, alias="passive_health_check"
    )
    mesh_gateway: MeshGatewayConfig = obj("MeshGateway", MeshGatewayConfig, alias="mesh_gateway")
    balance_outbound_connections: str = text(
        "BalanceOutboundConnections",
        alias="balance_outbound_connections",
        crd=None,
        one_of=("exact_balance",),
        doc="`exact_balance` to spread connections over Envoy's worker threads",
    )


@block
class EnvoyExtension(Block):
    """An extension that changes the Envoy configuration of proxies."""

    name: str = text("Name", doc="name of a built-in extension, such as `builtin/lua`")
    required: bool = boolean("Required", doc="whether a proxy must not start without it")
    arguments: dict[str, Any] | None = opaque("Arguments", doc="depends on the extension")
    consul_version: str = text("ConsulVersion", crd=None, doc="Consul versions that it applies to")
    envoy_version: str = text("EnvoyVersion", crd=None, doc="Envoy versions that it applies to")
