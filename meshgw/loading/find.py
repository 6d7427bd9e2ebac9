"""Finding the files of a tree, in the byte order of their paths."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from meshgw.loading.patterns import covers

EXTENSIONS = frozenset({".hcl", ".json", ".yaml", ".yml"})
PROJECT_NAMES = frozenset({"meshgw.yaml", "meshgw.yml"})
MAX_BYTES = 16 * 1024 * 1024
_SKIPPED_FOLDERS = frozenset({"node_modules", ".terraform"})


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file to read. `shown` is its path as messages give it, `relative` that to the project's folder.

    `named` says that the user named it rather than a folder above it.
    """

    path: Path
    shown: str
    relative: str
    named: bool = False

    @property
    def folder(self) -> str:
        """The folder of `relative`, empty at the top."""
        return self.relative.rpartition("/")[0]


class UnreadableError(Exception):
    """A path that was named cannot be read: usage, exit code 2."""


def find_files(paths: tuple[str, ...], project_folder: Path, ignore: tuple[str, ...]) -> list[FoundFile]:
    """The files below `paths` that may be Consul's. Raises `UnreadableError` for one that is not there."""
    found: dict[str, FoundFile] = {}
    here = Path.cwd()
    place = cache(lambda folder: _Place.of(folder, project_folder))
    for text in paths:
        path = Path(text)
        if not path.exists():
            raise UnreadableError(f"`{text}` does not exist")
        try:
            for file in _below(path):
                named = file == path
                made = place(file.parent).file(file, named=named)
                if named or not any(covers(pattern, made.relative) for pattern in ignore):
                    found.setdefault(os.path.join(here, file), made)  # noqa: PTH118  an object for each file
        except OSError as fault:
            raise UnreadableError(f"`{fault.filename or text}`: {fault.strerror}") from fault
    return sorted(found.values(), key=lambda file: os.fsencode(file.relative))


def _below(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    folders = [path]
    while folders:
        folder = folders.pop()
        if _is_output(folder):
            continue
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name in _SKIPPED_FOLDERS:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(folder / entry.name)
                elif _readable(entry.name) and entry.is_file():
                    yield folder / entry.name


def _readable(name: str) -> bool:
    return name not in PROJECT_NAMES and os.path.splitext(name)[1] in EXTENSIONS  # noqa: PTH122


def _is_output(folder: Path) -> bool:
    """Whether `render` wrote this folder: it holds an `index.json` of ours."""
    index = folder / "index.json"
    try:
        if not index.is_file() or index.stat().st_size > MAX_BYTES:
            return False
        content = json.loads(index.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(content, dict) and content.get("generator") == "meshgw"


class _Place(NamedTuple):
    """What goes before the names of the files of a folder. Measured: paths were a tenth of loading."""

    shown: str
    relative: str

    @classmethod
    def of(cls, folder: Path, project_folder: Path) -> _Place:
        relative = Path(os.path.relpath(folder, project_folder)).as_posix()
        return cls(_prefix(shown_path(folder)), _prefix(relative))

    def file(self, path: Path, *, named: bool) -> FoundFile:
        return FoundFile(path, self.shown + path.name, self.relative + path.name, named)


def _prefix(folder: str) -> str:
    if folder == ".":
        return ""
    return folder if folder.endswith("/") else folder + "/"


def shown_path(path: Path) -> str:
    """A path relative to where the user stands, with `/`."""
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return path.as_posix()
    return Path(relative).as_posix()


def find_project(paths: tuple[str, ...]) -> list[Path]:
    """The project files that apply to the paths: in the folder given or the nearest one above."""
    found: dict[Path, None] = {}
    for text in paths:
        path = Path(text).absolute()
        for folder in (path, *path.parents):
            candidate = next(
                (folder / name for name in sorted(PROJECT_NAMES) if (folder / name).is_file()), None
            )
            if candidate is not None:
                found[candidate] = None
                break
    return list(found)
