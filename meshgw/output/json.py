"""The report as JSON, for programs (`schemas/report.schema.json`)."""

from __future__ import annotations

from typing import Any

from meshgw.analysis.report import ValidationReport
from meshgw.diagnostics.fingerprints import fingerprints
from meshgw.diagnostics.model import Diagnostic, Location, Severity
from meshgw.output.style import Style
from meshgw.output.visible import printed_json


def render(report: ValidationReport, style: Style) -> str:  # noqa: ARG001  all formats are called alike
    return render_json(report)


def render_json(report: ValidationReport) -> str:
    return printed_json(report_object(report))


def report_object(report: ValidationReport) -> dict[str, Any]:
    """The report as plain data."""
    major, minor = report.profile.consul_version
    return {
        "version": 1,
        "accepted": report.accepted,
        "judged_as": {
            "edition": report.profile.edition,
            "edition_reason": report.edition_reason,
            "entry_path": report.profile.entry_path,
            "consul_version": f"{major}.{minor}",
            "assumed": list(report.assumed),
            "not_checked": list(report.not_checked),
        },
        "counts": {
            "files": report.files,
            "entries": report.entries,
            "services": report.services,
            "partitions": report.partitions,
            "suppressed": len(report.suppressed),
            "baseline": report.baseline,
            **{severity.word: report.count(severity) for severity in sorted(Severity, reverse=True)},
        },
        "inputs": [
            {"path": found.path, "kind": found.kind, "accepted": found.accepted} for found in report.inputs
        ],
        "skipped": [{"path": found.path, "why": found.why} for found in report.skipped],
        "findings": [
            finding_object(found) | {"fingerprint": fingerprint}
            for found, fingerprint in zip(
                report.diagnostics, fingerprints(report.diagnostics, report.folder), strict=True
            )
        ],
        "suppressed": [finding_object(one.found) | {"reason": one.by.reason} for one in report.suppressed],
    }


def finding_object(found: Diagnostic) -> dict[str, Any]:
    """One finding as plain data; absent parts are left out."""
    parts: dict[str, Any] = {
        "rule": found.rule,
        "severity": found.severity.word,
        "refused": found.refused,
        "message": found.message,
        "subject": found.subject or None,
        "location": location_object(found.location) if found.location else None,
        "stage": found.stage or None,
        "consul": found.consul,
        "consul_reports_it_first": found.own or None,
        "note": found.note,
        "help": found.help,
        "related": [
            {"message": related.message, "location": location_object(related.location)}
            for related in found.related
        ]
        or None,
    }
    return {name: part for name, part in parts.items() if part is not None}


def location_object(location: Location) -> dict[str, Any]:
    """File, and the first and last position of the span (the last one exclusive)."""
    span = location.span
    line, column = location.document.position(span.start)
    end_line, end_column = location.document.position(span.end)
    return {
        "file": location.document.name,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }
