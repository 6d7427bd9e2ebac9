"""Reports of rules that look at the whole mesh: every finding brings its own location."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from meshgw.diagnostics.model import Diagnostic, Location, Part
from meshgw.diagnostics.rules import Report, rule_of
from meshgw.profile import Profile
from meshgw.source.document import Path


class _Anywhere:
    """The subject of a report that is about a tree: it has no place of its own."""

    def locate(self, at: Path = (), part: Part = "value") -> Location | None:  # noqa: ARG002
        return None

    def at_source(self, source: Path, part: Part = "value") -> Location | None:  # noqa: ARG002
        return None


def findings(
    checks: Iterable[Callable[..., None]], values: Iterable[Any], profile: Profile
) -> list[Diagnostic]:
    """Run rules on each of some values of a mesh."""
    report = Report(None, _Anywhere(), profile)
    declared = [(rule_of(check), check) for check in checks]
    applying = [(rule, check) for rule, check in declared if rule.applies(profile)]
    for value in values:
        for rule, check in applying:
            report.running = rule
            check(value, report)
    return report.diagnostics
