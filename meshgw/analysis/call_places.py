"""Where calls are written: the upstream, and the redirect, failover, route or split that leads on from it.

A compiled chain does not tell which entries it came through. Here the way to one target is walked
again, with the rewriting of targets that the compiler uses (discovery-chain.md 3.5, 3.7).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from functools import cached_property

from meshgw.chain.failing_over import failover_changes
from meshgw.chain.model import (
    CompileRequest,
    DiscoveryChain,
    Place,
    ResolverNode,
    RouterNode,
    SplitterNode,
    Target,
)
from meshgw.chain.resolving import change_of
from meshgw.chain.targets import Change, TargetDraft, Targets
from meshgw.diagnostics.model import Location, Related
from meshgw.entries.base import Entry
from meshgw.entries.service_resolver import ServiceResolver
from meshgw.entries.service_router import RouteDestination
from meshgw.entries.service_splitter import Split
from meshgw.mesh.entry_set import EntrySet
from meshgw.snapshot.calls import Call
from meshgw.snapshot.model import ChainUpstream

FIELDS = ("Service", "Datacenter", "Peer", "Partition", "Namespace", "ServiceSubset")
"""The fields of a redirect, a route's destination or a split that say where it leads."""


def upstream_location(call: Call) -> Location | None:
    """Where the sidecar declares the upstream of a call."""
    settings = call.upstream.settings
    index = settings.index if settings is not None else None
    at = () if index is None else ("Proxy", "Upstreams", index)
    return call.caller.service.locate(at)


def upstream_places(calls: Iterable[Call], words: str) -> list[Related]:
    """Where the upstreams of calls are declared, each once; `words` go on after the call's name."""
    told: dict[Hashable, Related] = {}
    for call in calls:
        place = upstream_location(call)
        if place is not None:
            message = f"{call.words} {words}"
            told.setdefault((id(place.document), place.path, message), Related(place, message))
    return list(told.values())


def lead_of(call: Call) -> Place | None:
    """The block that leads to the target of a call; `None` when the upstream names it itself."""
    if not isinstance(call.upstream, ChainUpstream):
        return None
    mesh, chain, home = call.mesh, call.upstream.chain, call.snapshot.datacenter
    # The walk keeps its chain, so that nothing else gets the chain's id.
    walk = mesh.once(
        ("walk", home.name, id(chain)), lambda: _Walk(chain, home.entries, enterprise=mesh.enterprise)
    )
    return walk.lead(call.target.target, primary=call.primary)


def at_fault(call: Call, *fields: str) -> Location | None:
    """Where a fault of a call's target is: in the entry that leads there, else at the upstream.

    It is the first written of `fields`, then of `FIELDS`; of several failover targets the whole one.
    """
    lead = lead_of(call)
    if lead is None:
        return upstream_location(call)
    entry, at = lead.entry, lead.at
    if at[0] == "Failover" and len(at) > 2:
        return entry.locate(at)
    written = next((name for name in (*fields, *FIELDS) if entry.wrote((*at, name))), None)
    return entry.locate((*at, written)) if written is not None else entry.locate(at, "key")


def led_upstreams(calls: Iterable[Call]) -> list[Related]:
    """The upstreams of calls that something else leads to their targets."""
    places = ((call, upstream_location(call)) for call in calls if lead_of(call) is not None)
    return [
        Related(place, f"upstream `{call.upstream.key.name}` of `{call.caller.destination}`")
        for call, place in places
        if place is not None
    ]


def lead_place(call: Call) -> list[Related]:
    """What leads to a call's target, for a fault that is not there."""
    place = at_fault(call) if lead_of(call) is not None else None
    return [Related(place, f"this leads to `{call.service.name}`")] if place is not None else []


