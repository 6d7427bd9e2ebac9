"""What the builders of one mesh gateway's resources share: its snapshot, and the names that occur twice."""

from __future__ import annotations

from meshgw.envoy import names
from meshgw.envoy.context import GatewayContext
from meshgw.snapshot.model import GatewayKey, MeshGatewaySnapshot
from meshgw.snapshot.names import peering_server_name


class MeshGatewayContext(GatewayContext[MeshGatewaySnapshot]):
    """One mesh gateway while its resources are made."""

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
