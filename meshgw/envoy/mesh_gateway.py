"""The resources of a mesh gateway (envoy-mesh-gateway.md)."""

from __future__ import annotations

from collections.abc import Iterator

from meshgw.envoy.mesh_gateway_clusters import gateway_clusters
from meshgw.envoy.mesh_gateway_listeners import gateway_listeners
from meshgw.envoy.resources import Resource, Resources
from meshgw.snapshot.model import MeshGatewaySnapshot


def mesh_gateway_resources(snapshot: MeshGatewaySnapshot) -> Resources:
    """Everything that Consul serves to a mesh gateway."""
    return Resources.of(_resources(snapshot))


def _resources(snapshot: MeshGatewaySnapshot) -> Iterator[Resource]:
    yield from gateway_listeners(snapshot)
    yield from gateway_clusters(snapshot)
