"""What a long run is doing, on standard error of a terminal and nowhere else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from meshgw.commands.console import Console
from meshgw.loading.options import Step, silent

_AFTER = 0.5
_EVERY = 0.1
_CLEAR = "\r\x1b[K"


class _Line:
    """One line that says the current stage; a thread of its own redraws it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._stage, self._total, self._done = "", 0, 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._draw, daemon=True)
        self._shown = False

    def start(self) -> None:
        self._thread.start()

    def step(self, stage: str, total: int, done: int = 0) -> None:
        self._stage, self._total, self._done = stage, total, done

    def stop(self) -> None:
        """Leave the screen as it was."""
        self._over.set()
        self._thread.join()
        if self._shown:
            self._console.err.write(_CLEAR)
            self._console.err.flush()

    def _draw(self) -> None:
        if self._over.wait(_AFTER):
            return
        while True:
            self._shown = True
            count = f"{self._done}/{self._total}" if self._done else f"{self._total or ''}"
            self._console.err.write(f"{_CLEAR}meshgw: {self._stage} {count}")
            self._console.err.flush()
            if self._over.wait(_EVERY):
                return


@contextmanager
def progress(console: Console) -> Iterator[Step]:
    """What tells the current stage; silent unless standard error is a terminal."""
    if not console.err.isatty():
        yield silent
        return
    line = _Line(console)
    line.start()
    try:
        yield line.step
    finally:
        line.stop()
