"""The hop-by-hop path of a call to one target (topology.md 6), up to where it breaks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from meshgw.chain.model import ChainError, ResolverNode, Target
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Address, Instance, Key, Mesh, PeeringEnd
from meshgw.snapshot.carried import carries
from meshgw.snapshot.compiling import plain_chain
from meshgw.snapshot.instances import connect_endpoints
from meshgw.snapshot.mesh_gateway import serves_federation
from meshgw.snapshot.model import Endpoint, PeeredService, TargetSnapshot
from meshgw.snapshot.peers import HTTP_LIKE, exported_key

BreakCode: TypeAlias = Literal[
    "no-instances",
    "no-own-gateway",
    "no-target-gateway",
    "partition-to-other-datacenter",
    "other-partition-of-other-datacenter",
    "not-federated",
    "partition-lost-to-federation",
    "subset-unknown-to-gateway",
    "not-carried",
    "upper-case-name",
    "no-peering",
    "not-exported-to-peer",
    "not-usable-at-peer",
    "no-peer-gateway",
    "no-instances-at-peer",
]

Role: TypeAlias = Literal["own gateway", "target gateway", "peer gateway", "destination"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hop:
    """One proxy that a connection passes or reaches.

    `instances` are those of the tree, the healthy ones first, none for a proxy elsewhere; all of them are
    at `where`. `network` says whether its LAN or WAN address is dialed and `why` in a few words. `sni` is
    what the connection to it carries. The proxy that `terminates` TLS sees the request itself.
    """

    role: Role
    where: Key
    instances: tuple[Instance, ...]
    address: Address
    network: Literal["LAN", "WAN"]
    why: str
    sni: str
    terminates: bool = False

    @property
    def instance(self) -> Instance:
        """The first proxy of the hop; only for one that lies in the tree."""
        return self.instances[0]


@dataclass(frozen=True, slots=True)
class Break:
    """Where a path ends before its destination."""

    code: BreakCode
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPath:
    """The hops after the caller's own sidecar; `broken` when the last one is not the destination.

    `unchecked` says what the tree does not tell about the rest of the path.
    """

    mode: str
    hops: tuple[Hop, ...]
    broken: Break | None = None
    unchecked: str = ""


def call_path(mesh: Mesh, caller: Key, snapshot: TargetSnapshot) -> CallPath:
    """The path to a target of the own cluster."""
    target = snapshot.target
    where = Key(target.datacenter, target.partition)
    mode = target.mesh_gateway.mode
    hops: list[Hop] = []
    broken = _unreachable(mesh, caller, where) or _gateway_hops(mesh, caller, target, hops)
    if broken is None:
        broken = _last_hop(hops, caller, snapshot)
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


def _gateway_hops(mesh: Mesh, caller: Key, target: Target, hops: list[Hop]) -> Break | None:
    mode, where = target.mesh_gateway.mode, Key(target.datacenter, target.partition)
    if caller == where or mode not in ("local", "remote"):
        return None
    if mode == "local":
        broken = _own_gateway_hop(mesh, caller, target.sni, hops) or _no_route(mesh, caller, where)
        if broken is not None:
            return broken
    gateways = mesh.gateways(where)
    if not gateways:
        return Break("no-target-gateway", f"mode {mode}, and {where} has no mesh gateway")
    hops.append(_hop("target gateway", gateways, caller, target.sni))
    return _unknown_to_gateway(mesh, where, target)


def _own_gateway_hop(mesh: Mesh, caller: Key, sni: str, hops: list[Hop]) -> Break | None:
    own = mesh.gateways(caller)
    if not own:
        return Break("no-own-gateway", f"mode local, and {caller} has no mesh gateway")
    hops.append(_hop("own gateway", own, caller, sni))
    return None


def _no_route(mesh: Mesh, caller: Key, where: Key) -> Break | None:
    """What the caller's own gateways have no filter chain for."""
    if where.datacenter != caller.datacenter and caller.partition != "default":
        return Break(
            "partition-to-other-datacenter",
            f"the mesh gateway of {caller} has no route to {where.datacenter}: only those of the "
            "default partition have one",
        )
    crosses = where.datacenter == caller.datacenter and caller.partition == "default"
    if (
        crosses
        and mesh.federation_drops_partitions
        and all(map(serves_federation, mesh.gateways(caller)))
        and mesh.gateways(where)
    ):
        return Break(
            "partition-lost-to-federation",
            f"the mesh gateway of {caller} serves WAN federation and so loses its route to {where}",
        )
    return None


def _unknown_to_gateway(mesh: Mesh, where: Key, target: Target) -> Break | None:
    """Why the last gateway would not know the SNI of a target."""
    resolver = mesh.datacenters[where.datacenter].entries.resolver(target.key)
    if target.subset and (resolver is None or target.subset not in resolver.subsets):
        return Break(
            "subset-unknown-to-gateway",
            f"the mesh gateway of {where} does not know subset `{target.subset}` of {target.service}",
        )
    if target.sni != target.sni.lower():
        return Break(
            "upper-case-name",
            f"Envoy lower-cases the SNI `{target.sni}`, and the mesh gateway of {where} knows no such name",
        )
    present = connect_endpoints(mesh, where.datacenter, target.key)
    if present and not carries(mesh, where, target.key):
        return Break(
            "not-carried",
            f"{target.service} itself is not registered in {where}, so its mesh gateway does not carry it",
        )
    return None


