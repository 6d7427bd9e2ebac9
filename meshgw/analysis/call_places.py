"""Where calls are written: the upstream, and the redirect, failover, route or split that leads on from it.

A compiled chain does not tell which entries it came through. Here the way to one target is walked
again, with the rewriting of targets that the compiler uses (discovery-chain.md 3.5, 3.7).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator

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
    walk = _Walk(call.upstream.chain, call.snapshot.datacenter.entries, enterprise=call.mesh.enterprise)
    return walk.to_target(call.target.target) if call.primary else walk.to_failover(call.target.target)


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

    def to_target(self, target: Target) -> Place | None:
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
        node = f"resolver:{target.id}"
        for found in self.chain.nodes.values():
            if isinstance(found, RouterNode):
                for route in found.routes:
                    to = route.definition.destination
                    if route.next_node == node and found.entry is not None and to is not None:
                        key = self.request.within(found.entry, to.service, to.namespace, to.partition)
                        place = Place(found.entry, ("Routes", route.index or 0, "Destination"))
                        yield self.targets.of(key, to.service_subset), place
            elif isinstance(found, SplitterNode):
                for split in found.splits:
                    leg = split.definition
                    if split.next_node == node and split.entry is not None:
                        key = self.request.within(split.entry, leg.service, leg.namespace, leg.partition)
                        yield (
                            self.targets.of(key, leg.service_subset),
                            Place(split.entry, ("Splits", split.index)),
                        )

    def to_failover(self, target: Target) -> Place | None:
        """What leads to a target that is tried after another one."""
        for node in self.chain.nodes.values():
            if isinstance(node, ResolverNode) and node.failover and target.id in node.failover.targets:
                return self._failover_of(node, target)
        return None

    def _failover_of(self, node: ResolverNode, target: Target) -> Place | None:
        resolver, failing = node.entry, self.chain.targets[node.target]
        if resolver is None:
            return None
        key = failing.subset if failing.subset in resolver.failover else "*"
        entry = resolver.failover.get(key)
        if entry is None:
            return Place(resolver, ("Redirect", "SamenessGroup"))
        start = self._draft(failing)
        for change, _, at in failover_changes(entry, key):
            end, redirect = self._followed(self.targets.rewritten(start, change))
            if end == target.id:
                return redirect or Place(resolver, at)
        return Place(
            resolver, ("Failover", key, "SamenessGroup") if entry.sameness_group else ("Failover", key)
        )

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
        place, seen = None, {target.id}
        while True:
            resolver = self.entries.resolver(target.key)
            if resolver is None:
                return target.id, place
            to, following = resolver.redirect, target
            if to is not None and not to.sameness_group:
                following = self.targets.rewritten(target, change_of(to))
            if following.id != target.id:
                place = Place(resolver, ("Redirect",))
            elif not target.subset and resolver.default_subset:
                following = self.targets.rewritten(target, Change(subset=resolver.default_subset))
            if following.id in seen:
                return target.id, place
            seen.add(following.id)
            target = following
