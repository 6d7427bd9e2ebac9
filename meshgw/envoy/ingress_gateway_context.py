"""What the builders of one ingress gateway's resources share (envoy-other-gateways.md 3)."""

from __future__ import annotations

from meshgw.entries.ingress_gateway import IngressGateway
from meshgw.entries.ingress_parts import IngressService
from meshgw.entries.ingress_sds import sds_of
from meshgw.envoy.context import GatewayContext
from meshgw.envoy.resources import ResourceOrigin
from meshgw.mesh.keys import ServiceKey
from meshgw.snapshot.ingress_model import IngressGatewaySnapshot, ServedService, ServingListener
from meshgw.snapshot.names import envoy_id


class IngressContext(GatewayContext[IngressGatewaySnapshot]):
    """One ingress gateway while its resources are made."""

    @property
    def entry(self) -> IngressGateway:
        """The gateway's entry; without one there is nothing to make."""
        assert self.snapshot.entry is not None
        return self.snapshot.entry

    def origin(self, service: ServedService) -> ResourceOrigin:
        """The place of the entry that lets clients reach a service."""
        entry = self.entry
        port = entry.listeners[int(service.at[1])].port
        text = f"service {service.upstream.envoy_id} on port {port} of ingress-gateway {entry.name}"
        return ResourceOrigin(text, entry.locate(service.at))

    def listener_origin(self, listener: ServingListener) -> ResourceOrigin:
        """A listener of the entry."""
        entry = self.entry
        at = listener.services[0].at[:2]
        text = f"port {listener.settings.port} of ingress-gateway {entry.name}"
        return ResourceOrigin(text, entry.locate(at))


def route_name(listener: ServingListener, block: IngressService) -> str:
    """The route configuration of a service: its own with a certificate of its own (3.5)."""
    port = str(listener.settings.port)
    if not sds_of(block.tls).cert_resource:
        return port
    return f"{port}_{envoy_id(ServiceKey(block.partition, block.namespace, block.name))}"
