"""What the builders of one API gateway's resources share (envoy-other-gateways.md 5)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from meshgw.envoy import tls
from meshgw.envoy.context import GatewayContext
from meshgw.envoy.resources import ResourceOrigin
from meshgw.snapshot.api_gateway_model import APIGatewaySnapshot, ReadyListener, RoutedService
from meshgw.snapshot.names import envoy_id


class APIGatewayContext(GatewayContext[APIGatewaySnapshot]):
    """One API gateway while its resources are made."""

    @cached_property
    def certificate_parameters(self) -> Mapping[str, dict[str, Any]]:
        """`tlsParams` of the listeners that have certificates, by their names.

        All of them fill one set: the first listener by name that sets a field sets it for those after it
        too (AE-36).
        """
        found: dict[str, dict[str, Any]] = {}
        lowest = highest = ""
        suites: tuple[str, ...] = ()
        for listener in self.snapshot.listeners:
            if listener.bound.certificates:
                own = listener.bound.settings.tls
                lowest, highest = lowest or own.min_version, highest or own.max_version
                suites = suites or own.cipher_suites
                found[listener.bound.settings.name] = tls.parameters(lowest, highest, suites)
        return found

    def listener_origin(self, listener: ReadyListener) -> ResourceOrigin:
        """A listener of the entry."""
        entry = self.snapshot.entry
        text = f"listener {listener.bound.settings.name} of api-gateway {entry.name}"
        return ResourceOrigin(text, entry.locate(("Listeners", listener.bound.index)))

    def origin(self, service: RoutedService) -> ResourceOrigin:
        """The place of a route that leads clients to a service."""
        text = f"service {envoy_id(service.key)} of {service.route.kind} {service.route.name}"
        return ResourceOrigin(text, service.route.locate(service.at))
