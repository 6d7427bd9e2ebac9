"""Finding the files of a tree, in the byte order of their paths."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

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
    found: dict[Path, FoundFile] = {}
    for text in paths:
        path = Path(text)
        if not path.exists():
            raise UnreadableError(f"`{text}` does not exist")
        try:
            for file in _below(path):
                named = file == path
                made = _found(file, project_folder, named=named)
                if named or not any(covers(pattern, made.relative) for pattern in ignore):
                    found.setdefault(file.absolute(), made)
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
    return name not in PROJECT_NAMES and Path(name).suffix in EXTENSIONS


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


def _found(file: Path, project_folder: Path, *, named: bool) -> FoundFile:
    relative = os.path.relpath(file, project_folder)
    return FoundFile(file, shown_path(file), PurePosixPath(Path(relative)).as_posix(), named)


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
