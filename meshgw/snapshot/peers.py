"""Services of peers: what is exported to whom, and how it looks to the partition that imports it.

intentions-and-exports.md 5.4, envoy-sidecar.md 5.2 (EP-20–EP-22), envoy-mesh-gateway.md 13.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from meshgw.chain.model import ChainError, DiscoveryChain, Target
from meshgw.entries.service_resolver import ServiceResolver
from meshgw.entries.service_router import ServiceRouter
from meshgw.entries.service_splitter import ServiceSplitter
from meshgw.entries.shared import CONSUL
from meshgw.mesh.identities import gateway_spiffe_id, service_spiffe_id
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Address, Datacenter, Key, Mesh, PeeringEnd
from meshgw.resolve.exports import bundle_peers, consuming_peers
from meshgw.resolve.proxy import EffectiveProxy, EffectiveUpstream
from meshgw.resolve.upstreams import MergeKey
from meshgw.snapshot.carried import candidates
from meshgw.snapshot.compiling import plain_chain
from meshgw.snapshot.instances import connect_endpoints
from meshgw.snapshot.model import Endpoint, PeerBundle, PeeredService, PeerUpstream, Pool, TargetSnapshot
from meshgw.snapshot.names import envoy_id, exported_sni, upstream_id
from meshgw.snapshot.pools import endpoint
from meshgw.snapshot.virtual_ips import virtual_ips

HTTP_LIKE = frozenset({"http", "http2", "grpc"})

_CHAIN_KINDS = (ServiceRouter, ServiceSplitter, ServiceResolver)


def bundle_of(end: PeeringEnd) -> PeerBundle:
    """The roots of the other end of a peering."""
    return PeerBundle(
        peer=end.name,
        trust_domain=end.trust_domain,
        name=end.root,
        exported_partition=end.remote.partition,
    )


def inbound_bundles(mesh: Mesh, home: Datacenter, service: ServiceKey) -> tuple[PeerBundle, ...]:
    """The bundles that a service's own sidecar is given (5.2): no union of the items that cover it."""
    peers = bundle_peers(home.entries, service)
    ends = mesh.peerings_of(Key(home.name, service.partition))
    return tuple(bundle_of(end) for end in ends if end.name in peers)


def has_chain_entry(home: Datacenter, service: ServiceKey) -> bool:
    return any(home.entries.find(kind.kind, service) is not None for kind in _CHAIN_KINDS)


def usable(mesh: Mesh, home: Datacenter, service: ServiceKey) -> bool:
    """Whether an exported name means anything to a peer: chain entries or connect endpoints (5.4)."""
    if service.name == CONSUL:
        return False
    return has_chain_entry(home, service) or bool(connect_endpoints(mesh, home.name, service))


def exports_to_peers(mesh: Mesh, key: Key) -> dict[ServiceKey, tuple[str, ...]]:
    """The usable services of a partition with the peers that consume them, both sorted (MG-I26)."""
    return mesh.once(("exports to peers", key), lambda: _exports_to_peers(mesh, key))


def _exports_to_peers(mesh: Mesh, key: Key) -> dict[ServiceKey, tuple[str, ...]]:
    home = mesh.datacenters[key.datacenter]
    known = {end.name for end in mesh.peerings_of(key)}
    if not known or home.entries.exported_services(key.partition) is None:
        return {}
    found: dict[ServiceKey, tuple[str, ...]] = {}
    for service in sorted(_exportable(mesh, home, key)):
        peers = known & set(consuming_peers(home.entries, service))
        if peers and usable(mesh, home, service):
            found[service] = tuple(sorted(peers))
    return found


def _exportable(mesh: Mesh, home: Datacenter, key: Key) -> set[ServiceKey]:
    """Every name that an exact or wildcard export may mean."""
    found = {service.folded: service for service in candidates(mesh, home, key)}
    for kind in _CHAIN_KINDS:
        for entry in home.entries.of_kind(kind):
            if entry.partition == key.partition:
                service = ServiceKey(entry.partition, entry.namespace, entry.name)
                found.setdefault(service.folded, service)
    exports = home.entries.exported_services(key.partition)
    for exported in exports.services if exports is not None else ():
        if exported.name != "*":
            service = ServiceKey(key.partition, exported.namespace or "default", exported.name)
            found.setdefault(service.folded, service)
    return set(found.values())


def imported_services(mesh: Mesh, end: PeeringEnd) -> Iterator[PeeredService]:
    """Everything that a partition imports from one peer, by namespace and name."""
    if end.in_tree:
        offered = exports_to_peers(mesh, end.remote)
        names = [
            (found.namespace, found.name) for found, peers in offered.items() if end.remote_name in peers
        ]
    else:
        names = [(found.namespace, found.name) for found in end.exports or ()]
    for namespace, name in sorted(names):
        yield peered_service(mesh, end, namespace, name)


def unknown_peer(key: Key, peer: str, namespace: str, name: str) -> PeeredService:
    """A service of a peer that the partition has no peering with."""
    return PeeredService(
        name=name, namespace=namespace, partition=key.partition, peer=peer, bundle=None, fault="no-peering"
    )


def service_at(mesh: Mesh, key: Key, peer: str, namespace: str, name: str) -> PeeredService:
    """A service of a peer, by the name that a partition has for the peer."""
    end = mesh.peering(key, peer)
    if end is None:
        return unknown_peer(key, peer, namespace, name)
    return peered_service(mesh, end, namespace, name)


def peered_service(mesh: Mesh, end: PeeringEnd, namespace: str, name: str) -> PeeredService:
    """A service of a peer as its exporter describes it, or why it does not."""
    blank = PeeredService(
        name=name, namespace=namespace, partition=end.key.partition, peer=end.name, bundle=bundle_of(end)
    )
    return _described_here(mesh, end, blank) if end.in_tree else _described_elsewhere(end, blank)


