"""The hop-by-hop path of a call to one target (topology.md 6), up to where it breaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from meshgw.chain.model import Target
from meshgw.mesh.model import Address, Instance, Key, Mesh
from meshgw.snapshot.model import TargetSnapshot

BreakCode: TypeAlias = Literal[
    "no-instances",
    "no-own-gateway",
    "no-target-gateway",
    "partition-to-other-datacenter",
    "other-partition-of-other-datacenter",
    "not-federated",
    "subset-unknown-to-gateway",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One proxy that a connection passes or reaches.

    `network` says whether its LAN or WAN address is dialed and `why` in a few words. `sni` is what
    the connection to it carries. The proxy that `terminates` TLS sees the request itself.
    """

    role: Literal["own gateway", "target gateway", "destination"]
    instances: tuple[Instance, ...]
    address: Address
    network: Literal["LAN", "WAN"]
    why: str
    sni: str
    terminates: bool = False

    @property
    def instance(self) -> Instance:
        return self.instances[0]


@dataclass(frozen=True, slots=True)
class Break:
    """Where a path ends before its destination."""

    code: BreakCode
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPath:
    """The hops after the caller's own sidecar; `broken` when the last one is not the destination."""

    mode: str
    hops: tuple[Hop, ...]
    broken: Break | None = None


def call_path(mesh: Mesh, caller: Key, snapshot: TargetSnapshot) -> CallPath:
    """The path to a target that is not at a peer."""
    target = snapshot.target
    where = Key(target.datacenter, target.partition)
    mode = target.mesh_gateway.mode
    hops: list[Hop] = []
    broken = _unreachable(mesh, caller, where) or _gateway_hops(mesh, caller, where, target, hops)
    if broken is None:
        broken = _last_hop(hops, caller, where, snapshot)
    return CallPath(mode=mode, hops=tuple(hops), broken=broken)


def _unreachable(mesh: Mesh, caller: Key, where: Key) -> Break | None:
    """Relations that no mode can serve (rows of topology.md 6)."""
    if where.datacenter == caller.datacenter:
        return None
    if where.datacenter not in mesh.federated(caller.datacenter):
        return Break("not-federated", f"{where.datacenter} is not in one federation with {caller.datacenter}")
    if where.partition != "default":
        return Break(
            "other-partition-of-other-datacenter",
            f"{where} cannot be reached from {caller.datacenter}: only default partitions are federated",
        )
    return None


def _gateway_hops(mesh: Mesh, caller: Key, where: Key, target: Target, hops: list[Hop]) -> Break | None:
    mode = target.mesh_gateway.mode
    if caller == where or mode not in ("local", "remote"):
        return None
    if mode == "local":
        own = mesh.gateways(caller)
        if not own:
            return Break("no-own-gateway", f"mode local, and {caller} has no mesh gateway")
        hops.append(_gateway_hop("own gateway", own, caller, caller, target.sni))
        if where.datacenter != caller.datacenter and caller.partition != "default":
            return Break(
                "partition-to-other-datacenter",
                f"the mesh gateway of {caller} has no route to {where.datacenter}: only those of the "
                "default partition have one",
            )
    gateways = mesh.gateways(where)
    if not gateways:
        return Break("no-target-gateway", f"mode {mode}, and {where} has no mesh gateway")
    hops.append(_gateway_hop("target gateway", gateways, caller, where, target.sni))
    if target.subset and mesh.datacenters[where.datacenter].entries.resolver(target.key) is None:
        return Break(
            "subset-unknown-to-gateway",
            f"the mesh gateway of {where} does not know subset `{target.subset}` of {target.service}",
        )
    return None


def _gateway_hop(
    role: Literal["own gateway", "target gateway"],
    gateways: tuple[Instance, ...],
    caller: Key,
    where: Key,
    sni: str,
) -> Hop:
    address = gateways[0].address_from(caller)
    network, why = _network(caller, where)
    return Hop(role=role, instances=gateways, address=address, network=network, why=why, sni=sni)


def _network(dialing: Key, dialed: Key) -> tuple[Literal["LAN", "WAN"], str]:
    if dialing == dialed:
        return "LAN", "same datacenter and partition"
    if dialing.datacenter != dialed.datacenter:
        return "WAN", "another datacenter"
    return "WAN", "another partition"


def _last_hop(hops: list[Hop], caller: Key, where: Key, snapshot: TargetSnapshot) -> Break | None:
    target, instances = snapshot.target, snapshot.pool.instances
    if not instances:
        subset = f"subset `{target.subset}` of " if target.subset else ""
        return Break("no-instances", f"{subset}{target.service} has no instance that can be seen in {where}")
    dialing = where if hops else caller
    network, why = _network(dialing, where)
    hops.append(
        Hop(
            role="destination",
            instances=instances,
            address=instances[0].address_from(dialing),
            network=network,
            why=why,
            sni=target.sni,
            terminates=True,
        )
    )
    return None
