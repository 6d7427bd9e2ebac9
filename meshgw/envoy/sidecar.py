"""The resources of a sidecar (envoy-sidecar.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from meshgw.envoy.resources import Resource, Resources
from meshgw.envoy.sidecar_clusters import sidecar_clusters
from meshgw.envoy.sidecar_context import SidecarContext
from meshgw.envoy.sidecar_extensions import with_sidecar_extensions
from meshgw.envoy.sidecar_listeners import sidecar_listeners
from meshgw.envoy.sidecar_routes import sidecar_routes
from meshgw.snapshot.model import SidecarSnapshot

BUILDERS: tuple[Callable[[SidecarContext], Iterator[Resource]], ...] = (
    sidecar_listeners,
    sidecar_routes,
    sidecar_clusters,
)
"""What is made, in Consul's order (XV-01)."""


def sidecar_resources(snapshot: SidecarSnapshot) -> Resources:
    """Everything that Consul serves to a sidecar; an error among its faults means that it serves nothing."""
    context = SidecarContext(snapshot)
    made = [resource for build in BUILDERS for resource in build(context)]
    return Resources.of(with_sidecar_extensions(context, made), context.faults)
