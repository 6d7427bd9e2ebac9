"""Every call that a sidecar's upstreams make possible: path, export and intention."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from meshgw.chain.model import DiscoveryChain, ResolverNode, Target
from meshgw.chain.modes import TargetMode
from meshgw.chain.names import target_id
from meshgw.entries.filters import FilterError
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Datacenter, Instance, Key, Mesh, PeeringEnd
from meshgw.resolve.exports import Export, consuming_peers, export_to_partition
from meshgw.resolve.intentions import (
    Caller,
    Decision,
    Intention,
    decide_among,
    let_through,
    matching_intentions,
)
from meshgw.resolve.layers import Resolved, strongest
from meshgw.services.model import CONNECT_PROXY
from meshgw.snapshot.instances import connect_endpoints, subset_of
from meshgw.snapshot.model import ChainUpstream, PeeredService, PeerUpstream, SidecarSnapshot, TargetSnapshot
from meshgw.snapshot.path import CallPath, call_path, peer_path
from meshgw.snapshot.sidecar import sidecar_snapshot

Intentions = dict[tuple[str, ServiceKey], tuple[Intention, ...]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Call:
    """One caller, one upstream, one target of its chain, or a service of a peer.

    `end` is the peering that it goes through. A target that is not `primary` is tried only when those
    before it fail.
    """

    mesh: Mesh
    snapshot: SidecarSnapshot
    upstream: ChainUpstream | PeerUpstream
    target: TargetSnapshot
    path: CallPath
    decision: Decision
    export: Export | None
    needs_export: bool
    primary: bool = True
    end: PeeringEnd | None = None

    @property
    def caller(self) -> Instance:
        return self.snapshot.instance

    @property
    def caller_key(self) -> Key:
        return self.snapshot.key

    @property
    def peered(self) -> PeeredService | None:
        """The peer's service that is called, `None` within the own cluster."""
        return self.target.peered

    @property
    def target_key(self) -> Key:
        """Where the service is: at a peer, the other end of the peering as far as it is known."""
        if self.end is not None:
            return self.end.remote
        if self.peered is not None:
            return Key(f"peer {self.peered.peer}", "default")
        return Key(self.target.target.datacenter, self.target.target.partition)

    @property
    def home(self) -> Datacenter | None:
        """The datacenter of the service, `None` when it is not in the tree."""
        return self.mesh.datacenters.get(self.target_key.datacenter) if self.in_tree else None

    @property
    def in_tree(self) -> bool:
        """Whether the tree shows the service's own side."""
        if self.peered is not None:
            return self.end is not None and self.end.in_tree
        return self.target_key.datacenter in self.mesh.datacenters

    @property
    def service(self) -> ServiceKey:
        """The service as it is known where it is."""
        key = self.target.target.key
        return key if self.end is None else key._replace(partition=self.end.remote.partition)

    @property
    def sni(self) -> str:
        """What the caller presents."""
        if self.peered is not None:
            return self.peered.snis[0] if self.peered.snis else ""
        return self.target.target.sni

    @property
    def mode(self) -> Resolved[str]:
        """The effective mode with all its places: the caller's, then the target's."""
        return call_mode(self.upstream, self.target.target)

    @property
    def works(self) -> bool:
        """Whether a connection gets through: a whole path, an export where one is enforced, no denial."""
        allowed = self.decision.verdict != "deny"
        return self.path.broken is None and allowed and (self.export is not None or not self.export_enforced)

    @property
    def export_enforced(self) -> bool:
        return self.needs_export and self.home is not None and not self.home.acl_allow

    @property
    def words(self) -> str:
        """The call as messages name it: `web → api`."""
        at = f" at peer {self.peered.peer}" if self.peered is not None else ""
        return f"{self.caller.destination} → {self.service.name}{at}"


def call_mode(upstream: ChainUpstream | PeerUpstream, target: Target) -> Resolved[str]:
    """Both resolutions of discovery-chain.md 2.5 as one list of places, the strongest first.

    Towards a peer only the caller's side counts (EP-20).
    """
    caller = upstream.settings.mode.layers if upstream.settings is not None else ()
    own = target.mesh_gateway.resolved.layers[1:]  # the first stands for the caller's side
    if target.peer:
        why = "for a peer only the caller's side counts"
        own = tuple(replace(layer, counts=False, why=layer.why or why) for layer in own)
        own = own if isinstance(upstream, ChainUpstream) else ()
    if target.external:
        why = "the external SNI of the service switches gateways off"
        caller = tuple(replace(layer, counts=False, why=layer.why or why) for layer in caller)
    return strongest((*caller, *own), "")


