"""What was written, as nodes with spans: common to HCL and JSON, built only when it is needed.

A clean file never becomes a tree; the fast readers make its value directly. A tree is made to
explain a fault, to lay a document out, and for the rare constructs that the fast readers leave.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from meshgw.source.document import Span, SyntaxFault


@dataclass(slots=True)
class Scalar:
    """A literal. `raw` is the text of a number as written; `quoted` strings may stand for numbers."""

    value: Any
    span: Span
    raw: str = ""
    style: Literal["plain", "quoted", "heredoc"] = "plain"


@dataclass(slots=True)
class Array:
    start: int
    end: int = -1
    elements: list[Node] = field(default_factory=list)

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


@dataclass(slots=True)
class Key:
    text: str
    span: Span


@dataclass(slots=True)
class Item:
    """A member of an object: its key, for HCL blocks also labels, and the value once it was read."""

    keys: list[Key]
    value: Node | None = None


@dataclass(slots=True)
class Object:
    start: int
    end: int = -1
    items: list[Item] = field(default_factory=list)

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


Node: TypeAlias = Scalar | Array | Object


class Unreadable(Exception):  # noqa: N818  it carries a fault of the user's, not one of ours
    """Ends a reading; never leaves the readers."""

    def __init__(self, message: str, start: int, end: int | None = None) -> None:
        super().__init__(message)
        self.fault = SyntaxFault(message, Span(start, start + 1 if end is None else end))


def keys_of(top: Object | None) -> tuple[str, ...]:
    """The keys at the top, in order, each once."""
    return tuple(dict.fromkeys(item.keys[0].text for item in top.items if item.keys)) if top else ()
