"""Every call that a sidecar's upstreams make possible: path, export and intention."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from meshgw.chain.model import ServiceKey, Target
from meshgw.mesh.model import Instance, Key, Mesh
from meshgw.resolve.exports import Export, export_to_partition
from meshgw.resolve.intentions import Caller, Decision, Intention, decide_among, matching_intentions
from meshgw.resolve.layers import Resolved, strongest
from meshgw.services.model import CONNECT_PROXY
from meshgw.snapshot.instances import connect_endpoints
from meshgw.snapshot.model import ChainUpstream, SidecarSnapshot, TargetSnapshot
from meshgw.snapshot.path import CallPath, call_path
from meshgw.snapshot.sidecar import sidecar_snapshot


@dataclass(frozen=True, kw_only=True, eq=False)
class Call:
    """One caller, one upstream, one target of its chain."""

    mesh: Mesh
    snapshot: SidecarSnapshot
    upstream: ChainUpstream
    target: TargetSnapshot
    path: CallPath
    decision: Decision
    export: Export | None
    needs_export: bool
    primary: bool = True

    @property
    def caller(self) -> Instance:
        return self.snapshot.instance

    @property
    def caller_key(self) -> Key:
        return self.snapshot.key

    @property
    def target_key(self) -> Key:
        return Key(self.target.target.datacenter, self.target.target.partition)

    @property
    def service(self) -> ServiceKey:
        return self.target.target.key

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
        home = self.mesh.datacenters.get(self.target_key.datacenter)
        return self.needs_export and home is not None and not home.acl_allow

    @property
    def words(self) -> str:
        """The call as messages name it: `web → api`."""
        return f"{self.caller.destination} → {self.service.name}"


def call_mode(upstream: ChainUpstream, target: Target) -> Resolved[str]:
    """Both resolutions of discovery-chain.md 2.5 as one list of places, the strongest first."""
    caller = upstream.settings.mode.layers if upstream.settings is not None else ()
    own = target.mesh_gateway.resolved.layers[1:]  # the first stands for the caller's side
    if target.external:
        why = "the external SNI of the service switches gateways off"
        caller = tuple(replace(layer, counts=False, why=layer.why or why) for layer in caller)
    return strongest((*caller, *own), "")


@dataclass(eq=False)
class Calls:
    """All calls of a mesh, computed once. `snapshots` are those of the sidecars, in stable order."""

    mesh: Mesh
    _intentions: dict[tuple[str, ServiceKey], tuple[Intention, ...]] = field(default_factory=dict)

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
            if isinstance(upstream, ChainUpstream):
                for name in sorted(upstream.targets):
                    if upstream.targets[name].peered is not None:
                        continue
                    yield self._call(snapshot, upstream, upstream.targets[name])

    def _call(self, snapshot: SidecarSnapshot, upstream: ChainUpstream, target: TargetSnapshot) -> Call:
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
        )

    def _as_deployed(self, snapshot: SidecarSnapshot, target: TargetSnapshot) -> TargetSnapshot:
        """A target with its instances even where a missing export hides them: that is another finding."""
        if target.pool.instances or snapshot.key.partition == target.target.partition:
            return target
        found = connect_endpoints(self.mesh, target.target.datacenter, target.target.key)
        return replace(target, pool=replace(target.pool, instances=found))

    def decide(self, snapshot: SidecarSnapshot, target: TargetSnapshot) -> Decision:
        """What the intentions of the destination say about the caller (intentions-and-exports.md 2.4)."""
        datacenter = self.mesh.datacenters.get(target.target.datacenter)
        if datacenter is None:
            return Decision("allow", None, "the datacenter is not in the tree")
        key = (datacenter.name, target.target.key)
        if key not in self._intentions:
            self._intentions[key] = matching_intentions(datacenter.entries, target.target.key)
        caller = snapshot.instance
        return decide_among(
            self._intentions[key],
            Caller(caller.partition, caller.namespace, caller.destination),
            default_allow=datacenter.default_allow,
            default_from=datacenter.default_from,
        )
