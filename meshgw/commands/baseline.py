"""`--write-baseline` and `--baseline`: begin with what is there, and report only what comes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from meshgw.analysis.baseline import baseline_text, read_baseline, subtract
from meshgw.analysis.report import ValidationReport
from meshgw.commands.console import Console, UsageError
from meshgw.commands.delivery import write_file
from meshgw.loading.find import shown_path


def without_baseline(
    report: ValidationReport, baseline: str | None, write: str | None, console: Console
) -> ValidationReport:
    """The report without the findings of a baseline, which may be written first."""
    if write is not None:
        refused = sum(found.refused for found in report.diagnostics)
        write_file(write, baseline_text(report))
        console.complain(f"wrote {len(report.diagnostics) - refused} findings to `{write}`")
        if refused:
            console.complain(f"{refused} more are not in it: what Consul refuses cannot be suppressed")
    file = write or baseline
    if file is None:
        return report
    try:
        text = Path(file).read_text(encoding="utf-8")
        return _unmentioned(subtract(report, read_baseline(text, file)), file)
    except OSError as fault:
        raise UsageError(f"cannot read `{file}`: {fault.strerror}") from fault
    except ValueError as fault:
        raise UsageError(f"cannot use `{file}`: {fault}") from fault


def _unmentioned(report: ValidationReport, file: str) -> ValidationReport:
    """The report without a word about the baseline itself, which may stand in the tree."""
    name = shown_path(Path(file))
    return replace(report, skipped=tuple(skipped for skipped in report.skipped if skipped.path != name))
