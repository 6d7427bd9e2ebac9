"""Peerings and what partitions export (intentions-and-exports.md 5, 7.4; envoy-mesh-gateway.md 17)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from meshgw.analysis import snippets
from meshgw.analysis.call_places import upstream_places
from meshgw.analysis.causes import faults_of_exported
from meshgw.chain.model import ChainError, DiscoveryChain, ResolverNode, Target
from meshgw.diagnostics.model import Location, Related, Severity
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.exported_services import Consumer, ExportedServices
from meshgw.entries.sameness_group import SamenessGroup
from meshgw.entries.service_intentions import ServiceIntentions
from meshgw.entries.service_resolver import ServiceResolver
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Datacenter, Key, Mesh, PeeringEnd, PeeringFault
from meshgw.resolve.exports import bundle_peers
from meshgw.schema.spelling import spelling_at
from meshgw.schema.suggest import nearest
from meshgw.services.model import MESH_GATEWAY
from meshgw.snapshot.calls import Call
from meshgw.snapshot.carried import carries
from meshgw.snapshot.compiling import plain_chain
from meshgw.snapshot.instances import connect_endpoints
from meshgw.snapshot.mesh_gateway import through_gateways
from meshgw.snapshot.peers import exports_to_peers
from meshgw.source.document import Path


@rule("peering-within-cluster", on="peering")  # PE-14
def peering_within_cluster(fault: PeeringFault, report: Report) -> None:
    """A peering of two partitions or datacenters of one cluster.

    Consul refuses to peer a cluster with itself. Partitions use exports, datacenters of one federation
    reach each other as they are.

    Found in a tree (federation):

        == meshgw.yaml ==
        edition: community
        trust_domain: 0b9c51de-6a3f-4f5e-8c1d-7e2a9d4b6f30.consul
        acl: { enabled: true, default_policy: deny }
        tenancy:
          - { path: "{datacenter}/**" }
        peerings:
          - { dc1: two, dc2: one }
    """
    if fault.within_cluster:
        report(
            f"this peering cannot be made: {fault.message}",
            location=fault.location,
            help="take it away; export services to the other partition, or name the `datacenter` in the "
            "upstreams",
        )


@rule("peering-without-end", on="peering")
def peering_without_end(fault: PeeringFault, report: Report) -> None:
    """A peering in the project file of which no end is in the tree.

    Found in a tree (peering):

        == meshgw.yaml ==
        edition: community
        acl: { enabled: true, default_policy: deny }
        datacenters:
          east: { trust_domain: 3d0f5a4e-11c2-4b7a-9f68-5c9e0a7b2d14.consul }
          west: { trust_domain: c81e728d-9d4c-4f63-a6f0-67f89cc14862.consul }
        peerings:
          - { east: cloud-west, west: cloud-east, accepted_by: east }
          - { north: cloud-south, south: cloud-north }
        tenancy:
          - { path: "{datacenter}/**" }
    """
    if not fault.within_cluster:
        report(
            f"this peering joins nothing: {fault.message}",
            location=fault.location,
            help="name a datacenter of the tree as one of its ends, as DATACENTER or DATACENTER/PARTITION",
        )


@dataclass(frozen=True, slots=True)
class Accepting:
    """A cluster that makes a peering's token, whose control plane is to go through its gateways."""

    end: PeeringEnd
    mesh: Mesh


def accepting(mesh: Mesh) -> Iterator[Accepting]:
    """Each such cluster once."""
    seen: set[str] = set()
    for end in mesh.peerings:
        home = mesh.datacenters[end.key.datacenter]
        if end.accepted and home.name not in seen and through_gateways(home, "default"):
            seen.add(home.name)
            yield Accepting(end, mesh)


