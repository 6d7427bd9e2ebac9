"""One line a finding, as compilers print it."""

from __future__ import annotations

from meshgw.analysis.report import ValidationReport
from meshgw.output.visible import visible


def render_concise(report: ValidationReport) -> str:
    """`file:line:column: severity[rule] message`, one line each."""
    lines = []
    for found in report.diagnostics:
        place = f"{visible(str(found.location))}: " if found.location else ""
        lines.append(f"{place}{found.severity.word}[{found.rule}] {visible(found.message)}\n")
    return "".join(lines)
