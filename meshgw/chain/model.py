"""What goes into a discovery chain and what comes out (discovery-chain.md 2.1, 5).

Everything here is immutable. Durations are nanoseconds. A chain that cannot be built is a
`ChainError`: a value, not an exception.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from meshgw.chain.modes import TargetMode
from meshgw.diagnostics.model import Location
from meshgw.entries.base import Entry
from meshgw.entries.blocks import EnvoyExtension
from meshgw.entries.service_resolver import LoadBalancer, ServiceResolver
from meshgw.entries.service_router import Route as RouteDefinition
from meshgw.entries.service_router import ServiceRouter
from meshgw.entries.service_splitter import ServiceSplitter
from meshgw.entries.service_splitter import Split as SplitDefinition
from meshgw.mesh.keys import Locality, ServiceKey
from meshgw.source.document import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileRequest:
    """For whom a chain is compiled, and what its caller overrides.

    `enterprise` says whether tenancy written inside entries counts. An empty override, or a timeout
    that is not positive, overrides nothing; the mode `none` is not empty.
    """

    service: str
    namespace: str = "default"
    partition: str = "default"
    datacenter: str
    trust_domain: str
    override_mesh_gateway: str = ""
    override_protocol: str = ""
    override_connect_timeout: int = 0
    auto_virtual_ips: tuple[str, ...] = ()
    manual_virtual_ips: tuple[str, ...] = ()
    enterprise: bool = False

    @property
    def key(self) -> ServiceKey:
        return ServiceKey(self.partition, self.namespace, self.service)

    def within(self, own: Entry, name: str, namespace: str, partition: str) -> ServiceKey:
        """The service an entry refers to; what it leaves out is its own."""
        if not self.enterprise:
            return ServiceKey("default", "default", name or own.name)
        return ServiceKey(partition or own.partition, namespace or own.namespace, name or own.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A pool of instances: a service or a subset of it, in a datacenter or at a peer.

    `sni` is empty at a peer, where it is not known here; `name` is the SNI that the target would
    have without an external one. `filter` and `only_passing` are those of its subset.
    """

    id: str
    service: str
    subset: str = ""
    namespace: str
    partition: str
    datacenter: str = ""
    peer: str = ""
    locality: Locality | None = None
    mesh_gateway: TargetMode
    filter: str = ""
    only_passing: bool = False
    dialed_directly: bool = False
    connect_timeout: int = 0
    external: bool = False
    sni: str = ""
    name: str = ""
    prioritize_by_locality: str | None = None

    @property
    def key(self) -> ServiceKey:
        """The service key whose local entries shape this target, also at a peer."""
        return ServiceKey(self.partition, self.namespace, self.service)

    @property
    def pool(self) -> tuple[str, str, str, str, str]:
        """What identifies the instances, subsets aside."""
        return (self.service, self.namespace, self.partition, self.datacenter, self.peer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A route of a router; `index` is its place in the entry, `None` for the automatic catch-all."""

    definition: RouteDefinition
    next_node: str
    index: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterNode:
    name: str
    routes: tuple[Route, ...]
    entry: ServiceRouter | None = field(default=None, compare=False, repr=False)
    type: Literal["router"] = "router"

    @property
    def key(self) -> str:
        return f"router:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A leg of a splitter.

    `weight` is the effective percentage; that of `definition` is what its own entry says. `entry`
    and `index` tell which split of which entry it is.
    """

    definition: SplitDefinition
    weight: float
    next_node: str
    entry: ServiceSplitter | None = field(default=None, compare=False, repr=False)
    index: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitterNode:
    name: str
    splits: tuple[Split, ...]
    load_balancer: LoadBalancer | None = None
    entry: ServiceSplitter | None = field(default=None, compare=False, repr=False)
    type: Literal["splitter"] = "splitter"

    @property
    def key(self) -> str:
        return f"splitter:{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failover:
    """Ids of the targets to try after the node's own, and in which order."""

    targets: tuple[str, ...]
    policy_mode: str | None = None
    policy_regions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolverNode:
    """`default` says that nothing at all was configured; `entry` is `None` without a resolver."""

    name: str
    target: str
    default: bool
    connect_timeout: int
    request_timeout: int = 0
    load_balancer: LoadBalancer | None = None
    failover: Failover | None = None
    entry: ServiceResolver | None = field(default=None, compare=False, repr=False)
    type: Literal["resolver"] = "resolver"

    @property
    def key(self) -> str:
        return f"resolver:{self.name}"


Node: TypeAlias = RouterNode | SplitterNode | ResolverNode


@dataclass(frozen=True, slots=True)
class Place:
    """A part of an entry."""

    entry: Entry
    at: Path = ()

    @property
    def location(self) -> Location | None:
        return self.entry.locate(self.at)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way that a compilation took: `router web route 2`, and where it is written."""

    words: str
    place: Place | None = None


ErrorCode: TypeAlias = Literal[
    "input",
    "inconsistent-protocols",
    "redirect-loop",
    "subset-missing",
    "external-redirect",
    "external-subsets",
    "external-failover",
    "sameness-group-missing",
    "splitter-loop",
    "protocol-without-routing",
    "too-many-splits",
    "too-long",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainError:
    """Why a chain cannot be built.

    `message` is for users, `consul` what Consul answers (empty where it has no such limit). `way`
    leads from the chain's service to the fault at `place`; `related` are the places it contradicts,
    each with what stands there. `circle` names a circle, wherever it was entered.
    """

    code: ErrorCode
    message: str
    consul: str
    way: tuple[Step, ...] = ()
    place: Place | None = None
    related: tuple[tuple[Place, str], ...] = ()
    circle: str = ""

    @property
    def path(self) -> str:
        """`web → router web route 2 → splitter api split 1`."""
        return " → ".join(step.words for step in self.way)


NoteCode: TypeAlias = Literal[
    "peer-lost",
    "peer-failover-from-local-resolver",
    "failover-to-itself",
    "failover-without-targets",
    "headers-not-mergeable",
]


@dataclass(frozen=True, slots=True)
class Note:
    """Something that Consul accepts and that will surprise: see `analysis/chain_advice.py`."""

    code: NoteCode
    place: Place
    subject: str
    other: Place | None = None

    @property
    def identity(self) -> Hashable:
        """Equal for notes that say the same."""
        return (self.code, self.subject, id(self.place.entry), self.place.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryChain:
    """A compiled chain. `default` says that the service is reached as if nothing were configured."""

    service: str
    namespace: str
    partition: str
    datacenter: str
    customization_hash: str = ""
    default: bool
    protocol: str
    start_node: str
    nodes: Mapping[str, Node]
    targets: Mapping[str, Target]
    service_meta: Mapping[str, str] = field(default_factory=dict)
    envoy_extensions: tuple[EnvoyExtension, ...] = ()
    auto_virtual_ips: tuple[str, ...] = ()
    manual_virtual_ips: tuple[str, ...] = ()
    notes: tuple[Note, ...] = field(default=(), compare=False, repr=False)

    @property
    def start(self) -> Node:
        return self.nodes[self.start_node]

    @property
    def fails_over(self) -> bool:
        """Whether some of its targets have others to fall back on."""
        return any(
            isinstance(node, ResolverNode) and node.failover is not None for node in self.nodes.values()
        )