class _Walk:
    """The ways through a chain, by its entries."""

    def __init__(self, chain: DiscoveryChain, entries: EntrySet, *, enterprise: bool) -> None:
        self.chain = chain
        self.entries = entries
        self.request = CompileRequest(
            service=chain.service,
            namespace=chain.namespace,
            partition=chain.partition,
            datacenter=chain.datacenter,
            trust_domain="",
            enterprise=enterprise,
        )
        self.targets = Targets(self.request, {})
        self._leads: dict[str, Place | None] = {}
        self._ends: dict[str, tuple[str, Place | None]] = {}

    def lead(self, target: Target, *, primary: bool) -> Place | None:
        """What leads to a target, which is `primary` if it is not only failover."""
        if target.id not in self._leads:
            self._leads[target.id] = self._to_target(target) if primary else self._failovers.get(target.id)
        return self._leads[target.id]

    def _to_target(self, target: Target) -> Place | None:
        """What leads to a target that is not only failover."""
        for start, origin in self._starts(target):
            end, redirect = self._followed(start)
            if end == target.id:
                own = start.key == self.request.key
                return redirect or (None if own and not start.subset else origin)
        return None

    def _starts(self, target: Target) -> Iterator[tuple[TargetDraft, Place | None]]:
        """Where the chain's service, its routes and its splits lead before any redirect."""
        yield self.targets.of(self.request.key), None
        yield from self._legs.get(f"resolver:{target.id}", ())

    @cached_property
    def _legs(self) -> dict[str, list[tuple[TargetDraft, Place]]]:
        """Routes and splits by the node that they lead to: what they name, and where."""
        found: dict[str, list[tuple[TargetDraft, Place]]] = {}
        for node in self.chain.nodes.values():
            if isinstance(node, RouterNode):
                for route in node.routes:
                    to, entry = route.definition.destination, node.entry
                    if to is not None and entry is not None and route.index is not None:
                        place = Place(entry, ("Routes", route.index, "Destination"))
                        found.setdefault(route.next_node, []).append((self._named(entry, to), place))
            elif isinstance(node, SplitterNode):
                for split in node.splits:
                    if split.entry is not None:
                        place = Place(split.entry, ("Splits", split.index))
                        leg = self._named(split.entry, split.definition)
                        found.setdefault(split.next_node, []).append((leg, place))
        return found

    def _named(self, entry: Entry, to: RouteDestination | Split) -> TargetDraft:
        key = self.request.within(entry, to.service, to.namespace, to.partition)
        return self.targets.of(key, to.service_subset)

    @cached_property
    def _failovers(self) -> dict[str, Place]:
        """What leads to targets that are tried after others, by their ids."""
        found: dict[str, Place] = {}
        for node in self.chain.nodes.values():
            if isinstance(node, ResolverNode) and node.failover is not None and node.entry is not None:
                places, otherwise = self._failover_places(node, node.entry)
                for target in node.failover.targets:
                    found.setdefault(target, places.get(target, otherwise))
        return found

    def _failover_places(
        self, node: ResolverNode, resolver: ServiceResolver
    ) -> tuple[dict[str, Place], Place]:
        """Where a node's failover targets are written, by their ids, and where those of a group are."""
        failing = self.chain.targets[node.target]
        key = failing.subset if failing.subset in resolver.failover else "*"
        entry = resolver.failover.get(key)
        if entry is None:
            return {}, Place(resolver, ("Redirect", "SamenessGroup"))
        places: dict[str, Place] = {}
        start = self._draft(failing)
        for change, _, at in failover_changes(entry, key):
            end, redirect = self._followed(self.targets.rewritten(start, change))
            places.setdefault(end, redirect or Place(resolver, at))
        group = ("Failover", key, "SamenessGroup")
        return places, Place(resolver, group if entry.sameness_group else group[:2])

    def _draft(self, target: Target) -> TargetDraft:
        return self.targets.target(
            target.service,
            subset=target.subset,
            namespace=target.namespace,
            partition=target.partition,
            datacenter=target.datacenter,
            peer=target.peer,
        )

    def _followed(self, target: TargetDraft) -> tuple[str, Place | None]:
        """The id of the target where redirects and default subsets end, and the last redirect."""
        way: list[tuple[str, Place | None]] = []
        seen: set[str] = set()
        while target.id not in self._ends and target.id not in seen:
            seen.add(target.id)
            following, redirect = self._next(target)
            way.append((target.id, redirect))
            target = following
        end, last = self._ends.get(target.id, (target.id, None))
        for identity, redirect in reversed(way):
            last = last or redirect
            self._ends[identity] = end, last
        return end, last

    def _next(self, target: TargetDraft) -> tuple[TargetDraft, Place | None]:
        """The target that is meant in place of one, itself at the end; and the redirect that says so."""
        resolver = self.entries.resolver(target.key)
        if resolver is None:
            return target, None
        to = resolver.redirect
        if to is not None and not to.sameness_group:
            meant = self.targets.rewritten(target, change_of(to))
            if meant.id != target.id:
                return meant, Place(resolver, ("Redirect",))
        if not target.subset and resolver.default_subset:
            return self.targets.rewritten(target, Change(subset=resolver.default_subset)), None
        return target, None
