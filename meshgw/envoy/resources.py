"""What one proxy is served: resources by type and name, and why each of them exists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from meshgw.diagnostics.model import Location

if TYPE_CHECKING:
    from meshgw.envoy.faults import RenderFault

ResourceType: TypeAlias = Literal["listeners", "clusters", "endpoints", "routes", "secrets"]

Body: TypeAlias = Mapping[str, Any]
"""One resource in proto3 JSON as Consul serves it, without an `@type` of its own; never changed once made."""

TYPE_URLS: Final[Mapping[ResourceType, str]] = {
    "listeners": "type.googleapis.com/envoy.config.listener.v3.Listener",
    "clusters": "type.googleapis.com/envoy.config.cluster.v3.Cluster",
    "endpoints": "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
    "routes": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
    "secrets": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret",
}


@dataclass(frozen=True, slots=True)
class ResourceOrigin:
    """Why a resource exists: `upstream api of web`, and where that is written if it is written at all."""

    text: str
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource. `name` is its key in its type: for `endpoints` that is `clusterName`."""

    type: ResourceType
    name: str
    body: Body
    origin: ResourceOrigin


@dataclass(frozen=True, kw_only=True, slots=True)
class Resources:
    """All resources of one proxy, each type as name → resource, sorted by name.

    `collisions` are the names under which two unequal resources were made; the later one is served.
    `faults` say what could not be made as it is meant; with an error among them Consul serves nothing.
    """

    listeners: Mapping[str, Body] = field(default_factory=dict)
    clusters: Mapping[str, Body] = field(default_factory=dict)
    endpoints: Mapping[str, Body] = field(default_factory=dict)
    routes: Mapping[str, Body] = field(default_factory=dict)
    secrets: Mapping[str, Body] = field(default_factory=dict)
    origins: Mapping[tuple[ResourceType, str], ResourceOrigin] = field(default_factory=dict)
    collisions: tuple[tuple[ResourceType, str], ...] = ()
    faults: tuple[RenderFault, ...] = ()

    @classmethod
    def of(cls, resources: Iterable[Resource], faults: Iterable[RenderFault] = ()) -> Resources:
        """Collect resources, in the order in which they were made: of one name the last stays (XV-02)."""
        found: dict[tuple[ResourceType, str], Resource] = {}
        collisions: dict[tuple[ResourceType, str], None] = {}
        for resource in resources:
            key = resource.type, resource.name
            if key in found and found[key].body != resource.body:
                collisions[key] = None
            found[key] = resource
        ordered = dict(sorted(found.items()))  # code points sort as UTF-8 bytes do
        return cls(
            **{kind: _of_type(ordered.values(), kind) for kind in TYPE_URLS},
            origins={key: resource.origin for key, resource in ordered.items()},
            collisions=tuple(collisions),
            faults=tuple(faults),
        )

    def of_type(self, kind: ResourceType) -> Mapping[str, Body]:
        """The resources of a type by name."""
        found: Mapping[str, Body] = getattr(self, kind)
        return found


def _of_type(resources: Iterable[Resource], kind: ResourceType) -> dict[str, Body]:
    return {resource.name: resource.body for resource in resources if resource.type == kind}
