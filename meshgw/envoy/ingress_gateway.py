"""The resources of an ingress gateway (envoy-other-gateways.md 3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from meshgw.envoy.ingress_gateway_clusters import ingress_clusters
from meshgw.envoy.ingress_gateway_context import IngressContext
from meshgw.envoy.ingress_gateway_listeners import ingress_listeners
from meshgw.envoy.ingress_gateway_routes import ingress_routes
from meshgw.envoy.resources import Resource, Resources
from meshgw.snapshot.ingress_model import IngressGatewaySnapshot

BUILDERS: tuple[Callable[[IngressContext], Iterator[Resource]], ...] = (
    ingress_listeners,
    ingress_routes,
    ingress_clusters,
)
"""What is made, in Consul's order."""


def ingress_gateway_resources(snapshot: IngressGatewaySnapshot) -> Resources:
    """Everything that Consul serves to an ingress gateway; an error among its faults means nothing."""
    context = IngressContext(snapshot)
    made = [resource for build in BUILDERS for resource in build(context)]
    return Resources.of(made, context.faults)
