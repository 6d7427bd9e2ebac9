"""What an ingress gateway knows (envoy-other-gateways.md 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from meshgw.entries.ingress_gateway import IngressGateway
from meshgw.entries.ingress_parts import IngressListener, IngressService
from meshgw.snapshot.model import ChainUpstream, PeerBundle, ProxySnapshot, bundles_of
from meshgw.source.document import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedService:
    """A service behind a listener.

    `block` is the one of the entry that sets it: its own, else that of `*`. `hosts` are those that count;
    empty for the default ones. `at` is where the entry asks for it.
    """

    upstream: ChainUpstream
    block: IngressService
    hosts: tuple[str, ...]
    at: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ServingListener:
    """A listener of the entry that has services, in the order of IE-03."""

    settings: IngressListener
    services: tuple[ServedService, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class IngressGatewaySnapshot(ProxySnapshot):
    """What an ingress gateway knows; without `entry` nothing. Listeners are sorted by port."""

    entry: IngressGateway | None = None
    listeners: tuple[ServingListener, ...] = ()
    dns_domain: str = "consul"

    @property
    def served(self) -> Iterator[tuple[ServingListener, ServedService]]:
        """Every service with its listener."""
        for listener in self.listeners:
            for service in listener.services:
                yield listener, service

    @property
    def dns_names(self) -> tuple[str, ...]:
        """For TLS with the gateway's leaf: names by the DNS domain, then all hosts of the entry (1.5)."""
        if self.entry is None or not _serves_leaf(self.entry):
            return ()
        blocks = [block for listener in self.entry.listeners for block in listener.services]
        domain = f"{self.dns_domain.rstrip('.')}."
        names = [
            f"*.ingress.{namespace}{place}{domain}"
            for namespace in dict.fromkeys(_dns_label(block.namespace) for block in blocks)
            for place in ("", f"{self.datacenter.name}.")
        ]
        return tuple(dict.fromkeys([*names, *(host for block in blocks for host in block.hosts)]))

    @property
    def peer_bundles(self) -> tuple[PeerBundle, ...]:
        return tuple(bundle for _, service in self.served for bundle in bundles_of(service.upstream))


def _serves_leaf(entry: IngressGateway) -> bool:
    return entry.tls.enabled or any(
        listener.tls is not None and listener.tls.enabled for listener in entry.listeners
    )


def _dns_label(namespace: str) -> str:
    return "" if namespace == "default" else f"{namespace}."
