"""The extensions of a sidecar: its own, and those of its upstreams (envoy-sidecar.md 10.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from meshgw.envoy.resources import Resource
from meshgw.envoy.sidecar_context import SidecarContext
from meshgw.services.model import TERMINATING_GATEWAY
from meshgw.snapshot.model import ChainUpstream

if TYPE_CHECKING:
    from meshgw.envoy.extensions.subject import ExtendedUpstream


def with_extensions(context: SidecarContext, resources: list[Resource]) -> list[Resource]:
    """The resources as the extensions leave them."""
    snapshot = context.snapshot
    own = snapshot.proxy.envoy_extensions
    if not own and not any(_chain_has_extensions(upstream) for upstream in snapshot.upstreams):
        return resources
    from meshgw.envoy.extensions.apply import extended
    from meshgw.envoy.extensions.subject import ExtendedProxy

    protocol = snapshot.proxy.config.get("protocol", "")
    proxy = ExtendedProxy(
        kind=snapshot.instance.service.kind,
        protocol=protocol if isinstance(protocol, str) else "",
        upstreams=tuple(_upstreams(context)),
    )
    return extended(proxy, own, resources, context, consul_version=snapshot.consul_version)


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
