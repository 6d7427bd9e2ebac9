"""Rules about what the chain of a service exported to a peer must not do (config-entries.md 3.5).

Examples with several entries have a line `---` between them; they are written in this order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from meshgw.analysis.fault import Fault, tell
from meshgw.analysis.proposal import Chains, Compiled
from meshgw.chain.model import ChainError, DiscoveryChain, Place, ResolverNode, Target
from meshgw.chain.protocols import http_like
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry
from meshgw.entries.exported_services import ExportedService, ExportedServices
from meshgw.entries.service_resolver import ServiceResolver
from meshgw.entries.service_router import ServiceRouter
from meshgw.entries.service_splitter import ServiceSplitter
from meshgw.entries.shared import WILDCARD
from meshgw.mesh.keys import ServiceKey
from meshgw.source.document import Path


@rule(
    "exported-redirect-to-datacenter",
    on="exported-services",
    consul="contains cross-datacenter resolver redirect",
)  # XG-17
def exported_redirect_to_datacenter(fault: Fault, report: Report) -> None:
    """A service exported to a peer that is redirected to a datacenter.

    What the peer is offered has to be served by this datacenter. Every resolver that the service's
    chain refers to counts.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Datacenter = "dc2" }
        ---
        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }] }]

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api" }
        ---
        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }] }]
    """
    tell(fault, report)


@rule(
    "exported-redirect-to-peer", on="exported-services", consul="contains cross-peer resolver redirect"
)  # XG-18
def exported_redirect_to_peer(fault: Fault, report: Report) -> None:
    """A service exported to a peer that is redirected to a peer.

    What is imported cannot be exported again.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "web", Peer = "west" }
        ---
        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }] }]

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Targets = [{ Peer = "west" }] } }
        ---
        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }] }]
    """
    tell(fault, report)


@rule(
    "exported-redirect-to-partition",
    on="exported-services",
    consul="contains cross-partition resolver redirect",
    edition="enterprise",
)  # XG-19
def exported_redirect_to_partition(fault: Fault, report: Report) -> None:
    """A service exported to a peer that is redirected to another partition.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "web", Partition = "ap1" }
        ---
        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }] }]

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api" }
        ---
        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }] }]
    """
    tell(fault, report)


@rule(
    "exported-failover-to-datacenter", on="exported-services", consul="contains cross-datacenter failover"
)  # XG-20, XG-21
def exported_failover_to_datacenter(fault: Fault, report: Report) -> None:
    """A service exported to a peer that fails over to a datacenter.

    Failover to other services and to peers is fine.

    Refused:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Datacenters = ["dc2"] } }
        ---
        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }] }]

    Accepted:

        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Service = "api" } }
        ---
        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }] }]
    """
    tell(fault, report)


@rule(
    "exported-route-to-partition",
    on="exported-services",
    consul="contains cross-partition route destination",
    edition="enterprise",
)  # XG-22
def exported_route_to_partition(fault: Fault, report: Report) -> None:
    """A service exported to a peer with a route to another partition.

    Refused:

        Kind   = "proxy-defaults"
        Config = { protocol = "http" }
        ---
        Kind      = "proxy-defaults"
        Partition = "ap1"
        Config    = { protocol = "http" }
        ---
        Kind   = "service-router"
        Name   = "web"
        Routes = [{ Destination = { Service = "api", Partition = "ap1" } }]
        ---
        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }] }]

    Accepted:

        Kind   = "proxy-defaults"
        Config = { protocol = "http" }
        ---
        Kind   = "service-router"
        Name   = "web"
        Routes = [{ Destination = { Service = "api" } }]
        ---
        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }] }]
    """
    tell(fault, report)


@rule(
    "exported-split-to-partition",
    on="exported-services",
    consul="contains cross-partition split destination",
    edition="enterprise",
)  # XG-23
def exported_split_to_partition(fault: Fault, report: Report) -> None:
    """A service exported to a peer with a split to another partition.

    Refused:

        Kind   = "proxy-defaults"
        Config = { protocol = "http" }
        ---
        Kind      = "proxy-defaults"
        Partition = "ap1"
        Config    = { protocol = "http" }
        ---
        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 100, Service = "api", Partition = "ap1" }]
        ---
        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }] }]

    Accepted:

        Kind   = "proxy-defaults"
        Config = { protocol = "http" }
        ---
        Kind   = "service-splitter"
        Name   = "web"
        Splits = [{ Weight = 100, Service = "api" }]
        ---
        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }] }]
    """
    tell(fault, report)


@rule(
    "exported-tcp-target-added",
    on="exported-services",
    consul="cannot introduce new discovery chain targets like",
)  # XG-24
def exported_tcp_target_added(fault: Fault, report: Report) -> None:
    """A write that sends a TCP service, already exported to a peer, somewhere else.

    Peers call such a service by one name through the mesh gateway, and the certificates they expect
    are those of the targets it has. Failover may be added; services that speak HTTP may change.

    Refused:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }] }]
        ---
        Kind     = "service-resolver"
        Name     = "web"
        Redirect = { Service = "api" }

    Accepted:

        Kind     = "exported-services"
        Name     = "default"
        Services = [{ Name = "web", Consumers = [{ Peer = "east" }] }]
        ---
        Kind     = "service-resolver"
        Name     = "web"
        Failover = { "*" = { Service = "api" } }
    """
    tell(fault, report)


def peer_export(key: ServiceKey, chains: Chains, *, configured: bool) -> Place | None:
    """Where a service is exported to a peer; `configured` says whether it has chain entries."""
    exports = chains.entries.exported_services(key.partition)
    if exports is None:
        return None
    for index, service in enumerate(exports.services):
        wild = service.name == WILDCARD and configured
        if not wild and service.name.lower() != key.name.lower():
            continue
        if service.namespace not in ("", WILDCARD, key.namespace) and chains.enterprise:
            continue
        if _for_a_peer(service, exports, chains):
            return Place(exports, ("Services", index))
    return None


def _for_a_peer(service: ExportedService, exports: ExportedServices, chains: Chains) -> bool:
    for consumer in service.consumers:
        if consumer.peer:
            return True
        if consumer.sameness_group:
            group = chains.entries.sameness_group(exports.partition, consumer.sameness_group)
            if group is not None and any(member.peer for member in group.members):
                return True
    return False


def exported_keys(exports: ExportedServices, chains: Chains) -> Iterator[ServiceKey]:
    """The services that an entry names, and for wildcards those with chain entries."""
    wildcards: set[str] = set()
    for service in exports.services:
        namespace = (service.namespace or "default") if chains.enterprise else "default"
        if service.name == WILDCARD:
            wildcards.add(namespace)
        else:
            yield ServiceKey(exports.partition, namespace, service.name)
    if wildcards:
        for key in chains.services():
            if key.partition == exports.partition and not wildcards.isdisjoint((key.namespace, WILDCARD)):
                yield key


def export_faults(found: Compiled, export: Place, *, enterprise: bool) -> Iterator[Fault]:
    """What the entries of an exported service's chain contain and must not."""
    gathered = found.gathered
    entries: list[Entry] = [] if gathered.router is None else [gathered.router]
    for entry in (*entries, *gathered.splitters.values(), *gathered.resolvers.values()):
        for check, at, what in _forbidden(entry, enterprise=enterprise):
            yield Fault(
                check=check,
                message=f"`{found.key.name}` is exported to a peer, and its chain has {what}",
                place=Place(entry, at),
                related=((export, f"`{found.key.name}` is exported to a peer here"),),
                words="this leaves the datacenter or partition",
                help="take one of the two away",
            )


