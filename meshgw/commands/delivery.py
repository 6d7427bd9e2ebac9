"""Formats of the command line: what they mean, and where each report goes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from meshgw.analysis.report import ValidationReport
from meshgw.commands.console import Console, UsageError
from meshgw.output.formats import AUTO, FORMATS
from meshgw.output.style import Style


def format_choice(text: str) -> tuple[str, str | None]:
    """A format and its file (`None`: standard output). Raises `UsageError` with the nearest name."""
    name, equals, file = text.partition("=")
    if equals and not file:
        raise UsageError(f"`{text}` names no file")
    if name == AUTO:
        name = "github" if os.environ.get("GITHUB_ACTIONS") == "true" else "text"
    if name not in FORMATS:
        from meshgw.schema.suggest import nearest

        close = nearest(name, FORMATS)
        hint = f"did you mean `{close}`?" if close else f"formats: {', '.join((*FORMATS, AUTO))}"
        raise UsageError(f"no format is called `{name}`; {hint}")
    return name, file or None


def one_report_a_file(formats: tuple[tuple[str, str | None], ...]) -> None:
    """Raise `UsageError` where one file would be written twice."""
    files = [os.path.abspath(file) for _, file in formats if file not in (None, "-")]  # noqa: PTH100
    for file in files:
        if files.count(file) > 1:
            raise UsageError(f"two formats are to be written to `{os.path.relpath(file)}`")


def checkout() -> str:
    """The folder that the CI service takes paths to be relative to."""
    return os.environ.get("GITHUB_WORKSPACE") or os.environ.get("CI_PROJECT_DIR") or ""


def deliver(
    report: ValidationReport,
    formats: tuple[tuple[str, str | None], ...],
    style: Callable[[str | None], Style],
    console: Console,
) -> None:
    """Write every format: all of them are made before the first is written."""
    made = [(name, file, FORMATS[name].render(report, style(file))) for name, file in formats]
    for name, file, text in made:
        if file is None or file == "-":
            console.write(guarded(text) if FORMATS[name].reader == "person" else text)
        else:
            write_file(file, text)
    if any(name == "github" for name, _, _ in made):
        _summarize(report, style(None))


def guarded(text: str) -> str:
    """Text for a person in the log of a GitHub workflow, where `##[` means something anywhere."""
    return text.replace("##[", "# #[") if os.environ.get("GITHUB_ACTIONS") == "true" else text


def write_file(file: str, text: str) -> None:
    """Replace a file at once. Raises `UsageError`."""
    from meshgw.output.atomic import write_text

    try:
        write_text(Path(file), text)
    except OSError as fault:
        raise UsageError(f"cannot write `{file}`: {fault.strerror}") from fault


def _summarize(report: ValidationReport, style: Style) -> None:
    """Append the report to the summary of the workflow's step."""
    file = os.environ.get("GITHUB_STEP_SUMMARY")
    if not file:
        return
    from meshgw.output.github import step_summary

    try:
        with Path(file).open("a", encoding="utf-8") as summary:
            summary.write(step_summary(report, style))
    except OSError as fault:
        raise UsageError(f"cannot write `{file}`: {fault.strerror}") from fault
