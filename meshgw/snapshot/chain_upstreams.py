"""Upstreams with a discovery chain, for every kind of proxy that follows chains (envoy-sidecar.md 3, 5.2)."""

from __future__ import annotations

from typing import NamedTuple

from meshgw.chain.model import ChainError, DiscoveryChain, Target
from meshgw.entries.filters import FilterError
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Key, Mesh
from meshgw.resolve.intentions import Decision
from meshgw.resolve.proxy import EffectiveUpstream
from meshgw.snapshot.model import ChainUpstream, SnapshotFault, TargetSnapshot
from meshgw.snapshot.peers import peer_target
from meshgw.snapshot.pools import target_pool


class ChainDraft(NamedTuple):
    """An upstream before its chain is followed; `mode` is its own mesh gateway mode."""

    envoy_id: str
    key: ServiceKey
    settings: EffectiveUpstream | None = None
    mode: str = ""
    explicit: bool = True
    addresses: tuple[str, ...] = ()
    decision: Decision | None = None


def followed(
    mesh: Mesh, caller: Key, chain: DiscoveryChain | ChainError, draft: ChainDraft, *, viewer: Key
) -> ChainUpstream | SnapshotFault:
    """An upstream with the targets of its chain, or why Consul generates nothing for the proxy.

    `caller` decides about gateways and addresses, `viewer` about what may be seen at all.
    """
    if isinstance(chain, ChainError):
        return SnapshotFault(draft.envoy_id, chain.message, chain)
    try:
        targets = _targets(mesh, caller, chain, draft.mode, viewer)
    except FilterError as fault:
        return SnapshotFault(draft.envoy_id, f"a subset of `{chain.service}` cannot be chosen: {fault}")
    return ChainUpstream(
        envoy_id=draft.envoy_id,
        key=draft.key,
        chain=chain,
        targets=targets,
        settings=draft.settings,
        explicit=draft.explicit,
        addresses=draft.addresses,
        decision=draft.decision,
    )


def _targets(
    mesh: Mesh, caller: Key, chain: DiscoveryChain, mode: str, viewer: Key
) -> dict[str, TargetSnapshot]:
    """The targets of a chain with what is dialed for them, the same for all callers of a partition."""

    def found() -> tuple[DiscoveryChain, dict[str, TargetSnapshot]]:
        targets = chain.targets.values()
        return chain, {target.id: _target(mesh, caller, target, mode, viewer) for target in targets}

    # The chain is kept beside its targets, so that its identity stays its own.
    return mesh.once(("targets", caller, viewer, id(chain), mode), found)[1]


def _target(mesh: Mesh, caller: Key, target: Target, mode: str, viewer: Key) -> TargetSnapshot:
    if target.peer:
        return peer_target(mesh, caller, target, mode)
    return TargetSnapshot(target=target, pool=target_pool(mesh, caller, target, viewer=viewer))
