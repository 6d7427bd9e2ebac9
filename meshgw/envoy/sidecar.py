"""The resources of a sidecar (envoy-sidecar.md)."""

from __future__ import annotations

from collections.abc import Iterator

from meshgw.envoy.resources import Resource, Resources
from meshgw.envoy.sidecar_clusters import sidecar_clusters
from meshgw.envoy.sidecar_listeners import sidecar_listeners
from meshgw.snapshot.model import SidecarSnapshot


def sidecar_resources(snapshot: SidecarSnapshot) -> Resources:
    """Everything that Consul serves to a sidecar."""
    return Resources.of(_resources(snapshot))


def _resources(snapshot: SidecarSnapshot) -> Iterator[Resource]:
    yield from sidecar_listeners(snapshot)
    yield from sidecar_clusters(snapshot)
