"""Virtual IPs of the services that a partition's proxies may call (product.md 1, envoy-sidecar.md 6.6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Datacenter, Mesh
from meshgw.mesh.virtual_ips import assumed_ips, service_text, services_with_address


@dataclass(frozen=True, slots=True)
class VirtualIPs:
    """Addresses by name (`api`, `api?peer=NAME`). `assumed` are the names whose address nobody gave."""

    addresses: Mapping[str, str]
    assumed: frozenset[str] = frozenset()
    services: tuple[ServiceKey, ...] = field(default=(), repr=False)
    """The services of the datacenter itself that own an address."""

    def of(self, name: str) -> str:
        return self.addresses.get(name, "")


def virtual_ips(mesh: Mesh, home: Datacenter) -> VirtualIPs:
    """The virtual IPs of a datacenter: those given, and the next free ones for all other services."""
    return mesh.once(("virtual ips", home.name), lambda: _virtual_ips(mesh, home))


def _virtual_ips(mesh: Mesh, home: Datacenter) -> VirtualIPs:
    own = [instance for instance in mesh.instances if instance.datacenter == home.name]
    services = tuple(dict.fromkeys(services_with_address(home.entries, own)))
    names = [*(service_text(service) for service in services), *_imported(mesh, home)]
    assumed = assumed_ips(names, home.virtual_ips)
    return VirtualIPs({**home.virtual_ips, **assumed}, frozenset(assumed), services)


def _imported(mesh: Mesh, home: Datacenter) -> Iterator[str]:
    """The names of imported services, by peer, namespace and name."""
    from meshgw.snapshot.peers import imported_services

    for key in mesh.keys:
        if key.datacenter != home.name:
            continue
        for end in mesh.peerings_of(key):
            for service in imported_services(mesh, end):
                name = ServiceKey(key.partition, service.namespace, service.name)
                yield f"{service_text(name)}?peer={end.name}"
