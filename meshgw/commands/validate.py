"""`meshgw validate`: whether Consul accepts a tree, alone and together, and whether it will work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from meshgw.analysis.report import ValidationReport
from meshgw.commands.console import FINDINGS, OK, Console, UsageError
from meshgw.diagnostics.model import Severity
from meshgw.loading.options import LoadOptions

FORMATS = ("text", "concise", "json")

Format: TypeAlias = Callable[[ValidationReport, bool], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateOptions:
    """The options of the command; `formats` are pairs of a format and a file (`None`: standard output)."""

    paths: tuple[str, ...] = (".",)
    load: LoadOptions
    formats: tuple[tuple[str, str | None], ...] = (("text", None),)
    fail_on: Severity | None = Severity.ERROR
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    strict: bool = False
    quiet: bool = False
    statistics: bool = False


def validate(options: ValidateOptions, console: Console) -> int:
    """Read, judge, report; 1 when something is at or above `fail_on`."""
    from meshgw.analysis.validate import validate_tree
    from meshgw.loading.load import load_tree

    report = validate_tree(load_tree(options.paths, options.load), strict=options.strict)
    report = chosen(report, options)
    for name, file in options.formats:
        text = _formatted(report, name, options, coloured=file is None and console.colours(console.out))
        _deliver(text, file, console)
    return FINDINGS if report.fails(options.fail_on) else OK


def chosen(report: ValidationReport, options: ValidateOptions) -> ValidationReport:
    """The findings of selected rules without the ignored ones. What Consul refuses always stays."""
    from dataclasses import replace

    def wanted(rule: str) -> bool:
        return (not options.select or rule in options.select) and rule not in options.ignore

    return replace(
        report,
        diagnostics=tuple(found for found in report.diagnostics if found.refused or wanted(found.rule)),
    )


def _formatted(report: ValidationReport, name: str, options: ValidateOptions, *, coloured: bool) -> str:
    match name:
        case "text":
            from meshgw.output.text import coloured as colours
            from meshgw.output.text import plain, render_text

            text = render_text(report, colours if coloured else plain, quiet=options.quiet)
        case "concise":
            from meshgw.output.concise import render_concise

            text = render_concise(report)
        case "json":
            from meshgw.output.json import render_json

            text = render_json(report)
        case _:
            raise UsageError(f"no format is called `{name}`; formats: {', '.join(FORMATS)}")
    return text + _statistics(report) if options.statistics and name == "text" else text


def _statistics(report: ValidationReport) -> str:
    counts: dict[str, int] = {}
    for found in report.diagnostics:
        counts[found.rule] = counts.get(found.rule, 0) + 1
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return "".join(f"{count:6} {rule}\n" for rule, count in ranked)


def _deliver(text: str, file: str | None, console: Console) -> None:
    if file is None or file == "-":
        console.write(text)
        return
    from meshgw.output.atomic import write_text

    try:
        write_text(Path(file), text)
    except OSError as fault:
        raise UsageError(f"cannot write `{file}`: {fault.strerror}") from fault
