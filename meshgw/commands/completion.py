"""`meshgw completion`: what makes a shell complete meshgw's words."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from meshgw.commands.console import OK, Console, UsageError

VARIABLE = "_MESHGW_COMPLETE"
"""The variable through which a shell asks; click reads it."""


def completion(shell: str, command: click.Command, console: Console) -> int:
    """Print the script of a shell."""
    made = get_completion_class(shell)
    if made is None:
        raise UsageError(f"there is no completion for `{shell}`")
    console.write(made(command, {}, "meshgw", VARIABLE).source() + "\n")
    return OK
