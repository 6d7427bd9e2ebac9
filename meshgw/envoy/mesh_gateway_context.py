"""What the builders of one mesh gateway's resources share: its snapshot, and its settings read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from meshgw.envoy import access_logs, names
from meshgw.envoy.resources import ResourceOrigin
from meshgw.resolve.gateway_options import GatewayOptions, fetch_timeout_ms, gateway_options
from meshgw.snapshot.model import GatewayKey, MeshGatewaySnapshot
from meshgw.snapshot.names import peering_server_name


@dataclass(eq=False)
class GatewayContext:
    """One mesh gateway while its resources are made."""

    snapshot: MeshGatewaySnapshot

    @cached_property
    def options(self) -> GatewayOptions:
        return gateway_options(self.snapshot.proxy.config)

    @cached_property
    def fetch_timeout_ms(self) -> int | None:
        return fetch_timeout_ms(self.snapshot.proxy.config)

    @cached_property
    def listener_logs(self) -> Mapping[str, Any]:
        return access_logs.listener_logs(self.snapshot.proxy.access_logs)

    @cached_property
    def filter_logs(self) -> Mapping[str, Any]:
        return access_logs.filter_logs(self.snapshot.proxy.access_logs)

    @property
    def datacenter(self) -> str:
        return self.snapshot.key.datacenter

    def gateway_cluster(self, known: GatewayKey) -> str:
        """The cluster of another key's gateways (MG-N02)."""
        return names.gateway_cluster(known.key, self.snapshot.trust_domain)

    def servers_name(self, datacenter: str) -> str:
        """The servers of a datacenter in WAN federation (MG-N07)."""
        return f"server.{datacenter}.{self.snapshot.dns_domain}"

    def server_name(self, node: str) -> str:
        """One of the own servers in WAN federation (MG-N07)."""
        return f"{node}.{self.servers_name(self.datacenter)}"

    @property
    def peering_servers_name(self) -> str:
        """The own servers, for peers (MG-N08)."""
        return peering_server_name(self.datacenter, self.snapshot.trust_domain)

    def origin(self, text: str) -> ResourceOrigin:
        """Why something exists that no single file asks for: the gateway's own registration."""
        return ResourceOrigin(text, self.snapshot.instance.location)
