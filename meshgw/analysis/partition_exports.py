"""Exports to partitions: what is missing, what nothing uses (intentions-and-exports.md 5, 7.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from meshgw.analysis import snippets
from meshgw.analysis.call_places import at_fault, led_upstreams
from meshgw.diagnostics.model import Location, Related, Severity
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.exported_services import ExportedServices
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Datacenter, Key, Mesh
from meshgw.schema.spelling import spelling_at
from meshgw.schema.suggest import nearest
from meshgw.services.model import CONNECT_PROXY, MESH_GATEWAY
from meshgw.snapshot.calls import Call, Calls
from meshgw.snapshot.peers import usable

_Lack: TypeAlias = tuple[str, ServiceKey, str]
"""A datacenter, a service in it, and the partition that it is not exported to."""

_Pair: TypeAlias = tuple[str, str, str]
"""A datacenter, a partition that exports, and one that consumes."""


@dataclass(frozen=True, slots=True)
class Unexported:
    """A call to a service that its partition does not export to the caller's.

    `meant` is an unused export that was probably written for it.
    """

    call: Call
    meant: Unused | None = None


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Which calls lack an export, and which exports are left over: each mistake stands in one of them."""

    unexported: tuple[Unexported, ...]
    unused: tuple[Unused, ...]


def unmatched(mesh: Mesh, calls: Calls, judged: Iterable[Call], refused: Iterable[Call] = ()) -> Unmatched:
    """What is wrong about exports to partitions, for the `judged` of all calls."""
    lacking = [call for call in judged if _lacks_export(call)]
    lacks: dict[_Pair, set[_Lack]] = {}
    for call in lacking:
        lack = _lack(call)
        lacks.setdefault((lack[0], lack[1].partition, lack[2]), set()).add(lack)
    unused = tuple(unused_exports(mesh, calls, refused))
    meant = {where: one for one in unused for where in _meant_for(one, lacks.get(one.pair, set()))}
    found = tuple(Unexported(call, meant.get(_lack(call))) for call in lacking)
    told = {id(one.meant) for one in found}
    return Unmatched(found, tuple(one for one in unused if id(one) not in told))


def _lacks_export(call: Call) -> bool:
    return call.needs_export and call.export is None and call.path.broken is None


def _lack(call: Call) -> _Lack:
    return call.target_key.datacenter, call.service, call.caller_key.partition


def _meant_for(unused: Unused, lacks: set[_Lack]) -> Iterator[_Lack]:
    """Which of the missing exports between its partitions an unused one was probably meant to be."""
    close = sorted(lack for lack in lacks if unused.is_close(lack[1]))
    if close:
        yield close[0]
    elif len(lacks) == 1 and not unused.known:
        yield from lacks


@rule("service-not-exported", on="upstream")  # XP-02, XP-03
def service_not_exported(found: Unexported, report: Report) -> None:
    """An upstream in another partition that does not export its service to the caller's partition.

    With ACLs that deny by default, a partition sees of another one what is exported to it. The
    caller gets no endpoints. While ACLs are off or allow by default the call works, and this is a
    warning.

    Found in a tree:

        == api/exported-services.hcl ==
        Kind = "exported-services"
        Name = "api"
        Services = [{ Name = "mesh-gateway", Consumers = [{ Partition = "default" }] }]
    """
    call = found.call
    home = call.mesh.datacenters[call.target_key.datacenter]
    entry = home.entries.exported_services(call.service.partition)
    report(
        f"`{call.service.name}` of partition `{call.service.partition}` is not exported to partition "
        f"`{call.caller_key.partition}`{_exported_instead(found)}",
        location=at_fault(call, "Partition"),
        related=[*_related(found, entry), *led_upstreams([call])],
        note=_effect(home),
        help=_missing_item(found, entry),
        severity=Severity.WARNING if home.acl_allow else None,
    )


def _effect(home: Datacenter) -> str:
    if not home.acl_allow:
        return f"without an export the upstream has no endpoints ({home.acl_from})"
    why = "allow by default" if home.acl_enabled else "are off"
    return (
        f"this works while ACLs {why} ({home.acl_from}); where they deny by default, the upstream has no "
        "endpoints"
    )


def _exported_instead(found: Unexported) -> str:
    others, meant = _consumers(found.call), found.meant
    if others:
        return f"; it is exported to {', '.join(others)}"
    if meant is None:
        return ""
    if meant.same_name(found.call.service):
        return f"; the one of namespace `{meant.service.namespace}` is exported instead"
    return f"; `{meant.name}` is exported instead, which does not exist"


def _related(found: Unexported, entry: ExportedServices | None) -> list[Related]:
    partition, meant = found.call.service.partition, found.meant
    place = entry.locate(("Services",), "key") if entry is not None else None
    related = [Related(place, f"what partition `{partition}` exports")] if place is not None else []
    if meant is not None and meant.location is not None:
        related = [Related(meant.location, f"nothing in partition `{meant.consumer}` calls this")]
    return related


def _missing_item(found: Unexported, entry: ExportedServices | None) -> str:
    """What to write where."""
    call, consumer = found.call, found.call.caller_key.partition
    service = call.service
    if entry is None:
        entries = call.mesh.datacenters[call.target_key.datacenter].entries
        spelling = snippets.spelling_of_entries(entries, service.partition)
        text = snippets.entry_exporting(
            service.partition, snippets.exported_service(service, consumer), spelling
        )
        return f"add to the config entries of partition `{service.partition}`:\n{text}"
    if (first := _first_item(entry, service)) is not None:
        # Of two items for one service only the first counts: another one would change nothing.
        place = entry.locate(("Services", first, "Consumers"), "key")
        return snippets.to_add(place, "Consumers", {"Partition": consumer}).replace("add to", "add to its", 1)
    if found.meant is not None and found.meant.is_close(service):
        return found.meant.correction(service)
    place = entry.locate(("Services",), "key")
    return snippets.to_add(place, "Services", snippets.exported_service(service, consumer))


def _first_item(entry: ExportedServices, service: ServiceKey) -> int | None:
    """The item that counts for a service by its exact name (XP-03)."""
    for index, item in enumerate(entry.services):
        if (item.namespace or "default", item.name) == (service.namespace, service.name):
            return index
    return None


def _consumers(call: Call) -> list[str]:
    """Whom the item that counts for the service names, each once."""
    entries = call.mesh.datacenters[call.target_key.datacenter].entries
    entry = entries.exported_services(call.service.partition)
    first = _first_item(entry, call.service) if entry is not None else None
    if entry is None or first is None:
        return []
    named = (
        f"{word} `{name}`"
        for consumer in entry.services[first].consumers
        for word, name in (
            ("partition", consumer.partition),
            ("peer", consumer.peer),
            ("sameness group", consumer.sameness_group),
        )
        if name
    )
    return list(dict.fromkeys(named))


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
    def pair(self) -> _Pair:
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
