"""What a proxy knows when its Envoy resources are made (envoy-sidecar.md 3, envoy-mesh-gateway.md 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from meshgw.chain.model import ChainError, DiscoveryChain, Target
from meshgw.entries.jwt_provider import JWTProvider
from meshgw.entries.mesh import Mesh as MeshEntry
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.entries.service_resolver import ServiceResolver
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Address, Datacenter, Instance, Key
from meshgw.resolve.intentions import Decision, Intention
from meshgw.resolve.proxy import EffectiveProxy, EffectiveUpstream


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address of a pool. `instance` is `None` when it lies outside the tree."""

    address: Address
    healthy: bool = True
    weight: int = 1
    instance: Instance | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """What a caller dials for a target.

    `gateways` is the locality key whose mesh gateways stand for the instances, `None` when they are
    dialed directly. `instances` are the real ones behind them.
    """

    endpoints: tuple[Endpoint, ...]
    gateways: Key | None = None
    instances: tuple[Instance, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerBundle:
    """The roots of a peered cluster. `name` is the NAME of their placeholder.

    `exported_partition` is the partition of the other end of the peering.
    """

    peer: str
    trust_domain: str
    name: str
    exported_partition: str = "default"

    @property
    def root(self) -> str:
        """What stands for the PEM text of the roots."""
        return f"<root of {self.name}>"


ImportFault: TypeAlias = Literal[
    "no-peering", "not-told", "not-exported", "not-usable", "no-gateway", "no-addresses"
]
"""Why a partition knows nothing of a peer's service.

`not-told`: nobody says what a peer elsewhere exports; `no-addresses`: nor at which gateways.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeeredService:
    """A service of a peer, as the peer describes it to the partition that imports it.

    `snis`, `spiffe_ids` and `protocol` come with the imported instances, so without any they are not
    known. `endpoints` are the exporter's gateways (always WAN addresses).
    """

    name: str
    namespace: str
    partition: str
    peer: str
    bundle: PeerBundle | None
    fault: ImportFault | None = None
    protocol: str = "tcp"
    snis: tuple[str, ...] = ()
    spiffe_ids: tuple[str, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()

    @property
    def known(self) -> bool:
        """Whether the peer describes it at all."""
        return bool(self.snis)

    @property
    def by_host_name(self) -> bool:
        """Whether a gateway of it is known by a host name; then the others are not used."""
        return any(not endpoint.address.is_ip for endpoint in self.endpoints)

    @property
    def cluster(self) -> str:
        """How callers name the cluster (envoy-sidecar.md 1.3); a peer without bundle has none."""
        assert self.bundle is not None
        return f"{self.name}.{self.namespace}.{self.peer}.external.{self.bundle.trust_domain}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSnapshot:
    """A chain's target with what is dialed for it; `peered` for a target at a peer."""

    target: Target
    pool: Pool
    peered: PeeredService | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passthrough:
    """Instances of a service that are dialed by their own addresses (transparent mode).

    `connect_timeout` is in nanoseconds, 0 for the default. `varies` says that Consul's own answer
    depends on the order in which it hears of things.
    """

    service: ServiceKey
    addresses: tuple[str, ...]
    connect_timeout: int = 0
    varies: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainUpstream:
    """An upstream with a discovery chain.

    `envoy_id` names it in Envoy (XV-12). `settings` is its own or synthetic entry, else the wildcard's,
    else `None`. `explicit` has its own listener; otherwise it is matched by `addresses`, and `decision`
    is what made it an upstream.
    """

    envoy_id: str
    key: ServiceKey
    chain: DiscoveryChain
    targets: Mapping[str, TargetSnapshot]
    settings: EffectiveUpstream | None
    explicit: bool = True
    addresses: tuple[str, ...] = ()
    passthrough: tuple[Passthrough, ...] = ()
    decision: Decision | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerUpstream:
    """An upstream that names a peer; no chain is compiled for it."""

    envoy_id: str
    service: PeeredService
    pool: Pool
    settings: EffectiveUpstream | None
    explicit: bool = True
    addresses: tuple[str, ...] = ()

    @property
    def key(self) -> ServiceKey:
        return ServiceKey(self.service.partition, self.service.namespace, self.service.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryUpstream:
    """A prepared-query upstream: the instances that the query finds; `known` says that there is one."""

    envoy_id: str
    name: str
    datacenter: str
    settings: EffectiveUpstream
    endpoints: tuple[Endpoint, ...] = ()
    known: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationUpstream:
    """A service outside the mesh that is reached through terminating gateways (transparent mode)."""

    envoy_id: str
    key: ServiceKey
    entry: ServiceDefaults
    protocol: str
    endpoints: tuple[Endpoint, ...] = ()


Upstream: TypeAlias = ChainUpstream | PeerUpstream | QueryUpstream | DestinationUpstream


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposedCheck:
    """A health check that is reachable through the proxy; `listener_port` is assumed."""

    path: str
    protocol: Literal["http", "http2"]
    local_port: int
    listener_port: int


@dataclass(frozen=True, slots=True)
class SnapshotFault:
    """Something that Consul could not generate: the proxy would get nothing at all."""

    subject: str
    message: str
    chain: ChainError | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProxySnapshot:
    """What every kind of proxy knows. With `faults`, Consul would serve it nothing."""

    proxy: EffectiveProxy
    datacenter: Datacenter
    mesh_entry: MeshEntry | None
    enterprise: bool
    consul_version: tuple[int, int] = (1, 22)
    faults: tuple[SnapshotFault, ...] = ()

    @property
    def instance(self) -> Instance:
        return self.proxy.instance

    @property
    def key(self) -> Key:
        return self.proxy.instance.key

    @property
    def trust_domain(self) -> str:
        return self.datacenter.trust_domain

    @property
    def peer_bundles(self) -> tuple[PeerBundle, ...]:
        """The bundles of all peers whose roots occur in the proxy's resources."""
        return ()

    @property
    def dns_names(self) -> tuple[str, ...]:
        """The names that clients outside the mesh find in the proxy's leaf certificate."""
        return ()

    @property
    def peer_roots(self) -> Mapping[str, str]:
        """The trust domains of peers by the NAME of their placeholder `<root of NAME>`."""
        return {bundle.name: bundle.trust_domain for bundle in self.peer_bundles}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SidecarSnapshot(ProxySnapshot):
    """What a sidecar knows. Upstreams are sorted by their Envoy id.

    `advertise_address` is the address of its agent; that the host has IPv6 is assumed.
    """

    upstreams: tuple[Upstream, ...] = ()
    intentions: tuple[Intention, ...] = ()
    jwt_providers: tuple[JWTProvider, ...] = ()
    inbound_bundles: tuple[PeerBundle, ...] = ()
    exposed_checks: tuple[ExposedCheck, ...] = ()
    assumed_addresses: Mapping[str, str] = field(default_factory=dict)
    """Virtual IPs of upstreams, by their Envoy id, that nobody gave."""
    advertise_address: str = ""
    host_has_ipv6: bool = True

    @property
    def peer_bundles(self) -> tuple[PeerBundle, ...]:
        return (*self.inbound_bundles, *(bundle for each in self.upstreams for bundle in bundles_of(each)))


def bundles_of(upstream: Upstream) -> tuple[PeerBundle, ...]:
    """The bundles of the peers that an upstream leads to."""
    match upstream:
        case PeerUpstream():
            services: tuple[PeeredService | None, ...] = (upstream.service,)
        case ChainUpstream():
            services = tuple(target.peered for target in upstream.targets.values())
        case _:
            services = ()
    return tuple(found.bundle for found in services if found is not None and found.bundle is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayKey:
    """A locality key whose mesh gateways a mesh gateway knows; through federation also its own."""

    key: Key
    endpoints: tuple[Endpoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedService:
    """A local service whose connect endpoints a mesh gateway reaches (MG-I12).

    `endpoints` are those of its unnamed cluster, `subsets` those of the resolver's subsets by name.
    """

    key: ServiceKey
    instances: tuple[Instance, ...]
    endpoints: tuple[Endpoint, ...]
    resolver: ServiceResolver | None = None
    subsets: Mapping[str, tuple[Endpoint, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedService:
    """A service exported to peers, with its chain; `peers` are sorted names of consumers.

    `pools` has the endpoints of each target that the gateway carries, by target id.
    """

    key: ServiceKey
    peers: tuple[str, ...]
    chain: DiscoveryChain
    pools: Mapping[str, tuple[Endpoint, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAddress:
    """A server as a gateway dials it."""

    name: str
    address: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundPeering:
    """A peering that this cluster dials: the peer's server name and addresses, sorted.

    An address that cannot be read is an empty host with port 0, as Consul has it (MG-C41).
    """

    server_name: str
    addresses: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeshGatewaySnapshot(ProxySnapshot):
    """What a mesh gateway knows (envoy-mesh-gateway.md 2).

    `wan_federation` says that it routes to servers too (condition W of section 12). `peering_servers`
    are the own servers that peers reach through it, `None` when they do not.
    """

    wan_federation: bool = False
    gateway_keys: tuple[GatewayKey, ...] = ()
    carried: tuple[CarriedService, ...] = ()
    servers: tuple[ServerAddress, ...] = ()
    peering_servers: tuple[ServerAddress, ...] | None = None
    exported: tuple[ExportedService, ...] = ()
    bundles: tuple[PeerBundle, ...] = ()
    imported: tuple[PeeredService, ...] = ()
    outbound_peerings: tuple[OutboundPeering, ...] = ()
    dns_domain: str = "consul"

    @property
    def peer_bundles(self) -> tuple[PeerBundle, ...]:
        consuming = {peer for service in self.exported for peer in service.peers}
        return tuple(bundle for bundle in self.bundles if bundle.peer in consuming)

    @property
    def remote_keys(self) -> tuple[GatewayKey, ...]:
        """The keys that it forwards to."""
        return tuple(known for known in self.gateway_keys if known.key != self.key)
