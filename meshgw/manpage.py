"""The manual page, made of the help of the command line.

    python -m meshgw.manpage [FILE]

writes it anew, by default to `share/man/man1/meshgw.1`.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from meshgw._version import __version__
from meshgw.cli import main

FILE = "share/man/man1/meshgw.1"


def manpage() -> str:
    """The page in the macros of man(7)."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    context = click.Context(main, info_name="meshgw", **main.context_settings)
    yield f'.TH MESHGW 1 "" "meshgw {__version__}" "User Commands"'
    yield ".SH NAME"
    yield r"meshgw \- offline compiler for the service mesh of Consul"
    yield ".SH SYNOPSIS"
    yield rf"\fBmeshgw\fR {_text('[OPTIONS] COMMAND [ARGS]...')}"
    yield ".SH DESCRIPTION"
    yield from _description(main)
    yield ".SH OPTIONS"
    yield from _options(main, context)
    yield ".SH COMMANDS"
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        below = click.Context(command, info_name=name, parent=context)
        usage = " ".join(command.collect_usage_pieces(below))
        yield f'.SS "meshgw {name} {_text(usage)}"'
        yield from _description(command)
        yield from _options(command, below)
    yield ".SH EXIT STATUS"
    for code, meaning in (
        ("0", "Nothing at or above --fail-on; no differences."),
        ("1", "Findings; differences."),
        ("2", "The command could not do its work."),
        ("130", "Interrupted."),
    ):
        yield f".TP\n.B {code}\n{_text(meaning)}"


def _description(command: click.Command) -> Iterator[str]:
    """The help of a command: paragraphs, and examples as they stand."""
    for number, paragraph in enumerate(inspect.cleandoc(command.help or "").split("\n\n")):
        if number:
            yield ".PP"
        lines = paragraph.split("\n")
        if lines[0] == "\b":
            yield ".nf"
            yield from (_text(line) for line in lines[1:])
            yield ".fi"
        else:
            yield from (_text(line) for line in lines)


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
        if record is not None:
            names, about = record
            yield f".TP\n.B {_text(names)}\n{_text(about)}"


def _text(text: str) -> str:
    """Text without anything that roff would take for a request."""
    plain = text.replace("\\", r"\e").replace("-", r"\-").replace('"', r"\(dq")
    plain = "".join(mark if mark.isascii() else f"\\[u{ord(mark):04X}]" for mark in plain)
    return re.sub(r"^([.'])", r"\\&\1", plain)


if __name__ == "__main__":
    target = Path(sys.argv[1] if len(sys.argv) > 1 else FILE)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(manpage(), encoding="ascii")
