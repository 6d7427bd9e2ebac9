"""The intentions that a destination's proxy enforces (intentions-and-exports.md 2, 3)."""

from __future__ import annotations

from collections.abc import Iterator

from meshgw.chain.entry_set import EntrySet
from meshgw.chain.model import ServiceKey
from meshgw.entries.service_intentions import ServiceIntentions, Source
from meshgw.snapshot.model import Intention


def matching_intentions(entries: EntrySet, destination: ServiceKey) -> tuple[Intention, ...]:
    """The intentions for a destination, in the order in which they decide (2.1, 2.2)."""
    found = [
        intention
        for entry in _entries_for(entries, destination)
        for index, source in enumerate(entry.sources)
        for intention in _expanded(entries, entry, source, index)
    ]
    return tuple(sorted(found, key=_rank))


def _entries_for(entries: EntrySet, destination: ServiceKey) -> Iterator[ServiceIntentions]:
    partition, namespace, name = destination
    for wanted in ((namespace, name), (namespace, "*"), ("*", "*")):
        found = entries.find("service-intentions", ServiceKey(partition, *wanted))
        if isinstance(found, ServiceIntentions):
            yield found


def _expanded(entries: EntrySet, entry: ServiceIntentions, source: Source, index: int) -> Iterator[Intention]:
    """One intention per source; a sameness group stands for each of its members."""
    if not source.sameness_group:
        yield _intention(entry, source, index, source.partition, source.peer)
        return
    group = entries.sameness_group(entry.partition, source.sameness_group)
    for member in group.members if group is not None else ():
        yield _intention(entry, source, index, member.partition, member.peer)


def _intention(entry: ServiceIntentions, source: Source, index: int, partition: str, peer: str) -> Intention:
    return Intention(
        entry=entry,
        source=source,
        index=index,
        precedence=source.precedence,
        peer=peer,
        partition="" if peer else partition or "default",
        namespace=source.namespace or "default",
    )


def _rank(intention: Intention) -> tuple[int, str, str, str, str, str, str, str, str]:
    """Highest precedence first; ties as Consul breaks them."""
    entry = intention.entry
    return (
        -intention.precedence,
        intention.source.sameness_group,
        intention.peer,
        intention.partition,
        intention.namespace,
        intention.name,
        entry.partition,
        entry.namespace,
        entry.name,
    )
