"""What the builders of gateways share: their options, and why something exists."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from meshgw.envoy.proxy_context import ProxyContext
from meshgw.envoy.resources import ResourceOrigin
from meshgw.resolve.gateway_options import GatewayOptions, gateway_options


@dataclass(eq=False)
class GatewayContext(ProxyContext):
    """One gateway while its resources are made."""

    @cached_property
    def options(self) -> GatewayOptions:
        found = gateway_options(self.snapshot.proxy.config)
        self.mention(found.bad_keys, "the proxy's `config`")
        return found

    @property
    def datacenter(self) -> str:
        return self.snapshot.key.datacenter

    def origin(self, text: str) -> ResourceOrigin:
        """Why something exists that no single file asks for: the gateway's own registration."""
        return ResourceOrigin(text, self.snapshot.instance.location)
