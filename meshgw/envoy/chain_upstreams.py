"""Names of upstreams with a discovery chain, for every kind of proxy (envoy-sidecar.md 1.3)."""

from __future__ import annotations

from meshgw.envoy import names
from meshgw.mesh.keys import ServiceKey
from meshgw.snapshot.model import ChainUpstream, PeeredService, TargetSnapshot


def cluster_name(upstream: ChainUpstream, target: TargetSnapshot) -> str | None:
    """The cluster of a target: its internal name, behind the chain's customisation hash.

    `None` for a target at a peer of whose roots nothing is known.
    """
    prefix = f"{upstream.chain.customization_hash}~" if upstream.chain.customization_hash else ""
    if target.peered is None:
        return prefix + target.target.name
    own = peered_cluster(target.peered)
    return None if own is None else prefix + own


def peered_cluster(service: PeeredService) -> str | None:
    """The cluster of an imported service; `None` when its peer's roots are unknown."""
    return None if service.bundle is None else service.cluster


def cluster_of_target(upstream: ChainUpstream, target_id: str) -> str | None:
    """The cluster of a chain's target by its id; `None` without one."""
    target = upstream.targets.get(target_id)
    return None if target is None else cluster_name(upstream, target)


def chain_name(upstream: ChainUpstream) -> str:
    """The filter name of a chain, by what it was evaluated for."""
    chain = upstream.chain
    return names.filter_name(ServiceKey(chain.partition, chain.namespace, chain.service), chain.datacenter)