@dataclass(eq=False)
class Calls:
    """All calls of a mesh, computed once. `snapshots` are those of the sidecars, in stable order."""

    mesh: Mesh
    _intentions: Intentions = field(default_factory=dict)

    @cached_property
    def snapshots(self) -> tuple[SidecarSnapshot, ...]:
        return tuple(
            sidecar_snapshot(self.mesh, proxy)
            for proxy in self.mesh.proxies
            if proxy.service.kind == CONNECT_PROXY
        )

    @cached_property
    def all(self) -> tuple[Call, ...]:
        return tuple(call for snapshot in self.snapshots for call in self.of(snapshot))

    def of(self, snapshot: SidecarSnapshot) -> Iterator[Call]:
        """The calls of one sidecar, by upstream and target."""
        for upstream in snapshot.upstreams:
            match upstream:
                case ChainUpstream():
                    first = primary_targets(upstream.chain)
                    for name, target in sorted(upstream.targets.items()):
                        yield self._call(snapshot, upstream, target, primary=name in first)
                case PeerUpstream():
                    yield self._peer_call(snapshot, upstream, _target_of(upstream))
                case _:
                    continue

    def _call(
        self, snapshot: SidecarSnapshot, upstream: ChainUpstream, target: TargetSnapshot, *, primary: bool
    ) -> Call:
        if target.peered is not None:
            return self._peer_call(snapshot, upstream, target, primary=primary)
        where = Key(target.target.datacenter, target.target.partition)
        crosses = where.datacenter == snapshot.key.datacenter and where.partition != snapshot.key.partition
        export = None
        if crosses:
            entries = self.mesh.datacenters[where.datacenter].entries
            export = export_to_partition(entries, target.target.key, snapshot.key.partition)
        return Call(
            mesh=self.mesh,
            snapshot=snapshot,
            upstream=upstream,
            target=target,
            path=call_path(self.mesh, snapshot.key, self._as_deployed(snapshot, target)),
            decision=self.decide(snapshot, target),
            export=export,
            needs_export=crosses,
            primary=primary,
        )

    def _peer_call(
        self,
        snapshot: SidecarSnapshot,
        upstream: ChainUpstream | PeerUpstream,
        target: TargetSnapshot,
        *,
        primary: bool = True,
    ) -> Call:
        service = target.peered
        assert service is not None
        mode = upstream.settings.mode.value if upstream.settings is not None else ""
        end = self.mesh.peering(snapshot.key, service.peer)
        return Call(
            mesh=self.mesh,
            snapshot=snapshot,
            upstream=upstream,
            target=target,
            path=peer_path(self.mesh, snapshot.key, service, mode),
            decision=self._decide_at_peer(snapshot, end, service),
            export=self._export_to_peer(end, service),
            needs_export=end is not None and end.in_tree,
            primary=primary,
            end=end,
        )

    def _as_deployed(self, snapshot: SidecarSnapshot, target: TargetSnapshot) -> TargetSnapshot:
        """A target with its instances even where a missing export hides them: that is another finding."""
        if target.pool.instances or snapshot.key.partition == target.target.partition:
            return target
        present = connect_endpoints(self.mesh, target.target.datacenter, target.target.key)
        try:
            found = subset_of(present, target.target.filter)
        except FilterError:
            return target  # such a subset has no instances, whoever looks at it; its entry is told of it
        return replace(target, pool=replace(target.pool, instances=found))

    def decide(self, snapshot: SidecarSnapshot, target: TargetSnapshot) -> Decision:
        """What the intentions of the destination say about the caller (intentions-and-exports.md 2.4)."""
        datacenter = self.mesh.datacenters.get(target.target.datacenter)
        if datacenter is None:
            return Decision("allow", None, "the datacenter is not in the tree")
        caller = snapshot.instance
        return self._decided(
            datacenter, target.target.key, Caller(caller.partition, caller.namespace, caller.destination)
        )

    def _decide_at_peer(
        self, snapshot: SidecarSnapshot, end: PeeringEnd | None, service: PeeredService
    ) -> Decision:
        """The intentions of the exporter decide, by the name that it has for the importer (PE-07)."""
        datacenter = self.mesh.datacenters.get(end.remote.datacenter) if end is not None else None
        if end is None or datacenter is None or not end.in_tree:
            return Decision("allow", None, "the peer's intentions are not in the tree")
        key = ServiceKey(end.remote.partition, service.namespace, service.name)
        caller = snapshot.instance
        return self._decided(
            datacenter, key, Caller("", caller.namespace, caller.destination, end.remote_name)
        )

    def _decided(self, datacenter: Datacenter, service: ServiceKey, caller: Caller) -> Decision:
        decision = decide_among(
            self.intentions_of(datacenter, service),
            caller,
            default_allow=datacenter.default_allow,
            default_from=datacenter.default_from,
        )
        return let_through(decision, default_allow=datacenter.default_allow)

    def intentions_of(self, datacenter: Datacenter, service: ServiceKey) -> tuple[Intention, ...]:
        """The intentions for a service, in deciding order; each service is looked up once."""
        key = (datacenter.name, service)
        if key not in self._intentions:
            self._intentions[key] = matching_intentions(datacenter.entries, service)
        return self._intentions[key]

    def _export_to_peer(self, end: PeeringEnd | None, service: PeeredService) -> Export | None:
        if end is None or not end.in_tree:
            return None
        entries = self.mesh.datacenters[end.remote.datacenter].entries
        key = ServiceKey(end.remote.partition, service.namespace, service.name)
        return consuming_peers(entries, key).get(end.remote_name)


def primary_targets(chain: DiscoveryChain) -> frozenset[str]:
    """The targets of a chain that are not only failover."""
    return frozenset(node.target for node in chain.nodes.values() if isinstance(node, ResolverNode))


_NO_MODE = TargetMode()


def _target_of(upstream: PeerUpstream) -> TargetSnapshot:
    """A peer upstream, which has no chain, as the one target of one."""
    service = upstream.service
    key = ServiceKey(service.partition, service.namespace, service.name)
    target = Target(
        id=target_id(key, "", "", service.peer),
        service=service.name,
        namespace=service.namespace,
        partition=service.partition,
        peer=service.peer,
        mesh_gateway=_NO_MODE,
    )
    return TargetSnapshot(target=target, pool=upstream.pool, peered=service)
