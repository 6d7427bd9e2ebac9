"""What becomes of an ingress gateway in its mesh (envoy-other-gateways.md 3, 7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from meshgw.analysis.gateway_targets import dialed_directly, peer_of_start
from meshgw.chain.model import DiscoveryChain
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.blocks import PassiveHealthCheck
from meshgw.entries.ingress_gateway import IngressGateway
from meshgw.entries.ingress_parts import IngressListener, IngressService
from meshgw.entries.shared import WILDCARD
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Mesh
from meshgw.resolve.ingress_gateway import service_limits
from meshgw.snapshot.compiling import plain_chain
from meshgw.source.document import Path


@dataclass(frozen=True, slots=True)
class Entrance:
    """A service of an ingress gateway's listener, with its chain."""

    entry: IngressGateway
    listener: IngressListener
    service: IngressService
    chain: DiscoveryChain
    at: Path

    @property
    def key(self) -> ServiceKey:
        return ServiceKey(self.service.partition, self.service.namespace, self.service.name)


def entrances(mesh: Mesh) -> Iterator[Entrance]:
    """The services that ingress gateways name, as far as their chains can be built."""
    for home in mesh.datacenters.values():
        for entry in home.entries.of_kind(IngressGateway):
            for number, listener in enumerate(entry.listeners):
                for index, service in enumerate(listener.services):
                    key = ServiceKey(service.partition, service.namespace, service.name)
                    chain = None if service.name == WILDCARD else plain_chain(mesh, home, key)
                    if isinstance(chain, DiscoveryChain):
                        at = ("Listeners", number, "Services", index)
                        yield Entrance(entry, listener, service, chain, at)


@rule("ingress-dials-directly", on=IngressGateway, severity="warning", edition="enterprise")  # TP-12
def ingress_dials_directly(entrance: Entrance, report: Report) -> None:
    """An ingress gateway with a service of another partition whose mesh gateway mode is `local`.

    For an ingress gateway the target's own settings count, and mode `local` means the mesh gateways of
    the target's partition: the instances are dialed directly, by their LAN addresses.

    Found in a tree:

        == default/ingress.hcl ==
        Kind = "ingress-gateway"
        Name = "ingress"
        Listeners = [{ Port = 9999, Protocol = "tcp", Services = [
          { Name = "api", Namespace = "dev", Partition = "api" },
        ] }]

        == api/api-defaults.hcl ==
        Kind = "service-defaults"
        Name = "api"
        Namespace = "dev"
        Protocol = "tcp"
        MeshGateway { Mode = "local" }
    """
    for target, related in dialed_directly(entrance.chain, entrance.key, entrance.entry.partition):
        report(
            f"ingress gateway `{entrance.entry.name}` dials `{target.service}` of partition "
            f"`{target.partition}` directly, although its mode is `local`",
            location=entrance.entry.locate(entrance.at),
            related=related,
            help="set mode `remote` in the service-defaults of the service",
        )


@rule("ingress-peer-on-tcp", on=IngressGateway)  # OG-W08
def ingress_peer_on_tcp(entrance: Entrance, report: Report) -> None:
    """A `tcp` listener whose service is redirected to a peer.

    Consul can make no listener for it, and then serves the gateway nothing at all. Peers work as targets of
    a failover, and on listeners that speak HTTP.

    Found in a tree:

        == edge.hcl ==
        Kind = "ingress-gateway"
        Name = "edge"
        Listeners = [{ Port = 5432, Services = [{ Name = "db" }] }]

        == db.hcl ==
        Kind = "service-resolver"
        Name = "db"
        Redirect { Service = "db" Peer = "east" }

        == meshgw.yaml ==
        edition: community
        acl: { enabled: false }
        peerings:
          - name: east
            trust_domain: e.consul
            exports: [{ name: db, gateways: [{ address: 198.51.100.7, port: 8443 }] }]
    """
    peer, redirect = peer_of_start(entrance.chain)
    if peer and entrance.listener.protocol == "tcp":
        report(
            f"the `tcp` listener on port {entrance.listener.port} leads to `{entrance.key.name}`, which is "
            f"redirected to peer `{peer}`",
            location=entrance.entry.locate(entrance.at),
            related=redirect,
            note="Consul serves the gateway nothing: cluster name is required for a tcp proxy filter",
            help="make the peer a failover target of a local service, or let the listener speak HTTP",
        )


