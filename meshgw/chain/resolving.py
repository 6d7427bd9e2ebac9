"""The resolver step: from a target to the pool of instances that is really meant (3.5, 1–16).

Redirects and default subsets are followed in a loop, not by recursion. A target's failover is added
by `failing_over`.
"""

from __future__ import annotations

from meshgw.chain import errors
from meshgw.chain.assembly import Assembly
from meshgw.chain.errors import Trail
from meshgw.chain.model import ChainError, ErrorCode, Note, Place, ResolverNode
from meshgw.chain.modes import TargetMode
from meshgw.chain.targets import Change, TargetDraft
from meshgw.entries.base import Entry
from meshgw.entries.service_resolver import Redirect, ServiceResolver, Subset

SECOND = 1_000_000_000
DEFAULT_CONNECT_TIMEOUT = 5 * SECOND

_WHOLE = Subset()
_EMPTY = ServiceResolver()


def settle(state: Assembly, target: TargetDraft, trail: Trail) -> tuple[TargetDraft, Trail] | ChainError:
    """Follow redirects and default subsets to the target where they end.

    The trail comes back with the steps that were taken, so that a fault of the last target can say
    how it was reached.
    """
    visited: dict[str, None] = {}
    while True:
        end = state.settled.get(target.id)
        if end is not None:
            target = state.targets.made[end]
            break
        if not target.peer:
            error = state.record_protocol(target.key, trail)
            if error is not None:
                return error
        if target.id in visited:
            return errors.redirect_loop(tuple(visited), target.id, trail)
        visited[target.id] = None
        step = _next(state, target, trail)
        if step is None:
            break
        target, trail = step
    for identity in visited:
        state.settled[identity] = target.id
    return target, trail


def _next(state: Assembly, target: TargetDraft, trail: Trail) -> tuple[TargetDraft, Trail] | None:
    """The target that is meant in place of one, `None` when it is meant itself."""
    resolver = state.resolver_of(target.key, target.peer)
    if resolver is None:
        return None
    to = resolver.redirect
    if to is not None and not to.sameness_group:
        meant = state.targets.rewritten(target, change_of(to))
        if meant.id != target.id:
            if target.peer and not meant.peer:
                _note_lost_peer(state, target, Place(resolver, ("Redirect",)), trail)
            return meant, trail.then(f"resolver {resolver.name} redirect", resolver, ("Redirect",))
    if not target.subset and resolver.default_subset:
        meant = state.targets.rewritten(target, Change(subset=resolver.default_subset))
        if target.peer:
            _note_lost_peer(state, target, Place(resolver, ("DefaultSubset",)), trail)
        words = f"resolver {resolver.name} default subset {resolver.default_subset}"
        return meant, trail.then(words, resolver, ("DefaultSubset",))
    return None


def change_of(to: Redirect) -> Change:
    return Change(
        service=to.service,
        subset=to.service_subset,
        namespace=to.namespace,
        partition=to.partition,
        datacenter=to.datacenter,
        peer=to.peer,
    )


def _note_lost_peer(state: Assembly, target: TargetDraft, place: Place, trail: Trail) -> None:
    """Q1, Q2: a local resolver turns a target at a peer back to the local cluster."""
    state.note(Note("peer-lost", place, target.id, trail.place))


def build(state: Assembly, target: TargetDraft, trail: Trail) -> ResolverNode | ChainError:
    """The node of a target that is settled (3.5, 7–14), without failover."""
    found = state.resolver_of(target.key, target.peer)
    resolver = found or _EMPTY
    if target.subset and target.subset not in resolver.subsets:
        return errors.subset_missing(target.key.name, target.subset, found, trail)
    _set_connect_timeout(state, target, resolver)
    _set_locality(state, target, resolver)
    subset = resolver.subsets.get(target.subset, _WHOLE)
    target.filter, target.only_passing = subset.filter, subset.only_passing
    error = _set_external(state, target, resolver, trail)
    if error is not None:
        return error
    _set_mesh_gateway(state, target)
    state.retained.add(target.id)
    return ResolverNode(
        name=target.id,
        target=target.id,
        default=_is_default(resolver),
        connect_timeout=target.connect_timeout,
        request_timeout=resolver.request_timeout,
        load_balancer=resolver.load_balancer,
        entry=state.gathered.resolvers.get(target.key),
    )


def _is_default(resolver: ServiceResolver) -> bool:
    return not (
        resolver.default_subset
        or resolver.subsets
        or resolver.redirect is not None
        or resolver.failover
        or resolver.connect_timeout
        or resolver.request_timeout
        or resolver.load_balancer is not None
        or resolver.prioritize_by_locality is not None
    )


def _set_connect_timeout(state: Assembly, target: TargetDraft, resolver: ServiceResolver) -> None:
    timeout = resolver.connect_timeout if resolver.connect_timeout > 0 else DEFAULT_CONNECT_TIMEOUT
    override = state.request.override_connect_timeout
    if override > 0 and override != timeout:
        timeout, state.custom_timeout = override, True
    target.connect_timeout = timeout


def _set_locality(state: Assembly, target: TargetDraft, resolver: ServiceResolver) -> None:
    if target.peer or target.key.partition != state.request.partition:
        return
    preference = resolver.prioritize_by_locality
    if preference is not None:
        target.prioritize_by_locality = preference.mode
        return
    defaults = state.gathered.proxy_defaults.get(target.key.partition)
    general = None if defaults is None else defaults.prioritize_by_locality
    target.prioritize_by_locality = None if general is None else general.mode


def _set_external(
    state: Assembly, target: TargetDraft, resolver: ServiceResolver, trail: Trail
) -> ChainError | None:
    """3.5.12: an external SNI replaces the service's, and excludes redirects, subsets and failover."""
    defaults = state.gathered.service_defaults.get(target.key)
    if defaults is None or not defaults.external_sni:
        return None
    target.sni, target.external = defaults.external_sni, True
    code: ErrorCode
    if resolver.redirect is not None:
        code, what, cause = "external-redirect", "redirects", _redirect_place(state, target, resolver)
    elif resolver.subsets:
        code, what, cause = "external-subsets", "subsets", Place(resolver, ("Subsets",))
    elif resolver.failover:
        code, what, cause = "external-failover", "failover", Place(resolver, ("Failover",))
    else:
        return None
    sni = Place(defaults, ("ExternalSNI",))
    return errors.external(trail, code=code, service=target.key.name, what=what, cause=cause, sni=sni)


def _redirect_place(state: Assembly, target: TargetDraft, resolver: ServiceResolver) -> Place:
    """Where a redirect is written: in the resolver, or as the default of a sameness group."""
    group: Entry | None = state.gathered.default_group
    if target.key in state.gathered.resolvers or group is None:
        return Place(resolver, ("Redirect",))
    return Place(group, ("DefaultForFailover",))


def _set_mesh_gateway(state: Assembly, target: TargetDraft) -> None:
    own = state.gathered.service_defaults.get(target.key)
    general = state.gathered.proxy_defaults.get(target.key.partition)
    override = state.request.override_mesh_gateway
    mode = TargetMode(target.external, override, own, general)
    target.mesh_gateway = mode
    if target.external:
        return
    target.dialed_directly = any(
        entry is not None and entry.transparent_proxy is not None and entry.transparent_proxy.dialed_directly
        for entry in (own, general)
    )
    if override and override != mode.own:
        state.custom_mode = True
