"""Datacenters, nodes and service instances, indexed (topology.md 1–2)."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple, TypeAlias, TypeVar

from meshgw.diagnostics.model import Location
from meshgw.loading.model import LoadedQuery
from meshgw.loading.project import RemoteExport, ServerSetting
from meshgw.mesh.entry_set import EntrySet
from meshgw.services.model import Service

K = TypeVar("K")
T = TypeVar("T")
_NOTHING: Any = object()

Status: TypeAlias = Literal["passing", "warning", "critical"]


class Key(NamedTuple):
    """The locality key: a proxy dials LAN addresses within its own key and WAN addresses elsewhere."""

    datacenter: str
    partition: str

    def __str__(self) -> str:
        return f"partition `{self.partition}` of {self.datacenter}"


class Address(NamedTuple):
    """Where an instance is dialed; `source` says which of the places of topology.md 2 gave it."""

    host: str
    port: int
    source: str

    @property
    def is_ip(self) -> bool:
        return is_ip(self.host)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def is_ip(host: str) -> bool:
    """Whether a host is an IP literal."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A node. `assumed` says that no file gives its address.

    `expose_ports` are those that its agent opens for health checks, the first and the last; `dns_domain`
    is its agent's, empty when no file says it.
    """

    name: str
    datacenter: str
    partition: str = "default"
    address: str
    tagged_addresses: Mapping[str, str] = field(default_factory=dict)
    meta: Mapping[str, str] = field(default_factory=dict)
    expose_ports: tuple[int, int] = (21500, 21755)
    dns_domain: str = ""
    assumed: bool = False
    location: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Instance:
    """A service instance on a node, after expansion and normalization.

    `statuses` are those of its own and its node's checks. `port_assumed` marks an automatic sidecar
    port. `parent` is the application of an expanded sidecar. `central_config` says whether its agent
    completes it by config entries.
    """

    service: Service
    node: Node
    partition: str
    namespace: str
    statuses: tuple[Status, ...] = ()
    port_assumed: bool = False
    from_catalog: bool = False
    central_config: bool = True
    order: int = 0
    key: Key = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", Key(self.node.datacenter, self.partition))

    @property
    def datacenter(self) -> str:
        return self.node.datacenter

    @property
    def identity(self) -> tuple[str, str, str, str, str]:
        """Datacenter, partition, namespace, node and id."""
        return (self.datacenter, self.partition, self.namespace, self.node.name, self.service.id)

    @property
    def location(self) -> Location | None:
        return self.service.locate()

    @property
    def lan(self) -> Address:
        """Service address, else node address; the service port."""
        service = self.service
        if service.address:
            return Address(service.address, service.port, "service address")
        return Address(self.node.address, service.port, "node address")

    @property
    def wan(self) -> Address:
        """Service tag `wan`, else service address, else node tag `wan`, else node address."""
        service = self.service
        tagged = service.tagged_addresses.get("wan")
        port = service.port if tagged is None or tagged.port == 0 else tagged.port
        if tagged is not None and tagged.address:
            return Address(tagged.address, port, "service's tagged address `wan`")
        if tagged is None and service.address:
            return Address(service.address, port, "service address")
        if self.node.tagged_addresses.get("wan"):
            return Address(self.node.tagged_addresses["wan"], port, "node's tagged address `wan`")
        return Address(self.node.address, port, "node address")

    def address_from(self, key: Key) -> Address:
        """The address that a proxy with this locality key dials."""
        return self.lan if key == self.key else self.wan

    def health(self, *, only_passing: bool = False) -> tuple[bool, int]:
        """Whether it is healthy, and its load-balancing weight (envoy-sidecar.md EP-05)."""
        weights = self.service.weights
        healthy, weight = True, weights.passing
        for status in self.statuses:
            if status == "critical" or (only_passing and status != "passing"):
                healthy = False
            elif status == "warning":
                weight = weights.warning
        return (False, 1) if weight < 1 else (healthy, min(weight, 128))

    @property
    def destination(self) -> str:
        """The service that is called through this instance, empty when it is no connect endpoint."""
        service = self.service
        if service.is_proxy:
            return service.proxy.destination_service_name
        return service.name if service.connect.native else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Datacenter:
    """A datacenter: identity, policies and stored config entries.

    `default_allow` is what happens to a call that no intention decides (intentions-and-exports.md
    2.3), `acl_allow` what ACLs decide for a missing export. `*_from` say where that was written.
    """

    name: str
    primary: str
    trust_domain: str
    trust_domain_from: str = ""
    entries: EntrySet = field(default_factory=EntrySet)
    acl_enabled: bool = False
    acl_allow: bool = True
    acl_from: str = ""
    default_allow: bool = True
    default_from: str = ""
    registered_with: Literal["server", "client"] = "server"
    servers: tuple[ServerSetting, ...] = ()
    dns_domain: str = "consul"
    virtual_ips: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeeringEnd:
    """A peering as one of its two partitions sees it.

    `name` is what this end calls the other, `remote_name` what the other calls this end. Of an end that
    is not `in_tree`, `exports` say what it offers; `None` means that nobody says. `accepted` tells that
    this end made the token, so that the other dials. `addresses` are those of the other's servers
    as the project file gives them.
    `root` is the NAME of its roots' placeholder `<root of NAME>`.
    """

    key: Key
    name: str
    remote: Key
    remote_name: str
    trust_domain: str
    root: str
    in_tree: bool = True
    accepted: bool = False
    exports: tuple[RemoteExport, ...] | None = None
    addresses: tuple[str, ...] = ()
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class PeeringFault:
    """A peering of the project file that cannot be; it is left out."""

    message: str
    location: Location | None
    within_cluster: bool = False


@dataclass(frozen=True, kw_only=True, eq=False)
class Mesh:
    """Everything the rooms below need to know. Lookups are indexed; names are compared as Consul does.

    `assumptions` are sentences about what the tree does not say, `peering_faults` the peerings of the
    project file that cannot be.
    """

    datacenters: Mapping[str, Datacenter]
    instances: tuple[Instance, ...]
    peerings: tuple[PeeringEnd, ...] = ()
    peering_faults: tuple[PeeringFault, ...] = ()
    queries: tuple[LoadedQuery, ...] = ()
    enterprise: bool = False
    consul_version: tuple[int, int] = (1, 22)
    federation_drops_partitions: bool = True
    """Whether federation states take the place of a datacenter's other partitions (MG-P09)."""
    assumptions: tuple[str, ...] = ()

    @cached_property
    def _by_key(self) -> dict[Key, list[Instance]]:
        found: dict[Key, list[Instance]] = {}
        for instance in self.instances:
            found.setdefault(instance.key, []).append(instance)
        return found

    @cached_property
    def _by_name(self) -> dict[tuple[Key, str, str], list[Instance]]:
        return _indexed(
            ((instance.key, instance.namespace, instance.service.name.lower()), instance)
            for instance in self.instances
        )

    @cached_property
    def _by_destination(self) -> dict[tuple[Key, str, str], list[Instance]]:
        return _indexed(
            ((instance.key, instance.namespace, instance.destination.lower()), instance)
            for instance in self.instances
            if instance.destination
        )

    @cached_property
    def _gateways(self) -> dict[tuple[Key, str], list[Instance]]:
        return _indexed(
            ((instance.key, instance.service.kind), instance)
            for instance in self.instances
            if instance.service.is_gateway
        )

    @cached_property
    def _once(self) -> dict[Hashable, Any]:
        return {}

    def once(self, key: Hashable, compute: Callable[[], T]) -> T:
        """Something that follows from this mesh alone, computed when it is first asked for."""
        found: T = self._once.get(key, _NOTHING)
        if found is _NOTHING:
            found = self._once[key] = compute()
        return found

    def instances_of(self, key: Key) -> tuple[Instance, ...]:
        """Everything that is registered with a locality key."""
        return tuple(self._by_key.get(key, ()))

    def named(self, key: Key, namespace: str, name: str) -> tuple[Instance, ...]:
        """The instances registered under a service name."""
        return tuple(self._by_name.get((key, namespace, name.lower()), ()))

    def connect_endpoints(self, key: Key, namespace: str, name: str) -> tuple[Instance, ...]:
        """What is dialed for a service: its sidecars and native instances, in catalog order."""
        return tuple(self._by_destination.get((key, namespace, name.lower()), ()))

    def gateways(self, key: Key, kind: str = "mesh-gateway") -> tuple[Instance, ...]:
        """The gateways of a kind with a locality key, in catalog order (node name, then id)."""
        return tuple(self._gateways.get((key, kind), ()))

    @cached_property
    def _by_node(self) -> dict[tuple[str, str], list[Instance]]:
        found: dict[tuple[str, str], list[Instance]] = {}
        for instance in sorted(self.instances, key=lambda instance: instance.order):
            found.setdefault((instance.datacenter, instance.node.name), []).append(instance)
        return found

    def on_node(self, datacenter: str, node: str) -> tuple[Instance, ...]:
        """The instances of a node, in the order of registration."""
        return tuple(self._by_node.get((datacenter, node), ()))

    @cached_property
    def _peerings(self) -> dict[Key, dict[str, PeeringEnd]]:
        found: dict[Key, dict[str, PeeringEnd]] = {}
        for end in sorted(self.peerings, key=lambda end: (end.key, end.name)):
            found.setdefault(end.key, {}).setdefault(end.name, end)
        return found

    def peerings_of(self, key: Key) -> tuple[PeeringEnd, ...]:
        """The peerings of a partition, by the name that it gives the other end."""
        return tuple(self._peerings.get(key, {}).values())

    def peering(self, key: Key, name: str) -> PeeringEnd | None:
        """The peering that a partition knows by a name."""
        return self._peerings.get(key, {}).get(name)

    @cached_property
    def proxies(self) -> tuple[Instance, ...]:
        """The instances that run an Envoy, in stable order."""
        return tuple(
            sorted(
                (found for found in self.instances if not found.service.is_typical),
                key=lambda found: found.identity,
            )
        )

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """All (datacenter, partition) pairs in which something is registered or declared."""
        found = {instance.key for instance in self.instances}
        for datacenter in self.datacenters.values():
            found.add(Key(datacenter.name, "default"))
            found.update(Key(datacenter.name, entry.partition) for entry in datacenter.entries.all())
        return tuple(sorted(found))

    @cached_property
    def service_names(self) -> frozenset[str]:
        """Every name that something is registered under or stands for, in lower case."""
        names = {instance.service.name.lower() for instance in self.instances}
        return frozenset(names | {found.destination.lower() for found in self.instances if found.destination})

    def federated(self, datacenter: str) -> tuple[str, ...]:
        """The other datacenters of a datacenter's federation."""
        primary = self.datacenters[datacenter].primary
        return tuple(
            sorted(
                found.name
                for found in self.datacenters.values()
                if found.primary == primary and found.name != datacenter
            )
        )


def _indexed(pairs: Iterable[tuple[K, Instance]]) -> dict[K, list[Instance]]:
    found: dict[K, list[Instance]] = {}
    for key, instance in pairs:
        found.setdefault(key, []).append(instance)
    for instances in found.values():
        instances.sort(key=lambda instance: (instance.node.name, instance.service.id))
    return found
