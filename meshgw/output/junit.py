"""The report as JUnit XML: a suite for each file, a case for each rule found in it.

A finding that does not fail the run is a case that passes and says it in its output, so that the
report fails exactly when the command does.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

from meshgw.analysis.report import ValidationReport
from meshgw.diagnostics.model import Diagnostic
from meshgw.output.places import checkout_path
from meshgw.output.style import Style
from meshgw.output.text import diagnostic_lines, plain
from meshgw.output.visible import visible

TREE = "the tree"
"""The suite of findings that have no file."""


def render(report: ValidationReport, style: Style) -> str:
    suites = _by_file(report)
    failing = sum(_fails(found, style) for found in suites.values())
    cases = sum(max(1, len({one.rule for one in found})) for found in suites.values())
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f'<testsuites name="meshgw" tests="{cases}" failures="{failing}" errors="0">')
    for name, found in suites.items():
        lines += _suite(checkout_path(name, style), found, style)
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _by_file(report: ValidationReport) -> dict[str, list[Diagnostic]]:
    """The findings of every file that was judged, in the order of their names."""
    found: dict[str, list[Diagnostic]] = {verdict.path: [] for verdict in report.inputs}
    for one in report.diagnostics:
        name = one.location.document.name if one.location is not None else TREE
        found.setdefault(name, []).append(one)
    return dict(sorted(found.items()))


def _fails(found: Iterable[Diagnostic], style: Style) -> int:
    """How many cases of a file fail."""
    return len({one.rule for one in found if style.fail_on is not None and one.severity >= style.fail_on})


def _suite(name: str, found: list[Diagnostic], style: Style) -> list[str]:
    rules = sorted({one.rule for one in found})
    counts = f'tests="{max(1, len(rules))}" failures="{_fails(found, style)}" errors="0" skipped="0"'
    lines = [f"  <testsuite name={_attribute(name)} {counts}>"]
    if not rules:
        lines.append(f'    <testcase classname={_attribute(name)} name="accepted"/>')
    for rule in rules:
        lines += _case(name, rule, [one for one in found if one.rule == rule], style)
    return [*lines, "  </testsuite>"]


def _case(name: str, rule: str, found: list[Diagnostic], style: Style) -> list[str]:
    text = escape("\n".join(line for one in found for line in diagnostic_lines(one, plain)))
    lines = [f"    <testcase classname={_attribute(name)} name={_attribute(rule)}>"]
    if _fails(found, style):
        worst = max(found, key=lambda one: one.severity)
        about = f'type="{worst.severity.word}" message={_attribute(worst.message)}'
        lines.append(f"      <failure {about}>{text}</failure>")
    else:
        lines.append(f"      <system-out>{text}</system-out>")
    return [*lines, "    </testcase>"]


def _attribute(text: str) -> str:
    return quoteattr(visible(text))