@rule("peering-gateway-missing", on="mesh")  # TP-16
def peering_gateway_missing(cluster: Accepting, report: Report) -> None:
    """Peering through mesh gateways in a cluster whose default partition has none.

    With `Peering.PeerThroughMeshGateways` in the mesh entry of the default partition a token carries the
    WAN addresses of the default partition's mesh gateways; without one, no token is made.

    Found in a tree (peering):

        == meshgw.yaml ==
        edition: community
        acl: { enabled: true, default_policy: deny }
        datacenters:
          east: { trust_domain: 3d0f5a4e-11c2-4b7a-9f68-5c9e0a7b2d14.consul }
          west: { trust_domain: c81e728d-9d4c-4f63-a6f0-67f89cc14862.consul }
        peerings:
          - { east: cloud-west, west: cloud-east, accepted_by: west }
        tenancy:
          - { path: "{datacenter}/**" }

        == west/mesh.hcl ==
        Kind = "mesh"
        Peering { PeerThroughMeshGateways = true }

        == west/mesh-gateway.hcl ==

        == west/web.hcl ==
    """
    home = cluster.mesh.datacenters[cluster.end.key.datacenter]
    if cluster.mesh.gateways(Key(home.name, "default"), MESH_GATEWAY):
        return
    entry = home.entries.mesh("default")
    report(
        f"no token can be made for peer `{cluster.end.name}`: the default partition of {home.name} has no "
        "mesh gateway",
        location=entry.locate(("Peering", "PeerThroughMeshGateways")) if entry is not None else None,
        help=f"register one:\n{snippets.gateway_registration(cluster.mesh, Key(home.name, 'default'))}",
    )


@dataclass(frozen=True, slots=True)
class PeerConsumer:
    """A consumer of exported-services that is, or stands for, a peer."""

    mesh: Mesh
    home: Datacenter
    entry: ExportedServices
    consumer: Consumer
    at: tuple[str, int, str, int]

    @property
    def known(self) -> tuple[str, ...]:
        """The peers of the exporting partition."""
        return tuple(end.name for end in self.mesh.peerings_of(self.key))

    @property
    def key(self) -> Key:
        return Key(self.home.name, self.entry.partition)

    @property
    def meant(self) -> str:
        """The peer that a name without a peering probably stands for; empty when there is none.

        It may be a misspelling, what the peer calls itself, or the only name that is left.
        """
        item = self.entry.services[self.at[1]]
        named = {consumer.peer for consumer in item.consumers}
        ends = [end for end in self.mesh.peerings_of(self.key) if end.name not in named]
        own = [end.name for end in ends if self.consumer.peer in (end.remote.datacenter, end.remote_name)]
        names = [end.name for end in ends]
        close = nearest(self.consumer.peer, names)
        return next(iter(own), "") or close or (names[0] if len(names) == 1 else "")

    def covers(self, service: ServiceKey) -> bool:
        """Whether the item is about a service of the exporting partition."""
        item = self.entry.services[self.at[1]]
        return (
            service.partition == self.entry.partition
            and item.name in (service.name, "*")
            and (item.namespace or "default") in (service.namespace, "*")
        )


def peer_consumers(mesh: Mesh) -> Iterator[PeerConsumer]:
    """The consumers that name a peer, in each datacenter where the entry applies."""
    for home in mesh.datacenters.values():
        for entry in home.entries.of_kind(ExportedServices):
            for index, exported in enumerate(entry.services):
                for number, consumer in enumerate(exported.consumers):
                    if consumer.peer:
                        at: tuple[str, int, str, int] = ("Services", index, "Consumers", number)
                        yield PeerConsumer(mesh, home, entry, consumer, at)


@dataclass(frozen=True, slots=True)
class UnknownPeer:
    """A consumer that the exporting partition has no peering with.

    `meant` is the peer that it probably stands for, `affected` are that one's calls.
    """

    found: PeerConsumer
    meant: str
    affected: tuple[Call, ...]


def unknown_peers(mesh: Mesh, unexported: Iterable[Call]) -> Iterator[UnknownPeer]:
    """Consumers without a peering, each with the `unexported` calls that it was meant to let through."""
    if not (mesh.peerings or mesh.peering_faults):
        return
    lacking: dict[tuple[Key, str], list[Call]] = {}
    for call in unexported:
        if call.end is not None:
            lacking.setdefault((call.end.remote, call.end.remote_name), []).append(call)
    for found in peer_consumers(mesh):
        if found.consumer.peer not in found.known:
            calls = lacking.get((found.key, found.meant), ())
            affected = tuple(call for call in calls if found.covers(call.service))
            yield UnknownPeer(found, found.meant, affected)


