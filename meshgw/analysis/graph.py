"""The checks that look at several config entries: of one write, or of a final state (3).

`judge_write` answers as Consul does when an entry is written into a store. `judge_together` judges
entries as if all of them were stored at once, and applies every check to every entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from meshgw.analysis.chain_rules import fault_of
from meshgw.analysis.export_rules import (
    added_target_fault,
    export_faults,
    exported_keys,
    peer_export,
)
from meshgw.analysis.fault import Fault, diagnose
from meshgw.analysis.proposal import Chains, key_of
from meshgw.analysis.protocol_rules import ingress_faults, ingress_services, intention_faults
from meshgw.analysis.references import References
from meshgw.analysis.write_rules import SYMMETRIC, direct_faults
from meshgw.chain.model import ChainError
from meshgw.diagnostics.model import Diagnostic
from meshgw.entries.base import Entry
from meshgw.entries.exported_services import ExportedServices
from meshgw.entries.ingress_gateway import IngressGateway
from meshgw.entries.service_intentions import ServiceIntentions
from meshgw.entries.shared import WILDCARD
from meshgw.mesh.entry_set import EntrySet
from meshgw.mesh.keys import ServiceKey
from meshgw.profile import Profile


@dataclass(slots=True)
class Affected:
    """What a write makes Consul look at again (3.3)."""

    chains: dict[ServiceKey, None] = field(default_factory=dict)
    ingress: list[IngressGateway] = field(default_factory=list)
    strict: bool = False
    intentions: list[ServiceIntentions] = field(default_factory=list)

    def complete(self) -> Affected:
        """Add the services that the selected gateways and intentions are about, and leave out nameless ones.

        What has no name is refused by its entry's own rules, and has no chain.
        """
        for gateway in self.ingress:
            self.chains.update((key, None) for _, _, key in ingress_services(gateway))
        for intentions in self.intentions:
            if intentions.name != WILDCARD:
                self.chains[key_of(intentions)] = None
        self.chains = {key: None for key in self.chains if key.name}
        return self


def judge_write(entry: Entry, before: Chains, references: References, profile: Profile) -> list[Diagnostic]:
    """What Consul says to the write of an entry that is valid by itself."""
    if before.entries.stored(entry) == entry:
        return []  # nothing would change, and nothing is checked (1.13)
    return diagnose(_write_faults(entry, before, references, profile), profile, entry)


def _write_faults(entry: Entry, before: Chains, references: References, profile: Profile) -> Iterator[Fault]:
    yield from direct_faults(entry, before.entries.stored(entry), before.entries, profile)
    if entry.kind == "mesh":
        return
    after = before.proposing(entry)
    if isinstance(entry, ExportedServices):
        yield from _exported(entry, after)
        return
    affected = _affected(entry, after, references).complete()
    for key in affected.chains:
        yield from _chain_faults(key, entry, before, after)
    for gateway in affected.ingress:
        yield from ingress_faults(gateway, after, strict=affected.strict)
    for intentions in affected.intentions:
        yield from intention_faults(intentions, after)


def _affected(entry: Entry, after: Chains, references: References) -> Affected:
    entries = after.entries
    match entry.kind:
        case "proxy-defaults":
            return Affected(
                chains=dict.fromkeys(after.services()),
                ingress=list(entries.of_kind(IngressGateway)),
                intentions=list(entries.of_kind(ServiceIntentions)),
            )
        case "service-intentions":
            assert isinstance(entry, ServiceIntentions)
            return Affected(intentions=[entry])
        case "ingress-gateway":
            assert isinstance(entry, IngressGateway)
            return Affected(ingress=[entry], strict=True)
        case "sameness-group":
            resolvers = {key for key in after.services() if entries.resolver(key) is not None}
            return Affected(chains=dict.fromkeys(sorted(resolvers)))
        case _:
            own = key_of(entry)
            chains = dict.fromkeys([own] if entry.name else [])
            chains.update(dict.fromkeys(references.services_of(own)))
            return Affected(
                chains=chains,
                ingress=list(references.ingress_of(own)),
                intentions=list(entries.of_kind(ServiceIntentions)),
            )


def _chain_faults(key: ServiceKey, entry: Entry, before: Chains, after: Chains) -> Iterator[Fault]:
    found = after.of(key)
    if isinstance(found.result, ChainError):
        yield fault_of(found.result, entry)
    export = peer_export(key, after, configured=_configured(key, after.entries))
    if export is not None:
        yield from export_faults(found, export, enterprise=after.enterprise)
        yield from added_target_fault(before.of(key), found, export, entry)


def _configured(key: ServiceKey, entries: EntrySet) -> bool:
    """Whether a service has a router, splitter or resolver, so that wildcard exports meet it."""
    return any(find(key) is not None for find in (entries.router, entries.splitter, entries.resolver))


def _exported(entry: ExportedServices, chains: Chains) -> Iterator[Fault]:
    for key in exported_keys(entry, chains):
        yield from faults_of_export(key, chains)


def faults_of_export(key: ServiceKey, chains: Chains) -> Iterator[Fault]:
    """Why Consul refuses to export a service to peers, if it is exported to one."""
    export = peer_export(key, chains, configured=_configured(key, chains.entries))
    if export is not None:
        yield from export_faults(chains.of(key), export, enterprise=chains.enterprise)


def judge_together(entries: Iterable[Entry], profile: Profile) -> list[Diagnostic]:
    """What is wrong with entries as a final state; each is valid by itself.

    Nothing is compared with an earlier state: a service exported as TCP may be redirected.
    """
    everything = list(entries)
    return judge_stored(everything, Chains(EntrySet(everything), enterprise=profile.enterprise), profile)


def judge_stored(entries: list[Entry], chains: Chains, profile: Profile) -> list[Diagnostic]:
    """`judge_together` for entries whose chains others use too."""
    return diagnose(_together_faults(entries, chains, profile), profile)


def _together_faults(entries: list[Entry], chains: Chains, profile: Profile) -> Iterator[Fault]:
    order = {id(entry): number for number, entry in enumerate(entries)}
    for entry in entries:
        for fault in direct_faults(entry, None, chains.entries, profile):
            other = fault.related[0][0].entry if fault.check in SYMMETRIC else entry
            if order[id(other)] <= order[id(entry)]:
                yield fault
    affected = Affected(
        chains=dict.fromkeys(chains.known()),
        ingress=list(chains.entries.of_kind(IngressGateway)),
        intentions=list(chains.entries.of_kind(ServiceIntentions)),
    )
    for key in affected.complete().chains:
        result = chains.of(key).result
        if isinstance(result, ChainError):
            yield fault_of(result, result.place.entry if result.place else entries[0])
    for gateway in affected.ingress:
        yield from ingress_faults(gateway, chains, strict=True)
    for intentions in affected.intentions:
        yield from intention_faults(intentions, chains)
    for exports in chains.entries.of_kind(ExportedServices):
        yield from _exported(exports, chains)
