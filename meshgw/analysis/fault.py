"""What a check over several entries finds, before it is known in whose name it is reported."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass

from meshgw.chain.model import Place
from meshgw.diagnostics.model import Diagnostic, Related
from meshgw.diagnostics.rules import Report, rule_of
from meshgw.entries.base import Entry
from meshgw.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something wrong at `place`; `related` are the places it contradicts, each with what it says.

    `words` says what stands at `place`, for when the fault is reported at another entry. `note` tells
    how a chain got there, `help` what to write instead. Faults of one rule and one non-empty `name`
    are the same, wherever they were met.
    """

    check: Callable[[Fault, Report], None]
    message: str
    place: Place
    related: tuple[tuple[Place, str], ...] = ()
    words: str = "the fault is here"
    note: str | None = None
    help: str | None = None
    name: str = ""

    @property
    def identity(self) -> Hashable:
        """Equal for faults that say the same of the same place."""
        if self.name:
            return (rule_of(self.check).name, self.name)
        return (rule_of(self.check).name, self.message, id(self.place.entry), self.place.at)


def tell(fault: Fault, report: Report) -> None:
    """Report a fault in the name of the report's entry.

    When that is not the entry at fault (a write that breaks another entry), the fault's own place is
    a related one.
    """
    written = report.root
    here = fault.place.entry is written
    places = fault.related if here else ((fault.place, fault.words), *fault.related)
    at = fault.place.at if here else next((place.at for place, _ in places if place.entry is written), ())
    report(
        fault.message,
        at=at or ("Name",),
        note=fault.note,
        help=fault.help,
        related=tuple(_related(places, written, at)),
    )


def _related(
    places: Iterable[tuple[Place, str]], written: Entry, at: tuple[str | int, ...]
) -> Iterable[Related]:
    for place, words in places:
        location = place.location
        if location is not None and not (place.entry is written and place.at == at):
            yield Related(location, words)


def diagnose(faults: Iterable[Fault], profile: Profile, written: Entry | None = None) -> list[Diagnostic]:
    """Faults as diagnostics: of the entry that is written, else of the entry at fault.

    Equal faults are told once. Consul stops at the first: only that one is its own.
    """
    found: list[Diagnostic] = []
    told: set[Hashable] = set()
    for fault in faults:
        if fault.identity in told:
            continue
        told.add(fault.identity)
        entry = written or fault.place.entry
        report = Report(entry, entry, profile, title=f'{entry.kind} "{entry.name}"')
        report.own = written is None or not any(diagnostic.own for diagnostic in found)
        report.run(fault.check, fault)
        found.extend(report.diagnostics)
    return found
