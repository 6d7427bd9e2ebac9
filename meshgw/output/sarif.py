"""The report as SARIF 2.1.0, within the limits of GitHub's code scanning.

Followed: the OASIS standard, and GitHub's "SARIF support for code scanning" (5,000 results shown,
100 locations each). The fingerprint has a key of its own: `primaryLocationLineHash` is a hash of the
line, which GitHub's upload computes itself and compares.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from meshgw._version import __version__
from meshgw.analysis.report import ValidationReport
from meshgw.diagnostics.fingerprints import fingerprints
from meshgw.diagnostics.model import Diagnostic, Location, Severity
from meshgw.diagnostics.rules import Rule
from meshgw.entries import KINDS
from meshgw.output.places import relative_uri
from meshgw.output.style import Style
from meshgw.output.visible import printed_json

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MAX_RESULTS = 5000
MAX_LOCATIONS = 100
FINGERPRINT = "meshgwFinding/v1"

_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PROBLEMS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "recommendation"}
_DOCS = "https://developer.hashicorp.com/consul/docs"


def render(report: ValidationReport, style: Style) -> str:
    return printed_json(sarif_object(report, style))


def sarif_object(report: ValidationReport, style: Style) -> dict[str, Any]:
    """The log as plain data: errors first, and a word about what was cut."""
    marks = fingerprints(report.diagnostics, report.folder)
    ranked = sorted(zip(report.diagnostics, marks, strict=True), key=lambda pair: -pair[0].severity)
    shown = ranked[:MAX_RESULTS]
    rules = sorted({found.rule for found, _ in shown})
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": _driver(rules)},
                "columnKind": "unicodeCodePoints",
                "invocations": [_invocation(len(ranked) - len(shown))],
                "results": [_result(found, mark, rules.index(found.rule), style) for found, mark in shown],
            }
        ],
    }


def _driver(rules: Iterable[str]) -> dict[str, Any]:
    from meshgw.rulebook import rulebook

    book = rulebook()
    return {
        "name": "meshgw",
        "semanticVersion": __version__,
        "rules": [_rule(name, book.get(name)) for name in rules],
    }


def _rule(name: str, rule: Rule | None) -> dict[str, Any]:
    if rule is None:  # an assumption under --strict
        return {"id": name, "shortDescription": {"text": "An assumption about what the tree does not say."}}
    return {
        "id": name,
        "shortDescription": {"text": rule.title[:1024]},
        "fullDescription": {"text": _about(rule)[:1024]},
        "help": {"text": rule.page, "markdown": _markdown(rule)},
        "helpUri": help_uri(rule),
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {
            "problem.severity": _PROBLEMS[rule.severity],
            "tags": ["consul", *([rule.on.replace(" ", "-")] if rule.on else [])],
        },
    }


def help_uri(rule: Rule) -> str:
    """Consul's own page about what a rule speaks of."""
    if rule.on in KINDS:
        return f"{_DOCS}/reference/config-entry/{rule.on}"
    if rule.check.__module__.startswith("meshgw.services."):
        return f"{_DOCS}/reference/service"
    return f"{_DOCS}/connect"


def _about(rule: Rule) -> str:
    """What a page says before its examples."""
    return rule.page.split("\nRefused", 1)[0].split("\nFound", 1)[0].strip()


def _markdown(rule: Rule) -> str:
    """The page with its indented examples as code."""
    lines, code = [f"**{rule.name}**", ""], False
    for line in rule.page.splitlines():
        if bool(line.startswith("    ")) != code and line:
            lines.append("```")
            code = not code
        lines.append(line.removeprefix("    ") if code else line)
    return "\n".join([*lines, "```"] if code else lines)


def _invocation(cut: int) -> dict[str, Any]:
    found: dict[str, Any] = {"executionSuccessful": True}
    if cut:
        text = f"{cut} more findings are left out: code scanning shows {MAX_RESULTS}, the worst come first"
        found["toolExecutionNotifications"] = [{"level": "warning", "message": {"text": text}}]
    return found


def _result(found: Diagnostic, mark: str, index: int, style: Style) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": found.rule,
        "ruleIndex": index,
        "level": _LEVELS[found.severity],
        "message": {"text": _message(found)},
        "partialFingerprints": {FINGERPRINT: mark},
    }
    if found.location is not None:
        result["locations"] = [{"physicalLocation": _place(found.location, style)}]
    if found.related:
        result["relatedLocations"] = [
            {"id": number, "physicalLocation": _place(one.location, style), "message": {"text": one.message}}
            for number, one in enumerate(found.related[: MAX_LOCATIONS - 1])
        ]
    return result


def _message(found: Diagnostic) -> str:
    """Message, note and help. `[...](...)` would be a link there: such brackets are escaped."""
    parts = [found.message]
    parts += [f"{label}: {text}" for label, text in (("note", found.note), ("help", found.help)) if text]
    text = "\n".join(parts)
    return text.replace("[", "\\[").replace("]", "\\]") if "](" in text else text


def _place(location: Location, style: Style) -> dict[str, Any]:
    start_line, start_column = location.position
    end_line, end_column = location.document.position(location.span.end)
    region = {"startLine": start_line, "startColumn": start_column}
    region |= {"endLine": end_line, "endColumn": end_column}
    return {"artifactLocation": {"uri": relative_uri(location.document.name, style)}, "region": region}
