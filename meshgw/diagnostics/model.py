"""Diagnostics: what is wrong, where, why, and what to write instead."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from meshgw.source.document import Document, Path, Span

Part: TypeAlias = Literal["key", "value", "all"]
"""Which part of a place is meant: its key, its value, or both."""


class Severity(enum.IntEnum):
    """How bad a finding is; greater is worse."""

    INFO = 1
    WARNING = 2
    ERROR = 3

    @property
    def word(self) -> str:
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Location:
    """A path of a document, or a given span of it; line and column are looked up when shown."""

    document: Document
    path: Path = ()
    part: Part = "value"
    exact: Span | None = None
    _seek: Callable[[], tuple[Path, Part]] | None = field(default=None, compare=False, repr=False)

    @classmethod
    def sought(cls, document: Document, seek: Callable[[], tuple[Path, Part]]) -> Location:
        """A location whose path and part are looked up when somebody asks: most are never shown."""
        made = object.__new__(cls)
        object.__setattr__(made, "document", document)
        object.__setattr__(made, "exact", None)
        object.__setattr__(made, "_seek", seek)
        return made

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name not in ("path", "part") or self._seek is None:
                raise AttributeError(name)
            path, part = self._seek()
            object.__setattr__(self, "path", path)
            object.__setattr__(self, "part", part)
            object.__setattr__(self, "_seek", None)
            return path if name == "path" else part

    @property
    def span(self) -> Span:
        if self.exact is not None:
            return self.exact
        place = self.document.place(self.path)
        if place.key is None or self.part == "value":
            return place.value
        return place.key if self.part == "key" else Span(place.key.start, place.value.end)

    @property
    def position(self) -> tuple[int, int]:
        """Line and column, both counted from 1."""
        return self.document.position(self.span.start)

    def __str__(self) -> str:
        line, column = self.position
        return f"{self.document.name}:{line}:{column}"


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that contributes to a finding, and what it contributes."""

    location: Location
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One finding.

    `consul` is a piece of Consul's own message when Consul refuses the input (a finding of the first
    kind), else `None`. `own` says that it is what Consul itself would report first; other faults of
    the same entry are shown with it. `stage` is the place that refuses a service definition (`V`,
    `L`, `H`, `S` of service-registration.md 0.1), or `kubernetes`.
    """

    rule: str
    severity: Severity
    message: str
    location: Location | None = None
    subject: str = ""
    note: str | None = None
    help: str | None = None
    related: tuple[Related, ...] = ()
    consul: str | None = None
    own: bool = False
    stage: str = ""

    @property
    def refused(self) -> bool:
        """Whether Consul itself refuses the input because of this."""
        return self.consul is not None
