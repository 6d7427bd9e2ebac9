"""Service definitions as users write them: agent files, API bodies, catalog registrations.

One declaration serves the three spellings (service-registration.md 1.2, 1.7, 1.8 and 2.1).
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

from meshgw.diagnostics.model import Location, Part
from meshgw.schema.fields import (
    Block,
    Layer,
    Obj,
    Scalar,
    anything,
    block,
    blocks,
    boolean,
    integer,
    mapping,
    obj,
    secret_text,
    tenancy,
    text,
    texts,
    typed,
)
from meshgw.schema.origin import NOWHERE, Origin
from meshgw.secret import Secret
from meshgw.services.check import Check
from meshgw.services.proxy import Proxy, Upstream
from meshgw.source.document import Path

__all__ = [
    "API_GATEWAY",
    "CONNECT_PROXY",
    "GATEWAY_KINDS",
    "INGRESS_GATEWAY",
    "MESH_GATEWAY",
    "SERVICE_KINDS",
    "TERMINATING_GATEWAY",
    "Check",
    "Connect",
    "Locality",
    "Proxy",
    "Service",
    "ServiceAddress",
    "Upstream",
    "Weights",
]

CONNECT_PROXY = "connect-proxy"
MESH_GATEWAY = "mesh-gateway"
TERMINATING_GATEWAY = "terminating-gateway"
INGRESS_GATEWAY = "ingress-gateway"
API_GATEWAY = "api-gateway"

GATEWAY_KINDS = (MESH_GATEWAY, TERMINATING_GATEWAY, INGRESS_GATEWAY, API_GATEWAY)
SERVICE_KINDS = (CONNECT_PROXY, *GATEWAY_KINDS)
"""The words of `kind`; any other is a typical service."""

_REGISTERED: frozenset[Layer] = frozenset({"agent", "api"})
_CATALOG: frozenset[Layer] = frozenset({"catalog"})


@block
class ServiceAddress(Block):
    """A tagged address: how an instance is reached from elsewhere."""

    address: str = text("Address", doc="IP address or host name")
    port: int = integer("Port", doc="port, 1 to 65535")


@block
class Weights(Block):
    """Weights of an instance among others, by health. Files and absence give 1, bodies 0."""

    passing: int = typed("Passing", Scalar("int"), 1, doc="while it is healthy; 1 to 65535")
    warning: int = typed("Warning", Scalar("int"), 1, doc="while it is in warning; 0 to 65535")


@block
class Locality(Block):
    """Where an instance runs."""

    region: str = text("Region", doc="region, such as `us-west-1`")
    zone: str = text("Zone", doc="zone of the region")


@block
class Connect(Block):
    """How an instance takes part in the mesh."""

    native: bool = boolean("Native", doc="the application speaks the mesh's TLS itself")
    sidecar_service: Service | None = typed(
        "SidecarService",
        Obj(lambda: Service, optional=True),
        None,
        api_aliases=("sidecar_service",),
        doc="a sidecar proxy that is registered with the service",
    )
    peer_meta: Any = anything("PeerMeta", agent=None, doc="set by Consul")


@block
class Service(Block):
    """A service, proxy or gateway instance.

    A sidecar that was made from a `sidecar_service` block has its service as `parent`, and `within`
    is the path of the service in the document; `moved` maps paths of the normalized service to the
    paths in the document where they are written when that differs. `origin` is the whole document's.
    """

    name: str = text("Name", catalog="Service", doc="the service's name")
    id: str = text("ID", doc="unique among the services of a node; the name when empty")
    kind: str = text("Kind", one_of=SERVICE_KINDS, doc="a proxy or gateway; empty for an application")
    namespace: str = tenancy("Namespace", doc="Enterprise")
    partition: str = tenancy("Partition", doc="Enterprise; the agent's own")
    tags: tuple[str, ...] = texts("Tags", doc="labels for lookups")
    address: str = text("Address", doc="IP address or host name; the node's when empty")
    port: int = integer("Port", doc="port, 1 to 65535")
    socket_path: str = text("SocketPath", doc="Unix socket, in place of address and port")
    tagged_addresses: dict[str, ServiceAddress] = mapping(
        "TaggedAddresses",
        ServiceAddress,
        api_aliases=("tagged_addresses",),
        catalog="TaggedAddresses",
        doc="further addresses: `lan`, `wan` and others",
    )
    meta: dict[str, str] = mapping("Meta", doc="up to 64 pairs of metadata")
    weights: Weights = typed("Weights", Obj(Weights), Weights)
    enable_tag_override: bool = boolean(
        "EnableTagOverride",
        api_aliases=("enable_tag_override",),
        catalog="EnableTagOverride",
        doc="others may change the tags in the catalog",
    )
    token: Secret = secret_text("Token", layers=_REGISTERED, doc="ACL token; better kept out of files")
    check: Check | None = obj("Check", Check, optional=True, layers=_REGISTERED)
    checks: tuple[Check, ...] = blocks("Checks", Check, layers=_REGISTERED)
    proxy: Proxy = obj("Proxy", Proxy)
    connect: Connect = obj("Connect", Connect)
    locality: Locality | None = obj("Locality", Locality, optional=True)
    peer_name: str = text("PeerName", layers=_CATALOG, doc="refused in registrations")

    origin: Origin = field(default=NOWHERE, compare=False, repr=False)
    parent: Service | None = field(default=None, compare=False, repr=False)
    within: Path = field(default=(), compare=False, repr=False)
    moved: tuple[tuple[Path, Path], ...] = field(default=(), compare=False, repr=False)

    @property
    def is_gateway(self) -> bool:
        return self.kind in GATEWAY_KINDS

    @property
    def is_proxy(self) -> bool:
        """Whether it is the sidecar of a service, nested or registered by itself."""
        return self.kind == CONNECT_PROXY

    @property
    def is_typical(self) -> bool:
        """Whether it is an application: any kind that Consul gives no meaning to."""
        return self.kind not in SERVICE_KINDS

    def written_at(self, at: Path) -> Path:
        """The path in the registration where a path of this service is written."""
        for path, written in self.moved:
            if at[: len(path)] == path:
                return written + at[len(path) :]
        return self.within + at

    def locate(self, at: Path = (), part: Part = "value") -> Location | None:
        """Where a canonical path of this service is written."""
        return self.origin.locate(self.written_at(at), part)

    def wrote(self, at: Path) -> bool:
        """Whether the user wrote this canonical path, rather than a default standing there."""
        return self.origin.has(self.written_at(at))

    def at_source(self, source: Path, part: Part = "value") -> Location | None:
        """The location of a path as the user wrote it."""
        return self.origin.at_source(source, part)
