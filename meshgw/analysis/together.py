"""The config entries of a tree judged together: as a final state, or as written in an order.

The default partitions of a federation are judged once, in its primary datacenter: that is where
Consul sends their writes to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from meshgw.analysis.chain_advice import failover_nowhere
from meshgw.analysis.chains import advise
from meshgw.analysis.graph import judge_stored
from meshgw.analysis.proposal import Chains
from meshgw.analysis.report import unique
from meshgw.analysis.sequence import Store
from meshgw.diagnostics.model import Diagnostic
from meshgw.diagnostics.rules import rule_of
from meshgw.entries.base import Entry
from meshgw.loading.model import Loaded
from meshgw.mesh.model import Datacenter, Mesh
from meshgw.source.document import Path

_NOWHERE = rule_of(failover_nowhere).name


def final_state(loaded: Loaded, mesh: Mesh) -> list[Diagnostic]:
    """What Consul would refuse if all entries were stored at once."""
    found: list[Diagnostic] = []
    for datacenter in mesh.datacenters.values():
        entries = _effective(loaded, datacenter)
        if datacenter.name != datacenter.primary:
            entries = [entry for entry in entries if entry.partition != "default"]
        if not entries:
            continue
        chains = Chains(datacenter.entries, enterprise=loaded.profile.enterprise)
        found.extend(judge_stored(entries, chains, loaded.profile))
    return _about_accepted(found, loaded)


def advice(loaded: Loaded, mesh: Mesh) -> list[Diagnostic]:
    """What surprises about the chains of each datacenter."""
    found: dict[str, list[Diagnostic]] = {}
    for datacenter in mesh.datacenters.values():
        chains = Chains(datacenter.entries, enterprise=loaded.profile.enterprise, datacenter=datacenter.name)
        found[datacenter.name] = advise(chains, loaded.profile)
    kept = (
        one
        for name, told in found.items()
        for one in told
        if one.rule != _NOWHERE or _nowhere_at_all(one, (found[other] for other in mesh.federated(name)))
    )
    return _about_accepted(kept, loaded)


def _nowhere_at_all(failover: Diagnostic, federation: Iterable[list[Diagnostic]]) -> bool:
    """Whether a failover is lost everywhere: a replicated entry may be meant for one datacenter only."""
    return all(
        any(one.rule == _NOWHERE and one.location == failover.location for one in told) for told in federation
    )


def in_sequence(loaded: Loaded, mesh: Mesh, rank: Callable[[str], int]) -> tuple[Loaded, list[Diagnostic]]:
    """Write the entries one after another; what a refused write says changes nothing afterwards.

    `rank` orders files by their shown names. The tree comes back with the entries that are stored in
    the end.
    """
    stores: dict[str, Store] = {}
    found: list[Diagnostic] = []
    accepted = (item for item in loaded.entries if not item.refused)
    for item in sorted(accepted, key=lambda item: rank(_file(item.entry))):
        datacenter = mesh.datacenters[item.datacenter]
        home = datacenter.primary if item.entry.partition == "default" else datacenter.name
        if home not in stores:
            stores[home] = Store(loaded.profile)
        found.extend(stores[home].write(item.entry))
    stored = {id(entry) for store in stores.values() for entry in store.entries.all()}
    kept = tuple(item for item in loaded.entries if item.refused or id(item.entry) in stored)
    return replace(loaded, entries=kept), found


def _effective(loaded: Loaded, datacenter: Datacenter) -> list[Entry]:
    """The entries of a datacenter in the order of their files; of two of one identity the later one."""
    return [
        item.entry
        for item in loaded.entries
        if not item.refused and datacenter.entries.stored(item.entry) is item.entry
    ]


def _about_accepted(found: Iterable[Diagnostic], loaded: Loaded) -> list[Diagnostic]:
    """Findings without those about an entry that is refused by itself: it has its own already."""
    refused = {
        (id(item.entry.origin.document), item.entry.origin.base) for item in loaded.entries if item.refused
    }
    return unique(one for one in found if not refused or not _inside(one, refused))


def _inside(found: Diagnostic, bases: set[tuple[int, Path]]) -> bool:
    """Whether a finding is within one of some parts of documents."""
    place = found.location
    if place is None:
        return False
    document = id(place.document)
    return any((document, place.path[:length]) in bases for length in range(len(place.path) + 1))


def _file(entry: Entry) -> str:
    document = entry.origin.document
    return document.name if document is not None else ""
