"""What a terminating gateway knows (envoy-other-gateways.md 2.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from meshgw.entries.blocks import EnvoyExtension
from meshgw.entries.destination_rules import Destination
from meshgw.resolve.intentions import Intention
from meshgw.schema.convert import MismatchError, weak_string
from meshgw.snapshot.compiling import insensitive
from meshgw.snapshot.linked_services import Link
from meshgw.snapshot.model import CarriedService, Endpoint, PeerBundle, ProxySnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class Represented:
    """A service for which the gateway ends mutual TLS.

    `config` is what central configuration says about it, still to be read weakly; `bundles` are those of
    the peers that it is exported to.
    """

    link: Link
    config: Mapping[str, Any]
    extensions: tuple[EnvoyExtension, ...] = ()
    intentions: tuple[Intention, ...] = ()
    bundles: tuple[PeerBundle, ...] = ()

    @property
    def written_protocol(self) -> str:
        """The protocol of `config` as it is spelled, empty when there is none."""
        try:
            return weak_string(insensitive(self.config, "protocol"))
        except MismatchError:
            return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RepresentedService(Represented):
    """A service with instances. `carried` divides them as its resolver does, `endpoints` are all of them."""

    carried: CarriedService
    endpoints: tuple[Endpoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RepresentedDestination(Represented):
    """Addresses outside the catalog."""

    destination: Destination


AnyRepresented: TypeAlias = RepresentedService | RepresentedDestination


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TerminatingGatewaySnapshot(ProxySnapshot):
    """What a terminating gateway knows. Its services are sorted by their keys."""

    services: tuple[AnyRepresented, ...] = ()

    @property
    def peer_bundles(self) -> tuple[PeerBundle, ...]:
        return tuple(bundle for service in self.services for bundle in service.bundles)
