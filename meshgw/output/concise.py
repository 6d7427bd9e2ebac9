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
        place = f"{_path(visible(str(found.location)))}: " if found.location else ""
        lines.append(f"{place}{found.severity.word}[{found.rule}] {visible(found.message)}\n")
    return "".join(lines)


def _path(shown: str) -> str:
    """A path that no CI service takes for a command: `::error::x.hcl` is `./::error::x.hcl`."""
    return shown if shown[:1].isalnum() or shown[:1] in ("/", ".", "_") else f"./{shown}"
