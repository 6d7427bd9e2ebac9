"""What a proxy knows when its Envoy resources are made (envoy-sidecar.md 3, envoy-mesh-gateway.md 2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from meshgw.chain.model import ChainError, DiscoveryChain, ServiceKey, Target
from meshgw.entries.jwt_provider import JWTProvider
from meshgw.entries.mesh import Mesh as MeshEntry
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.mesh.model import Address, Datacenter, Instance, Key
from meshgw.resolve.intentions import Intention
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
    """The roots of a peered cluster. `root` is the placeholder that stands for its PEM text.

    `exported_partition` is the partition of the other end of the peering.
    """

    peer: str
    trust_domain: str
    root: str
    exported_partition: str = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeeredService:
    """A service imported from a peer, as the peer describes it.

    `snis` and `spiffe_ids` come with the imported instances; `endpoints` are the exporter's gateways
    (always WAN addresses). `known` is false when the peer does not export it.
    """

    name: str
    namespace: str
    partition: str
    peer: str
    bundle: PeerBundle | None
    known: bool = True
    protocol: str = "tcp"
    snis: tuple[str, ...] = ()
    spiffe_ids: tuple[str, ...] = ()
    endpoints: tuple[Endpoint, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSnapshot:
    """A chain's target with what is dialed for it; `peered` for a target at a peer."""

    target: Target
    pool: Pool
    peered: PeeredService | None = None
    passthrough: tuple[str, ...] = ()
    """Addresses of directly dialable instances (transparent mode)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainUpstream:
    """An upstream with a discovery chain.

    `envoy_id` names it in Envoy (XV-12). `settings` is its own or synthetic entry, else the wildcard's,
    else `None`. `explicit` has its own listener; otherwise it is matched by `addresses`.
    """

    envoy_id: str
    key: ServiceKey
    chain: DiscoveryChain
    targets: Mapping[str, TargetSnapshot]
    settings: EffectiveUpstream | None
    explicit: bool = True
    addresses: tuple[str, ...] = ()
    passthrough_own: TargetSnapshot | None = None
    """The chain's own service, watched besides its targets in transparent mode (CL-38)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerUpstream:
    """An upstream that names a peer; no chain is compiled for it."""

    envoy_id: str
    service: PeeredService
    pool: Pool
    settings: EffectiveUpstream | None
    explicit: bool = True
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryUpstream:
    """A prepared-query upstream: the instances that the query finds."""

    envoy_id: str
    name: str
    datacenter: str
    settings: EffectiveUpstream
    endpoints: tuple[Endpoint, ...] = ()


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
    def peer_roots(self) -> Mapping[str, str]:
        """The trust domains of peers by the NAME of their placeholder `<root of NAME>`."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SidecarSnapshot(ProxySnapshot):
    """What a sidecar knows. Upstreams are sorted by their Envoy id."""

    upstreams: tuple[Upstream, ...] = ()
    intentions: tuple[Intention, ...] = ()
    jwt_providers: tuple[JWTProvider, ...] = ()
    inbound_bundles: tuple[PeerBundle, ...] = ()
    exposed_checks: tuple[ExposedCheck, ...] = ()
    virtual_ips: Mapping[str, str] = field(default_factory=dict)
    advertise_address: str = ""
    host_has_ipv6: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayKey:
    """A locality key that a mesh gateway forwards to, and the gateways that it knows there."""

    key: Key
    instances: tuple[Instance, ...]
    from_federation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedService:
    """A local service whose connect endpoints a mesh gateway reaches (MG-I12)."""

    key: ServiceKey
    endpoints: tuple[Instance, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedService:
    """A service exported to peers, with its chain; `peers` are sorted names of consumers."""

    key: ServiceKey
    peers: tuple[str, ...]
    chain: DiscoveryChain


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAddress:
    """A server as a gateway dials it."""

    name: str
    address: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundPeering:
    """A peering that this cluster dials: the peer's server name and addresses."""

    server_name: str
    addresses: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeshGatewaySnapshot(ProxySnapshot):
    """What a mesh gateway knows (envoy-mesh-gateway.md 2)."""

    wan_federation: bool = False
    """Whether the registration has the meta flag `consul-wan-federation` = `1`."""
    remote_keys: tuple[GatewayKey, ...] = ()
    carried: tuple[CarriedService, ...] = ()
    servers: tuple[ServerAddress, ...] = ()
    peering_servers: tuple[ServerAddress, ...] = ()
    exported: tuple[ExportedService, ...] = ()
    bundles: tuple[PeerBundle, ...] = ()
    imported: tuple[PeeredService, ...] = ()
    outbound_peerings: tuple[OutboundPeering, ...] = ()
    dns_domain: str = "consul"
