"""The resources of a mesh gateway (envoy-mesh-gateway.md)."""

from __future__ import annotations

from collections.abc import Iterator

from meshgw.envoy.mesh_gateway_clusters import gateway_clusters, outbound_peering_clusters
from meshgw.envoy.mesh_gateway_context import MeshGatewayContext
from meshgw.envoy.mesh_gateway_exports import exported_clusters, exported_routes
from meshgw.envoy.mesh_gateway_listeners import gateway_listeners
from meshgw.envoy.resources import Resource, Resources
from meshgw.snapshot.model import MeshGatewaySnapshot


def mesh_gateway_resources(snapshot: MeshGatewaySnapshot) -> Resources:
    """Everything that Consul serves to a mesh gateway."""
    context = MeshGatewayContext(snapshot)
    return Resources.of(_resources(context), context.faults)


def _resources(context: MeshGatewayContext) -> Iterator[Resource]:
    yield from gateway_listeners(context)
    yield from exported_routes(context)
    yield from gateway_clusters(context)
    yield from exported_clusters(context)
    yield from outbound_peering_clusters(context)
