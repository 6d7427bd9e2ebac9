"""The chains of a set of entries, remembered until an entry they are made of changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from meshgw.chain.collecting import Gathered, gather
from meshgw.chain.compile import compile_gathered
from meshgw.chain.model import ChainError, CompileRequest, DiscoveryChain
from meshgw.entries.base import Entry
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.entries.service_resolver import ServiceResolver
from meshgw.entries.service_router import ServiceRouter
from meshgw.entries.service_splitter import ServiceSplitter
from meshgw.mesh.entry_set import EntrySet
from meshgw.mesh.keys import ServiceKey

DATACENTER = "dc1"
TRUST_DOMAIN = "b6fc9da3-03d4-4b5a-9134-c045e9b20152.consul"
"""Consul judges writes with this very datacenter, and a trust domain that stands for all."""

_OF_SERVICES = frozenset({"service-splitter", "service-resolver", "service-defaults"})
_OF_ALL = frozenset({"proxy-defaults", "sameness-group"})


@dataclass(frozen=True, slots=True)
class Compiled:
    """A chain or its error, and the entries it was compiled from."""

    key: ServiceKey
    gathered: Gathered
    result: DiscoveryChain | ChainError

    def depends_on(self, entry: Entry) -> bool:
        """Whether writing an entry may change the result."""
        if entry.kind in _OF_ALL:
            return True
        if entry.kind == "service-router":
            return _matches(entry, self.key)
        return entry.kind in _OF_SERVICES and any(_matches(entry, key) for key in self.gathered.visited)


def _matches(entry: Entry, key: ServiceKey) -> bool:
    return (
        entry.name.lower() == key.name.lower()
        and entry.partition == key.partition
        and entry.namespace == key.namespace
    )


_STEPS = 1_000_000
_STEPS_OF_AN_ENTRY = 100
_TOO_LONG = ChainError(
    code="too-long", message="the chains of these entries are too long to compile all of them", consul=""
)


class Budget:
    """How many services all chains together may visit.

    Chains of real clusters visit a handful of services each. Ten thousand resolvers in a row would
    have their chains visit fifty million, and every write or run would take minutes.
    """

    __slots__ = ("left",)

    def __init__(self, entries: int) -> None:
        self.left = _STEPS + entries * _STEPS_OF_AN_ENTRY


class Chains:
    """Entries and their chains, each compiled when first asked for, as long as the budget lasts."""

    __slots__ = ("_budget", "_compiled", "datacenter", "enterprise", "entries")

    def __init__(
        self,
        entries: EntrySet,
        *,
        enterprise: bool,
        datacenter: str = DATACENTER,
        budget: Budget | None = None,
    ) -> None:
        self.entries = entries
        self.enterprise = enterprise
        self.datacenter = datacenter
        self._budget = budget or Budget(sum(1 for _ in entries.all()))
        self._compiled: dict[ServiceKey, Compiled] = {}

    def of(self, key: ServiceKey) -> Compiled:
        """The chain of a service."""
        found = self._compiled.get(key)
        if found is None and self._budget.left <= 0:
            found = Compiled(key, Gathered(), _TOO_LONG)
        elif found is None:
            request = self.request(key)
            gathered = gather(request, self.entries)
            found = Compiled(key, gathered, compile_gathered(request, gathered))
            self._compiled[key] = found
            self._budget.left -= len(gathered.visited)
        return found

    def request(self, key: ServiceKey) -> CompileRequest:
        return CompileRequest(
            service=key.name,
            namespace=key.namespace,
            partition=key.partition,
            datacenter=self.datacenter,
            trust_domain=TRUST_DOMAIN,
            enterprise=self.enterprise,
        )

    def proposing(self, entry: Entry) -> Chains:
        """These chains while the write of an entry is judged."""
        return self._changed(self.entries.proposing(entry), entry)

    def adding(self, entry: Entry) -> Chains:
        """These chains with one more entry stored."""
        self._budget.left += _STEPS_OF_AN_ENTRY
        return self._changed(self.entries.adding(entry), entry)

    def _changed(self, entries: EntrySet, entry: Entry) -> Chains:
        made = Chains(entries, enterprise=self.enterprise, datacenter=self.datacenter, budget=self._budget)
        made._compiled = {key: found for key, found in self._compiled.items() if not found.depends_on(entry)}
        return made

    def services(self) -> Iterator[ServiceKey]:
        """The services that have a router, splitter or resolver."""
        return self._named(ServiceRouter, ServiceSplitter, ServiceResolver)

    def known(self) -> Iterator[ServiceKey]:
        """The services that any entry shapes the chain of."""
        return self._named(ServiceRouter, ServiceSplitter, ServiceResolver, ServiceDefaults)

    def _named(self, *kinds: type[Entry]) -> Iterator[ServiceKey]:
        seen: set[ServiceKey] = set()
        for kind in kinds:
            for entry in self.entries.of_kind(kind):
                key = key_of(entry)
                if key not in seen:
                    seen.add(key)
                    yield key


def key_of(entry: Entry) -> ServiceKey:
    """The service that is named like an entry."""
    return ServiceKey(entry.partition, entry.namespace, entry.name)
