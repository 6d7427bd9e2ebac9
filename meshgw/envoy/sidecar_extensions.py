"""The extensions of a sidecar: its own, and those of its upstreams (envoy-sidecar.md 10.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from meshgw.envoy.own_extensions import with_extensions
from meshgw.envoy.resources import Resource
from meshgw.envoy.sidecar_context import SidecarContext
from meshgw.services.model import TERMINATING_GATEWAY
from meshgw.snapshot.model import ChainUpstream

if TYPE_CHECKING:
    from meshgw.envoy.extensions.subject import ExtendedUpstream


def with_sidecar_extensions(context: SidecarContext, resources: list[Resource]) -> list[Resource]:
    """The resources as the extensions leave them."""
    snapshot = context.snapshot
    if not snapshot.proxy.envoy_extensions and not any(map(_chain_has_extensions, snapshot.upstreams)):
        return resources
    return with_extensions(context, resources, _upstreams(context))


def _chain_has_extensions(upstream: object) -> bool:
    return isinstance(upstream, ChainUpstream) and bool(upstream.chain.envoy_extensions)


def _upstreams(context: SidecarContext) -> Iterator[ExtendedUpstream]:
    from meshgw.envoy.extensions.subject import ExtendedUpstream

    for upstream in context.snapshot.upstreams:
        if not isinstance(upstream, ChainUpstream):
            continue
        targets = [upstream.targets[name] for name in sorted(upstream.targets)]
        yield ExtendedUpstream(
            key=upstream.key,
            envoy_id=upstream.envoy_id,
            snis=tuple(dict.fromkeys(target.target.sni for target in targets if target.target.sni)),
            extensions=upstream.chain.envoy_extensions,
            addresses=upstream.addresses,
            through_gateway=any(
                instance.service.kind == TERMINATING_GATEWAY
                for target in targets
                for instance in target.pool.instances
            ),
        )
