"""What the builders of one API gateway's resources share (envoy-other-gateways.md 5)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from meshgw.envoy import tls
from meshgw.envoy.context import GatewayContext
from meshgw.envoy.resources import ResourceOrigin
from meshgw.resolve.api_gateway import shared_tls
from meshgw.snapshot.api_gateway_model import APIGatewaySnapshot, ReadyListener, RoutedService
from meshgw.snapshot.names import envoy_id


class APIGatewayContext(GatewayContext[APIGatewaySnapshot]):
    """One API gateway while its resources are made."""

    @cached_property
    def certificate_parameters(self) -> Mapping[str, dict[str, Any]]:
        """`tlsParams` of the listeners that have certificates, by their names (AE-36)."""
        with_certificates = [
            listener.bound.settings for listener in self.snapshot.listeners if listener.bound.certificates
        ]
        return {
            name: tls.parameters(found.min_version, found.max_version, found.cipher_suites)
            for name, found in shared_tls(with_certificates).items()
        }

    def listener_origin(self, listener: ReadyListener) -> ResourceOrigin:
        """A listener of the entry."""
        entry = self.snapshot.entry
        text = f"listener {listener.bound.settings.name} of api-gateway {entry.name}"
        return ResourceOrigin(text, entry.locate(("Listeners", listener.bound.index)))

    def origin(self, service: RoutedService) -> ResourceOrigin:
        """The place of a route that leads clients to a service."""
        text = f"service {envoy_id(service.key)} of {service.route.kind} {service.route.name}"
        return ResourceOrigin(text, service.route.locate(service.at))