@rule("export-to-unknown-peer", on=ExportedServices)  # PE-02
def export_to_unknown_peer(unknown: UnknownPeer, report: Report) -> None:
    """An export to a peer that the exporting partition has no peering with.

    The name is the one that the exporter has for the peer.

    Found in a tree (peering):

        == east/exported-services.hcl ==
        Kind = "exported-services"
        Name = "default"
        Services = [
          { Name = "api", Consumers = [{ Peer = "cloud-west" }, { Peer = "cloud-north" }] },
          { Name = "pages", Consumers = [{ Peer = "cloud-west" }] },
        ]
    """
    found = unknown.found
    names = ", ".join(f"`{name}`" for name in found.known)
    place = found.entry.locate((*found.at, "Peer"))
    right = spelling_at(place).setting("Peer", unknown.meant)
    meant = f"write `{right}`" if unknown.meant else "name the peer as this partition calls it"
    report(
        f"partition `{found.entry.partition}` of {found.home.name} has no peering called "
        f"`{found.consumer.peer}`" + (f"; it knows {names}" if names else ""),
        location=place,
        related=upstream_places(unknown.affected, "has no export"),
        help=f"{meant}, or add the peering to the project file",
    )


@dataclass(frozen=True, slots=True)
class Exported:
    """A usable service of a partition, and the peers that consume it.

    `ending` are the calls of peers to it that end at the partition's gateway.
    """

    mesh: Mesh
    key: Key
    service: ServiceKey
    peers: tuple[str, ...]
    ending: tuple[Call, ...] = ()

    @property
    def home(self) -> Datacenter:
        return self.mesh.datacenters[self.key.datacenter]

    @property
    def entry(self) -> ExportedServices | None:
        return self.home.entries.exported_services(self.key.partition)

    @property
    def carried(self) -> bool:
        return carries(self.mesh, self.key, self.service)

    @property
    def chain(self) -> DiscoveryChain | ChainError:
        return plain_chain(self.mesh, self.home, self.service)

    def leaves(self, target: Target) -> bool:
        """Whether a target of its chain is out of the partition, where its gateway does not lead."""
        return bool(target.peer) or Key(target.datacenter, target.partition) != self.key

    @property
    def severity(self) -> Severity | None:
        """An error where calls end, else what the rule says."""
        return Severity.ERROR if self.ending else None


def exported_services(mesh: Mesh, ending: Iterable[Call] = ()) -> Iterator[Exported]:
    """Everything that partitions of the tree export to peers, with the calls that end there."""
    calls: dict[tuple[Key, ServiceKey], list[Call]] = {}
    for call in ending:
        calls.setdefault((call.target_key, call.service), []).append(call)
    for key in sorted({end.key for end in mesh.peerings}):
        for service, peers in exports_to_peers(mesh, key).items():
            yield Exported(mesh, key, service, peers, tuple(calls.get((key, service), ())))


def told_by_exports(exported: Iterable[Exported]) -> frozenset[Call]:
    """The calls of which a rule about exports says why they end."""
    return frozenset(call for one in exported if one.ending and _is_dead_end(one) for call in one.ending)


def _is_dead_end(exported: Exported) -> bool:
    chain = exported.chain
    if not exported.carried or isinstance(chain, ChainError):
        return True
    served = [chain.targets[node.target] for node in chain.nodes.values() if isinstance(node, ResolverNode)]
    return any(map(exported.leaves, served))


@rule("exported-but-not-carried", on=ExportedServices, severity="warning")  # MG-X17
def exported_but_not_carried(exported: Exported, report: Report) -> None:
    """A name that is exported to a peer, and that the mesh gateway cannot reach anything under.

    Only services with sidecars, native instances or a terminating gateway of their own name are carried.
    A name that only a service-router, -splitter or -resolver gives has no filter chain in the gateway.

    Found in a tree (peering):

        == east/front-resolver.hcl ==
        Kind = "service-resolver"
        Name = "front"
        Redirect { Service = "api" }

        == east/exported-services.hcl ==
        Kind = "exported-services"
        Name = "default"
        Services = [
          { Name = "api", Consumers = [{ Peer = "cloud-west" }] },
          { Name = "front", Consumers = [{ Peer = "cloud-west" }] },
          { Name = "pages", Consumers = [{ Peer = "cloud-west" }] },
        ]
    """
    if exported.carried:
        return
    entry = exported.entry
    report(
        f"`{exported.service.name}` is exported to {_listed(exported.peers)}, and no instance of it is in "
        f"{exported.key}",
        location=_item_of(entry, exported.service),
        related=upstream_places(exported.ending, "ends there"),
        severity=exported.severity,
        help=f"export the service behind it, or register `{exported.service.name}` with a sidecar",
    )


