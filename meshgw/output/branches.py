"""Trees of text: drawn with lines in pipes, by `rich` on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from meshgw.output.visible import visible

if TYPE_CHECKING:  # slow to import, and only terminals need it
    from rich.tree import Tree


@dataclass(frozen=True, slots=True)
class Branch:
    """A text with what hangs below it."""

    text: str
    children: tuple[Branch, ...] = ()


def branch_lines(branch: Branch) -> Iterator[str]:
    """A tree as lines of text, text from users made visible."""
    yield visible(branch.text)
    yield from _below(branch, "")


def _below(branch: Branch, indent: str) -> Iterator[str]:
    for index, child in enumerate(branch.children):
        last = index == len(branch.children) - 1
        yield f"{indent}{'└── ' if last else '├── '}{visible(child.text)}"
        yield from _below(child, indent + ("    " if last else "│   "))


def drawn(branch: Branch) -> str:
    """A tree as a terminal shows it, wrapped to its width."""
    from rich.console import Console

    console = Console(force_terminal=True, highlight=False, emoji=False)
    with console.capture() as capture:
        console.print(_rich(branch))
    return capture.get()


def _rich(branch: Branch) -> Tree:
    from rich.text import Text
    from rich.tree import Tree

    made = Tree(Text(visible(branch.text), style="bold"), guide_style="blue")
    _grow(made, branch)
    return made


def _grow(tree: Tree, branch: Branch) -> None:
    from rich.text import Text

    for child in branch.children:
        _grow(tree.add(Text(visible(child.text))), child)
