"""Exports to partitions that nothing there uses (intentions-and-exports.md 5, 7.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from meshgw.analysis import snippets
from meshgw.diagnostics.model import Location
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.exported_services import ExportedServices
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Datacenter, Key, Mesh
from meshgw.schema.spelling import spelling_at
from meshgw.schema.suggest import nearest
from meshgw.services.model import CONNECT_PROXY, MESH_GATEWAY
from meshgw.snapshot.calls import Call, Calls
from meshgw.snapshot.peers import usable

Pair: TypeAlias = tuple[str, str, str]
"""A datacenter, a partition that exports, and one that consumes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unused:
    """An item of exported-services with a consumer of the tree that makes no use of it.

    `known` says that the tree has a service of that name.
    """

    home: Datacenter
    entry: ExportedServices
    index: int
    number: int
    service: ServiceKey
    consumer: str
    known: bool

    @property
    def name(self) -> str:
        return self.service.name

    @property
    def pair(self) -> Pair:
        return self.home.name, self.entry.partition, self.consumer

    @property
    def location(self) -> Location | None:
        return self.entry.locate(("Services", self.index, "Consumers", self.number))

    def same_name(self, service: ServiceKey) -> bool:
        return self.name.lower() == service.name.lower()

    def is_close(self, service: ServiceKey) -> bool:
        """Whether it is this service with its namespace or its name mistaken."""
        return self.same_name(service) or (not self.known and nearest(self.name, [service.name]) is not None)

    def correction(self, service: ServiceKey) -> str:
        """What makes it an export of this service."""
        pairs = [("Name", service.name, self.name), ("Namespace", service.namespace, self.service.namespace)]
        wrong = [(key, value) for key, value, written in pairs if value != written]
        place = self.entry.locate(("Services", self.index, wrong[0][0]))
        spelling = spelling_at(place)
        right = " and ".join(f"`{spelling.setting(key, value)}`" for key, value in wrong)
        return f"write {right} in the item{snippets.at(place)}"


def unused_exports(mesh: Mesh, calls: Calls, refused: Iterable[Call] = ()) -> Iterator[Unused]:
    """Exports of single services to partitions in which some sidecar is registered, but not for this.

    A transparent proxy there, or an intention that names a source of it, counts as use; so does an
    upstream that is `refused` for another reason.
    """
    across = [call for call in calls.all if call.needs_export and call.peered is None]
    used = {(call.service, call.caller_key.partition) for call in across}
    used |= {(call.upstream.key, call.caller_key.partition) for call in refused}
    wanted = {call.service for call in across if call.export is None}  # told by `service-not-exported`
    for home in mesh.datacenters.values():
        for entry in home.entries.of_kind(ExportedServices):
            for index, item in enumerate(entry.services):
                service = ServiceKey(entry.partition, item.namespace or "default", item.name)
                if "*" in service or service in wanted:
                    continue
                named = {found.partition for found in calls.intentions_of(home, service)}
                for number, consumer in enumerate(item.consumers):
                    partition = consumer.partition.lower()
                    if not partition or partition in named or (service, partition) in used:
                        continue
                    if not _speaks_for_itself(mesh, Key(home.name, partition), service):
                        yield Unused(
                            home=home,
                            entry=entry,
                            index=index,
                            number=number,
                            service=service,
                            consumer=partition,
                            known=_known(mesh, home, service),
                        )


def _known(mesh: Mesh, home: Datacenter, service: ServiceKey) -> bool:
    registered = mesh.named(Key(home.name, service.partition), service.namespace, service.name)
    return bool(registered) or usable(mesh, home, service)


def _speaks_for_itself(mesh: Mesh, consumer: Key, service: ServiceKey) -> bool:
    """Exports that need no upstream: of gateways, and to partitions that the tree hardly shows."""
    gateways = {found.service.name for found in mesh.proxies if found.service.kind == MESH_GATEWAY}
    if service.name in gateways | {MESH_GATEWAY}:
        return True
    here = [found for found in mesh.proxies if found.key == consumer]
    sidecars = [found for found in here if found.service.kind == CONNECT_PROXY]
    return not sidecars or any(found.service.proxy.mode == "transparent" for found in sidecars)


@rule("unused-export", on=ExportedServices, severity="warning", edition="enterprise")  # XP-14
def unused_export(unused: Unused, report: Report) -> None:
    """An export to a partition in which nothing calls the service.

    No sidecar there has it as an upstream, and no intention of the service names a source there.

    Found in a tree:

        == api/exported-services.hcl ==
        Kind = "exported-services"
        Name = "api"
        Services = [
          { Name = "api", Namespace = "dev", Consumers = [{ Partition = "default" }, { Partition = "db" }] },
          { Name = "mesh-gateway", Consumers = [{ Partition = "default" }] },
        ]
    """
    report(
        f"nothing in partition `{unused.consumer}` calls `{unused.name}`",
        location=unused.location,
        help="take the consumer away, or declare the upstream that it is for",
    )
