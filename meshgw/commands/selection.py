"""Which findings of a report are asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from meshgw.analysis.report import ValidationReport
from meshgw.commands.console import UsageError
from meshgw.diagnostics.model import Diagnostic
from meshgw.loading.find import PROJECT_NAMES, shown_path


def known_rules(names: tuple[str, ...]) -> None:
    """Raise `UsageError` for a name that is no rule's, with the nearest one."""
    from meshgw.analysis.suppressing import misspelled

    for wrong in misspelled([(name, None) for name in names]):
        hint = f"did you mean `{wrong.close}`?" if wrong.close else "`meshgw rules` lists them"
        raise UsageError(f"no rule is called `{wrong.name}`; {hint}")


def file_rank(paths: tuple[str, ...]) -> Callable[[str], int]:
    """The order in which files are written: by the path given that names or holds them."""
    given = [_shown(path) for path in paths]

    def rank(name: str) -> int:
        return next((index for index, path in enumerate(given) if _within(name, path)), len(given))

    return rank


def _shown(path: str) -> str:
    return path if path == "-" else shown_path(Path(path))


def _within(name: str, path: str) -> bool:
    """Whether a shown file name is a path or lies below it."""
    return path in (".", name) or name.startswith(f"{path}/")


def of_rules(report: ValidationReport, select: tuple[str, ...], ignore: tuple[str, ...]) -> ValidationReport:
    """The findings of selected rules without the ignored ones; what Consul refuses always stays."""

    def wanted(found: Diagnostic) -> bool:
        selected = not select or found.rule in select
        return found.refused or (selected and found.rule not in ignore)

    return replace(report, diagnostics=tuple(filter(wanted, report.diagnostics)))


def of_paths(report: ValidationReport, only: tuple[str, ...]) -> ValidationReport:
    """The findings that stand in some paths, or to which they contribute.

    What has no place concerns the whole tree and stays; a project file concerns everything.
    """
    if not only or any(Path(path).name in PROJECT_NAMES for path in only):
        return report
    paths = [_existing(path) for path in only]
    return replace(
        report,
        diagnostics=tuple(
            found
            for found in report.diagnostics
            if found.location is None
            or any(_within(name, path) for name in files_of(found) for path in paths)
        ),
    )


def files_of(found: Diagnostic) -> set[str]:
    """The shown names of the files that a finding speaks of."""
    places = (found.location, *(related.location for related in found.related))
    return {place.document.name for place in places if place is not None}


def _existing(path: str) -> str:
    if not Path(path).exists():
        raise UsageError(f"`{path}` of --only does not exist")
    return _shown(path)
