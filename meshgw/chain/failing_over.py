"""The resolver step as a whole: a target's node with its failover targets (3.5, 15–19; 3.7.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from meshgw.chain import errors
from meshgw.chain.assembly import Assembly
from meshgw.chain.collecting import members_in_order
from meshgw.chain.errors import Trail
from meshgw.chain.model import ChainError, Failover, Note, Place, ResolverNode
from meshgw.chain.resolving import build, settle
from meshgw.chain.targets import Change, TargetDraft, for_member
from meshgw.entries.service_resolver import Failover as FailoverEntry
from meshgw.entries.service_resolver import FailoverPolicy, ServiceResolver
from meshgw.source.document import Path


def resolver_step(state: Assembly, target: TargetDraft, trail: Trail) -> ResolverNode | ChainError:
    """The node of the pool that a target stands for, with its failover; made once for each pool."""
    cached = state.resolvers.get(target.id)
    if cached is not None:
        return cached
    settled = settle(state, target, trail)
    if isinstance(settled, ChainError):
        return settled
    target, trail = settled
    cached = state.resolvers.get(target.id)
    if cached is not None:
        return cached
    node = build(state, target, trail)
    if isinstance(node, ChainError):
        return node
    state.resolvers[target.id] = node
    failover = _failover(state, target, trail)
    if isinstance(failover, ChainError):
        return failover
    if failover is not None:
        node = replace(node, failover=failover)
        state.resolvers[target.id] = node
    return node


@dataclass(frozen=True, slots=True)
class _Failing:
    """The target that may be down, and the entry of its resolver's failover that is for it.

    `entry` is `None` when only a redirect to a sameness group gives failover.
    """

    target: TargetDraft
    resolver: ServiceResolver
    key: str
    entry: FailoverEntry | None
    trail: Trail

    @property
    def place(self) -> Place:
        return Place(self.resolver, ("Failover", self.key))


@dataclass(frozen=True, slots=True)
class _Attempt:
    """A failover target, what it is called on the way, and where it is written in the resolver."""

    target: TargetDraft
    words: str
    at: Path


def _failover(state: Assembly, target: TargetDraft, trail: Trail) -> Failover | ChainError | None:
    resolver = state.resolver_of(target.key, target.peer)
    if resolver is None:
        return None
    failing = _Failing(target, resolver, "", None, trail)
    if resolver.failover:
        # Nothing can be keyed by the empty name, so the unnamed pool only has `*` (Q5).
        key = target.subset if target.subset in resolver.failover else "*"
        entry = resolver.failover.get(key)
        if entry is None:
            return None
        failing = _Failing(target, resolver, key, entry, trail)
    attempts = _attempts(state, failing)
    if isinstance(attempts, ChainError):
        return attempts
    if failing.entry is not None and not attempts:
        # Of another cluster's namesake it says nothing: there the policy is meant for the own instances.
        if not target.peer:
            state.note(Note("failover-without-targets", failing.place, target.id))
    elif failing.entry is not None and target.peer:
        state.note(Note("peer-failover-from-local-resolver", failing.place, target.id, trail.place))
    return _resolved(state, failing, attempts) if attempts else None


def _resolved(state: Assembly, failing: _Failing, attempts: list[_Attempt]) -> Failover | ChainError:
    resolver = failing.resolver
    ids: list[str] = []
    for attempt in attempts:
        trail = failing.trail.then(f"resolver {resolver.name} {attempt.words}", resolver, attempt.at)
        end = _end_of(state, attempt.target, trail)
        if isinstance(end, ChainError):
            return end
        if end == failing.target.id:
            state.note(Note("failover-to-itself", Place(resolver, attempt.at), end))
        ids.append(end)
    policy = _policy(state, failing)
    if policy is None:
        return Failover(targets=tuple(ids))
    return Failover(targets=tuple(ids), policy_mode=policy.mode, policy_regions=policy.regions)


def _end_of(state: Assembly, target: TargetDraft, trail: Trail) -> str | ChainError:
    """The resolver step as failover: it is neither cached nor given failover of its own."""
    settled = settle(state, target, trail)
    if isinstance(settled, ChainError):
        return settled
    target, trail = settled
    if target.id in state.retained:  # its node was built before, and building it again changes nothing
        return target.id
    node = build(state, target, trail)
    return node if isinstance(node, ChainError) else node.target


def _policy(state: Assembly, failing: _Failing) -> FailoverPolicy | None:
    if failing.entry is not None and failing.entry.policy is not None:
        return failing.entry.policy
    defaults = state.gathered.proxy_defaults.get(failing.target.key.partition)
    general = None if defaults is None else defaults.failover_policy
    return None if general is None else FailoverPolicy(mode=general.mode, regions=general.regions)


def _attempts(state: Assembly, failing: _Failing) -> list[_Attempt] | ChainError:
    """The failover targets in order; what equals the failing target itself is dropped."""
    entry, redirect = failing.entry, failing.resolver.redirect
    if entry is None:
        if redirect is None or not redirect.sameness_group:
            return []
        base = _over_resolver(failing, redirect.service, redirect.service_subset, redirect.namespace)
        return _expand(state, failing, base, redirect.sameness_group)
    if entry.sameness_group and not entry.datacenters and not entry.targets:
        base = _over_resolver(failing, entry.service, entry.service_subset, entry.namespace)
        return _expand(state, failing, base, entry.sameness_group)
    found: list[_Attempt] = []
    for change, words, at in failover_changes(entry, failing.key):
        target = state.targets.rewritten(failing.target, change)
        if target.id != failing.target.id:
            found.append(_Attempt(target, words, at))
    return found


def failover_changes(entry: FailoverEntry, key: str) -> Iterator[tuple[Change, str, Path]]:
    """The targets that a failover names, each with its words and its path in the resolver."""
    base = Change(service=entry.service, subset=entry.service_subset, namespace=entry.namespace)
    if entry.datacenters:
        for index, datacenter in enumerate(entry.datacenters):
            at: Path = ("Failover", key, "Datacenters", index)
            yield replace(base, datacenter=datacenter), f"failover {key} datacenter {datacenter}", at
    elif entry.targets:
        for index, to in enumerate(entry.targets):  # the namespace of the entry does not count (Q7)
            change = Change(
                service=to.service,
                subset=to.service_subset,
                namespace=to.namespace,
                partition=to.partition,
                datacenter=to.datacenter,
                peer=to.peer,
            )
            yield change, f"failover {key} target {index + 1}", ("Failover", key, "Targets", index)
    else:
        yield base, f"failover {key}", ("Failover", key)


def _over_resolver(failing: _Failing, service: str, subset: str, namespace: str) -> Change:
    """The options of a sameness expansion: the resolver's own identity under what the entry says."""
    resolver = failing.resolver
    return Change(
        service=service or resolver.name,
        subset=subset,
        namespace=namespace or resolver.namespace,
        partition=resolver.partition,
    )


def _expand(state: Assembly, failing: _Failing, base: Change, name: str) -> list[_Attempt] | ChainError:
    """The members of a sameness group as failover targets (3.7.3)."""
    at: Path = ("Redirect", "SamenessGroup")
    if failing.entry is not None:
        at = ("Failover", failing.key, "SamenessGroup")
    group = state.gathered.sameness_groups.get(name)
    if group is None:
        place = Place(failing.resolver, at)
        return errors.sameness_group_missing(failing.target.key.name, name, place, failing.trail)
    found: list[_Attempt] = []
    for member in members_in_order(group):
        target = state.targets.rewritten(failing.target, for_member(base, member))
        if target.id != failing.target.id:
            called = f"peer {member.peer}" if member.peer else f"partition {member.partition}"
            found.append(_Attempt(target, f"sameness group {group.name} {called}", at))
    return found
