"""What all commands share: exit codes, output streams, colours."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TextIO, TypeAlias

OK = 0
FINDINGS = 1
FAILED = 2
INTERRUPTED = 130

ColourChoice: TypeAlias = Literal["auto", "always", "never"]


class UsageError(Exception):
    """The command cannot do its work as it was called: exit code 2, the message says why."""


@dataclass(frozen=True, slots=True)
class Console:
    """Where a command writes. Results go to `out`, everything else to `err`."""

    out: TextIO
    err: TextIO
    colour: ColourChoice = "auto"

    def colours(self, stream: TextIO) -> bool:
        """Whether a stream takes colours: terminals do, unless `NO_COLOR` is set."""
        if self.colour != "auto":
            return self.colour == "always"
        if os.environ.get("NO_COLOR"):
            return False
        if os.environ.get("FORCE_COLOR"):
            return True
        return stream.isatty() and os.environ.get("TERM") != "dumb"

    def width(self, stream: TextIO) -> int | None:
        """How wide a terminal is, in columns; `None` for anything else."""
        return shutil.get_terminal_size().columns if stream.isatty() else None

    def write(self, text: str) -> None:
        self.out.write(text)

    def complain(self, text: str) -> None:
        """One line on standard error; names from the tree in it are shown escaped."""
        from meshgw.output.visible import visible

        self.err.write(f"meshgw: {visible(text)}\n")


def standard_console(colour: ColourChoice = "auto") -> Console:
    """The process's own streams, in UTF-8 whatever the locale says."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="replace")
    return Console(sys.stdout, sys.stderr, colour)


def run(command: Callable[[], int], console: Console) -> int:
    """Run a command: what it cannot do becomes one line and exit code 2."""
    from meshgw.loading.find import UnreadableError

    try:
        return command()
    except (UsageError, UnreadableError) as fault:
        console.complain(str(fault))
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has gone; Python would complain once more while it closes it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK


def fault_line(fault: BaseException) -> str:
    """One line about a bug in meshgw itself, without any of the user's data."""
    frame = fault.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = ""
    if frame is not None:
        where = f" at {os.path.basename(frame.tb_frame.f_code.co_filename)}:{frame.tb_lineno}"  # noqa: PTH119
    return f"meshgw: a fault in meshgw itself ({type(fault).__name__}{where}); run it again with --debug\n"
