"""Config entries of one datacenter, found by kind, tenancy and name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from meshgw.entries.base import Entry

E = TypeVar("E", bound=Entry)


class EntryIndex:
    """Lookups by class. Names are compared exactly, as the merge and the chains do.

    Storage folds case (config-entries.md 1.13): of two entries whose names differ by case only, the
    later one is kept.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        stored: dict[tuple[str, str, str, str], Entry] = {}
        for entry in entries:
            identity = (entry.kind, entry.partition, entry.namespace, entry.name.lower())
            stored.pop(identity, None)
            stored[identity] = entry
        self.all = tuple(stored.values())
        self._exact = {
            (type(entry), entry.partition, entry.namespace, entry.name): entry for entry in self.all
        }
        self._by_class: dict[type[Entry], list[Entry]] = {}
        for entry in self.all:
            self._by_class.setdefault(type(entry), []).append(entry)

    def get(self, cls: type[E], partition: str, namespace: str, name: str) -> E | None:
        """The entry of a kind, tenancy and exact name."""
        found = self._exact.get((cls, partition, namespace, name))
        return found if isinstance(found, cls) else None

    def of(self, cls: type[E]) -> tuple[E, ...]:
        """All entries of a kind."""
        return tuple(entry for entry in self._by_class.get(cls, ()) if isinstance(entry, cls))