_Forbidden = tuple[Callable[[Fault, Report], None], Path, str]


def _forbidden(entry: Entry, *, enterprise: bool) -> Iterator[_Forbidden]:
    match entry:
        case ServiceRouter() if enterprise:
            for index, route in enumerate(entry.routes):
                to = route.destination
                if to is not None and to.partition not in ("", entry.partition):
                    at: Path = ("Routes", index, "Destination", "Partition")
                    yield exported_route_to_partition, at, f"a route to partition `{to.partition}`"
        case ServiceSplitter() if enterprise:
            for index, split in enumerate(entry.splits):
                if split.partition not in ("", entry.partition):
                    at = ("Splits", index, "Partition")
                    yield exported_split_to_partition, at, f"a split to partition `{split.partition}`"
        case ServiceResolver():
            yield from _forbidden_redirects(entry)
            yield from _forbidden_failover(entry)


def _forbidden_redirects(entry: ServiceResolver) -> Iterator[_Forbidden]:
    to = entry.redirect
    if to is None:
        return
    if to.datacenter:
        at: Path = ("Redirect", "Datacenter")
        yield exported_redirect_to_datacenter, at, f"a redirect to datacenter `{to.datacenter}`"
    if to.peer:
        yield exported_redirect_to_peer, ("Redirect", "Peer"), f"a redirect to peer `{to.peer}`"
    if to.partition not in ("", entry.partition):
        at = ("Redirect", "Partition")
        yield exported_redirect_to_partition, at, f"a redirect to partition `{to.partition}`"


def _forbidden_failover(entry: ServiceResolver) -> Iterator[_Forbidden]:
    check = exported_failover_to_datacenter
    for key, failover in sorted(entry.failover.items()):
        if failover.datacenters:
            yield check, ("Failover", key, "Datacenters"), "failover to other datacenters"
        for index, target in enumerate(failover.targets):
            if target.datacenter:
                at: Path = ("Failover", key, "Targets", index, "Datacenter")
                yield check, at, f"failover to datacenter `{target.datacenter}`"


def added_target_fault(before: Compiled, after: Compiled, export: Place, written: Entry) -> Iterator[Fault]:
    """XG-24: a target, failover aside, that an exported TCP service did not have before."""
    old, new = before.result, after.result
    if isinstance(old, ChainError) or isinstance(new, ChainError) or http_like(new.protocol):
        return
    known = {target.pool for target in _served(old)}
    for target in _served(new):
        if target.pool not in known:
            yield Fault(
                check=exported_tcp_target_added,
                message=f"`{new.service}` is exported to a peer and speaks `{new.protocol}`; it cannot "
                f"be sent to `{target.id}`",
                place=Place(written, ("Name",)),
                related=((export, f"`{new.service}` is exported to a peer here"),),
                help="give the service an HTTP protocol, or use failover",
            )
            return


def _served(chain: DiscoveryChain) -> Iterator[Target]:
    """The targets of a chain that are not only failover."""
    for node in chain.nodes.values():
        if isinstance(node, ResolverNode):
            yield chain.targets[node.target]
