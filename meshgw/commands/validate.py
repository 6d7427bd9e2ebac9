"""`meshgw validate`: whether Consul accepts a tree, alone and together, and whether it will work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from meshgw.analysis.report import ValidationReport
from meshgw.commands.console import FINDINGS, OK, Console, UsageError
from meshgw.diagnostics.model import Diagnostic, Severity
from meshgw.loading.options import LoadOptions

FORMATS = ("text", "concise", "json")

ASSUMPTION = "assumption"
"""The name of the findings that `--strict` makes of assumptions."""

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
    only: tuple[str, ...] = ()
    sequence: bool = False
    strict: bool = False
    quiet: bool = False
    statistics: bool = False


def validate(options: ValidateOptions, console: Console) -> int:
    """Read, judge, report; 1 when something is at or above `fail_on`."""
    from meshgw.analysis.validate import validate_tree
    from meshgw.loading.load import load_tree

    known_rules((*options.select, *options.ignore))
    rank = file_rank(options.paths, options.load.stdin_name) if options.sequence else None
    report = validate_tree(load_tree(options.paths, options.load), strict=options.strict, sequence=rank)
    report = chosen(report, options)
    for name, file in options.formats:
        text = _formatted(report, name, options, coloured=file is None and console.colours(console.out))
        _deliver(text, file, console)
    return FINDINGS if report.fails(options.fail_on) else OK


def known_rules(names: tuple[str, ...]) -> None:
    """Raise `UsageError` for a name that is no rule's, with the nearest one."""
    if not names:
        return
    from meshgw.rulebook import rulebook
    from meshgw.schema.suggest import nearest

    book = {*rulebook(), ASSUMPTION}
    for name in names:
        if name not in book:
            close = nearest(name, sorted(book))
            raise UsageError(
                f"no rule is called `{name}`; "
                + (f"did you mean `{close}`?" if close else "`meshgw rules` lists them")
            )


def file_rank(paths: tuple[str, ...], stdin_name: str = "<stdin>") -> Callable[[str], int]:
    """The order in which files are written: by the path given that names or holds them."""
    given = [stdin_name if path == "-" else _shown(path) for path in paths]

    def rank(name: str) -> int:
        return next((index for index, path in enumerate(given) if _within(name, path)), len(given))

    return rank


def _shown(path: str) -> str:
    from meshgw.loading.find import shown_path

    return shown_path(Path(path))


def _within(name: str, path: str) -> bool:
    """Whether a shown file name is a path or lies below it."""
    return path in (".", name) or name.startswith(f"{path}/")


def chosen(report: ValidationReport, options: ValidateOptions) -> ValidationReport:
    """The findings that were asked for: of selected rules without the ignored ones, and of `--only`.

    What Consul refuses is left out only where it does not touch the paths of `--only`. What has no
    place concerns the whole tree and stays.
    """
    from dataclasses import replace

    only = [_existing(path) for path in options.only]

    def wanted(found: Diagnostic) -> bool:
        selected = not options.select or found.rule in options.select
        return found.refused or (selected and found.rule not in options.ignore)

    def touches(found: Diagnostic) -> bool:
        if not only or found.location is None:
            return True
        places = (found.location, *(related.location for related in found.related))
        return any(_within(place.document.name, path) for place in places for path in only)

    return replace(
        report,
        diagnostics=tuple(found for found in report.diagnostics if wanted(found) and touches(found)),
    )


def _existing(path: str) -> str:
    if not Path(path).exists():
        raise UsageError(f"`{path}` of --only does not exist")
    return _shown(path)


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
