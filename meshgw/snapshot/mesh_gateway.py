"""The snapshot of a mesh gateway (envoy-mesh-gateway.md 2)."""

from __future__ import annotations

from collections.abc import Iterator

from meshgw.chain.model import ChainError
from meshgw.entries.filters import FilterError
from meshgw.mesh.model import Datacenter, Instance, Key, Mesh, PeeringEnd
from meshgw.services.model import MESH_GATEWAY
from meshgw.snapshot.carried import carried_services, target_endpoints
from meshgw.snapshot.common import common_to_all
from meshgw.snapshot.compiling import plain_chain
from meshgw.snapshot.model import (
    CarriedService,
    ExportedService,
    GatewayKey,
    MeshGatewaySnapshot,
    OutboundPeering,
    PeeredService,
    ServerAddress,
    SnapshotFault,
)
from meshgw.snapshot.names import peering_server_name
from meshgw.snapshot.peers import bundle_of, exports_to_peers, imported_services
from meshgw.snapshot.pools import endpoint

WAN_FEDERATION_META = "consul-wan-federation"
DEFAULT = "default"


def mesh_gateway_snapshot(mesh: Mesh, instance: Instance) -> MeshGatewaySnapshot:
    """Everything a mesh gateway knows. What Consul could not serve is in `faults`."""
    home, own = mesh.datacenters[instance.datacenter], instance.key
    faults: list[SnapshotFault] = []
    carried = _carried(mesh, home, own, faults)
    federating = serves_federation(instance)
    through = through_gateways(home, own.partition)
    return MeshGatewaySnapshot(
        **common_to_all(mesh, instance),
        wan_federation=federating,
        gateway_keys=tuple(_gateway_keys(mesh, own, federating=federating)),
        carried=carried,
        servers=tuple(_servers(home)) if federating else (),
        peering_servers=_peering_servers(home) if through else None,
        exported=tuple(_exported(mesh, home, own, carried, faults)),
        bundles=tuple(bundle_of(end) for end in mesh.peerings_of(own)),
        imported=tuple(_imported(mesh, own)),
        outbound_peerings=tuple(_outbound(mesh, own.datacenter)) if through and _is_default(own) else (),
        dns_domain=instance.node.dns_domain or home.dns_domain,  # MG-N07
        faults=tuple(faults),
    )


def serves_federation(gateway: Instance) -> bool:
    """Whether a gateway routes to servers: the meta flag, in the default partition (condition W)."""
    return _is_default(gateway.key) and gateway.service.meta.get(WAN_FEDERATION_META) == "1"


def through_gateways(home: Datacenter, partition: str) -> bool:
    """Whether the mesh entry of a partition sends the control plane of peerings through gateways."""
    entry = home.entries.mesh(partition)
    return entry is not None and entry.peering is not None and entry.peering.peer_through_mesh_gateways


def _is_default(key: Key) -> bool:
    return key.partition == DEFAULT


def _carried(
    mesh: Mesh, home: Datacenter, own: Key, faults: list[SnapshotFault]
) -> tuple[CarriedService, ...]:
    try:
        return tuple(carried_services(mesh, home, own))
    except FilterError as fault:  # one bad subset, and the gateway gets nothing at all (MG-Q01)
        faults.append(SnapshotFault("subset", f"the filter of a subset cannot be used: {fault}"))
        return ()


def _gateway_keys(mesh: Mesh, own: Key, *, federating: bool) -> Iterator[GatewayKey]:
    """The keys whose gateways are known, sorted by datacenter, then partition (MG-P07).

    Those of federation states stand for the catalog's keys of their datacenters, which drops the other
    partitions of the own one (MG-I32, MG-P09).
    """
    keys = {key for key in mesh.keys if key.datacenter == own.datacenter and key != own}
    if _is_default(own):
        keys.update(Key(datacenter, DEFAULT) for datacenter in mesh.federated(own.datacenter))
    if federating:
        own_state = (own,) if mesh.federation_drops_partitions else ()  # else it counts as remote (MG-W05)
        states = {key for key in (*keys, *own_state) if _is_default(key) and mesh.gateways(key, MESH_GATEWAY)}
        dropped = {key.datacenter for key in states} if mesh.federation_drops_partitions else set()
        keys = states | {key for key in keys if key.datacenter not in dropped}
    for key in sorted(keys):
        gateways = mesh.gateways(key, MESH_GATEWAY)
        if gateways:
            yield GatewayKey(key=key, endpoints=tuple(endpoint(gateway, own) for gateway in gateways))


