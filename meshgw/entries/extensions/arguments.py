"""The arguments of an extension, decoded as the extension itself decodes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from meshgw.diagnostics.evaluation import Step, View
from meshgw.diagnostics.model import Location, Part
from meshgw.diagnostics.rules import Report, Subject
from meshgw.entries.blocks import EnvoyExtension
from meshgw.schema.decode import Decoded, Dialect, decode, traced
from meshgw.schema.fields import Block
from meshgw.source.document import Path

CONNECT_PROXY = "connect-proxy"
DIRECTIONS = ("inbound", "outbound")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extension:
    """A built-in extension: its arguments, its rules, and whether it decodes like config entries."""

    arguments: type[Block]
    order: Step
    lenient: bool = False

    @property
    def dialect(self) -> Dialect:
        return Dialect("server" if self.lenient else "arguments")


def decode_arguments(extension: EnvoyExtension, built_in: Extension) -> Decoded[Block]:
    """Decode the arguments; absent ones are an empty map, unknown keys are ignored by Consul."""
    return decode(built_in.arguments, extension.arguments or {}, built_in.dialect)


def arguments_of(built_in: Extension) -> Callable[[EnvoyExtension, Report], View | None]:
    """Reads the arguments of an extension for `inside`; nothing when they cannot be decoded."""

    def read(extension: EnvoyExtension, report: Report) -> View | None:
        value = decode_arguments(extension, built_in).value
        if value is None:
            return None
        base = (*report.base, "Arguments")
        return View(
            ("Arguments",), value, _Arguments(report.subject, base, extension.arguments or {}, built_in)
        )

    return read


@dataclass(frozen=True)
class _Arguments:
    """Locates canonical paths of arguments, whose keys the user may spell in any case."""

    outer: Subject
    base: Path
    raw: dict[str, Any]
    built_in: Extension

    @cached_property
    def _written(self) -> dict[Path, Path]:
        return traced(self.built_in.arguments, self.raw, self.built_in.dialect)

    def locate(self, at: Path = (), part: Part = "value") -> Location | None:
        asked = below = at[len(self.base) :]
        while below and below not in self._written:
            below = below[:-1]
        if below != asked and part == "value":
            part = "key"
        return self.outer.locate(self.base + (self._written[below] if below else ()), part)

    def at_source(self, source: Path, part: Part = "value") -> Location | None:
        return self.outer.at_source(source, part)
