"""Where a decoded object was written: from canonical paths back to lines and columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from meshgw.diagnostics.model import Location, Part
from meshgw.source.document import Document, Path


@dataclass(frozen=True, eq=False)
class Origin:
    """The object at `base` of a document.

    `trace` decodes it once more and tells for every canonical path the path below `base` where it is
    written; it runs only when somebody asks for a location. `moved` translates paths of the decoded
    data to paths below `base` where an earlier step has changed the shape of what was written.
    """

    document: Document | None
    base: Path = ()
    trace: Callable[[], dict[Path, Path]] | None = None
    moved: Callable[[Path], Path] | None = None

    @cached_property
    def _written(self) -> dict[Path, Path]:
        return self.trace() if self.trace is not None else {}

    def has(self, at: Path) -> bool:
        """Whether the user wrote this canonical path."""
        return at in self._written

    def locate(self, at: Path = (), part: Part = "value") -> Location | None:
        """The location of a canonical path, or of the nearest enclosing one that is written."""
        if self.document is None:
            return None
        return Location.sought(self.document, lambda: self._seek(at, part))

    def _seek(self, asked: Path, part: Part) -> tuple[Path, Part]:
        at = asked
        written = self._written
        while at and at not in written:
            at = at[:-1]
        source = written[at] if at else ()
        if at != asked and part == "value":
            part = "key"  # what encloses a missing field is shown by its name, not by its whole text
        return self._below(source), part

    def _below(self, source: Path) -> Path:
        return self.base + (source if self.moved is None else self.moved(source))

    def at_source(self, source: Path, part: Part = "value") -> Location | None:
        """The location of a path as the user wrote it."""
        if self.document is None:
            return None
        return Location(self.document, self._below(source), part)


NOWHERE = Origin(None)
