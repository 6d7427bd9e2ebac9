"""Which keys each layer knows of each block.

Sources: config-entries.md 1.4 and 1.11, service-registration.md 1.2 and 1.7.
"""

from __future__ import annotations

from dataclasses import dataclass

from meshgw.profile import Edition
from meshgw.schema.fields import Block, FieldSpec, Layer


@dataclass(frozen=True, slots=True)
class Dialect:
    """How keys and values are read: who decodes, for which edition and Consul version."""

    layer: Layer
    edition: Edition = "community"
    version: tuple[int, int] = (1, 22)


@dataclass(slots=True)
class Table:
    """The keys one layer knows of one block, and what they stand for."""

    block: type[Block]
    dialect: Dialect
    exact: dict[str, FieldSpec]
    lowered: dict[str, FieldSpec]
    aliases: dict[str, FieldSpec]
    printed: dict[str, str]
    merges_aliases: bool
    unwraps: bool

    @property
    def keys(self) -> tuple[str, ...]:
        """Every spelling that a user may write, canonical ones first."""
        return (*self.exact, *self.aliases)


_TABLES: dict[tuple[type, Dialect], Table] = {}


def table_of(block: type[Block], dialect: Dialect) -> Table:
    """The key table of a block in a dialect."""
    table = _TABLES.get((block, dialect))
    if table is None:
        table = _TABLES[block, dialect] = _make_table(block, dialect)
    return table


def _make_table(block: type[Block], dialect: Dialect) -> Table:
    known = [spec for spec in block.specs if _knows(dialect, spec)]
    exact: dict[str, FieldSpec] = {}
    aliases: dict[str, FieldSpec] = {}
    for spec in known:
        name, spellings = _spellings(spec, dialect.layer)
        if name is not None:
            exact[name] = spec
            aliases.update({spelling.lower(): spec for spelling in spellings})
    lowered = {} if dialect.layer == "crd" else {name.lower(): spec for name, spec in exact.items()}
    names = {spec.attribute: name for name, spec in exact.items()}
    return Table(
        block=block,
        dialect=dialect,
        exact=exact,
        lowered=lowered,
        aliases=aliases,
        printed={attribute: "." + name for attribute, name in names.items()},
        merges_aliases=dialect.layer in ("api", "catalog"),
        unwraps=dialect.layer not in ("api", "catalog", "arguments"),
    )


def _knows(dialect: Dialect, spec: FieldSpec) -> bool:
    return (
        dialect.layer in spec.layers
        and spec.since <= dialect.version
        and (dialect.edition == "enterprise" or dialect.layer not in spec.enterprise)
    )


def _spellings(spec: FieldSpec, layer: Layer) -> tuple[str | None, tuple[str, ...]]:
    """The canonical key of a field in a layer, and its other spellings."""
    match layer:
        case "crd":
            return spec.crd, ()
        case "agent":
            return spec.agent, spec.agent_aliases
        case "catalog" if spec.catalog:
            return spec.catalog, ()
        case "api" | "catalog":
            return spec.name, spec.api_aliases
        case _:
            return spec.name, (spec.alias,) if spec.alias and layer in spec.alias_layers else ()
