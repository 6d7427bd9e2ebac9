"""Which services and ingress gateways refer to a service directly (config-entries.md 3.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from meshgw.analysis.proposal import DATACENTER, TRUST_DOMAIN, key_of
from meshgw.analysis.protocol_rules import ingress_services
from meshgw.chain.collecting import resolver_references, route_destinations, split_targets
from meshgw.chain.model import CompileRequest
from meshgw.entries.base import Entry
from meshgw.entries.ingress_gateway import IngressGateway
from meshgw.entries.service_resolver import ServiceResolver
from meshgw.entries.service_router import ServiceRouter
from meshgw.entries.service_splitter import ServiceSplitter
from meshgw.mesh.entry_set import identity
from meshgw.mesh.keys import ServiceKey


class References:
    """References by the service they are to, exactly as it is spelled; filled entry by entry."""

    __slots__ = ("_made", "_of", "_request")

    def __init__(self, entries: Iterable[Entry] = (), *, enterprise: bool) -> None:
        self._made: dict[tuple[str, ServiceKey], tuple[ServiceKey, ...]] = {}
        self._of: dict[ServiceKey, dict[tuple[str, ServiceKey], Entry]] = {}
        self._request = CompileRequest(
            service="any", datacenter=DATACENTER, trust_domain=TRUST_DOMAIN, enterprise=enterprise
        )
        for entry in entries:
            self.add(entry)

    def add(self, entry: Entry) -> None:
        """Store an entry in the place of the one with its identity."""
        name = identity(entry)
        for key in self._made.pop(name, ()):
            self._of[key].pop(name, None)
        targets = tuple(dict.fromkeys(self._targets(entry)))
        if targets:
            self._made[name] = targets
            for key in targets:
                self._of.setdefault(key, {})[name] = entry

    def services_of(self, key: ServiceKey) -> Iterator[ServiceKey]:
        """The services whose router, splitter or resolver refers to a service."""
        for entry in self._of.get(key, {}).values():
            if not isinstance(entry, IngressGateway):
                yield key_of(entry)

    def ingress_of(self, key: ServiceKey) -> Iterator[IngressGateway]:
        """The ingress gateways that name a service."""
        for entry in self._of.get(key, {}).values():
            if isinstance(entry, IngressGateway):
                yield entry

    def _targets(self, entry: Entry) -> Iterator[ServiceKey]:
        match entry:
            case ServiceRouter():
                yield from route_destinations(entry, self._request)
            case ServiceSplitter():
                yield from split_targets(entry, self._request)
            case ServiceResolver():
                yield from resolver_references(entry, self._request)
            case IngressGateway():
                yield from (key for _, _, key in ingress_services(entry))
