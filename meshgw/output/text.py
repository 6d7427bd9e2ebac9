"""Findings for people: one block each, the source line with the span underlined, then a summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import TypeAlias

from meshgw.analysis.report import ValidationReport
from meshgw.diagnostics.model import Diagnostic, Location, Severity
from meshgw.output.places import shown_related
from meshgw.output.style import Style
from meshgw.output.visible import columns, not_first, visible
from meshgw.schema.secrets import masked_line

Paint: TypeAlias = Callable[[str, str], str]
"""Gives a text in a style: `error`, `warning`, `info`, `place`, `frame`, `strong`."""

WIDTH = 320
"""Columns, where no terminal says how wide it is."""

_CUT = "…"


def plain(text: str, _style: str) -> str:
    """No colours."""
    return text


_COLOURS = {"error": "red", "warning": "yellow", "info": "cyan", "frame": "blue", "place": "cyan"}


def coloured(text: str, style: str) -> str:
    """Colours of a terminal."""
    import click

    return click.style(text, fg=_COLOURS.get(style), bold=style in ("strong", "error"))


def render(report: ValidationReport, style: Style) -> str:
    """The report for people; the counts of rules behind it when they are asked for."""
    paint = coloured if style.coloured else plain
    text = render_text(report, paint, quiet=style.quiet, width=style.width or WIDTH)
    return text + statistics(report) if style.statistics else text


def render_text(
    report: ValidationReport, paint: Paint = plain, *, quiet: bool = False, width: int = WIDTH
) -> str:
    """The whole report; `quiet` leaves the summary out, source lines are cut to a width."""
    blocks = ["\n".join(diagnostic_lines(found, paint, width)) for found in report.diagnostics]
    if not quiet:
        blocks.append("\n".join(summary_lines(report, paint)))
    return "\n\n".join(blocks) + "\n" if blocks else ""


def diagnostic_lines(found: Diagnostic, paint: Paint, width: int = WIDTH) -> Iterator[str]:
    """One finding: headline, place, source line, related places, note and help."""
    word = paint(f"{found.severity.word}[{found.rule}]", found.severity.word)
    yield f"{word}: {paint(visible(found.message), 'strong')}"
    gutter = 3
    if found.location is not None:
        gutter = max(3, len(str(found.location.position[0])) + 2)
        yield f"{' ' * (gutter - 1)}{paint('-->', 'frame')} {paint(visible(str(found.location)), 'place')}"
        yield from _source_lines(found.location, gutter, found.severity, paint, width)
    places, more = shown_related(found)
    for related in places:
        yield (
            f"{' ' * gutter}{paint('::', 'frame')} {paint(visible(str(related.location)), 'place')}: "
            f"{visible(related.message)}"
        )
    if more:
        yield f"{' ' * gutter}{paint('::', 'frame')} and {more} more"
    for label, text in (("note", found.note), ("help", found.help)):
        if text:
            yield from _labelled(label, text, gutter, paint)


def _labelled(label: str, text: str, gutter: int, paint: Paint) -> Iterator[str]:
    first, *rest = text.split("\n")
    yield f"{' ' * gutter}{paint('=', 'frame')} {paint(label, 'strong')}: {visible(first)}"
    for line in rest:
        yield f"{' ' * (gutter + 4 + len(label))}{not_first(visible(line))}"


def _source_lines(
    location: Location, gutter: int, severity: Severity, paint: Paint, width: int
) -> Iterator[str]:
    """The line of a place, with what is meant underlined; a long line is cut around it."""
    document, span = location.document, location.span
    line, column = document.position(span.start)
    text = masked_line(document, line)
    length = max(1, min(span.end - span.start, len(text) - column + 1))
    if not text.strip():
        return
    room = max(40, width - gutter - 4)
    start, end = _window(len(text), column - 1, column - 1 + length, room)
    before, meant = text[start : column - 1], text[column - 1 : min(column - 1 + length, end)]
    after = text[column - 1 + len(meant) : end]
    lead, tail = _CUT if start else "", _CUT if end < len(text) else ""
    shown = lead + visible(before) + visible(meant) + visible(after) + tail
    indent = columns(lead + visible(before))
    bar = paint("|", "frame")
    blank = " " * gutter
    yield f"{blank}{bar}"
    yield f"{paint(str(line).rjust(gutter - 1), 'frame')} {bar} {shown}"
    yield f"{blank}{bar} {' ' * indent}{paint('^' * max(1, columns(visible(meant))), severity.word)}"


def _window(size: int, first: int, last: int, room: int) -> tuple[int, int]:
    """The part of a line that is shown: all of it if it fits, else what is meant with some around it."""
    if size <= room:
        return 0, size
    start = 0 if last <= room else max(0, min(first - room // 4, size - room))
    return start, start + room


def summary_lines(report: ValidationReport, paint: Paint) -> Iterator[str]:
    """As what the tree was judged, what was assumed, skipped and not checked, and the counts."""
    for skipped in report.skipped:
        yield f"skipped {visible(skipped.path)}: {visible(skipped.why)}"
    for text in report.not_checked:
        yield f"not checked: {visible(text)}"
    for text in report.assumed:
        yield f"assumed: {visible(text)}"
    major, minor = report.profile.consul_version
    reason = f" ({visible(report.edition_reason)})" if report.edition_reason else ""
    yield f"judged as Consul {major}.{minor} {report.profile.edition.capitalize()}{reason}"
    counts = ", ".join(
        _count(number, noun)
        for number, noun in (
            (report.files, "file"),
            (report.entries, "config entry"),
            (report.services, "service"),
            (report.partitions, "partition"),
        )
    )
    yield f"{counts}: {_verdict(report, paint)}"


def statistics(report: ValidationReport) -> str:
    """How many findings each rule has, the most frequent first."""
    counts = Counter(found.rule for found in report.diagnostics)
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return "".join(f"{count:6} {rule}\n" for rule, count in ranked)


def _verdict(report: ValidationReport, paint: Paint) -> str:
    found = [
        paint(_count(report.count(severity), severity.word), severity.word)
        for severity in sorted(Severity, reverse=True)
        if report.count(severity)
    ]
    text = ", ".join(found) if found else "nothing found"
    if report.suppressed:
        text += f" ({len(report.suppressed)} suppressed)"
    if report.baseline:
        text += f" ({report.baseline} in the baseline)"
    return text


def _count(number: int, noun: str) -> str:
    if number == 1:
        return f"1 {noun}"
    plural = {"config entry": "config entries", "info": "infos"}.get(noun, f"{noun}s")
    return f"{number} {plural}"
