"""Annotations of a GitHub workflow, and the report for the summary of its step.

Followed: "Workflow commands" of GitHub's documentation, and the escaping of its own toolkit. A step
shows ten annotations of each level; the rest is counted in a closing line and listed in the summary.
Every line of output is a command of ours: text from the tree stands only inside one.
"""

from __future__ import annotations

from collections.abc import Iterable

from meshgw.analysis.report import ValidationReport
from meshgw.diagnostics.model import Diagnostic, Severity
from meshgw.output.places import checkout_path, shown_related
from meshgw.output.style import Style
from meshgw.output.text import plain, summary_lines
from meshgw.output.visible import visible

MAX_ANNOTATIONS = 10
MAX_SUMMARY = 1000 * 1000
"""Bytes: a step's summary may have 1 MiB."""

_MARKS = frozenset("&<>\"'|`*_[]()~\\!@#")
_COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def render(report: ValidationReport, style: Style) -> str:
    """One command a line; the last one says what is not shown."""
    ordered = sorted(report.diagnostics, key=lambda found: not _changed(found, style))
    shown: list[Diagnostic] = []
    for severity in sorted(Severity, reverse=True):
        shown += [found for found in ordered if found.severity is severity][: _room(severity, ordered)]
    lines = [_annotation(found, style) for found in shown]
    rest = len(ordered) - len(shown)
    if rest:
        lines.append(f"::notice title=meshgw::{rest} more findings are in the summary of this step")
    return "".join(f"{line}\n" for line in lines)


def _room(severity: Severity, ordered: list[Diagnostic]) -> int:
    """How many annotations of a level fit; the closing line is a notice itself when it is needed."""
    counts = [sum(found.severity is one for found in ordered) for one in Severity]
    closing = severity is Severity.INFO and max(counts) > MAX_ANNOTATIONS
    return MAX_ANNOTATIONS - closing


def _changed(found: Diagnostic, style: Style) -> bool:
    return found.location is not None and found.location.document.name in style.changed


def _annotation(found: Diagnostic, style: Style) -> str:
    properties = {"title": f"meshgw: {found.rule}"}
    if found.location is not None:
        line, column = found.location.position
        end_line, end_column = found.location.document.position(found.location.span.end)
        place = {"file": checkout_path(found.location.document.name, style), "line": str(line)}
        place["endLine"] = str(end_line)
        if end_line == line:  # columns only mean something on one line
            place |= {"col": str(column), "endColumn": str(max(end_column, column))}
        properties = place | properties
    texts = [found.message]
    texts += [f"{label}: {text}" for label, text in (("note", found.note), ("help", found.help)) if text]
    places, more = shown_related(found)
    texts += [f"see {one.location}: {one.message}" for one in places]
    texts += [f"and {more} more"] if more else []
    words = ",".join(f"{name}={_property(text)}" for name, text in properties.items())
    return f"::{_COMMANDS[found.severity]} {words}::{_data(texts)}"


def _data(texts: Iterable[str]) -> str:
    lines = (visible(line) for text in texts for line in text.split("\n"))
    return "\n".join(lines).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return visible(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")


def step_summary(report: ValidationReport, style: Style) -> str:
    """All findings as a table of Markdown, cut where GitHub would refuse it."""
    ordered = sorted(report.diagnostics, key=lambda found: (-found.severity, not _changed(found, style)))
    *judged, counts = summary_lines(report, plain)
    text = f"### meshgw\n\n{_cell(counts)}\n\n"
    text += "".join(f"- {_cell(line)}\n" for line in judged[-1:])
    if not ordered:
        return text + "\n"
    text += "\n| severity | rule | place | finding |\n| --- | --- | --- | --- |\n"
    size = len(text.encode())
    rows = []
    for number, found in enumerate(ordered):
        row = _row(found, style)
        size += len(row.encode())
        if size > MAX_SUMMARY:
            rows.append(f"\n{len(ordered) - number} more are not shown.\n")
            break
        rows.append(row)
    return text + "".join(rows) + "\n"


def _row(found: Diagnostic, style: Style) -> str:
    place = ""
    if found.location is not None:
        line, column = found.location.position
        place = f"{checkout_path(found.location.document.name, style)}:{line}:{column}"
    cells = (found.severity.word, found.rule, place, found.message)
    return f"| {' | '.join(_cell(cell) for cell in cells)} |\n"


def _cell(text: str) -> str:
    """Text that is neither HTML nor Markdown: marks of either are written as entities."""
    flat = visible(text.replace("\n", " "))
    return "".join(f"&#{ord(mark)};" if mark in _MARKS else mark for mark in flat)
