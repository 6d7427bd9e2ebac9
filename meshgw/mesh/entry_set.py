"""The config entries that chains are compiled from, indexed once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias, TypeVar, cast

from meshgw.entries.base import Entry
from meshgw.entries.exported_services import ExportedServices
from meshgw.entries.mesh import Mesh
from meshgw.entries.proxy_defaults import ProxyDefaults
from meshgw.entries.sameness_group import SamenessGroup
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.entries.service_resolver import ServiceResolver
from meshgw.entries.service_router import ServiceRouter
from meshgw.entries.service_splitter import ServiceSplitter
from meshgw.mesh.keys import Locality, ServiceKey

E = TypeVar("E", bound=Entry)
T = TypeVar("T")

Kinds: TypeAlias = dict[str, dict[ServiceKey, Entry]]

_OF_A_PARTITION = frozenset({"proxy-defaults", "mesh", "exported-services"})
"""Kinds of which a partition has one, whatever its name and namespace say."""


def identity(entry: Entry) -> tuple[str, ServiceKey]:
    """The kind and key under which an entry is stored: names differ by more than case (1.13)."""
    if entry.kind in _OF_A_PARTITION:
        return entry.kind, ServiceKey(entry.partition, "default", "")
    return entry.kind, ServiceKey(entry.partition, entry.namespace, entry.name).folded


class EntrySet:
    """Entries by kind and key. A later entry of one identity replaces an earlier one.

    `peers` are localities of the clusters of peers, by (partition, name of the peer).
    """

    __slots__ = ("_default_groups", "_kinds", "_once", "_written", "peers")

    def __init__(
        self, entries: Iterable[Entry] = (), peers: Mapping[tuple[str, str], Locality] | None = None
    ) -> None:
        self._kinds: Kinds = {}
        self._written: Entry | None = None
        self._default_groups: dict[str, SamenessGroup] | None = None
        self._once: dict[Hashable, Any] = {}
        self.peers: Mapping[tuple[str, str], Locality] = peers or {}
        for entry in entries:
            kind, key = identity(entry)
            self._kinds.setdefault(kind, {})[key] = entry

    def adding(self, entry: Entry) -> EntrySet:
        """This set with one more entry."""
        made = EntrySet(peers=self.peers)
        kind, key = identity(entry)
        made._kinds = {**self._kinds, kind: {**self._kinds.get(kind, {}), key: entry}}
        return made

    def proposing(self, entry: Entry) -> EntrySet:
        """This set as Consul sees it while it judges a write.

        Where a reference spells the name of the written entry in another case, Consul still finds
        what is stored (config-entries.md 1.13).
        """
        made = EntrySet(peers=self.peers)
        made._kinds = self._kinds
        made._written = entry
        return made

    def once(self, key: Hashable, compute: Callable[[], T]) -> T:
        """Something that follows from these entries alone, computed when it is first asked for."""
        if key not in self._once:
            self._once[key] = compute()
        found: T = self._once[key]
        return found

    def find(self, kind: str, key: ServiceKey) -> Entry | None:
        """The entry of a kind and service; case does not matter."""
        new = self._written
        if new is not None and new.kind == kind and key == ServiceKey(new.partition, new.namespace, new.name):
            return new
        found = self._kinds.get(kind)
        return None if found is None else found.get(key.folded)

    def has(self, kind: str) -> bool:
        """Whether there is any entry of a kind."""
        return bool(self._kinds.get(kind)) or (self._written is not None and self._written.kind == kind)

    def of_kind(self, cls: type[E]) -> Iterator[E]:
        """All entries of a kind, a proposed one in the place of the stored one."""
        new = self._written
        if new is None or new.kind != cls.kind:
            yield from cast("Iterable[E]", self._kinds.get(cls.kind, {}).values())
            return
        replaced = identity(new)[1]
        for key, entry in self._kinds.get(cls.kind, {}).items():
            if key != replaced:
                yield cast("E", entry)
        yield cast("E", new)

    def stored(self, entry: Entry) -> Entry | None:
        """The entry of the same identity."""
        kind, key = identity(entry)
        return self._kinds.get(kind, {}).get(key)

    def all(self) -> Iterator[Entry]:
        """All entries, by kind in the order in which kinds came first."""
        for entries in self._kinds.values():
            yield from entries.values()

    def router(self, key: ServiceKey) -> ServiceRouter | None:
        return cast("ServiceRouter | None", self.find("service-router", key))

    def splitter(self, key: ServiceKey) -> ServiceSplitter | None:
        return cast("ServiceSplitter | None", self.find("service-splitter", key))

    def resolver(self, key: ServiceKey) -> ServiceResolver | None:
        return cast("ServiceResolver | None", self.find("service-resolver", key))

    def service_defaults(self, key: ServiceKey) -> ServiceDefaults | None:
        return cast("ServiceDefaults | None", self.find("service-defaults", key))

    def proxy_defaults(self, partition: str) -> ProxyDefaults | None:
        return cast("ProxyDefaults | None", self._single("proxy-defaults", partition))

    def mesh(self, partition: str) -> Mesh | None:
        return cast("Mesh | None", self._single("mesh", partition))

    def exported_services(self, partition: str) -> ExportedServices | None:
        return cast("ExportedServices | None", self._single("exported-services", partition))

    def sameness_group(self, partition: str, name: str) -> SamenessGroup | None:
        found = self.find("sameness-group", ServiceKey(partition, "default", name))
        return cast("SamenessGroup | None", found)

    def default_sameness_group(self, partition: str) -> SamenessGroup | None:
        """The group that services of a partition without resolvers fail over to; the first by name."""
        if self._default_groups is None:
            chosen = (group for group in self.of_kind(SamenessGroup) if group.default_for_failover)
            by_name = sorted(chosen, key=lambda group: group.name, reverse=True)
            self._default_groups = {group.partition: group for group in by_name}
        return self._default_groups.get(partition)

    def _single(self, kind: str, partition: str) -> Entry | None:
        new = self._written
        if new is not None and new.kind == kind and new.partition == partition:
            return new
        found = self._kinds.get(kind)
        return None if found is None else found.get(ServiceKey(partition, "default", ""))
