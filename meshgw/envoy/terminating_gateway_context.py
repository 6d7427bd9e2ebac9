"""What the builders of one terminating gateway's resources share: its services, and how they are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from meshgw.envoy import names
from meshgw.envoy.context import GatewayContext
from meshgw.envoy.network_filters import HTTP2
from meshgw.envoy.resources import ResourceOrigin
from meshgw.envoy.sidecar_options import sidecar_options
from meshgw.snapshot.terminating_model import (
    AnyRepresented,
    Represented,
    RepresentedService,
    TerminatingGatewaySnapshot,
)


@dataclass(eq=False)
class TerminatingContext(GatewayContext[TerminatingGatewaySnapshot]):
    """One terminating gateway while its resources are made."""

    _protocols: dict[str, str] = field(default_factory=dict)

    @cached_property
    def tracing(self) -> Mapping[str, Any]:
        return self.tracing_of(sidecar_options(self.snapshot.proxy.config).envoy_listener_tracing_json)

    def protocol(self, service: Represented) -> str:
        """What callers speak: lower-cased, `tcp` when nothing is said, unless a setting is bad (TE-15)."""
        name = self.service_name(service)
        if name not in self._protocols:
            options = sidecar_options(service.config)
            self.mention(options.bad_keys, f"the central configuration of {service.link.key.name}")
            self._protocols[name] = options.protocol
        return self._protocols[name]

    def speaks_http2(self, service: Represented) -> bool:
        """Whether the service itself is spoken to in HTTP/2: compared as it is written (2.5)."""
        return service.written_protocol in HTTP2

    def service_name(self, service: Represented, subset: str = "") -> str:
        """The SNI, cluster and route of a service or of its subset."""
        return names.service_sni(service.link.key, subset, self.datacenter, self.snapshot.trust_domain)

    def clusters_of(self, service: AnyRepresented) -> dict[str, str]:
        """The clusters of a service by subset, with `""` for its unnamed one; or by address (2.7)."""
        if isinstance(service, RepresentedService):
            return {subset: self.service_name(service, subset) for subset in ("", *service.carried.subsets)}
        key, domain = service.link.key, self.snapshot.trust_domain
        return {
            address: names.destination_cluster(key, address, self.datacenter, domain)
            for address in service.destination.addresses
        }

    def origin_of(self, service: Represented, part: str = "") -> ResourceOrigin:
        """The element of the entry that links a service; `part` is a subset or an address of it."""
        word = "subset" if isinstance(service, RepresentedService) else "address"
        label = f"{word} {part} of " if part else ""
        link = service.link
        return ResourceOrigin(f"{label}{link.key.name}, linked to {link.entry.name}", link.location)
