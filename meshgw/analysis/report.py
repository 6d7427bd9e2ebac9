"""What `validate` finds: the diagnostics, and as what the tree was judged."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, replace

from meshgw.diagnostics.model import Diagnostic, Location, Severity
from meshgw.diagnostics.suppressions import Suppressed
from meshgw.loading.model import InputVerdict, Skipped
from meshgw.profile import Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationReport:
    """The findings of a run, sorted by file, line and rule.

    `assumed` are statements about what the tree does not say, `not_checked` what could not be judged
    for want of input, `edition_reason` which input decided the edition. `suppressed` are findings that
    the team accepts, `baseline` is the number of those that were there before. `folder` is that of the
    project file, or of the tree.
    """

    diagnostics: tuple[Diagnostic, ...]
    inputs: tuple[InputVerdict, ...] = ()
    profile: Profile
    edition_reason: str = ""
    assumed: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    files: int = 0
    entries: int = 0
    services: int = 0
    partitions: int = 0
    suppressed: tuple[Suppressed, ...] = ()
    baseline: int = 0
    folder: str = "."

    @property
    def accepted(self) -> bool:
        """Whether Consul itself takes all of it, also what the findings were chosen from."""
        refused = any(found.refused for found in self.diagnostics)
        return not refused and all(verdict.accepted for verdict in self.inputs)

    def count(self, severity: Severity) -> int:
        return sum(found.severity is severity for found in self.diagnostics)

    def fails(self, threshold: Severity | None) -> bool:
        """Whether something is at or above the threshold (`None`: never)."""
        return threshold is not None and any(found.severity >= threshold for found in self.diagnostics)


def sort_key(found: Diagnostic) -> tuple[str, int, int, str, str]:
    """By file, line, rule; findings without a place come first."""
    if found.location is None:
        return ("", 0, 0, found.rule, found.message)
    line, column = found.location.position
    return (found.location.document.name, line, column, found.rule, found.message)


def unique(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Findings that say the same of the same place as one, with the related places of all of them."""
    told: dict[Hashable, list[Diagnostic]] = {}
    for one in found:
        told.setdefault((one.rule, one.message, _identity(one.location)), []).append(one)
    return [alike[0] if len(alike) == 1 else _joined(alike) for alike in told.values()]


def _joined(alike: list[Diagnostic]) -> Diagnostic:
    related = {(_identity(place.location), place.message): place for one in alike for place in one.related}
    return replace(alike[0], related=tuple(related.values()))


def _identity(location: Location | None) -> Hashable:
    return (id(location.document), location.path, location.exact) if location is not None else None