def _listed(peers: tuple[str, ...]) -> str:
    return "peer " + " and ".join(f"`{peer}`" for peer in peers)


def _item_of(entry: ExportedServices | None, service: ServiceKey) -> Location | None:
    """Where a service is exported: its own item, else a wildcard's."""
    if entry is None:
        return None
    for name in (service.name, "*"):
        for index, item in enumerate(entry.services):
            if item.name == name and (item.namespace or "default") in (service.namespace, "*"):
                return entry.locate(("Services", index, "Name"))
    return entry.locate(("Services",), "key")


@rule("exported-target-ignored", on=ExportedServices, severity="warning")  # PE-11, MG-X18
def exported_target_ignored(exported: Exported, report: Report) -> None:
    """A service exported to a peer whose chain leads out of its partition, or fails over.

    The exporter's mesh gateway has clusters for targets of its own datacenter and partition only, and it
    does no failover: requests for other targets fail.

    Found in a tree (peering):

        == east/api-resolver.hcl ==
        Kind = "service-resolver"
        Name = "api"
        Failover = { "*" = { Service = "pages" } }

        == east/pages-defaults.hcl ==

        == east/pages-intentions.hcl ==
        Kind = "service-intentions"
        Name = "pages"
        Sources = [{ Name = "web", Peer = "cloud-west", Action = "allow" }]
    """
    chain = exported.chain
    if isinstance(chain, ChainError):
        return
    for node in chain.nodes.values():
        if not isinstance(node, ResolverNode):
            continue
        target = chain.targets[node.target]
        leaves = exported.leaves(target)
        if not leaves and node.failover is None:
            continue
        if faults_of_exported(exported.mesh, exported.home, exported.service):
            return  # Consul refuses the entry that leads there
        what = f"leads to `{target.service}` elsewhere" if leaves else "fails over"
        place = node.entry.locate(("Failover" if not leaves else "Redirect",), "key") if node.entry else None
        report(
            f"`{exported.service.name}` is exported to {_listed(exported.peers)} and {what}: the mesh "
            "gateway ignores that",
            location=place or _item_of(exported.entry, exported.service),
            related=upstream_places(exported.ending, "ends there") if leaves else (),
            severity=exported.severity if leaves else None,
            help="let the importing cluster fail over, by a service-resolver of its own"
            if not leaves
            else "export the service where it is",
        )


@rule("exported-route-not-exported", on=ExportedServices, severity="warning")
def exported_route_not_exported(exported: Exported, report: Report) -> None:
    """A route of an exported HTTP service to another one, which is not exported itself.

    The mesh gateway routes there, but a sidecar is given the roots of those peers only that its own
    service is exported to: it drops intentions that name the peer. Where the default is deny, requests
    are refused.

    Found in a tree (peering):

        == east/pages-router.hcl ==
        Kind = "service-router"
        Name = "pages"
        Routes = [{ Match { HTTP { PathPrefix = "/admin" } } Destination { Service = "admin" } }]

        == east/admin-defaults.hcl ==
        Kind = "service-defaults"
        Name = "admin"
        Protocol = "http"

        == east/admin.hcl ==
        service { name = "admin" port = 9092 connect { sidecar_service { port = 20002 } } }
    """
    chain = exported.chain
    if isinstance(chain, ChainError) or exported.home.default_allow or not exported.carried:
        return
    for target in chain.targets.values():
        local = not exported.leaves(target)
        lacking = set(exported.peers) - bundle_peers(exported.home.entries, target.key) if local else set()
        if not lacking or target.key == exported.service:
            continue
        entry, peer = exported.entry, min(lacking)
        place = entry.locate(("Services",), "key") if entry is not None else None
        router = exported.home.entries.router(exported.service)
        report(
            f"`{exported.service.name}`, exported to peer `{peer}`, leads to `{target.service}`, which is "
            "not",
            location=(router.locate(("Routes",), "key") if router is not None else None) or place,
            related=[Related(place, "what is exported")] if place is not None else (),
            help=snippets.to_add(place, "Services", snippets.exported_to_peer(target.key, peer)),
        )


@dataclass(frozen=True, slots=True)
class Membership:
    """A member of a sameness group, seen from one datacenter."""

    mesh: Mesh
    home: Datacenter
    group: SamenessGroup
    index: int


