"""The extensions of a proxy: its own, and those of its upstreams (envoy-sidecar.md 10.1)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from meshgw.envoy.context import ProxyContext
from meshgw.envoy.resources import Resource
from meshgw.snapshot.model import ProxySnapshot

if TYPE_CHECKING:
    from meshgw.envoy.extensions.subject import ExtendedUpstream


def with_extensions(
    context: ProxyContext[ProxySnapshot],
    resources: list[Resource],
    upstreams: Iterable[ExtendedUpstream] | None = None,
) -> list[Resource]:
    """The resources as the extensions leave them; without `upstreams` only the proxy's own count."""
    snapshot = context.snapshot
    own = snapshot.proxy.envoy_extensions
    if not own and upstreams is None:
        return resources
    from meshgw.envoy.extensions.apply import extended
    from meshgw.envoy.extensions.subject import ExtendedProxy

    protocol = snapshot.proxy.config.get("protocol", "")
    proxy = ExtendedProxy(
        kind=snapshot.instance.service.kind,
        protocol=protocol if isinstance(protocol, str) else "",
        upstreams=tuple(upstreams or ()),
    )
    return extended(proxy, own, resources, context, consul_version=snapshot.consul_version)
