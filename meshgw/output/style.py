"""How a report is to be shown, and what a format is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from meshgw.analysis.report import ValidationReport
from meshgw.diagnostics.model import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """How a report is to be shown.

    `width` is that of the terminal in columns, if it goes to one. `fail_on` is the severity from which
    on the run fails (`None`: never). `checkout` is the folder that a CI service takes paths to be
    relative to, empty for the current one. `changed` are shown names of files whose findings go first
    where not all can be shown.
    """

    coloured: bool = False
    width: int | None = None
    quiet: bool = False
    statistics: bool = False
    fail_on: Severity | None = Severity.ERROR
    checkout: str = ""
    changed: frozenset[str] = frozenset()


Render: TypeAlias = Callable[[ValidationReport, Style], str]
"""A format's `render`: the whole report as text."""
