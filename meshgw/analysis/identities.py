"""What a tree declares twice: of two with one identity the later one by path counts (product.md 1)."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass

from meshgw.analysis.tree_report import findings
from meshgw.diagnostics.model import Diagnostic, Location, Related
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry
from meshgw.loading.model import Loaded, LoadedEntry, LoadedService
from meshgw.mesh.entry_set import identity
from meshgw.mesh.registrations import settle


@dataclass(frozen=True, slots=True)
class TwoEntries:
    """Two config entries of one kind, name and tenancy; `later` is the one that counts."""

    earlier: Entry
    later: Entry


@dataclass(frozen=True, slots=True)
class TwoServices:
    """Two registrations with one id on one node; `later` is the one that counts."""

    earlier: LoadedService
    later: LoadedService


def entries_declared_twice(entries: Iterable[LoadedEntry]) -> Iterator[TwoEntries]:
    """Entries that replace an earlier one, in the order of the tree.

    Agents may all bring the same bootstrap entry: only the first is written.
    """
    seen: dict[tuple[Hashable, ...], Entry] = {}
    for item in entries:
        entry = item.entry
        if item.refused:
            continue
        key = (item.datacenter, *identity(entry))
        earlier = seen.get(key)
        seen[key] = entry
        if earlier is not None and not (_is_bootstrap(earlier) and _is_bootstrap(entry) and earlier == entry):
            yield TwoEntries(earlier, entry)


def _is_bootstrap(entry: Entry) -> bool:
    location = entry.locate(("Name",))
    return location is not None and str(*location.path[:1]).lower() == "config_entries"


def services_registered_twice(services: Iterable[LoadedService]) -> Iterator[TwoServices]:
    """Registrations that replace an earlier one; sidecars that follow their services are not told apart."""
    for earlier, later in settle(services).replaced:
        if earlier.service.parent is None or later.service.parent is None:
            yield TwoServices(earlier, later)


@rule("entry-declared-twice", on="config entry")
def entry_declared_twice(found: TwoEntries, report: Report) -> None:
    """Two config entries of one kind and name.

    Consul stores one: whichever is written last. Here the later one by path counts.

    Found in a tree:

        == web.hcl ==
        Kind     = "service-defaults"
        Name     = "web"
        Protocol = "tcp"

        == web-http.hcl ==
        Kind     = "service-defaults"
        Name     = "web"
        Protocol = "http"
    """
    entry = found.later
    report(
        f"{entry.kind} `{entry.name}` is declared twice; this one counts",
        location=entry.locate(("Name",)),
        related=_place(found.earlier.locate(("Name",)), "this one is replaced"),
        help="join them, or take one away",
    )


@rule("service-registered-twice", on="service")  # RG-W05
def service_registered_twice(found: TwoServices, report: Report) -> None:
    """Two services with one id on one node.

    The later registration replaces the earlier one, whatever its name is. Two instances of a service
    on one node need an `id` each.

    Found in a tree:

        == api.hcl ==
        service {
          name = "api"
          port = 8080
        }

        == api-2.hcl ==
        service {
          name = "api"
          port = 8081
        }
    """
    earlier, later = found.earlier.service, found.later.service
    expanded = earlier.parent is not None or later.parent is not None
    node = f" on node `{found.later.agent.name}`" if found.later.agent.name else " on one node"
    report(
        f"the id `{later.id}` is registered twice{node}; this one counts",
        location=later.locate(("ID",)) if later.wrote(("ID",)) else later.locate(("Name",)),
        related=_place(
            earlier.locate(("ID",) if earlier.wrote(("ID",)) else ("Name",)), "this one is replaced"
        ),
        note=(
            "one of them is the sidecar of a service, which its agent registers again whenever central "
            "configuration changes"
            if expanded
            else None
        ),
        help="give each an `id` of its own",
    )


def _place(location: Location | None, message: str) -> tuple[Related, ...]:
    return (Related(location, message),) if location is not None else ()


def identity_findings(loaded: Loaded) -> Iterator[Diagnostic]:
    """What is declared twice."""
    twice = entries_declared_twice(loaded.entries)
    yield from findings([entry_declared_twice], twice, loaded.profile)
    yield from findings(
        [service_registered_twice], services_registered_twice(loaded.services), loaded.profile
    )
