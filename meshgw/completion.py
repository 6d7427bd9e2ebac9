"""What the command line needs of click beyond its defaults: paths in a row, and words to complete."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click
from click.shell_completion import CompletionItem

from meshgw.output.formats import ABOUT_AUTO, AUTO, FORMATS


class SeveralPaths(click.Command):
    """A command whose `--only` takes all arguments up to the next option, as hooks append them.

    Before another option, `--only --strict a.hcl b.hcl`, it takes all arguments of the command.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        words, bare = repeated("--only", args)
        rest = super().parse_args(ctx, words)
        if bare and not ctx.resilient_parsing:
            if not ctx.params["paths"]:
                raise click.UsageError("Option '--only' requires a path.", ctx)
            ctx.params["only"] = (*ctx.params["only"], *ctx.params["paths"])
            ctx.params["paths"] = ()
        return rest


def repeated(option: str, words: Iterable[str]) -> tuple[list[str], bool]:
    """Words where an option stands before each of its values: `-o a b` becomes `-o a -o b`.

    Also whether it stands somewhere without any.
    """
    found: list[str] = []
    inside = bare = waiting = False
    for word in words:
        if word == option:
            bare |= waiting
            inside = waiting = True
        elif inside and (word == "-" or not word.startswith("-")):
            found += [option, word]
            waiting = False
        else:
            bare |= waiting
            inside = waiting = False
            found.append(word)
    return found, bare or waiting


def complete_formats(_context: click.Context, _parameter: Any, typed: str) -> list[CompletionItem]:
    known = {name: found.about for name, found in FORMATS.items()} | {AUTO: ABOUT_AUTO}
    return [CompletionItem(name, help=about) for name, about in known.items() if name.startswith(typed)]


def complete_settings(_context: click.Context, _parameter: Any, typed: str) -> list[CompletionItem]:
    from meshgw.resolve.settings import PROXY_SETTINGS, UPSTREAM_SETTINGS

    known = {setting.name: setting.doc for setting in UPSTREAM_SETTINGS}
    known |= {setting.name: setting.doc for setting in PROXY_SETTINGS}
    known["list"] = "the names of all settings"
    return [CompletionItem(name, help=about) for name, about in known.items() if name.startswith(typed)]


def complete_rules(_context: click.Context, _parameter: Any, typed: str) -> list[CompletionItem]:
    from meshgw.rulebook import rulebook

    return [
        CompletionItem(name, help=rule.title) for name, rule in rulebook().items() if name.startswith(typed)
    ]


def complete_schemas(_context: click.Context, _parameter: Any, typed: str) -> list[CompletionItem]:
    from meshgw.commands.schema import names

    return [CompletionItem(name) for name in names() if name.startswith(typed)]
