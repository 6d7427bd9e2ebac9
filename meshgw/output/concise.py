"""One line a finding, as compilers print it."""

from __future__ import annotations

from meshgw.analysis.report import ValidationReport
from meshgw.output.style import Style
from meshgw.output.text import statistics
from meshgw.output.visible import visible


def render(report: ValidationReport, style: Style) -> str:
    text = render_concise(report)
    return text + statistics(report) if style.statistics else text


def render_concise(report: ValidationReport) -> str:
    """`file:line:column: severity[rule] message`, one line each."""
    lines = []
    for found in report.diagnostics:
        place = f"{visible(str(found.location))}: " if found.location else ""
        lines.append(f"{place}{found.severity.word}[{found.rule}] {visible(found.message)}\n")
    return "".join(lines)
