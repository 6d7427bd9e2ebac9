"""Consul's decoding, driven by the field declarations (config-entries.md 1.4–1.9).

`decode` turns plain data into a declared object, and says which values cannot be converted and which
keys nobody knows. Clean input never comes further than `decode_clean`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Generic, Literal, TypeAlias, TypeVar, cast

from meshgw.schema.clean import decode_clean, zero_of
from meshgw.schema.collapse import as_floats, collapse
from meshgw.schema.convert import CONVERTERS, WEAK, MismatchError, describe
from meshgw.schema.fields import Block, FieldSpec, FieldType, Layer, ListOf, MapOf, Obj, Opaque, Scalar
from meshgw.schema.table import Dialect, Table, table_of
from meshgw.source.document import Path

__all__ = [
    "Decoded",
    "Dialect",
    "Table",
    "TypeFault",
    "UnknownKey",
    "collapse",
    "decode",
    "table_of",
    "traced",
]

B = TypeVar("B", bound=Block)


@dataclass(frozen=True, slots=True)
class TypeFault:
    """A value that cannot be converted.

    `path` has canonical names, `source` the user's keys, `printed` is the path as Consul prints it.
    """

    path: Path
    source: Path
    printed: str
    wanted: str
    found: str
    consul: str
    kind: Literal["scalar", "object", "list", "map", "null"] = "scalar"


@dataclass(frozen=True, slots=True)
class UnknownKey:
    """A key that the object does not have; `block` is the object that was being read.

    `source` is `None` when the key was written in another way than the layer that refuses it saw.
    """

    path: Path
    source: Path | None
    printed: str
    block: type[Block]
    value: Any = field(default=None, repr=False)


@dataclass(slots=True)
class Decoded(Generic[B]):
    """`value` is `None` when something could not be converted.

    `late` are durations of agent files that are strings, but no durations: Consul looks at them only
    after everything has been decoded. The value is then a second, so that nothing else is said of it.
    """

    value: B | None
    faults: list[TypeFault]
    unknown: list[UnknownKey]
    late: list[TypeFault] = field(default_factory=list)


@dataclass(slots=True)
class _Context:
    faults: list[TypeFault] = field(default_factory=list)
    unknown: list[UnknownKey] = field(default_factory=list)
    late: list[TypeFault] = field(default_factory=list)
    trace: dict[Path, Path] | None = None


_Fix: TypeAlias = "Callable[[_Where, Any, _Context], Any]"


class _Where:
    """A linked path: nothing is built until somebody asks where something is."""

    __slots__ = ("canonical", "key", "parent", "printed")

    def __init__(
        self, parent: _Where | None, canonical: str | int, key: str | int | None, printed: str
    ) -> None:
        self.parent = parent
        self.canonical = canonical
        self.key = key  # None: the value stands where its parent stands (a single value for a list)
        self.printed = printed

    def paths(self) -> tuple[Path, Path, str]:
        """Canonical path, source path and printed path."""
        canonical: list[str | int] = []
        source: list[str | int] = []
        printed: list[str] = []
        where: _Where | None = self
        while where is not None and where.parent is not None:
            if where.canonical != "":
                canonical.append(where.canonical)
                printed.append(where.printed)
            if where.key is not None:
                source.append(where.key)
            where = where.parent
        return (
            tuple(reversed(canonical)),
            tuple(reversed(source)),
            "".join(reversed(printed)).removeprefix("."),
        )


def decode(
    block: type[B], raw: Any, dialect: Dialect, *, trace: dict[Path, Path] | None = None, prefix: str = ""
) -> Decoded[B]:
    """Decode `raw` (plain data in Consul's shape) as `block`.

    `trace`, when given, receives for every canonical path the path in `raw` where it is written.
    `prefix` goes before printed paths (`service.`).
    """
    if trace is None:
        clean = decode_clean(block, raw, dialect)
        if clean is not None:
            return Decoded(cast("B", clean), [], [])
    context = _Context(trace=trace)
    top = _Where(None, "", None, "")
    value = _decode_object(table_of(block, dialect), raw, top, context)
    if prefix:
        context.faults = [_prefixed(fault, prefix) for fault in context.faults]
        context.unknown = [_prefixed(key, prefix) for key in context.unknown]
    return Decoded(
        None if context.faults else cast("B", value), context.faults, context.unknown, context.late
    )


def traced(block: type[Block], raw: Any, dialect: Dialect) -> dict[Path, Path]:
    """For every canonical path of a decoded object, the path in `raw` where it is written."""
    written: dict[Path, Path] = {}
    decode(block, raw, dialect, trace=written)
    return written


_P = TypeVar("_P", TypeFault, UnknownKey)


def _prefixed(found: _P, prefix: str) -> _P:
    return replace(found, printed=prefix + found.printed)


_READERS: dict[tuple[type, Dialect], dict[str, _Fix]] = {}


def _readers_of(table: Table) -> dict[str, _Fix]:
    """How the value of each field is read, by attribute."""
    readers = _READERS.get((table.block, table.dialect))
    if readers is None:
        readers = _READERS[table.block, table.dialect] = {
            spec.attribute: _reader(spec.type, table.dialect) for spec in table.exact.values()
        }
    return readers


def _decode_object(table: Table, raw: Any, where: _Where, context: _Context) -> Block | None:
    if isinstance(raw, list) and len(raw) == 1 and table.unwraps:
        where = _Where(where, "", 0, "")
        raw = raw[0]
        if raw is None:
            _fault(where, context, MismatchError("an object", "panic"), raw, "null")
            return None
        if isinstance(raw, list):
            _fault(where, context, MismatchError("an object", "expected a map"), raw, "object")
            return None
    if raw is None:
        return None
    if not isinstance(raw, dict):
        _fault(where, context, _object_wanted(table), raw, "object")
        return None
    values: dict[str, Any] = {}
    readers = _readers_of(table)
    aliased: set[str] = set()
    for key, spec in _match(table, raw, where, context):
        inner = _Where(where, spec.name, key, table.printed[spec.attribute])
        written = _trace(inner, context)
        value = readers[spec.attribute](inner, raw[key], context)
        if value is None:
            continue
        if spec.attribute in aliased and key.lower() in table.lowered:
            value = _joined(value, values[spec.attribute], spec)
            if value is values[spec.attribute] and context.trace is not None:
                context.trace.update(written)
        elif table.merges_aliases and key.lower() not in table.lowered:
            aliased.add(spec.attribute)
        values[spec.attribute] = value
    return None if context.faults else table.block(**values)


def _trace(where: _Where, context: _Context) -> dict[Path, Path]:
    """Note where a field is written; gives what was noted of it before."""
    if context.trace is None:
        return {}
    canonical, source, _ = where.paths()
    before = {canonical: context.trace[canonical]} if canonical in context.trace else {}
    context.trace[canonical] = source
    return before


def _joined(value: Any, aliased: Any, spec: FieldSpec) -> Any:
    """Both spellings of a field of an API body: the canonical one unless it is empty.

    Objects that are never absent are joined field by field (service-registration.md 1.7).
    """
    if isinstance(value, Block) and not (isinstance(spec.type, Obj) and spec.type.optional):
        fields = {
            inner.attribute: getattr(value, inner.attribute) or getattr(aliased, inner.attribute)
            for inner in value.specs
        }
        return type(value)(**fields)
    return value or aliased


def _object_wanted(table: Table) -> MismatchError:
    return MismatchError("an object", "json: cannot unmarshal" if table.merges_aliases else "expected a map")


def _match(
    table: Table, raw: dict[str, Any], where: _Where, context: _Context
) -> list[tuple[str, FieldSpec]]:
    """Which key of the input goes to which field; the rest is unknown (config-entries.md 1.4)."""
    exact = table.exact
    found: list[tuple[str, FieldSpec]] = []
    plain = True
    for key in raw:
        spec = exact.get(key)
        if spec is None:
            plain = False
            break
        found.append((key, spec))
    if plain:
        return found
    return _match_slowly(table, raw, where, context)


def _match_slowly(
    table: Table, raw: dict[str, Any], where: _Where, context: _Context
) -> list[tuple[str, FieldSpec]]:
    if table.merges_aliases:
        return _match_merging(table, raw, where, context)
    renamed: dict[str, tuple[str, str]] = {}  # spelling after aliasing -> (user's key, key as printed)
    for key in raw:
        spec = table.aliases.get(key.lower())
        if spec is None:
            renamed[key] = (key, key)
            continue
        canonical = _lower_name(table, spec)
        if canonical not in raw:
            renamed[canonical] = (key, canonical)
    taken = {name: spec for name, spec in table.exact.items() if name in renamed}
    for name in sorted(renamed.keys() - taken.keys()):
        loose = table.lowered.get(name.lower())
        if loose is not None and loose not in taken.values():
            taken[name] = loose
    for name, (key, printed) in renamed.items():
        if name not in taken:
            _unknown(table, _Where(where, key, key, "." + printed), context, raw[key])
    return [(renamed[name][0], taken[name]) for name in renamed if name in taken]


def _match_merging(
    table: Table, raw: dict[str, Any], where: _Where, context: _Context
) -> list[tuple[str, FieldSpec]]:
    """API bodies: every spelling counts; the canonical one wins unless it is empty."""
    found: list[tuple[str, FieldSpec]] = []
    for key, value in raw.items():
        lowered = key.lower()
        spec = table.lowered.get(lowered) or table.aliases.get(lowered)
        if spec is None:
            _unknown(table, _Where(where, key, key, "." + key), context, value)
        else:
            found.append((key, spec))
    found.sort(key=lambda pair: pair[0].lower() in table.lowered)
    return found


def _lower_name(table: Table, spec: FieldSpec) -> str:
    return table.printed[spec.attribute][1:].lower()


def _unknown(table: Table, where: _Where, context: _Context, value: Any) -> None:
    canonical, source, printed = where.paths()
    if where.canonical == "":  # the empty key, which paths leave out
        canonical, printed = (*canonical, ""), printed + "."
    context.unknown.append(UnknownKey(canonical, source, printed, table.block, value))


def _fault(
    where: _Where,
    context: _Context,
    mismatch: MismatchError,
    raw: Any,
    kind: Literal["scalar", "object", "list", "map", "null"],
    *,
    found: str | None = None,
) -> None:
    canonical, source, printed = where.paths()
    context.faults.append(
        TypeFault(canonical, source, printed, mismatch.wanted, found or describe(raw), mismatch.consul, kind)
    )


def _reader(kind: FieldType, dialect: Dialect) -> _Fix:
    match kind:
        case Scalar():
            return _scalar_reader(kind, dialect)
        case Obj():
            return _object_reader(kind, dialect)
        case ListOf():
            return _list_reader(kind, dialect)
        case MapOf():
            return _map_reader(kind, dialect)
        case Opaque():
            return _opaque_reader(dialect)


_SOME_DURATION = 1_000_000_000


def _scalar_reader(kind: Scalar, dialect: Dialect) -> _Fix:
    converters = CONVERTERS.get(dialect.layer, WEAK)
    convert = converters[kind.kind]
    late = kind.kind == "duration" and dialect.layer == "agent"
    secret = kind.kind == "secret"

    def read(where: _Where, raw: Any, context: _Context) -> Any:
        if raw is None:
            return None
        try:
            return convert(raw)
        except MismatchError as mismatch:
            _fault(where, context, mismatch, raw, "scalar", found="this" if secret else None)
            if late and mismatch.consul.startswith("time:"):
                context.late.append(context.faults.pop())
                return _SOME_DURATION
            return None

    return read


def _object_reader(kind: Obj, dialect: Dialect) -> _Fix:
    def read(where: _Where, raw: Any, context: _Context) -> Any:
        return _decode_object(table_of(kind.cls, dialect), raw, where, context)

    return read


def _list_reader(kind: ListOf, dialect: Dialect) -> _Fix:
    item = _reader(kind.item, dialect)
    zero = zero_of(kind.item)
    weak = dialect.layer in ("client", "server", "crd")
    strict = dialect.layer in ("agent", "arguments")
    consul = "source data must be an array or slice" if strict else "json: cannot unmarshal"

    def read(where: _Where, raw: Any, context: _Context) -> Any:
        if raw is None:
            return None
        single = not isinstance(raw, list)
        if single:
            if not weak:
                _fault(where, context, MismatchError("a list", consul), raw, "list")
                return None
            raw = [] if raw == {} else [raw]
        values = []
        for index, element in enumerate(raw):
            inner = _Where(where, index, None if single else index, f"[{index}]")
            if context.trace is not None:
                canonical, source, _ = inner.paths()
                context.trace[canonical] = source
            if element is None and kind.nulls == "refused":
                _fault(inner, context, MismatchError("an object", "panic"), element, "null")
                continue
            value = item(inner, element, context)
            values.append(zero() if value is None else value)
        return tuple(values)

    return read


def _map_reader(kind: MapOf, dialect: Dialect) -> _Fix:
    item = _reader(kind.item, dialect)
    zero = zero_of(kind.item)
    plain = dialect.layer in _PLAIN_MAPS

    def read(where: _Where, raw: Any, context: _Context) -> Any:
        if raw is None:
            return None
        values: dict[str, Any] = {}
        for inner, part in _map_parts(where, raw, context, dialect, plain=plain):
            for key, element in part.items():
                at = _Where(inner, key, key, f"[{key}]")
                if context.trace is not None:
                    canonical, source, _ = at.paths()
                    context.trace[canonical] = source
                value = item(at, element, context)
                values[key] = zero() if value is None else value
        return values

    return read


_PLAIN_MAPS: frozenset[Layer] = frozenset({"api", "catalog", "arguments"})
"""Layers that take no list for a map."""


def _map_parts(
    where: _Where, raw: Any, context: _Context, dialect: Dialect, *, plain: bool
) -> list[tuple[_Where, dict[str, Any]]]:
    """A map, or a list of maps that are merged left to right."""
    if isinstance(raw, dict):
        return [(where, raw)]
    if isinstance(raw, list) and not plain:
        parts = []
        for index, part in enumerate(raw):
            inner = _Where(where, "", index, "")
            if isinstance(part, dict):
                parts.append((inner, part))
            elif part is None:
                _fault(inner, context, MismatchError("an object", "panic"), part, "null")
            elif part != []:
                _fault(inner, context, MismatchError("an object", "expected a map"), part, "map")
        return parts
    consul = "json: cannot unmarshal" if dialect.layer in ("api", "catalog") else "expected a map"
    _fault(where, context, MismatchError("an object", consul), raw, "map")
    return []


def _opaque_reader(dialect: Dialect) -> _Fix:
    collapses = dialect.layer in ("client", "server", "agent")
    plain = dialect.layer in _PLAIN_MAPS or dialect.layer == "crd"
    body = dialect.layer in ("api", "catalog")

    def read(where: _Where, raw: Any, context: _Context) -> Any:
        if raw is None:
            return None
        merged: dict[str, Any] = {}
        for inner, part in _map_parts(where, raw, context, dialect, plain=plain):
            if context.trace is not None:
                _trace_opaque(inner, part, context.trace)
            merged.update(part)
        if not collapses:
            return as_floats(merged) if body else merged
        for key, value in merged.items():
            if isinstance(value, list) and len(value) == 1 and value[0] is None:
                _fault(
                    _Where(where, key, key, f"[{key}]"),
                    context,
                    MismatchError("a value", "panic"),
                    value,
                    "null",
                )
        collapsed = collapse(merged)
        # Both layers of the cli path decode, so the collapse happens twice.
        return collapse(collapsed) if dialect.layer == "client" else collapsed

    return read


def _trace_opaque(where: _Where, part: dict[str, Any], trace: dict[Path, Path]) -> None:
    """Where every value of a free-form map is written, lists of one passed through both ways."""
    canonical, source, _ = where.paths()
    work: list[tuple[Path, Path, Any]] = [(canonical, source, part)]
    while work:
        at, from_, value = work.pop()
        trace.setdefault(at, from_)
        if isinstance(value, dict):
            work.extend(((*at, key), (*from_, key), item) for key, item in value.items())
        elif isinstance(value, list):
            work.extend(((*at, index), (*from_, index), item) for index, item in enumerate(value))
            if len(value) == 1:
                work.append((at, (*from_, 0), value[0]))
