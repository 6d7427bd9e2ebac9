"""The entries that a chain sees: those reachable from its service (discovery-chain.md 2.3).

What was not gathered does not exist for the rest of the compilation, even if it is stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from meshgw.chain.model import CompileRequest
from meshgw.entries.proxy_defaults import ProxyDefaults
from meshgw.entries.sameness_group import Member, SamenessGroup
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.entries.service_resolver import Failover, FailoverTarget, Redirect, ServiceResolver
from meshgw.entries.service_router import ServiceRouter
from meshgw.entries.service_splitter import ServiceSplitter
from meshgw.mesh.entry_set import EntrySet
from meshgw.mesh.keys import Locality, ServiceKey


@dataclass(slots=True)
class Gathered:
    """Entries by the key that asked for them; filled by `gather` only.

    `default_group` is the chain's own: it is set only when the chain's service has no resolver.
    `visited` are all keys that were looked up, in order.
    """

    router: ServiceRouter | None = None
    splitters: dict[ServiceKey, ServiceSplitter] = field(default_factory=dict)
    resolvers: dict[ServiceKey, ServiceResolver] = field(default_factory=dict)
    service_defaults: dict[ServiceKey, ServiceDefaults] = field(default_factory=dict)
    proxy_defaults: dict[str, ProxyDefaults] = field(default_factory=dict)
    sameness_groups: dict[str, SamenessGroup] = field(default_factory=dict)
    peers: dict[str, Locality] = field(default_factory=dict)
    default_group: SamenessGroup | None = None
    visited: dict[ServiceKey, None] = field(default_factory=dict)


def gather(request: CompileRequest, entries: EntrySet) -> Gathered:
    """Follow the references of the chain's service through routes, splits and resolvers."""
    found = Gathered()
    to_resolve = _gather_splitters(request, entries, found)
    peers = _gather_resolvers(to_resolve, request, entries, found)
    _gather_defaults(entries, found)
    for peer in peers:
        locality = entries.peers.get((request.partition, peer))
        if locality is not None:
            found.peers[peer] = locality
    return found


def _gather_splitters(request: CompileRequest, entries: EntrySet, found: Gathered) -> list[ServiceKey]:
    found.router = entries.router(request.key)
    work = [request.key]
    if found.router is not None:
        work.extend(route_destinations(found.router, request))
    for key in work:  # grows while it is walked
        if key in found.visited:
            continue
        found.visited[key] = None
        splitter = entries.splitter(key)
        if splitter is not None:
            found.splitters[key] = splitter
            work.extend(target for target in split_targets(splitter, request) if target != key)
    return list(found.visited)


def _gather_resolvers(
    work: list[ServiceKey], request: CompileRequest, entries: EntrySet, found: Gathered
) -> dict[str, None]:
    """Fetch the resolvers; the peers that they, or the members of groups, name come back."""
    peers: dict[str, None] = {}
    looked_at: set[ServiceKey] = set()
    for key in work:  # grows while it is walked
        if key in looked_at:
            continue
        looked_at.add(key)
        found.visited[key] = None
        resolver = entries.resolver(key)
        if resolver is not None:
            found.resolvers[key] = resolver
            work.extend(service for service in resolver_references(resolver, request) if service != key)
            peers.update(dict.fromkeys(_peers_of(resolver)))
        for group, wanted in _groups(key, resolver, request, entries, found):
            for member in members_in_order(group):
                if member.peer:
                    peers[member.peer] = None
                else:
                    work.append(wanted._replace(partition=member.partition))
    return peers


def _groups(
    key: ServiceKey,
    resolver: ServiceResolver | None,
    request: CompileRequest,
    entries: EntrySet,
    found: Gathered,
) -> Iterator[tuple[SamenessGroup, ServiceKey]]:
    """The groups that take part because of a service, each with what is looked for in its members."""
    if resolver is None:
        group = entries.default_sameness_group(key.partition)
        if group is not None:
            found.sameness_groups[group.name] = group
            if key == request.key:
                found.default_group = group
            yield group, key
        return
    for name, wanted in _groups_of(resolver, request):
        group = entries.sameness_group(request.partition, name)  # of the chain's partition, not of X's
        if group is not None:
            found.sameness_groups[name] = group
            yield group, wanted


def _gather_defaults(entries: EntrySet, found: Gathered) -> None:
    for key in found.visited:
        service_defaults = entries.service_defaults(key)
        if service_defaults is not None:
            found.service_defaults[key] = service_defaults
        if key.partition not in found.proxy_defaults:
            proxy_defaults = entries.proxy_defaults(key.partition)
            if proxy_defaults is not None:
                found.proxy_defaults[key.partition] = proxy_defaults


def members_in_order(group: SamenessGroup) -> Iterator[Member]:
    """The members of a sameness group in the order of failover, the own partition first if included."""
    if group.include_local:
        yield Member(partition=group.partition)
    yield from group.members


def route_destinations(router: ServiceRouter, request: CompileRequest) -> Iterator[ServiceKey]:
    """The services that routes lead to, in order; a route without destination leads to the own one."""
    for route in router.routes:
        to = route.destination
        if to is None:
            yield request.within(router, "", "", "")
        else:
            yield request.within(router, to.service, to.namespace, to.partition)


def split_targets(splitter: ServiceSplitter, request: CompileRequest) -> Iterator[ServiceKey]:
    """The services that splits lead to, in order."""
    for split in splitter.splits:
        yield request.within(splitter, split.service, split.namespace, split.partition)


def resolver_references(resolver: ServiceResolver, request: CompileRequest) -> Iterator[ServiceKey]:
    """The services a resolver refers to: redirects also at peers, failover targets only without one."""
    to = resolver.redirect
    if to is not None:
        yield request.within(resolver, to.service, to.namespace, to.partition)
    for _, failover in sorted(resolver.failover.items()):
        yield from failover_references(resolver, failover, request)


def failover_references(
    resolver: ServiceResolver, failover: Failover, request: CompileRequest
) -> Iterator[ServiceKey]:
    if failover.targets:
        for target in failover.targets:
            if not target.peer:
                yield request.within(resolver, target.service, target.namespace, target.partition)
    else:
        yield request.within(resolver, failover.service, failover.namespace, "")


def _peers_of(resolver: ServiceResolver) -> Iterator[str]:
    named: list[Redirect | FailoverTarget] = [] if resolver.redirect is None else [resolver.redirect]
    for failover in resolver.failover.values():
        named.extend(failover.targets)
    return (reference.peer for reference in named if reference.peer)


def _groups_of(resolver: ServiceResolver, request: CompileRequest) -> Iterator[tuple[str, ServiceKey]]:
    """The sameness groups a resolver names, each with the service that is looked for in its members."""
    to = resolver.redirect
    if to is not None and to.sameness_group:
        yield to.sameness_group, request.within(resolver, to.service, to.namespace, to.partition)
    for _, failover in sorted(resolver.failover.items()):
        if failover.sameness_group:
            wanted = request.within(resolver, failover.service, failover.namespace, "")
            yield failover.sameness_group, wanted
