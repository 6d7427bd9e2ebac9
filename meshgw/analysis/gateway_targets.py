"""What is odd about the targets that ingress and API gateways lead to."""

from __future__ import annotations

from collections.abc import Iterator

from meshgw.chain.model import DiscoveryChain, ResolverNode, Target
from meshgw.diagnostics.model import Related
from meshgw.mesh.keys import ServiceKey


def dialed_directly(
    chain: DiscoveryChain, service: ServiceKey, partition: str
) -> Iterator[tuple[Target, tuple[Related, ...]]]:
    """The targets whose mode `local` does not count for a gateway of a partition, with what sets it (TP-12).

    Such gateways choose as if they were in the partition of the service that they name.
    """
    if service.partition == partition:
        return
    for target in chain.targets.values():
        if target.mesh_gateway.mode == "local" and target.partition != partition:
            settings = target.mesh_gateway.service_defaults or target.mesh_gateway.proxy_defaults
            place = settings.locate(("MeshGateway", "Mode")) if settings is not None else None
            yield target, (Related(place, "the mode"),) if place is not None else ()


def peer_of_start(chain: DiscoveryChain) -> tuple[str, tuple[Related, ...]]:
    """The peer that a service is redirected to, and the redirect; no `tcp` listener leads there (IE-12)."""
    start = chain.start
    if not isinstance(start, ResolverNode) or not chain.targets[start.target].peer:
        return "", ()
    place = start.entry.locate(("Redirect",)) if start.entry is not None else None
    return chain.targets[start.target].peer, (Related(place, "the redirect"),) if place is not None else ()
