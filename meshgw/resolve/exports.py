"""What a partition exports, and to whom (intentions-and-exports.md 5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from meshgw.diagnostics.model import Location
from meshgw.entries.exported_services import Consumer, ExportedServices
from meshgw.mesh.entry_set import EntrySet
from meshgw.mesh.keys import ServiceKey
from meshgw.source.document import Path

NEVER_EXPORTED = frozenset({"consul"})
_SIDECAR = "-sidecar-proxy"


@dataclass(frozen=True, slots=True)
class Export:
    """A consumer of an exported-services entry that covers a service."""

    entry: ExportedServices
    at: Path

    @property
    def location(self) -> Location | None:
        return self.entry.locate(self.at)


def export_to_partition(entries: EntrySet, service: ServiceKey, consumer: str) -> Export | None:
    """The export by which a partition of the same datacenter sees a service, if there is one.

    Only the first item of one exact (namespace, name) counts; exact and wildcard items are looked up
    separately.
    """
    entry = entries.exported_services(service.partition)
    if entry is None or service.name in NEVER_EXPORTED:
        return None
    name = service.name.removesuffix(_SIDECAR)
    for wanted in ((service.namespace, name), (service.namespace, "*"), ("*", "*")):
        index = _first_item(entries, entry, wanted)
        if index is None:
            continue
        for number, one in enumerate(entry.services[index].consumers):
            if consumer in _partitions(one, entries, entry.partition):
                return Export(entry, ("Services", index, "Consumers", number))
    return None


Wanted: TypeAlias = tuple[str, str]
"""The namespace and name of an item, as it is written: either may be `*`."""


def _first_item(entries: EntrySet, entry: ExportedServices, wanted: Wanted) -> int | None:
    """The index of the first item with a name. Looked for once: a gateway asks for each of its services."""
    return entries.once(("first exports", entry.partition), lambda: _first_items(entry)).get(wanted)


def _first_items(entry: ExportedServices) -> dict[Wanted, int]:
    found: dict[Wanted, int] = {}
    for index, exported in enumerate(entry.services):
        found.setdefault((exported.namespace or "default", exported.name), index)
    return found


def _partitions(consumer: Consumer, entries: EntrySet, partition: str) -> Iterator[str]:
    """The partitions that a consumer stands for; one without any field stands for none."""
    if consumer.partition:
        yield consumer.partition.lower()
    elif consumer.sameness_group:
        group = entries.sameness_group(partition, consumer.sameness_group)
        yield from (member.partition for member in group.members if member.partition) if group else ()


def consuming_peers(entries: EntrySet, service: ServiceKey) -> dict[str, Export]:
    """The peers that a service is exported to, by their name here: the union of all items."""
    entry = entries.exported_services(service.partition)
    if entry is None or service.name in NEVER_EXPORTED:
        return {}
    found: dict[str, tuple[int, int]] = {}
    by_item = entries.once(("exports to peers", entry.partition), lambda: _peers_by_item(entries, entry))
    for wanted in {(service.namespace, service.name), (service.namespace, "*"), ("*", "*")}:
        for peer, at in by_item.get(wanted, {}).items():
            earlier = found.get(peer)
            if earlier is None or at < earlier:
                found[peer] = at
    return {
        peer: Export(entry, ("Services", index, "Consumers", number))
        for peer, (index, number) in sorted(found.items(), key=lambda item: item[1])
    }


def _peers_by_item(entries: EntrySet, entry: ExportedServices) -> dict[Wanted, dict[str, tuple[int, int]]]:
    """The peers that items of one name stand for, each with its first item and the consumer in it."""
    found: dict[Wanted, dict[str, tuple[int, int]]] = {}
    for index, exported in enumerate(entry.services):
        peers = found.setdefault((exported.namespace or "default", exported.name), {})
        for number, consumer in enumerate(exported.consumers):
            for peer in _peers(consumer, entries, entry.partition):
                peers.setdefault(peer, (index, number))
    return found


def bundle_peers(entries: EntrySet, service: ServiceKey) -> frozenset[str]:
    """The peers whose trust bundles a service's own sidecar is given (5.2).

    Unlike `consuming_peers` no union: those of the exact item, else of the namespace's wildcard, else
    of all namespaces'.
    """
    entry = entries.exported_services(service.partition)
    if entry is None or service.name in NEVER_EXPORTED:
        return frozenset()
    for wanted in ((service.namespace, service.name), (service.namespace, "*"), ("*", "*")):
        index = _first_item(entries, entry, wanted)
        if index is not None:
            consumers = entry.services[index].consumers
            return frozenset(
                peer for consumer in consumers for peer in _peers(consumer, entries, entry.partition)
            )
    return frozenset()


def _peers(consumer: Consumer, entries: EntrySet, partition: str) -> Iterator[str]:
    if consumer.peer:
        yield consumer.peer
    elif consumer.sameness_group:
        group = entries.sameness_group(partition, consumer.sameness_group)
        yield from (member.peer for member in group.members if member.peer) if group else ()
