"""`--since REV`: findings in files that changed, or that their change causes elsewhere."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from meshgw.analysis.report import ValidationReport
from meshgw.commands.selection import files_of
from meshgw.diagnostics.fingerprints import fingerprint
from meshgw.diagnostics.model import Diagnostic
from meshgw.loading.find import EXTENSIONS, PROJECT_NAMES, UnreadableError, find_project
from meshgw.loading.options import LoadOptions
from meshgw.loading.revision import Changes, changes_since, write_tree


@dataclass(frozen=True, slots=True)
class Since:
    """A tree, and what differs in it from a revision."""

    paths: tuple[str, ...]
    load: LoadOptions
    changes: Changes

    def changed(self, name: str) -> bool:
        """Whether a file, by its shown name, differs from the revision."""
        return Path(name).resolve() in self.changes.files


def since(revision: str, paths: tuple[str, ...], load: LoadOptions) -> Since:
    """Ask git what changed. Raises `UnreadableError`."""
    folders = [path if path.is_dir() else path.parent for path in map(Path, paths)]
    return Since(paths, load, changes_since(folders[0], revision))


def changed_in_pull_request(base: str) -> Callable[[str], bool] | None:
    """Which files a pull request changes, if git has the branch that it is to be merged into."""
    try:
        found = since(f"origin/{base}...", (".",), LoadOptions())
    except UnreadableError:
        return None
    return found.changed


def new_or_touched(
    report: ValidationReport, tree: Since, judge: Callable[[tuple[str, ...], LoadOptions], ValidationReport]
) -> ValidationReport:
    """The findings that speak of a changed file, and those that were not there before.

    `judge` validates the earlier tree as the current one was; it is only asked for when something is
    found outside of the changed files.
    """
    touched = {id(found): any(map(tree.changed, files_of(found))) for found in report.diagnostics}
    before = Counter[str]() if all(touched.values()) else _before(report, tree, judge)
    kept: list[Diagnostic] = []
    for found in report.diagnostics:
        mark = fingerprint(found, report.folder)
        if touched[id(found)]:
            kept.append(found)
        elif before[mark] > 0:
            before[mark] -= 1
        else:
            kept.append(found)
    return replace(report, diagnostics=tuple(kept))


def _before(
    report: ValidationReport, tree: Since, judge: Callable[[tuple[str, ...], LoadOptions], ValidationReport]
) -> Counter[str]:
    """How often each finding was there at the revision."""
    top = tree.changes.top
    given = [_below(top, path) for path in tree.paths if path != "-"]

    def wanted(name: str) -> bool:
        path = PurePosixPath(name)
        if path.name in PROJECT_NAMES:
            return True
        return path.suffix in EXTENSIONS and any(path.is_relative_to(folder) for folder in given)

    with tempfile.TemporaryDirectory(prefix="meshgw-") as folder:
        old = Path(folder).resolve()
        write_tree(tree.changes, old, wanted)
        paths = tuple(str(old / path) for path in given if (old / path).exists())
        if not paths:
            return Counter()
        earlier = judge(paths, replace(tree.load, project_file=_project_file(tree, old)))
        root = str(old / _below(top, report.folder))
        return Counter(fingerprint(found, root) for found in earlier.diagnostics)


def _below(top: Path, path: str) -> PurePosixPath:
    """A path relative to the work tree's folder."""
    try:
        return PurePosixPath(Path(path).resolve().relative_to(top).as_posix())
    except ValueError:
        raise UnreadableError(f"`{path}` is not in the git work tree `{top}`") from None


def _project_file(tree: Since, old: Path) -> str | None:
    """The project file for the earlier tree: its own, or the one outside of git."""
    top = tree.changes.top
    used = [Path(tree.load.project_file)] if tree.load.project_file else find_project(tree.paths)
    inside = [path.resolve() for path in used if path.resolve().is_relative_to(top)]
    if used and not inside:
        return str(used[0].resolve())
    if tree.load.project_file and inside and (old / inside[0].relative_to(top)).exists():
        return str(old / inside[0].relative_to(top))
    return None
