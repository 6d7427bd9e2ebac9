"""service-defaults (config-entries.md 2.1)."""

from __future__ import annotations

from meshgw.entries.base import Entry, config_entry
from meshgw.entries.blocks import (
    EnvoyExtension,
    Expose,
    MeshGatewayConfig,
    TransparentProxyConfig,
    UpstreamConfig,
)
from meshgw.schema.fields import Block, block, blocks, integer, obj, text, texts, unsigned32


@block
class Upstreams(Block):
    """How the service calls others: its defaults, and exceptions for single upstreams."""

    overrides: tuple[UpstreamConfig, ...] = blocks(
        "Overrides", UpstreamConfig, nulls="refused", doc="settings of single upstreams"
    )
    defaults: UpstreamConfig | None = obj(
        "Defaults", UpstreamConfig, optional=True, doc="settings of all upstreams"
    )


@block
class Destination(Block):
    """Addresses outside the mesh that are reached through a terminating gateway."""

    addresses: tuple[str, ...] = texts("Addresses", doc="IP addresses or host names")
    port: int = integer("Port", doc="1 to 65535")


@block
class RouteRateLimit(Block):
    """The rate limit of the requests whose path matches (Enterprise)."""

    path_exact: str = text("PathExact", alias="path_exact")
    path_prefix: str = text("PathPrefix", alias="path_prefix")
    path_regex: str = text("PathRegex", alias="path_regex")
    requests_per_second: int = integer("RequestsPerSecond", alias="requests_per_second")
    requests_max_burst: int = integer("RequestsMaxBurst", alias="requests_max_burst")


@block
class InstanceRateLimits(Block):
    """Rate limits of one instance (Enterprise)."""

    requests_per_second: int = integer("RequestsPerSecond", alias="requests_per_second")
    requests_max_burst: int = integer("RequestsMaxBurst", alias="requests_max_burst")
    routes: tuple[RouteRateLimit, ...] = blocks("Routes", RouteRateLimit)


@block
class RateLimits(Block):
    """Rate limits of requests to the service (Enterprise)."""

    instance_level: InstanceRateLimits = obj("InstanceLevel", InstanceRateLimits, alias="instance_level")


@config_entry("service-defaults")
class ServiceDefaults(Entry):
    """Defaults of a service and its proxies."""

    protocol: str = text("Protocol", one_of=("tcp", "http", "http2", "grpc"), doc="`tcp` when empty")
    mode: str = text("Mode", one_of=("transparent", "direct"), doc="how outbound traffic is caught")
    transparent_proxy: TransparentProxyConfig | None = obj(
        "TransparentProxy", TransparentProxyConfig, optional=True, alias="transparent_proxy"
    )
    mutual_tls_mode: str = text("MutualTLSMode", alias="mutual_tls_mode", one_of=("strict", "permissive"))
    mesh_gateway: MeshGatewayConfig = obj("MeshGateway", MeshGatewayConfig, alias="mesh_gateway")
    expose: Expose = obj("Expose", Expose)
    external_sni: str = text("ExternalSNI", alias="external_sni", doc="SNI of a service outside the mesh")
    upstream_config: Upstreams | None = obj(
        "UpstreamConfig", Upstreams, optional=True, alias="upstream_config"
    )
    destination: Destination | None = obj("Destination", Destination, optional=True)
    max_inbound_connections: int = integer("MaxInboundConnections", alias="max_inbound_connections")
    local_connect_timeout_ms: int = integer("LocalConnectTimeoutMs", alias="local_connect_timeout_ms")
    local_request_timeout_ms: int = integer("LocalRequestTimeoutMs", alias="local_request_timeout_ms")
    balance_inbound_connections: str = text(
        "BalanceInboundConnections", alias="balance_inbound_connections", one_of=("exact_balance",)
    )
    rate_limits: RateLimits | None = obj("RateLimits", RateLimits, optional=True, alias="rate_limits")
    envoy_extensions: tuple[EnvoyExtension, ...] = blocks(
        "EnvoyExtensions", EnvoyExtension, alias="envoy_extensions"
    )
    max_request_headers_kb: int | None = unsigned32(
        "MaxRequestHeadersKB", optional=True, crd=None, since=(1, 23), doc="kilobytes; Envoy's default is 60"
    )
