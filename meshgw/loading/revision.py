"""What git says of a tree: which files differ from a revision, and the files as they were then.

Git runs without a shell, with fixed options, and within bounds of time and size.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from meshgw.loading.find import MAX_BYTES, UnreadableError

_SECONDS = 120
_MAX_TOTAL = 512 * 1024 * 1024
_OPTIONS = ("--no-pager", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false")
_PLAIN_FILES = frozenset({"100644", "100755"})


@dataclass(frozen=True, slots=True)
class Changes:
    """The files below `top`, a work tree's folder, that differ from a commit, as resolved paths."""

    top: Path
    commit: str
    files: frozenset[Path]


def changes_since(folder: Path, revision: str) -> Changes:
    """What differs from a revision, files git does not know yet included.

    `REV...` means the commit where the current branch left REV. Raises `UnreadableError`.
    """
    top = Path(_git(folder, "rev-parse", "--show-toplevel").decode("utf-8", "replace").rstrip("\n")).resolve()
    commit = _commit(top, revision)
    changed = _git(
        top, "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", commit, "--"
    )
    fresh = _git(top, "ls-files", "--others", "--exclude-standard", "-z")
    names = [os.fsdecode(name) for name in (changed + fresh).split(b"\0") if name]
    return Changes(top, commit, frozenset((top / name).resolve() for name in names))


def _commit(top: Path, revision: str) -> str:
    bare = revision.removesuffix("...")
    if not bare or bare.startswith("-"):
        raise UnreadableError(f"`{revision}` is no revision of git")
    try:
        verified = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{bare}^{{commit}}")
    except UnreadableError as fault:
        raise UnreadableError(
            f"git knows no revision `{bare}` here; a CI checkout may have to fetch it first"
        ) from fault
    commit = verified.decode("ascii").strip()
    if bare == revision:
        return commit
    return _git(top, "merge-base", commit, "HEAD").decode("ascii").strip()


def write_tree(changes: Changes, folder: Path, wanted: Callable[[str], bool]) -> None:
    """Write the files of the commit whose names are wanted below a folder. Raises `UnreadableError`."""
    blobs = [(mark, name) for mark, name, size in _blobs(changes) if wanted(name) and size <= MAX_BYTES]
    request = b"".join(mark.encode("ascii") + b"\n" for mark, _ in blobs)
    output = _git(changes.top, "cat-file", "--batch", given=request) if blobs else b""
    at = 0
    for _, name in blobs:
        end = output.index(b"\n", at)
        size = int(output[at:end].split()[2])
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(output[end + 1 : end + 1 + size])
        at = end + 1 + size + 1


def _blobs(changes: Changes) -> Iterator[tuple[str, str, int]]:
    """Hash, name and size of the plain files of the commit."""
    total = 0
    listing = _git(changes.top, "ls-tree", "-r", "-z", "--long", "--full-tree", changes.commit)
    for line in filter(None, listing.split(b"\0")):
        facts, _, raw = line.partition(b"\t")
        mode, _, mark, size = facts.decode("ascii").split()
        name = os.fsdecode(raw)
        if mode not in _PLAIN_FILES or {"..", ".git"} & set(PurePosixPath(name).parts):
            continue
        total += int(size)
        if total > _MAX_TOTAL:
            raise UnreadableError("the earlier tree is too large to compare with")
        yield mark, name, int(size)


def _git(folder: Path, *words: str, given: bytes = b"") -> bytes:
    """Standard output of git. Raises `UnreadableError` with its own words."""
    environment = os.environ | {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    command = ("git", *_OPTIONS, "-C", str(folder), *words)
    try:
        done = subprocess.run(  # noqa: S603  no shell, and the words are ours
            command, input=given, capture_output=True, timeout=_SECONDS, check=False, env=environment
        )
    except FileNotFoundError:
        raise UnreadableError("git is not installed") from None
    except subprocess.TimeoutExpired:
        raise UnreadableError(f"git {words[0]} took longer than {_SECONDS} seconds") from None
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise UnreadableError(f"git {words[0]}: {said[0] if said else f'exit code {done.returncode}'}")
    return done.stdout
