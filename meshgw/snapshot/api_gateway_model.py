"""What an API gateway knows (envoy-other-gateways.md 5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from meshgw.entries.api_gateway import APIGateway
from meshgw.entries.file_system_certificate import FileSystemCertificate
from meshgw.entries.inline_certificate import InlineCertificate
from meshgw.mesh.keys import ServiceKey
from meshgw.snapshot.api_gateway_binding import (
    BoundGateway,
    BoundListener,
    Certificate,
    Route,
    provider_names,
    route_requirements,
)
from meshgw.snapshot.model import ChainUpstream, PeerBundle, ProxySnapshot, bundles_of
from meshgw.source.document import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutedService:
    """A service that a route of a listener leads to, named at `at` of the route.

    `upstream` is `None` when the service has no chain.
    """

    key: ServiceKey
    route: Route
    at: Path
    upstream: ChainUpstream | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutedHost:
    """A host name of a listener; `upstream` is the service invented for it, with its chain."""

    hostname: str
    upstream: ChainUpstream


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadyListener:
    """A listener that leads somewhere; `hosts` only where it speaks HTTP, by the names invented for them."""

    bound: BoundListener
    services: tuple[RoutedService, ...]
    hosts: tuple[RoutedHost, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class APIGatewaySnapshot(ProxySnapshot):
    """What an API gateway knows; without `bound` nothing. `listeners` are the ready ones by name (AE-11)."""

    bound: BoundGateway | None = None
    listeners: tuple[ReadyListener, ...] = ()

    @property
    def entry(self) -> APIGateway:
        """The gateway's entry; there is one wherever there are listeners."""
        assert self.bound is not None
        return self.bound.entry

    @property
    def routed(self) -> Iterator[tuple[ReadyListener, RoutedService]]:
        """Every service with its listener."""
        for listener in self.listeners:
            for service in listener.services:
                yield listener, service

    @property
    def requires_tokens(self) -> bool:
        """Whether some request needs a token; Community does not look (5.8)."""
        return self.enterprise and any(map(_requires_tokens, self.listeners))

    @property
    def _certificates(self) -> Iterator[Certificate]:
        for listener in self.bound.listeners if self.bound is not None else ():
            yield from listener.certificates

    @property
    def inline_certificates(self) -> tuple[InlineCertificate, ...]:
        found = (each for each in self._certificates if isinstance(each, InlineCertificate))
        return tuple(found)

    @property
    def file_certificates(self) -> tuple[FileSystemCertificate, ...]:
        """Those of all listeners, ready or not (AE-43)."""
        found = (each for each in self._certificates if isinstance(each, FileSystemCertificate))
        return tuple(found)

    @property
    def peer_bundles(self) -> tuple[PeerBundle, ...]:
        upstreams = (service.upstream for _, service in self.routed)
        return tuple(bundle for each in upstreams if each is not None for bundle in bundles_of(each))


def _requires_tokens(listener: ReadyListener) -> bool:
    settings = listener.bound.settings
    required = [policy.jwt for policy in (settings.default, settings.override) if policy is not None]
    for route in listener.bound.routes:
        required += route_requirements(route)
    return any(map(provider_names, required))
