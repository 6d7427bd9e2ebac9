"""Exports to partitions: what is missing (intentions-and-exports.md 5, 7.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

from meshgw.analysis import snippets
from meshgw.analysis.call_places import at_fault, led_upstreams, upstream_location, upstream_places
from meshgw.analysis.unused_exports import Pair, Unused, unused_exports
from meshgw.diagnostics.model import Related, Severity
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.exported_services import ExportedServices
from meshgw.mesh.entry_set import EntrySet
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Datacenter, Mesh
from meshgw.resolve.exports import export_to_partition
from meshgw.schema.suggest import nearest
from meshgw.snapshot.calls import Call, Calls

_Lack: TypeAlias = tuple[str, ServiceKey, str]
"""A datacenter, a service in it, and the partition that it is not exported to."""


_Lacks: TypeAlias = dict[str, set[_Lack]]
"""The missing exports between two partitions, by the service's name in lower case."""

_MOST_COMPARED = 50  # names that a misspelled one is compared with: more are slow, and all alike


@dataclass(frozen=True, slots=True)
class Unexported:
    """Calls from one partition to a service that its own does not export there; `call` is the first.

    `meant` is an unused export that was probably written for it.
    """

    call: Call
    others: tuple[Call, ...]
    meant: Unused | None = None


@dataclass(frozen=True, slots=True)
class UnexportedGateway:
    """A mesh gateway that a call goes through, and that another partition does not get to see."""

    call: Call
    service: ServiceKey
    consumer: str
    meant: Unused | None = None


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Which exports are missing, and which are left over: each mistake stands in one of them."""

    unexported: tuple[Unexported, ...]
    gateways: tuple[UnexportedGateway, ...]
    unused: tuple[Unused, ...]


def unmatched(
    mesh: Mesh, calls: Calls, judged: Iterable[Call], within: Iterable[Call], refused: Iterable[Call] = ()
) -> Unmatched:
    """What is wrong about exports to partitions.

    Services are wanted by the calls of `judged`, gateways by those of `within`, which has failovers too.
    """
    lacking = [call for call in judged if _lacks_export(call)]
    by_lack: dict[_Lack, list[Call]] = {}
    for call in lacking:
        by_lack.setdefault(_lack(call), []).append(call)
    gateways = [found for call in within for found in _gateways_not_seen(call)]
    lacks: dict[Pair, _Lacks] = {}
    for lack in (*by_lack, *map(_gateway_lack, gateways)):
        found = lacks.setdefault((lack[0], lack[1].partition, lack[2]), {})
        found.setdefault(lack[1].name.lower(), set()).add(lack)
    unused = tuple(unused_exports(mesh, calls, refused))
    meant = {where: one for one in unused for where in _meant_for(one, lacks.get(one.pair, {}))}
    told = {id(one) for one in meant.values()}
    return Unmatched(
        tuple(Unexported(first, tuple(rest), meant.get(lack)) for lack, (first, *rest) in by_lack.items()),
        tuple(replace(found, meant=meant.get(_gateway_lack(found))) for found in gateways),
        tuple(one for one in unused if id(one) not in told),
    )


def _lacks_export(call: Call) -> bool:
    return call.needs_export and call.export is None and call.path.broken is None


def _lack(call: Call) -> _Lack:
    return call.target_key.datacenter, call.service, call.caller_key.partition


def _gateway_lack(found: UnexportedGateway) -> _Lack:
    return found.call.target_key.datacenter, found.service, found.consumer


def _gateways_not_seen(call: Call) -> Iterator[UnexportedGateway]:
    """The gateways on the path of a call whose partitions do not export them to each other."""
    if not call.export_enforced or call.path.broken is not None:
        return
    hops = {hop.role: hop for hop in call.path.hops}
    if "target gateway" not in hops:
        return
    wanted = [(hops["target gateway"], call.caller_key.partition)]
    if "own gateway" in hops:
        wanted.append((hops["own gateway"], call.service.partition))
    for hop, consumer in wanted:
        gateway = hop.instance
        service = ServiceKey(gateway.partition, "default", gateway.service.name)
        entries = call.mesh.datacenters[gateway.datacenter].entries
        if export_to_partition(entries, service, consumer) is None:
            yield UnexportedGateway(call, service, consumer)


def _meant_for(unused: Unused, lacks: _Lacks) -> Iterator[_Lack]:
    """Which of the missing exports between its partitions an unused one was probably meant to be."""
    name = unused.name.lower()
    if name not in lacks and not unused.known and len(lacks) <= _MOST_COMPARED:
        name = next(iter(lacks)) if len(lacks) == 1 else nearest(name, lacks) or name
    if name in lacks:
        yield min(lacks[name])


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
        related=[*_related(found, entry), *led_upstreams([call]), *upstream_places(found.others, "too")],
        note=_effect(home),
        help=_to_write(home.entries, call.service, call.caller_key.partition, found.meant),
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
    others = _consumers(found.call)
    return f"; it is exported to {', '.join(others)}" if others else _instead(found.meant, found.call.service)


def _instead(meant: Unused | None, service: ServiceKey) -> str:
    """What is exported where another service was meant."""
    if meant is None:
        return ""
    if meant.same_name(service):
        return f"; the one of namespace `{meant.service.namespace}` is exported instead"
    return f"; `{meant.name}` is exported instead, which does not exist"


def _unused_place(meant: Unused | None) -> list[Related]:
    if meant is None or meant.location is None:
        return []
    return [Related(meant.location, f"nothing in partition `{meant.consumer}` calls this")]


def _related(found: Unexported, entry: ExportedServices | None) -> list[Related]:
    partition = found.call.service.partition
    place = entry.locate(("Services",), "key") if entry is not None else None
    exports = [Related(place, f"what partition `{partition}` exports")] if place is not None else []
    return _unused_place(found.meant) or exports


def _to_write(entries: EntrySet, service: ServiceKey, consumer: str, meant: Unused | None) -> str:
    """What to write where so that a service is exported to a partition."""
    entry, item = entries.exported_services(service.partition), snippets.exported_service(service, consumer)
    if entry is None:
        spelling = snippets.spelling_of_entries(entries, service.partition)
        text = snippets.entry_exporting(service.partition, item, spelling)
        return f"add to the config entries of partition `{service.partition}`:\n{text}"
    if (first := _first_item(entry, service)) is not None:
        # Of two items for one service only the first counts: another one would change nothing.
        place = entry.locate(("Services", first, "Consumers"), "key")
        return snippets.to_add(place, "Consumers", {"Partition": consumer}, whose="its ")
    if meant is not None and meant.is_close(service):
        return meant.correction(service)
    return snippets.to_add(entry.locate(("Services",), "key"), "Services", item)


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


@rule("gateway-not-exported", on="upstream", severity="warning")  # XP-04
def gateway_not_exported(found: UnexportedGateway, report: Report) -> None:
    """A path through mesh gateways that their partitions do not export to each other.

    With ACLs that deny by default, a gateway finds the gateways of another partition only when that
    partition exports `mesh-gateway` to its own.

    Found in a tree:

        == api/exported-services.hcl ==
        Kind = "exported-services"
        Name = "api"
        Services = [{ Name = "api", Namespace = "dev", Consumers = [{ Partition = "default" }] }]
    """
    call, service = found.call, found.service
    entries = call.mesh.datacenters[call.target_key.datacenter].entries
    entry = entries.exported_services(service.partition)
    place = entry.locate(("Services",), "key") if entry is not None else None
    report(
        f"partition `{service.partition}` does not export its gateway `{service.name}` to partition "
        f"`{found.consumer}`" + _instead(found.meant, service),
        location=place or upstream_location(call),
        related=[*_unused_place(found.meant), *upstream_places([call], "goes through it")],
        help=_to_write(entries, service, found.consumer, found.meant),
    )
