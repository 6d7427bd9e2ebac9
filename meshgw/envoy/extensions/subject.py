"""A proxy as extensions see it: its kind, its protocol, its upstreams, its resources."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from meshgw.entries.blocks import EnvoyExtension
from meshgw.entries.extensions.services import ServiceName
from meshgw.envoy import names
from meshgw.envoy.resources import Resource, ResourceType
from meshgw.mesh.keys import ServiceKey

OUTBOUND = "outbound"
INBOUND = "inbound"


class ExtensionError(Exception):
    """An extension that cannot do its work; it then changes nothing at all (EE-02)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedUpstream:
    """An upstream with a chain. `snis` are those of its targets, `extensions` those of the service.

    `addresses` are where a transparent proxy meets it, when it has no listener of its own. `behind` says
    that the proxy is its terminating gateway, where filter chains and routes are found by SNI.
    """

    key: ServiceKey
    envoy_id: str
    snis: tuple[str, ...]
    extensions: tuple[EnvoyExtension, ...] = ()
    addresses: tuple[str, ...] = ()
    through_gateway: bool = False
    behind: bool = False

    def owns_cluster(self, name: str) -> bool:
        """By name: also members of its failover, but no cluster with a customisation hash (EE-05)."""
        if name.startswith("failover-target~"):
            name = name.split("~", 2)[-1]
        return name in self.snis

    def owns_listener(self, name: str) -> bool:
        return name.startswith(f"{self.envoy_id}:")

    def is_named(self, wanted: ServiceName) -> bool:
        """Whether a name in arguments means this service; empty tenancy is the default one."""
        return self.key == ServiceKey(
            wanted.partition or "default", wanted.namespace or "default", wanted.name
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendedProxy:
    """What is extended. `protocol` is spelled as the proxy's free-form settings spell it (EE-06)."""

    kind: str
    protocol: str
    upstreams: tuple[ExtendedUpstream, ...] = ()

    def sni_of(self, wanted: ServiceName) -> str:
        """The SNI, and cluster, of an upstream. Raises `ExtensionError` when there is no such upstream."""
        for upstream in self.upstreams:
            if upstream.is_named(wanted) and upstream.snis:
                return upstream.snis[0]
        raise ExtensionError(f"`{wanted.name}` is no upstream of the proxy")


@dataclass
class ResourceBook:
    """Resources while extensions change them: the bodies themselves are never changed, but replaced."""

    resources: list[Resource] = field(default_factory=list)

    def copy(self) -> ResourceBook:
        return ResourceBook(list(self.resources))

    def change(self, kind: ResourceType, change: Callable[[Resource], Resource]) -> None:
        """Replace every resource of a type by what `change` makes of it."""
        self.resources = [change(each) if each.type == kind else each for each in self.resources]

    def of(self, kind: ResourceType) -> Iterator[Resource]:
        return (each for each in self.resources if each.type == kind)

    def add(self, resource: Resource) -> None:
        self.resources.append(resource)


def direction_of(resource: Resource) -> str:
    """`inbound` for what callers meet; everything else is outbound, also exposed paths (EE-04)."""
    match resource.type:
        case "listeners":
            inbound = resource.name.partition(":")[0] == names.PUBLIC_LISTENER
        case "clusters" | "endpoints":
            inbound = resource.name == names.LOCAL_APP
        case _:
            inbound = False  # the routes of callers are part of their listener
    return INBOUND if inbound else OUTBOUND


def with_body(resource: Resource, **changed: object) -> Resource:
    """A resource with some other fields."""
    return replace(resource, body={**resource.body, **changed})
