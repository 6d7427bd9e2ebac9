"""Extensions of the services behind a terminating gateway (envoy-other-gateways.md 1.8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from meshgw.envoy.resources import Resource
from meshgw.envoy.terminating_gateway_context import TerminatingContext
from meshgw.snapshot.names import envoy_id
from meshgw.snapshot.terminating_model import RepresentedService

if TYPE_CHECKING:
    from meshgw.envoy.extensions.subject import ExtendedUpstream


def with_extensions(context: TerminatingContext, resources: list[Resource]) -> list[Resource]:
    """The resources as the extensions leave them; those of the gateway itself do nothing."""
    snapshot = context.snapshot
    if not any(service.extensions for service in snapshot.services):
        return resources
    from meshgw.envoy.extensions.apply import extended
    from meshgw.envoy.extensions.subject import ExtendedProxy

    kind = snapshot.instance.service.kind
    proxy = ExtendedProxy(kind=kind, protocol="", upstreams=tuple(_upstreams(context)))
    return extended(proxy, (), resources, context, consul_version=snapshot.consul_version)


def _upstreams(context: TerminatingContext) -> Iterator[ExtendedUpstream]:
    from meshgw.envoy.extensions.subject import ExtendedUpstream

    for service in context.snapshot.services:
        if isinstance(service, RepresentedService):
            yield ExtendedUpstream(
                key=service.link.key,
                envoy_id=envoy_id(service.link.key),
                snis=tuple(context.clusters_of(service).values()),
                extensions=service.extensions,
                behind=True,
            )
