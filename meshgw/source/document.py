"""A text, what it says, and where it says it.

The three readers (`hcl1`, `json`, `yaml`) give a `Document`. Its `value` is plain Python data in
the shape that Consul's decoder receives; positions stand beside it and are looked up by path, only
when a diagnostic or an explanation shows them.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeAlias

Syntax: TypeAlias = Literal["hcl", "json", "yaml"]

Path: TypeAlias = tuple[str | int, ...]
"""Keys and list indices from the top of a `Document.value` down; `()` is the whole."""


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` up to, not including, `end` of a text (offsets in code points)."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SyntaxFault:
    """Why a text cannot be read: a message without capital or full stop, and where."""

    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class Place:
    """Where a key and its value are written.

    Elements of a written list and whole documents have no key; a repeated HCL block has its own.
    """

    key: Span | None
    value: Span


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment without its marks (`#`, `//`, `/* */`), and where it stands, marks included."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A key written twice in one object where the later value silently replaces the earlier."""

    path: Path
    first: Span
    again: Span


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything about a document's positions, computed on first use.

    `places` has an entry for every path of the value, `()` included.
    """

    places: dict[Path, Place]
    comments: tuple[Comment, ...]
    duplicates: tuple[Duplicate, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Document:
    """One object (HCL, JSON) or one document of a YAML stream.

    `value` is `None` when there is a `fault`. `top_level_keys` are then the keys read before it, in
    order, so that what the file was meant to be can still be told. `index` counts the documents of
    a YAML stream from 0. `trailing` is the text after the first JSON value, where Consul ignores it.
    `keys_differ` says that the reader knows of no key twice in one object.
    """

    name: str
    text: str = field(repr=False)  # it may hold secrets
    syntax: Syntax
    value: Any = field(repr=False)
    fault: SyntaxFault | None = field(default=None, repr=False)
    top_level_keys: tuple[str, ...] = ()
    index: int = 0
    trailing: Span | None = None
    keys_differ: bool = False
    lay_out: Callable[[], Layout] = field(repr=False)

    @cached_property
    def layout(self) -> Layout:
        return self.lay_out()

    def place(self, path: Path) -> Place:
        """Where `path` is written; the nearest enclosing place when it is not written itself."""
        places = self.layout.places
        while path and path not in places:
            path = path[:-1]
        return places.get(path, Place(None, Span(0, 0)))

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        at = self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both counted from 1, columns in characters."""
        line = bisect.bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def line_start(self, number: int) -> int:
        """The offset of a line's first character (lines are counted from 1)."""
        return self._line_starts[number - 1]

    def line(self, number: int) -> str:
        """The text of a line (counted from 1), without its end."""
        start = self._line_starts[number - 1]
        end = self.text.find("\n", start)
        return self.text[start : end if end >= 0 else len(self.text)].rstrip("\r")
