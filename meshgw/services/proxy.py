"""The proxy block of a registration and its upstreams (service-registration.md 2.2, 2.3)."""

from __future__ import annotations

from typing import Any

from meshgw.entries.blocks import (
    AccessLogs,
    EnvoyExtension,
    Expose,
    MeshGatewayConfig,
    TransparentProxyConfig,
)
from meshgw.schema.fields import Block, Layer, block, blocks, boolean, integer, obj, opaque, text

_API: frozenset[Layer] = frozenset({"api", "catalog"})


@block
class Upstream(Block):
    """A service that a proxy makes reachable for its application.

    Empty namespace and partition are the proxy's own.
    """

    destination_type: str = text(
        "DestinationType",
        api_aliases=("destination_type",),
        one_of=("service", "prepared_query"),
        doc="`service` (default) or `prepared_query`",
    )
    destination_name: str = text(
        "DestinationName", api_aliases=("destination_name",), doc="the service or prepared query"
    )
    destination_namespace: str = text(
        "DestinationNamespace", api_aliases=("destination_namespace",), doc="its namespace (Enterprise)"
    )
    destination_partition: str = text(
        "DestinationPartition", api_aliases=("destination_partition",), doc="its partition (Enterprise)"
    )
    destination_peer: str = text(
        "DestinationPeer", api_aliases=("destination_peer",), doc="the peer that exports it"
    )
    datacenter: str = text("Datacenter", doc="its datacenter; the own one when empty")
    local_bind_address: str = text(
        "LocalBindAddress",
        api_aliases=("local_bind_address",),
        doc="address of the listener; 127.0.0.1 when empty",
    )
    local_bind_port: int = integer(
        "LocalBindPort", api_aliases=("local_bind_port",), doc="port of the listener"
    )
    local_bind_socket_path: str = text(
        "LocalBindSocketPath",
        api_aliases=("local_bind_socket_path",),
        doc="Unix socket of the listener, in place of a port",
    )
    local_bind_socket_mode: str = text(
        "LocalBindSocketMode", api_aliases=("local_bind_socket_mode",), doc="octal mode of the socket"
    )
    config: dict[str, Any] | None = opaque("Config", doc="settings of the upstream, read by Envoy's setup")
    mesh_gateway: MeshGatewayConfig = obj("MeshGateway", MeshGatewayConfig, api_aliases=("mesh_gateway",))
    centrally_configured: bool = boolean(
        "CentrallyConfigured", layers=_API, doc="marks upstreams that Consul made from config entries"
    )


@block
class Proxy(Block):
    """How a proxy or gateway behaves."""

    destination_service_name: str = text(
        "DestinationServiceName",
        api_aliases=("destination_service_name",),
        doc="the service that the proxy represents",
    )
    destination_service_id: str = text(
        "DestinationServiceID",
        api_aliases=("destination_service_id",),
        doc="its instance on the same node",
    )
    local_service_address: str = text(
        "LocalServiceAddress", api_aliases=("local_service_address",), doc="address of the application"
    )
    local_service_port: int = integer(
        "LocalServicePort", api_aliases=("local_service_port",), doc="port of the application"
    )
    local_service_socket_path: str = text(
        "LocalServiceSocketPath",
        api_aliases=("local_service_socket_path",),
        doc="Unix socket of the application",
    )
    mode: str = text("Mode", one_of=("direct", "transparent"), doc="`direct` or `transparent`")
    transparent_proxy: TransparentProxyConfig = obj(
        "TransparentProxy", TransparentProxyConfig, api_aliases=("transparent_proxy",)
    )
    config: dict[str, Any] | None = opaque("Config", doc="settings of the proxy, read by Envoy's setup")
    upstreams: tuple[Upstream, ...] = blocks("Upstreams", Upstream)
    mesh_gateway: MeshGatewayConfig = obj("MeshGateway", MeshGatewayConfig, api_aliases=("mesh_gateway",))
    expose: Expose = obj("Expose", Expose)
    access_logs: AccessLogs = obj("AccessLogs", AccessLogs, agent=None, api_aliases=("access_logs",))
    envoy_extensions: tuple[EnvoyExtension, ...] = blocks("EnvoyExtensions", EnvoyExtension, agent=None)
