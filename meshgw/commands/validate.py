"""`meshgw validate`: whether Consul accepts a tree, alone and together, and whether it will work."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from meshgw.analysis.report import ValidationReport
from meshgw.commands.console import FINDINGS, OK, Console
from meshgw.diagnostics.model import Severity
from meshgw.loading.options import LoadOptions
from meshgw.output.style import Style


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidateOptions:
    """The options of the command; `formats` are pairs of a format and a file (`None`: standard output)."""

    paths: tuple[str, ...] = (".",)
    load: LoadOptions
    formats: tuple[tuple[str, str | None], ...] = (("text", None),)
    fail_on: Severity | None = Severity.ERROR
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    since: str | None = None
    baseline: str | None = None
    write_baseline: str | None = None
    sequence: bool = False
    strict: bool = False
    quiet: bool = False
    statistics: bool = False
    watch: bool = False


def validate(options: ValidateOptions, console: Console) -> int:
    """Judge once, or after every change; 1 when something is at or above `fail_on`."""
    check_usage(options)
    if options.watch:
        from meshgw.commands.watch import watch

        return watch(options.paths, lambda: validate_once(options, console), console)
    return validate_once(options, console)


def check_usage(options: ValidateOptions) -> None:
    """Raise `UsageError` for what can be told before anything is read."""
    from meshgw.commands.delivery import one_report_a_file
    from meshgw.commands.selection import known_rules

    known_rules((*options.select, *options.ignore))
    one_report_a_file(options.formats)


def validate_once(options: ValidateOptions, console: Console) -> int:
    """Read, judge, leave out what was there before, choose what was asked for, report."""
    from meshgw.commands.baseline import without_baseline
    from meshgw.commands.delivery import deliver
    from meshgw.commands.selection import of_paths, of_rules
    from meshgw.output.masking import masked

    report = judge(options, console)
    report = without_baseline(report, options.baseline, options.write_baseline, console)
    report, changed = since_revision(report, options, console)
    report = of_paths(of_rules(report, options.select, options.ignore), options.only)
    deliver(masked(report), options.formats, styles(options, report, changed, console), console)
    return FINDINGS if report.fails(options.fail_on) else OK


def judge(options: ValidateOptions, console: Console) -> ValidationReport:
    """All findings about the tree."""
    from meshgw.analysis.validate import validate_tree
    from meshgw.commands.progress import progress
    from meshgw.commands.selection import file_rank
    from meshgw.loading.load import load_tree

    rank = file_rank(options.paths) if options.sequence else None
    with progress(console) as step:
        loaded = load_tree(options.paths, options.load, step)
        step("judging", len(loaded.entries) + len(loaded.services))
        return validate_tree(loaded, strict=options.strict, sequence=rank)


def since_revision(
    report: ValidationReport, options: ValidateOptions, console: Console
) -> tuple[ValidationReport, Callable[[str], bool] | None]:
    """With `--since` what is new or in changed files; and what tells changed files, where git can."""
    from dataclasses import replace

    from meshgw.commands.since import changed_in_pull_request, new_or_touched, since

    if options.since is not None:
        tree = since(options.since, options.paths, options.load)
        report = new_or_touched(
            report,
            tree,
            lambda paths, load: judge(replace(options, paths=paths, load=load), console),
        )
        return report, tree.changed
    base = os.environ.get("GITHUB_BASE_REF")
    if base and any(name == "github" for name, _ in options.formats):
        return report, changed_in_pull_request(base)
    return report, None


def styles(
    options: ValidateOptions,
    report: ValidationReport,
    changed: Callable[[str], bool] | None,
    console: Console,
) -> Callable[[str | None], Style]:
    """How a report looks that goes to a file (`None`: standard output)."""
    from meshgw.commands.delivery import checkout

    names = {found.location.document.name for found in report.diagnostics if found.location is not None}

    def style(file: str | None) -> Style:
        return Style(
            coloured=file is None and console.colours(console.out),
            width=console.width(console.out) if file is None else None,
            quiet=options.quiet,
            statistics=options.statistics,
            fail_on=options.fail_on,
            checkout=checkout(),
            changed=frozenset(filter(changed, names)) if changed is not None else frozenset(),
        )

    return style