def _described_here(mesh: Mesh, end: PeeringEnd, blank: PeeredService) -> PeeredService:
    """What the exporter of the tree pushes: its gateways stand for the instances (MG-G04)."""
    home, service = mesh.datacenters[end.remote.datacenter], exported_key(end, blank)
    if end.remote_name not in consuming_peers(home.entries, service):
        return replace(blank, fault="not-exported")
    chain = plain_chain(mesh, home, service)
    if not usable(mesh, home, service) or isinstance(chain, ChainError):
        return replace(blank, fault="not-usable")
    gateways = mesh.gateways(end.remote)
    if not gateways:
        return replace(blank, fault="no-gateway")
    return replace(
        blank,
        protocol=chain.protocol,
        snis=(peered_sni(end, service),),
        spiffe_ids=tuple(_identities(end, home, chain)),
        endpoints=tuple(endpoint(gateway, end.key) for gateway in gateways),
    )


def _described_elsewhere(end: PeeringEnd, blank: PeeredService) -> PeeredService:
    """What the project file says of a service at a peer that is not in the tree."""
    if end.exports is None:
        return replace(blank, fault="not-told")
    wanted = (blank.namespace, blank.name)
    said = next((found for found in end.exports if (found.namespace, found.name) == wanted), None)
    if said is None:
        return replace(blank, fault="not-exported")
    service, remote = exported_key(end, blank), end.remote
    endpoints = tuple(Endpoint(Address(host, port, "project file")) for host, port in said.gateways)
    return replace(
        blank,
        fault=None if endpoints else "no-addresses",
        protocol=said.protocol,
        snis=(peered_sni(end, service),),
        spiffe_ids=(
            service_spiffe_id(service, remote.datacenter, end.trust_domain),
            gateway_spiffe_id(remote, end.trust_domain),
        ),
        endpoints=endpoints,
    )


def exported_key(end: PeeringEnd, service: PeeredService) -> ServiceKey:
    """The service as its exporter knows it."""
    return ServiceKey(end.remote.partition, service.namespace, service.name)


def peered_sni(end: PeeringEnd, service: ServiceKey) -> str:
    """The SNI that importers present: all parts, and the name that the exporter has for them (MG-N05)."""
    return exported_sni(service, end.remote_name, end.trust_domain)


def _identities(end: PeeringEnd, home: Datacenter, chain: DiscoveryChain) -> Iterator[str]:
    """Whose certificates a caller may meet: the service (over TCP each target), and the gateway.

    Over TCP too the gateway is among them: so it is recorded, against intentions-and-exports.md 5.4.
    """
    services = [ServiceKey(chain.partition, chain.namespace, chain.service)]
    if chain.protocol not in HTTP_LIKE:
        services = [target.key for target in chain.targets.values() if _is_local(target, end.remote)]
    for service in dict.fromkeys(services):
        yield service_spiffe_id(service, home.name, home.trust_domain)
    yield gateway_spiffe_id(end.remote, home.trust_domain)


def _is_local(target: Target, key: Key) -> bool:
    return not target.peer and (target.datacenter, target.partition) == key


def peer_pool(mesh: Mesh, caller: Key, service: PeeredService, mode: str) -> Pool:
    """What a caller dials for a peer's service: its own gateways in mode local, else the exporter's."""
    if mode == "local":
        gateways = tuple(endpoint(gateway, caller) for gateway in mesh.gateways(caller))
        return Pool(endpoints=gateways, gateways=caller)
    found = service.endpoints
    if service.by_host_name:
        found = tuple(item for item in found if not item.address.is_ip)
    return Pool(endpoints=found)


def peer_upstream(mesh: Mesh, caller: Key, upstream: EffectiveUpstream) -> PeerUpstream:
    """An upstream that is registered with a `destination_peer`."""
    registered = upstream.upstream
    service = service_at(
        mesh,
        caller,
        registered.destination_peer,
        registered.destination_namespace or "default",
        registered.destination_name,
    )
    return PeerUpstream(
        envoy_id=upstream_id(registered),
        service=service,
        pool=peer_pool(mesh, caller, service, upstream.mode.value),
        settings=upstream,
    )


def peer_target(mesh: Mesh, caller: Key, target: Target, mode: str) -> TargetSnapshot:
    """A chain's target at a peer; `mode` is that of the chain's upstream, not the target's (EP-20)."""
    service = service_at(mesh, caller, target.peer, target.namespace, target.service)
    return TargetSnapshot(target=target, pool=peer_pool(mesh, caller, service, mode), peered=service)


def imported_upstreams(
    mesh: Mesh, home: Datacenter, proxy: EffectiveProxy, explicit: Iterable[str]
) -> Iterator[PeerUpstream]:
    """In transparent mode: every imported service with a virtual IP that has no listener of its own."""
    key, taken = proxy.instance.key, set(explicit)
    settings = {each.key: each for each in proxy.upstreams}
    for end in mesh.peerings_of(key):
        for service in imported_services(mesh, end):
            name = ServiceKey(key.partition, service.namespace, service.name)
            identity = envoy_id(name, peer=end.name)
            address = virtual_ips(mesh, home).of(identity)
            if identity in taken or not address:
                continue
            own = settings.get(MergeKey(service.name, service.namespace, key.partition, end.name))
            chosen = own or settings.get(MergeKey("*", "*", key.partition, ""))
            mode = chosen.mode.value if chosen is not None else proxy.mesh_gateway_mode
            yield PeerUpstream(
                envoy_id=identity,
                service=service,
                pool=peer_pool(mesh, key, service, mode),
                settings=chosen,
                explicit=False,
                addresses=(address,) if service.endpoints else (),
            )
