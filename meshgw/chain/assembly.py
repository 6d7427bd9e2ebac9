"""The state that the steps of one compilation share (discovery-chain.md 3)."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

from meshgw.chain import errors, names
from meshgw.chain.collecting import Gathered
from meshgw.chain.errors import Trail
from meshgw.chain.model import (
    ChainError,
    CompileRequest,
    Note,
    ResolverNode,
    RouterNode,
    SplitterNode,
)
from meshgw.chain.protocols import Spoken, http_like, protocol_of, spoken
from meshgw.chain.targets import Targets
from meshgw.entries.service_resolver import Redirect, ServiceResolver
from meshgw.entries.service_splitter import ServiceSplitter
from meshgw.mesh.keys import ServiceKey


@dataclass(slots=True)
class Assembly:
    """What the steps share. Nodes are final, except that later passes reshape splitters.

    Resolver nodes are kept by the id of their target, the others by node key.
    `settled` maps the id of each target that the resolver step has finished with to the id where its
    redirects and default subsets end: the way there need not be walked twice.
    """

    request: CompileRequest
    gathered: Gathered
    targets: Targets
    routers: dict[str, RouterNode] = field(default_factory=dict)
    splitters: dict[str, SplitterNode] = field(default_factory=dict)
    resolvers: dict[str, ResolverNode] = field(default_factory=dict)
    settled: dict[str, str] = field(default_factory=dict)
    retained: set[str] = field(default_factory=set)
    notes: dict[Hashable, Note] = field(default_factory=dict)
    protocol: str = ""
    first_recorded: ServiceKey | None = None
    uses_routing: bool = False
    custom_mode: bool = False
    custom_protocol: bool = False
    custom_timeout: bool = False
    start: str = ""

    @property
    def routing_disabled(self) -> bool:
        override = self.request.override_protocol
        return bool(override) and not http_like(override)

    def printed(self, key: ServiceKey) -> str:
        return names.printed(key, enterprise=self.request.enterprise)

    def splitter_of(self, key: ServiceKey) -> ServiceSplitter | None:
        """The splitter of a service, unless the caller's protocol switches splitters off."""
        found = self.gathered.splitters.get(key)
        if found is not None and self.routing_disabled:
            self.custom_protocol = True
            return None
        return found

    def resolver_of(self, key: ServiceKey, peer: str) -> ServiceResolver | None:
        """The resolver of a service or the default one (3.8); `None` is an entirely empty one."""
        found = self.gathered.resolvers.get(key)
        group = self.gathered.default_group
        if found is not None or group is None or peer or key.partition != self.request.partition:
            return found
        return ServiceResolver(
            name=key.name,
            namespace=key.namespace,
            partition=key.partition,
            redirect=Redirect(sameness_group=group.name),
            origin=group.origin,
        )

    def spoken(self, key: ServiceKey) -> Spoken:
        return spoken(
            self.gathered.service_defaults.get(key), self.gathered.proxy_defaults.get(key.partition)
        )

    def record_protocol(self, key: ServiceKey, trail: Trail) -> ChainError | None:
        """Note the protocol of a service that takes part; all must speak the same (3.4)."""
        protocol, _ = protocol_of(
            self.gathered.service_defaults.get(key), self.gathered.proxy_defaults.get(key.partition)
        )
        if self.first_recorded is None:
            self.first_recorded, self.protocol = key, protocol
        elif protocol != self.protocol:
            first = self.first_recorded
            return errors.inconsistent_protocols(
                trail,
                chain=self.request.service,
                service=self.printed(key),
                spoken=self.spoken(key),
                first_service=self.printed(first),
                first=self.spoken(first),
            )
        return None

    def note(self, note: Note) -> None:
        self.notes.setdefault(note.identity, note)

    def trail(self) -> Trail:
        """The beginning of every way."""
        return Trail(self.request.service)
