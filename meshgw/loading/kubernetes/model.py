"""Kubernetes resources that hold config entries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

from meshgw.diagnostics.model import Diagnostic, Location, Part
from meshgw.entries.base import Entry
from meshgw.schema.origin import Origin
from meshgw.source.document import Document, Path

GROUP = "consul.hashicorp.com"
API_VERSION = f"{GROUP}/v1alpha1"

ENTRY_KINDS = {
    "ServiceDefaults": "service-defaults",
    "ServiceRouter": "service-router",
    "ServiceSplitter": "service-splitter",
    "ServiceResolver": "service-resolver",
    "ServiceIntentions": "service-intentions",
    "IngressGateway": "ingress-gateway",
    "TerminatingGateway": "terminating-gateway",
    "ProxyDefaults": "proxy-defaults",
    "Mesh": "mesh",
    "ExportedServices": "exported-services",
    "SamenessGroup": "sameness-group",
    "JWTProvider": "jwt-provider",
    "ControlPlaneRequestLimit": "control-plane-request-limit",
}
"""Kind of resource → kind of config entry."""

OTHER_KINDS = frozenset(
    {"GatewayClassConfig", "GatewayPolicy", "MeshService", "PeeringAcceptor", "PeeringDialer",
     "Registration", "RouteAuthFilter", "RouteRetryFilter", "RouteTimeoutFilter"}
)  # fmt: skip
"""What else the operator reads under the same group; none of it is a config entry.

From the list of custom resources in Consul's documentation of Kubernetes.
"""

DEFAULT_NAMESPACE_KINDS = frozenset(
    {"ProxyDefaults", "Mesh", "ExportedServices", "SamenessGroup", "JWTProvider", "ControlPlaneRequestLimit"}
)
"""Kinds whose entries always live in the namespace `default`."""


class Operator(Protocol):
    """How the operator is set up: the part of a project file that says so."""

    @property
    def mirroring(self) -> bool: ...
    @property
    def partition(self) -> str: ...
    def namespace(self, kubernetes_namespace: str) -> str: ...


def entry_kind(kind: str) -> str | None:
    """The kind of config entry that a kind of resource holds."""
    return ENTRY_KINDS.get(kind)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resource:
    """A resource at `base` of a document. `spec` is the user's, without nulls."""

    kind: str
    name: str
    namespace: str
    spec: dict[str, Any] = field(repr=False)
    document: Document = field(repr=False)
    base: Path = ()

    @property
    def title(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"

    def locate(self, at: Path = (), part: Part = "value") -> Location | None:
        """The location of a path as the user wrote it, or of what encloses it."""
        return self.at_source(at, part)

    def at_source(self, source: Path, part: Part = "value") -> Location | None:
        return Location(self.document, self.base + source, part)


@dataclass(frozen=True, slots=True)
class ResourceJudgement:
    """What a resource became.

    `skipped` says why it was not looked at, `admitted` whether Kubernetes takes it.
    `entry` is `None` when it could not be converted; `resource` when not even its kind is known.
    """

    resource: Resource | None
    entry: Entry | None
    diagnostics: tuple[Diagnostic, ...]
    admitted: bool = True
    skipped: str = ""

    @property
    def accepted(self) -> bool:
        """Whether Kubernetes and Consul take the resource by itself."""
        return not any(found.refused for found in self.diagnostics)


def origin_of(resource: Resource, trace: dict[Path, Path]) -> Origin:
    """The origin of an entry whose canonical paths are written at these paths of the resource."""
    return Origin(resource.document, resource.base, lambda: trace)