@rule("ingress-limits-with-failover", on=IngressGateway)  # OG-W13
def ingress_limits_with_failover(entrance: Entrance, report: Report) -> None:
    """Limits of an ingress gateway on a service that fails over.

    The cluster that chooses among the targets has no place for limits, and Consul's generation crashes on
    it: the gateway gets no configuration at all.

    Found in a tree:

        == edge.hcl ==
        Kind = "ingress-gateway"
        Name = "edge"
        Listeners = [{ Port = 5432, Services = [{ Name = "db", MaxConnections = 100 }] }]

        == db.hcl ==
        Kind = "service-resolver"
        Name = "db"
        Failover = { "*" = { Service = "db-copy" } }

        == meshgw.yaml ==
        edition: community
        acl: { enabled: false }
    """
    if service_limits(entrance.entry, entrance.service) and entrance.chain.fails_over:
        report(
            f"`{entrance.key.name}` fails over and has limits on port {entrance.listener.port}",
            location=entrance.entry.locate(entrance.at),
            note="Consul crashes on a cluster that fails over and has limits, and serves nothing",
            help="take the limits of the service and those of `Defaults` out, or the failover",
        )


@dataclass(frozen=True, slots=True)
class WatchingBlock:
    """A passive health check of an ingress gateway that servers read."""

    entry: IngressGateway
    check: PassiveHealthCheck
    at: Path


def watching_blocks(mesh: Mesh) -> Iterator[WatchingBlock]:
    """The passive health checks of ingress gateways whose proxies get their resources from servers."""
    for home in mesh.datacenters.values():
        if home.registered_with == "server":
            for entry in home.entries.of_kind(IngressGateway):
                for at, check in _health_checks(entry):
                    yield WatchingBlock(entry, check, at)


def _health_checks(entry: IngressGateway) -> Iterator[tuple[Path, PassiveHealthCheck]]:
    if entry.defaults is not None and entry.defaults.passive_health_check is not None:
        yield ("Defaults", "PassiveHealthCheck"), entry.defaults.passive_health_check
    for number, listener in enumerate(entry.listeners):
        for index, service in enumerate(listener.services):
            if service.passive_health_check is not None:
                at = ("Listeners", number, "Services", index, "PassiveHealthCheck")
                yield at, service.passive_health_check


@rule("ingress-ejects-nobody", on=IngressGateway, severity="warning")  # OG-W02
def ingress_ejects_nobody(block: WatchingBlock, report: Report) -> None:
    """A passive health check of an ingress gateway that says not how many instances may be ejected.

    For proxies that Consul servers configure, an absent `MaxEjectionPercent` becomes 0 on its way, also where
    the defaults have one: no instance is ever ejected. Client agents leave it at Envoy's 10.

    Found in a tree:

        == edge.hcl ==
        Kind = "ingress-gateway"
        Name = "edge"
        Defaults { PassiveHealthCheck { MaxFailures = 3 } }
        Listeners = [{ Port = 5432, Services = [{ Name = "db" }] }]

        == meshgw.yaml ==
        edition: community
        acl: { enabled: false }
    """
    if block.check.max_ejection_percent is None:
        report(
            "the passive health check ejects nobody: `MaxEjectionPercent` is missing",
            location=block.entry.locate(block.at, "key"),
            note="on servers an absent value becomes 0",
            help="add `MaxEjectionPercent = 10`, or what fits",
        )


CHECKS = (ingress_dials_directly, ingress_peer_on_tcp, ingress_limits_with_failover)