def memberships(mesh: Mesh) -> Iterator[Membership]:
    for home in mesh.datacenters.values():
        for group in home.entries.of_kind(SamenessGroup):
            for index in range(len(group.members)):
                yield Membership(mesh, home, group, index)


@rule("sameness-member-without-service", on=SamenessGroup, severity="warning", edition="enterprise")  # SG-W01
def sameness_member_without_service(member: Membership, report: Report) -> None:
    """A failover to a sameness group with a partition that lacks the service.

    A service is looked for under the same name and namespace in every member; a member without it is
    passed over.

    Found in a tree:

        == api/same.hcl ==
        Kind = "sameness-group"
        Name = "same"
        Partition = "api"
        Members = [{ Partition = "api" }, { Partition = "db" }]

        == api/spare-resolver.hcl ==
        Kind = "service-resolver"
        Name = "spare"
        Namespace = "dev"
        Failover = { "*" = { SamenessGroup = "same" } }
    """
    partition = member.group.members[member.index].partition
    if not partition or partition == member.group.partition:
        return
    for resolver in member.home.entries.of_kind(ServiceResolver):
        uses = any(failover.sameness_group == member.group.name for failover in resolver.failover.values())
        key = Key(member.home.name, partition)
        if resolver.partition != member.group.partition or not uses:
            continue
        if not connect_endpoints(
            member.mesh, key.datacenter, ServiceKey(partition, resolver.namespace, resolver.name)
        ):
            place = resolver.locate(("Failover",), "key")
            report(
                f"partition `{partition}`, a member of `{member.group.name}`, has no `{resolver.name}` in "
                f"namespace `{resolver.namespace}`",
                location=member.group.locate(("Members", member.index)),
                related=[Related(place, "this failover wants it there")] if place is not None else (),
                help=f"register `{resolver.name}` there under the same name and namespace",
            )


@dataclass(frozen=True, slots=True)
class GroupUse:
    """A place that names a sameness group."""

    home: Datacenter
    entry: ExportedServices | ServiceIntentions
    name: str
    at: Path


def group_uses(mesh: Mesh) -> Iterator[GroupUse]:
    """The sameness groups that exports and intentions name."""
    for home in mesh.datacenters.values():
        for exports in home.entries.of_kind(ExportedServices):
            for index, item in enumerate(exports.services):
                for number, consumer in enumerate(item.consumers):
                    at: Path = ("Services", index, "Consumers", number, "SamenessGroup")
                    yield GroupUse(home, exports, consumer.sameness_group, at)
        for intentions in home.entries.of_kind(ServiceIntentions):
            for index, source in enumerate(intentions.sources):
                yield GroupUse(home, intentions, source.sameness_group, ("Sources", index, "SamenessGroup"))


@rule("sameness-group-undefined", on=SamenessGroup, severity="warning", edition="enterprise")  # SG-W02
def sameness_group_undefined(use: GroupUse, report: Report) -> None:
    """An export or intention that names a sameness group which its partition does not define.

    A group is looked up in the partition of the entry that names it. One that is missing stands for
    nobody.

    Found in a tree:

        == default/same.hcl ==
        Kind = "sameness-group"
        Name = "same"
        Members = [{ Partition = "default" }, { Partition = "api" }]

        == api/more.hcl ==
        Kind = "service-intentions"
        Name = "other"
        Namespace = "dev"
        Sources = [{ Name = "web", Namespace = "dev", SamenessGroup = "same", Action = "allow" }]
    """
    entry = use.entry
    if not use.name or use.home.entries.sameness_group(entry.partition, use.name) is not None:
        return
    report(
        f"partition `{entry.partition}` defines no sameness group `{use.name}`: it stands for nobody",
        location=entry.locate(use.at),
        help="define it there too:\n" + _group(use),
    )


def _group(use: GroupUse) -> str:
    """A sameness group with its own partition only."""
    partition = use.entry.partition
    spelling = spelling_at(use.entry.locate(use.at))
    tenancy = ServiceKey(partition, "default", use.name)
    return snippets.entry(
        spelling, "sameness-group", use.name, {"Members": [{"Partition": partition}]}, tenancy
    )


PEERING_CHECKS = (peering_within_cluster, peering_without_end)
EXPORT_CHECKS = (exported_but_not_carried, exported_target_ignored, exported_route_not_exported)
