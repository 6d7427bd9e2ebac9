"""The resources of an API gateway (envoy-other-gateways.md 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from meshgw.envoy.api_gateway_clusters import api_gateway_clusters
from meshgw.envoy.api_gateway_context import APIGatewayContext
from meshgw.envoy.api_gateway_listeners import api_gateway_listeners
from meshgw.envoy.api_gateway_routes import api_gateway_routes
from meshgw.envoy.api_gateway_tls import api_gateway_secrets
from meshgw.envoy.own_extensions import with_extensions
from meshgw.envoy.resources import Resource, Resources
from meshgw.snapshot.api_gateway_model import APIGatewaySnapshot

BUILDERS: tuple[Callable[[APIGatewayContext], Iterator[Resource]], ...] = (
    api_gateway_listeners,
    api_gateway_routes,
    api_gateway_clusters,
    api_gateway_secrets,
)
"""What is made, in Consul's order."""


def api_gateway_resources(snapshot: APIGatewaySnapshot) -> Resources:
    """Everything that Consul serves to an API gateway; an error among its faults means nothing."""
    context = APIGatewayContext(snapshot)
    if snapshot.requires_tokens:
        # Without its filters the gateway would let in what Consul does not (AE-50–AE-52).
        context.fail(
            "api-gateway-jwt",
            "the gateway requires tokens of requests, which meshgw does not render",
            note="`JWT` of API gateways and http-routes is a feature of Consul Enterprise",
        )
    made = [resource for build in BUILDERS for resource in build(context)]
    return Resources.of(with_extensions(context, made), context.faults)
