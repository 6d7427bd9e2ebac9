"""The report for GitLab's code quality widget: a list, empty when nothing is found.

Followed: "Code Quality report format" of GitLab's documentation. Every issue needs a file; what is
about the whole tree is shown at the first line of the project file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from meshgw.analysis.report import ValidationReport
from meshgw.diagnostics.fingerprints import fingerprints
from meshgw.diagnostics.model import Diagnostic, Severity
from meshgw.loading.find import shown_path
from meshgw.loading.project import PROJECT_FILE
from meshgw.output.places import checkout_path
from meshgw.output.style import Style
from meshgw.output.visible import printed_json, visible

_SEVERITIES = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.INFO: "info"}


def render(report: ValidationReport, style: Style) -> str:
    marks = fingerprints(report.diagnostics, report.folder)
    issues = [
        _issue(found, mark, report, style) for found, mark in zip(report.diagnostics, marks, strict=True)
    ]
    return printed_json(issues)


def _issue(found: Diagnostic, mark: str, report: ValidationReport, style: Style) -> dict[str, Any]:
    name, begin, end = shown_path(Path(report.folder) / PROJECT_FILE), 1, 1
    if found.location is not None:
        name, begin = found.location.document.name, found.location.position[0]
        end = found.location.document.position(found.location.span.end)[0]
    text = found.message if found.help is None else f"{found.message}; {found.help}"
    return {
        "description": visible(text.replace("\n", " ")),
        "check_name": found.rule,
        "fingerprint": mark,
        "severity": "critical" if found.refused else _SEVERITIES[found.severity],
        "location": {"path": checkout_path(name, style), "lines": {"begin": begin, "end": end}},
    }
