"""What a partition exports, and to whom (intentions-and-exports.md 5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from meshgw.diagnostics.model import Location
from meshgw.entries.exported_services import Consumer, ExportedService, ExportedServices
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
        item = _first_item(entry, wanted)
        if item is None:
            continue
        index, exported = item
        for number, one in enumerate(exported.consumers):
            if consumer in _partitions(one, entries, entry.partition):
                return Export(entry, ("Services", index, "Consumers", number))
    return None


def _first_item(entry: ExportedServices, wanted: tuple[str, str]) -> tuple[int, ExportedService] | None:
    for index, exported in enumerate(entry.services):
        if (exported.namespace or "default", exported.name) == wanted:
            return index, exported
    return None


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
    found: dict[str, Export] = {}
    if entry is None or service.name in NEVER_EXPORTED:
        return found
    covering = {(service.namespace, service.name), (service.namespace, "*"), ("*", "*")}
    for index, exported in enumerate(entry.services):
        if (exported.namespace or "default", exported.name) not in covering:
            continue
        for number, consumer in enumerate(exported.consumers):
            for peer in _peers(consumer, entries, entry.partition):
                found.setdefault(peer, Export(entry, ("Services", index, "Consumers", number)))
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
        item = _first_item(entry, wanted)
        if item is not None:
            return frozenset(
                peer for consumer in item[1].consumers for peer in _peers(consumer, entries, entry.partition)
            )
    return frozenset()


def _peers(consumer: Consumer, entries: EntrySet, partition: str) -> Iterator[str]:
    if consumer.peer:
        yield consumer.peer
    elif consumer.sameness_group:
        group = entries.sameness_group(partition, consumer.sameness_group)
        yield from (member.peer for member in group.members if member.peer) if group else ()
