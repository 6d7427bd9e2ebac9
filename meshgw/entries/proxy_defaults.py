"""proxy-defaults (config-entries.md 2.2)."""

from __future__ import annotations

from typing import Any

from meshgw.entries.base import Entry, config_entry
from meshgw.entries.blocks import (
    AccessLogs,
    EnvoyExtension,
    Expose,
    MeshGatewayConfig,
    TransparentProxyConfig,
)
from meshgw.schema.fields import Block, Layer, block, blocks, obj, opaque, text, texts

_SERVER: frozenset[Layer] = frozenset({"server"})


@block
class FailoverPolicy(Block):
    """How the targets of failovers are ordered."""

    mode: str = text("Mode", one_of=("sequential", "order-by-locality"))
    regions: tuple[str, ...] = texts("Regions", doc="regions in order of preference")


@block
class PrioritizeByLocality(Block):
    """Whether near instances are preferred (Enterprise)."""

    mode: str = text("Mode", one_of=("none", "failover"))


@config_entry("proxy-defaults")
class ProxyDefaults(Entry):
    """Defaults of all proxies of a partition."""

    mode: str = text("Mode", one_of=("transparent", "direct"), doc="how outbound traffic is caught")
    transparent_proxy: TransparentProxyConfig | None = obj(
        "TransparentProxy", TransparentProxyConfig, optional=True, alias="transparent_proxy"
    )
    mutual_tls_mode: str = text("MutualTLSMode", alias="mutual_tls_mode", one_of=("strict", "permissive"))
    config: dict[str, Any] | None = opaque("Config", doc="opaque settings of proxies, such as `protocol`")
    mesh_gateway: MeshGatewayConfig = obj("MeshGateway", MeshGatewayConfig, alias="mesh_gateway")
    expose: Expose = obj("Expose", Expose)
    access_logs: AccessLogs | None = obj("AccessLogs", AccessLogs, optional=True, alias="access_logs")
    envoy_extensions: tuple[EnvoyExtension, ...] = blocks(
        "EnvoyExtensions", EnvoyExtension, alias="envoy_extensions"
    )
    failover_policy: FailoverPolicy | None = obj(
        "FailoverPolicy", FailoverPolicy, optional=True, alias="failover_policy"
    )
    prioritize_by_locality: PrioritizeByLocality | None = obj(
        "PrioritizeByLocality", PrioritizeByLocality, optional=True, alias="prioritize_by_locality"
    )
    protocol: str = text("Protocol", layers=_SERVER, crd=None, doc="overwritten with `Config.protocol`")
