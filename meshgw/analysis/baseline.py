"""Baselines: the findings that were there when a team began to use meshgw."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from meshgw.analysis.report import ValidationReport, sort_key
from meshgw.diagnostics.fingerprints import field_path, fingerprint, relative_name
from meshgw.diagnostics.model import Diagnostic, Location, Severity
from meshgw.source.document import Document
from meshgw.source.json import read_json

FIXED = "fixed-in-baseline"
"""The name of findings about findings that are gone."""

VERSION = 1


@dataclass(frozen=True, slots=True)
class Baseline:
    """A read baseline."""

    document: Document
    findings: tuple[dict[str, Any], ...]


def baseline_text(report: ValidationReport) -> str:
    """A baseline of all findings but those where Consul itself refuses the input."""
    findings = [_entry(found, report.folder) for found in report.diagnostics if not found.refused]
    content = {"generator": "meshgw", "version": VERSION, "findings": findings}
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _entry(found: Diagnostic, folder: str) -> dict[str, str]:
    place = found.location
    return {
        "rule": found.rule,
        "file": relative_name(place.document.name, folder) if place is not None else "",
        "field": field_path(place) if place is not None else "",
        "fingerprint": fingerprint(found, folder),
    }


def read_baseline(text: str, name: str) -> Baseline:
    """A baseline's content. Raises `ValueError` for anything else."""
    document = read_json(text, name, trailing=False)
    value = document.value
    if document.fault is not None:
        raise ValueError(document.fault.message)
    if not isinstance(value, dict) or value.get("generator") != "meshgw":
        raise ValueError("it is no baseline of meshgw")
    if value.get("version") != VERSION:
        raise ValueError("another version of meshgw wrote it; write it anew with --write-baseline")
    findings = value.get("findings")
    if not isinstance(findings, list) or not all(map(_is_entry, findings)):
        raise ValueError("its `findings` are not those that meshgw writes")
    return Baseline(document, tuple(findings))


def _is_entry(item: Any) -> bool:
    keys = ("rule", "file", "field", "fingerprint")
    return isinstance(item, dict) and all(isinstance(item.get(key), str) for key in keys)


def subtract(report: ValidationReport, baseline: Baseline) -> ValidationReport:
    """The report without what was there before, and with what the baseline lists in vain."""
    there = Counter(item["fingerprint"] for item in baseline.findings)
    kept = []
    for found in report.diagnostics:
        mark = fingerprint(found, report.folder)
        if not found.refused and there[mark] > 0:
            there[mark] -= 1
        else:
            kept.append(found)
    known = len(report.diagnostics) - len(kept)
    kept += _fixed(baseline, there)
    return replace(report, diagnostics=tuple(sorted(kept, key=sort_key)), baseline=known)


def _fixed(baseline: Baseline, left: Counter[str]) -> list[Diagnostic]:
    found = []
    for index, item in enumerate(baseline.findings):
        if left[item["fingerprint"]] > 0:
            left[item["fingerprint"]] -= 1
            found.append(
                Diagnostic(
                    rule=FIXED,
                    severity=Severity.WARNING,
                    message=f"the finding `{item['rule']}` of `{item['file']}` is gone",
                    location=Location(baseline.document, ("findings", index), "all"),
                    help="take it out, or write the baseline anew with --write-baseline",
                )
            )
    return found
