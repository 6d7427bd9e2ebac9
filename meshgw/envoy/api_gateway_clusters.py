"""Clusters of an API gateway (envoy-other-gateways.md 5.7)."""

from __future__ import annotations

from collections.abc import Iterator

from meshgw.envoy.api_gateway_context import APIGatewayContext
from meshgw.envoy.chain_clusters import ChainSettings, chain_clusters
from meshgw.envoy.resources import Resource
from meshgw.mesh.keys import ServiceKey
from meshgw.snapshot.names import envoy_id


def api_gateway_clusters(context: APIGatewayContext) -> Iterator[Resource]:
    """The clusters of each service's own chain once, never with HTTP/2 (AE-12, AE-40)."""
    made: set[ServiceKey] = set()
    for listener, service in context.snapshot.routed:
        if service.key in made:
            continue
        made.add(service.key)
        if service.upstream is None:
            context.warn(
                "chain-missing",
                f"`{envoy_id(service.key)}` has no discovery chain, so nothing is behind its routes",
                note="Consul makes no cluster for it",
            )
            continue
        protocol = listener.bound.settings.protocol
        settings = ChainSettings(origin=context.origin(service), protocol=protocol)
        yield from chain_clusters(context, service.upstream, settings)
