"""What the command line needs of click beyond its defaults: paths in a row, and words to complete."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem

from meshgw.output.formats import ABOUT_AUTO, AUTO, FORMATS


class SeveralPaths(click.Command):
    """A command whose `--only` takes all arguments up to the next option, as hooks append them."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, list(repeated("--only", args)))


def repeated(option: str, words: Iterable[str]) -> Iterable[str]:
    """Words where the option stands before each of its values: `-o a b` becomes `-o a -o b`."""
    inside, fresh = False, False
    for word in words:
        if word == option:
            inside, fresh = True, True
        elif inside and word.startswith("-") and word != "-":
            if fresh:
                yield option  # click says what is missing
            inside = False
        if inside and word != option:
            yield option
            fresh = False
        if word != option:
            yield word
    if inside and fresh:
        yield option


def complete_formats(_context: click.Context, _parameter: Any, typed: str) -> list[CompletionItem]:
    known = {name: found.about for name, found in FORMATS.items()} | {AUTO: ABOUT_AUTO}
    return [CompletionItem(name, help=about) for name, about in known.items() if name.startswith(typed)]


def complete_rules(_context: click.Context, _parameter: Any, typed: str) -> list[CompletionItem]:
    from meshgw.rulebook import rulebook

    return [
        CompletionItem(name, help=rule.title) for name, rule in rulebook().items() if name.startswith(typed)
    ]


def complete_schemas(_context: click.Context, _parameter: Any, typed: str) -> list[CompletionItem]:
    from meshgw.commands.schema import names

    return [CompletionItem(name) for name in names() if name.startswith(typed)]