def _hop(
    role: Role,
    instances: tuple[Instance, ...],
    dialing: Key,
    sni: str,
    *,
    terminates: bool = False,
    only_passing: bool = False,
) -> Hop:
    """The proxies of a key, as one of another or the same key dials them.

    A status in a file is only where a check starts: nobody is left out, but the healthy come first.
    """
    if len(instances) > 1:
        instances = tuple(sorted(instances, key=lambda one: not one.health(only_passing=only_passing)[0]))
    where = instances[0].key
    network, why = _network(dialing, where)
    return Hop(
        role=role,
        where=where,
        instances=instances,
        address=instances[0].address_from(dialing),
        network=network,
        why=why,
        sni=sni,
        terminates=terminates,
    )


def _network(dialing: Key, dialed: Key) -> tuple[Literal["LAN", "WAN"], str]:
    if dialing == dialed:
        return "LAN", "same datacenter and partition"
    if dialing.datacenter != dialed.datacenter:
        return "WAN", "another datacenter"
    return "WAN", "another partition"


def _last_hop(hops: list[Hop], caller: Key, snapshot: TargetSnapshot) -> Break | None:
    target, instances = snapshot.target, snapshot.pool.instances
    where = Key(target.datacenter, target.partition)
    if not instances:
        subset = f"subset `{target.subset}` of " if target.subset else ""
        return Break("no-instances", f"{subset}{target.service} has no instance that can be seen in {where}")
    dialing = where if hops else caller
    hops.append(
        _hop(
            "destination",
            instances,
            dialing,
            target.sni,
            terminates=True,
            only_passing=target.only_passing,
        )
    )
    return None


def peer_path(mesh: Mesh, caller: Key, service: PeeredService, mode: str) -> CallPath:
    """The path to a service of a peer: always through the exporter's gateways."""
    end = mesh.peering(caller, service.peer)
    blank = CallPath(mode=mode, hops=())
    if end is None:
        return replace(blank, broken=Break("no-peering", f"{caller} has no peering called `{service.peer}`"))
    hops: list[Hop] = []
    broken = _own_gateway_hop(mesh, caller, _first_sni(service), hops) if mode == "local" else None
    broken = broken or _import_break(end, service)
    unchecked = ""
    if broken is None and end.in_tree:
        broken = _exporter_hops(mesh, caller, end, service, hops)
    elif broken is None:
        unchecked = _elsewhere_hops(end, service, hops)
    return replace(blank, hops=tuple(hops), broken=broken, unchecked=unchecked)


def _first_sni(service: PeeredService) -> str:
    return service.snis[0] if service.snis else ""


def _import_break(end: PeeringEnd, service: PeeredService) -> Break | None:
    """Why the importer knows nothing of the service."""
    match service.fault:
        case "not-exported":
            message = (
                f"peer `{end.name}` ({end.remote}) does not export {service.name} to `{end.remote_name}`"
            )
            return Break("not-exported-to-peer", message)
        case "not-usable":
            message = f"peer `{end.name}` ({end.remote}) exports {service.name}, which does not exist there"
            return Break("not-usable-at-peer", message)
        case "no-gateway":
            message = f"{end.remote}, the other end of peer `{end.name}`, has no mesh gateway"
            return Break("no-peer-gateway", message)
        case _:
            return None


def _exporter_hops(
    mesh: Mesh, caller: Key, end: PeeringEnd, service: PeeredService, hops: list[Hop]
) -> Break | None:
    """Through the exporter's gateways: passed on over TCP, a new TLS connection for HTTP."""
    sni = _first_sni(service)
    if sni != sni.lower() and hops:
        return Break(
            "upper-case-name",
            f"Envoy lower-cases the SNI `{sni}`, and {caller}'s mesh gateway knows no such name",
        )
    http = service.protocol in HTTP_LIKE
    gateways = mesh.gateways(end.remote)
    hops.append(_hop("peer gateway", gateways, caller, sni, terminates=http))
    key = exported_key(end, service)
    found = _exported_target(mesh, end, key)
    if found is None or not carries(mesh, end.remote, key):
        return Break(
            "no-instances-at-peer",
            f"{service.name} has no instance in {end.remote} that its mesh gateway could reach",
        )
    instances, inner = found
    hops.append(_hop("destination", instances, end.remote, inner if http else sni, terminates=True))
    return None


def _exported_target(mesh: Mesh, end: PeeringEnd, key: ServiceKey) -> tuple[tuple[Instance, ...], str] | None:
    """Where an exported chain leads by default: its own service if it can, else the first target."""
    home = mesh.datacenters[end.remote.datacenter]
    chain = plain_chain(mesh, home, key)
    if isinstance(chain, ChainError):
        return None
    nodes = [node for _, node in sorted(chain.nodes.items()) if isinstance(node, ResolverNode)]
    targets = [chain.targets[node.target] for node in nodes]
    targets.sort(key=lambda target: target.key != key)
    for target in targets:
        local = not target.peer and Key(target.datacenter, target.partition) == end.remote
        instances = connect_endpoints(mesh, home.name, target.key) if local else ()
        if instances:
            return instances, target.sni
    return None


def _elsewhere_hops(end: PeeringEnd, service: PeeredService, hops: list[Hop]) -> str:
    """As far as the project file describes a peer that is not in the tree; what it does not say."""
    if service.fault == "not-told":
        return f"what peer `{end.name}` exports (`exports` of the peering in the project file)"
    if not service.endpoints:
        return f"the mesh gateways of peer `{end.name}` (`gateways` of the export in the project file)"
    hops.append(_gateway_elsewhere(end, service, service.endpoints[0]))
    return f"what lies behind the mesh gateway of peer `{end.name}`"


def _gateway_elsewhere(end: PeeringEnd, service: PeeredService, first: Endpoint) -> Hop:
    return Hop(
        role="peer gateway",
        where=end.remote,
        instances=(),
        address=first.address,
        network="WAN",
        why="a peer",
        sni=_first_sni(service),
        terminates=service.protocol in HTTP_LIKE,
    )
