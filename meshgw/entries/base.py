"""What all kinds of config entries share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import ClassVar, Self, TypeVar, dataclass_transform

from meshgw.diagnostics.evaluation import Every, Step, every
from meshgw.diagnostics.model import Location, Part
from meshgw.profile import Edition
from meshgw.schema.fields import Block, block, mapping, tenancy, text
from meshgw.schema.origin import NOWHERE, Origin
from meshgw.source.document import Path

E = TypeVar("E", bound="type[Entry]")

_CLASSES: dict[str, type[Entry]] = {}


@block
class Entry(Block):
    """A config entry. `origin` tells where each canonical path is written.

    `order` is Consul's order of validation, `advice` the rules about what Consul accepts.
    """

    kind: ClassVar[str] = ""
    order: ClassVar[Step] = Every(())
    advice: ClassVar[Step] = Every(())

    name: str = text("Name", crd=None)
    namespace: str = tenancy("Namespace", crd=None)
    partition: str = tenancy("Partition", crd=None)
    meta: dict[str, str] = mapping("Meta", crd=None)
    origin: Origin = field(default=NOWHERE, compare=False, repr=False)

    def in_edition(self, edition: Edition) -> Self:  # noqa: ARG002  # most kinds do not ask
        """The part of normalization that differs by edition; it comes before `normalize`."""
        return self

    def written_at(self, path: Path) -> Path:
        """Where a path of the normalized entry stood before normalization moved it."""
        return path

    def locate(self, at: Path = (), part: Part = "value") -> Location | None:
        """Where a canonical path of the normalized entry is written."""
        return self.origin.locate(self.written_at(at), part)

    def wrote(self, at: Path) -> bool:
        """Whether the user wrote this canonical path, rather than a default standing there."""
        return self.origin.has(self.written_at(at))

    def at_source(self, source: Path, part: Part = "value") -> Location | None:
        """The location of a path as the user wrote it."""
        return self.origin.at_source(source, part)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def config_entry(kind: str) -> Callable[[E], E]:
    """Declare the class of a kind."""

    def declare(cls: E) -> E:
        made = block(cls)
        made.kind = kind
        _CLASSES[kind] = made
        return made

    return declare


def declared_kind(kind: str) -> type[Entry] | None:
    """The class of a kind whose module has been imported."""
    return _CLASSES.get(kind)


def judged(cls: type[Entry], order: Step, *advice: Step) -> None:
    """Say in which order Consul validates a kind, and which rules look at what it accepts."""
    cls.order = order
    cls.advice = every(*advice)