def _servers(home: Datacenter) -> Iterator[ServerAddress]:
    """The servers of the own datacenter, by node name (MG-I23)."""
    for server in sorted(home.servers, key=lambda server: server.name):
        yield ServerAddress(name=server.name, address=server.address, port=server.port)


def _peering_servers(home: Datacenter) -> tuple[ServerAddress, ...] | None:
    """The servers that peers may dial (MG-E22); `None` when there is none but replicas (MG-F06)."""
    voters = [server for server in home.servers if not server.read_replica]
    if not voters:
        return None
    return tuple(
        ServerAddress(name=server.name, address=server.address, port=server.grpc_tls_port)
        for server in sorted(voters, key=lambda server: server.name)
        if server.grpc_tls_port > 0
    )


def _exported(
    mesh: Mesh,
    home: Datacenter,
    own: Key,
    carried: tuple[CarriedService, ...],
    faults: list[SnapshotFault],
) -> Iterator[ExportedService]:
    """The exported services that get filter chains (MG-F11), by namespace and name."""
    known = {service.key: service for service in carried}
    for key, peers in exports_to_peers(mesh, own).items():
        chain = plain_chain(mesh, home, key) if key in known else None
        if chain is None or isinstance(chain, ChainError):
            continue
        if any(target.peer for target in chain.targets.values()):
            message = f"{key.name} is exported to peers, but its chain leads to a peer"
            faults.append(SnapshotFault(key.name, message))  # MG-Q04: Consul's generation crashes
            continue
        pools = {}
        for target in chain.targets.values():
            service = known.get(target.key) if (target.datacenter, target.partition) == own else None
            endpoints = target_endpoints(service, target, own) if service is not None else None
            if endpoints is not None:
                pools[target.id] = endpoints
        yield ExportedService(key=key, peers=peers, chain=chain, pools=pools)


def _imported(mesh: Mesh, own: Key) -> Iterator[PeeredService]:
    """The services of all peers that have endpoints, whether anybody uses them or not (MG-G07)."""
    for end in mesh.peerings_of(own):
        yield from (service for service in imported_services(mesh, end) if service.endpoints)


def _outbound(mesh: Mesh, datacenter: str) -> Iterator[OutboundPeering]:
    """The peers that this cluster dials, by server name; of two with one name the first (MG-C42)."""
    found: dict[str, tuple[str, ...]] = {}
    for end in sorted(mesh.peerings, key=lambda end: (end.key, end.name)):
        if end.key.datacenter == datacenter and not end.accepted:
            addresses = token_addresses(mesh, end)
            if addresses:
                found.setdefault(peering_server_name(end.remote.datacenter, end.trust_domain), addresses)
    for name in sorted(found):
        yield OutboundPeering(
            server_name=name, addresses=tuple(_host_port(text) for text in sorted(found[name]))
        )


def token_addresses(mesh: Mesh, end: PeeringEnd) -> tuple[str, ...]:
    """Where a token says that the other end is reached: its servers, or its gateways (topology.md 9).

    Addresses that somebody wrote by hand come first (MG-C40).
    """
    if end.addresses or not end.in_tree:
        return end.addresses
    remote = mesh.datacenters[end.remote.datacenter]
    if through_gateways(remote, DEFAULT):
        return tuple(str(gateway.wan) for gateway in mesh.gateways(Key(remote.name, DEFAULT)))
    return tuple(
        f"{server.address}:{server.grpc_tls_port}" for server in remote.servers if server.grpc_tls_port > 0
    )


def _host_port(text: str) -> tuple[str, int]:
    """`HOST:PORT`; Consul takes an address that it cannot split for an empty host name (MG-C41)."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        return "", 0
    return host.removeprefix("[").removesuffix("]"), int(port)
