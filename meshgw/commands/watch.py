"""`meshgw validate --watch`: judge again after every change (with the extra `watch`)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from meshgw.commands.console import FAILED, Console, UsageError
from meshgw.loading.find import EXTENSIONS, PROJECT_NAMES, UnreadableError, find_project

_CLEAR_SCREEN = "\x1b[2J\x1b[3J\x1b[H"


def watch(paths: tuple[str, ...], judge: Callable[[], int], console: Console) -> int:
    """Judge, wait for changes, judge again; ends with Ctrl-C (`KeyboardInterrupt`)."""
    try:
        from watchfiles import watch as changes
    except ImportError:
        raise UsageError("--watch needs the package watchfiles: install `meshgw[watch]`") from None
    if "-" in paths:
        raise UsageError("standard input cannot be watched")
    code = _again(judge, console)
    watched = [Path(path) for path in paths] + find_project(paths)
    for _ in changes(*watched, watch_filter=lambda _change, path: _matters(path), raise_interrupt=True):
        code = _again(judge, console)
    return code


def _matters(path: str) -> bool:
    name = Path(path)
    return name.name in PROJECT_NAMES or (name.suffix in EXTENSIONS and not name.name.startswith("."))


def _again(judge: Callable[[], int], console: Console) -> int:
    """One run; what cannot be read now may be there again after the next change."""
    if console.out.isatty():
        console.write(_CLEAR_SCREEN)
    try:
        code = judge()
    except (UsageError, UnreadableError) as fault:
        console.complain(str(fault))
        code = FAILED
    console.out.flush()
    console.err.write("meshgw: waiting for changes; Ctrl-C ends\n")
    console.err.flush()
    return code
