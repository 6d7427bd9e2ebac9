"""Which services a terminating gateway stands for (envoy-other-gateways.md 2.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from meshgw.diagnostics.model import Location
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.entries.shared import CONSUL, WILDCARD
from meshgw.entries.terminating_gateway import LinkedService, TerminatingGateway
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Datacenter, Instance, Key, Mesh
from meshgw.services.model import TERMINATING_GATEWAY


@dataclass(frozen=True, slots=True)
class Link:
    """A service that an entry links; `index` counts in its `Services`.

    `destination` is its service-defaults when it stands for addresses outside the catalog.
    """

    key: ServiceKey
    entry: TerminatingGateway
    index: int
    destination: ServiceDefaults | None = None

    @property
    def settings(self) -> LinkedService:
        """How the gateway calls the service: those of its own element, or of `*`."""
        return self.entry.services[self.index]

    @property
    def location(self) -> Location | None:
        return self.entry.locate(("Services", self.index), "key")

    @property
    def name_location(self) -> Location | None:
        return self.entry.locate(("Services", self.index, "Name"))


def links_of(mesh: Mesh, home: Datacenter, entry: TerminatingGateway) -> tuple[Link, ...]:
    """The services of an entry, sorted, with what `*` stands for in its place (TE-04)."""
    return tuple(sorted(_linked(mesh, home, entry).values(), key=lambda link: link.key))


def links_to(mesh: Mesh, home: Datacenter, service: ServiceKey) -> Iterator[Link]:
    """The links of a service, one for each entry that has one."""
    for entry in home.entries.of_kind(TerminatingGateway):
        link = _linked(mesh, home, entry).get(service.folded)
        if link is not None:
            yield link


def _linked(mesh: Mesh, home: Datacenter, entry: TerminatingGateway) -> dict[ServiceKey, Link]:
    """The links of an entry, looked up once.

    A tree is a cluster built from nothing, where services come after entries: a name that has instances
    takes the settings of `*` even where it is listed; a destination keeps its own (TE-03).
    """
    return mesh.once(("linked", home.name, id(entry)), lambda: _looked_up(mesh, home, entry))


def _looked_up(mesh: Mesh, home: Datacenter, entry: TerminatingGateway) -> dict[ServiceKey, Link]:
    found: dict[ServiceKey, Link] = {}
    for index, linked in enumerate(entry.services):
        if linked.name != WILDCARD:
            key = _key(entry, linked)
            found[key.folded] = Link(key, entry, index, destination_of(mesh, home, key))
    for index, linked in enumerate(entry.services):
        if linked.name == WILDCARD:
            place = _key(entry, linked)
            named = {key.folded: Link(key, entry, index) for key in _outside_the_mesh(mesh, home, place)}
            others = {key.folded: Link(key, entry, index, at) for key, at in destinations_in(home, place)}
            found = others | found | named
    return found


def _key(entry: TerminatingGateway, linked: LinkedService) -> ServiceKey:
    return ServiceKey(entry.partition, linked.namespace or entry.namespace, linked.name)


def _outside_the_mesh(mesh: Mesh, home: Datacenter, place: ServiceKey) -> Iterator[ServiceKey]:
    """Applications of a namespace with an instance that is not native; a sidecar changes nothing (TE-02)."""
    for instance in mesh.instances_of(Key(home.name, place.partition)):
        service = instance.service
        if instance.namespace != place.namespace or service.name == CONSUL:
            continue
        if service.is_typical and not service.connect.native:
            yield place._replace(name=service.name)


def destinations_in(home: Datacenter, place: ServiceKey) -> Iterator[tuple[ServiceKey, ServiceDefaults]]:
    """The names for addresses outside the mesh in a namespace, which `*` covers (TE-02, IE-01)."""
    for entry in home.entries.of_kind(ServiceDefaults):
        if entry.destination is not None and (entry.partition, entry.namespace) == place[:2]:
            yield place._replace(name=entry.name), entry


def destination_of(mesh: Mesh, home: Datacenter, service: ServiceKey) -> ServiceDefaults | None:
    """The service-defaults of a name for addresses outside the catalog: no instance is called so (TE-01)."""
    entry = home.entries.service_defaults(service)
    if entry is None or entry.destination is None:
        return None
    return None if mesh.named(Key(home.name, service.partition), service.namespace, service.name) else entry


def linked_gateways(mesh: Mesh, datacenter: str, service: ServiceKey) -> tuple[Instance, ...]:
    """The instances of the terminating gateways that stand for a service, in catalog order."""
    linking = mesh.once(("linking gateways", datacenter), lambda: _linking_gateways(mesh, datacenter))
    names = linking.get(service.folded) if linking else None
    if not names:
        return ()
    gateways = mesh.gateways(Key(datacenter, service.partition), TERMINATING_GATEWAY)
    return tuple(found for found in gateways if (found.namespace, found.service.name.lower()) in names)


def _linking_gateways(mesh: Mesh, datacenter: str) -> dict[ServiceKey, set[tuple[str, str]]]:
    """The namespaces and lower-cased names of the terminating gateways of each service."""
    found: dict[ServiceKey, set[tuple[str, str]]] = {}
    home = mesh.datacenters[datacenter]
    for entry in home.entries.of_kind(TerminatingGateway):
        for link in links_of(mesh, home, entry):
            found.setdefault(link.key.folded, set()).add((entry.namespace, entry.name.lower()))
    return found
