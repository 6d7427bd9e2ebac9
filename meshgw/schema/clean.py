"""Decoding of input without anything to say about.

Most objects have known keys, each once, and values that fit. They are decoded here without keeping
track of where anything stands; at anything else this decoder gives up and the careful one decodes the
whole again. Measured: a third of the careful one's time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from meshgw.schema.collapse import as_floats, collapse
from meshgw.schema.convert import CONVERTERS, WEAK, MismatchError
from meshgw.schema.copying import copy_of
from meshgw.schema.fields import Block, FieldSpec, FieldType, ListOf, MapOf, Obj, Opaque, Scalar
from meshgw.schema.table import Dialect, table_of

_Read: TypeAlias = Callable[[Any], Any]
_Field: TypeAlias = tuple[str, "type | None", _Read]
"""The attribute, the type of values that stay as they are, and what reads the others."""
_Keys: TypeAlias = dict[str, _Field]


class _UncleanError(Exception):
    """Something that needs the careful decoder."""


_UNCLEAN = _UncleanError()


def decode_clean(
    block: type[Block], raw: Any, dialect: Dialect, ignored: frozenset[str] = frozenset()
) -> Any | None:
    """The decoded object, or `None` when there is anything to say about `raw`.

    `ignored` are keys of the object itself, so spelled, that are not looked at.
    """
    try:
        return _object_of(block, dialect, ignored)(raw)
    except (_UncleanError, MismatchError):
        return None


_OBJECTS: dict[tuple[type[Block], Dialect, frozenset[str]], _Read] = {}
_NOTHING: frozenset[str] = frozenset()


def _object_of(block: type[Block], dialect: Dialect, ignored: frozenset[str] = _NOTHING) -> _Read:
    found = _OBJECTS.get((block, dialect, ignored))
    if found is None:
        found = _OBJECTS[block, dialect, ignored] = _object_reader(block, dialect, ignored)
    return found


def _object_reader(block: type[Block], dialect: Dialect, ignored: frozenset[str]) -> _Read:
    table = table_of(block, dialect)
    exact: _Keys = {}
    loose: _Keys = {}
    unwraps = table.unwraps
    write = object.__setattr__
    zero: Any = None
    copy: _Read = copy_of(block, block.fields)

    def fill() -> None:  # on first use: a block may contain itself
        nonlocal zero
        zero = block()
        fields = {spec.attribute: _field_of(spec, dialect) for spec in table.exact.values()}
        exact.update({name: fields[spec.attribute] for name, spec in table.exact.items()})
        for spellings in (table.aliases, table.lowered):
            loose.update({key: fields[spec.attribute] for key, spec in spellings.items()})

    def read(raw: Any) -> Any:
        if type(raw) is not dict:
            if not (unwraps and type(raw) is list and len(raw) == 1 and type(raw[0]) is dict):
                raise _UNCLEAN
            raw = raw[0]
        if zero is None:
            fill()
        made = copy(zero)
        aliased = False
        for key, inner in raw.items():
            found = exact.get(key)
            if found is None:
                if key in ignored:
                    continue
                found = loose.get(key.lower())
                aliased = True
            if found is None or inner is None:
                raise _UNCLEAN
            name, plain, convert = found
            write(made, name, inner if inner.__class__ is plain else convert(inner))
        if aliased and _repeats(raw):
            raise _UNCLEAN
        return made

    def _repeats(raw: dict[str, Any]) -> bool:
        """Whether two spellings of one field are written."""
        fields = [exact.get(key) or loose[key.lower()] for key in raw if key not in ignored]
        return len({name for name, _, _ in fields}) < len(fields)

    return read


_PLAIN: dict[str, type] = {"string": str, "bool": bool, "float": float}
"""Types whose values no layer changes where a field wants them."""


def _field_of(spec: FieldSpec, dialect: Dialect) -> _Field:
    plain = _PLAIN.get(spec.type.kind) if isinstance(spec.type, Scalar) else None
    return spec.attribute, plain, _reader(spec.type, dialect)


def _reader(kind: FieldType, dialect: Dialect) -> _Read:
    match kind:
        case Scalar(word):
            convert = CONVERTERS.get(dialect.layer, WEAK)[word]
            return _small(convert) if word in ("int", "uint", "uint32") else convert
        case Obj():
            return _object_of(kind.cls, dialect)
        case ListOf():
            return _list_reader(kind, dialect)
        case MapOf():
            return _map_reader(kind, dialect)
        case Opaque():
            return _opaque_reader(dialect)


def _small(convert: _Read) -> _Read:
    """Integers that fit everywhere stay what they are."""
    return lambda value: value if value.__class__ is int and 0 <= value < 2**31 else convert(value)


def _only_texts(kind: FieldType) -> Callable[[Any], bool]:
    """Tells that every one of some values is a string that stays as it is."""
    if kind != Scalar("string"):
        return lambda _values: False
    return lambda values: set(map(type, values)) <= _TEXT


_TEXT = {str}


def _list_reader(kind: ListOf, dialect: Dialect) -> _Read:
    item = _reader(kind.item, dialect)
    all_texts = _only_texts(kind.item)
    weak = dialect.layer in ("client", "server", "crd")

    def read(raw: Any) -> Any:
        if type(raw) is not list:
            if not weak:
                raise _UNCLEAN
            raw = [] if raw == {} else [raw]
        if all_texts(raw):
            return tuple(raw)
        if None in raw:
            raise _UNCLEAN
        return tuple([item(element) for element in raw])

    return read


def _map_reader(kind: MapOf, dialect: Dialect) -> _Read:
    item = _reader(kind.item, dialect)
    all_texts = _only_texts(kind.item)
    wraps = dialect.layer not in ("api", "catalog", "arguments")

    def read(raw: Any) -> Any:
        parts = raw if wraps and type(raw) is list else [raw]
        values: dict[str, Any] = {}
        for part in parts:
            if type(part) is not dict:
                raise _UNCLEAN
            if all_texts(part.values()):
                values.update(part)
                continue
            for key, element in part.items():
                if element is None:
                    raise _UNCLEAN
                values[key] = item(element)
        return values

    return read


def _opaque_reader(dialect: Dialect) -> _Read:
    layer = dialect.layer
    wraps = layer not in ("api", "catalog", "arguments", "crd")
    collapses = layer in ("client", "server", "agent")
    body = layer in ("api", "catalog")

    def read(raw: Any) -> Any:
        parts = raw if wraps and type(raw) is list else [raw]
        merged: dict[str, Any] = {}
        for part in parts:
            if type(part) is not dict:
                raise _UNCLEAN
            merged.update(part)
        if not collapses:
            return as_floats(merged) if body else merged
        if [None] in merged.values():
            raise _UNCLEAN
        collapsed = collapse(merged)
        return collapse(collapsed) if layer == "client" else collapsed

    return read


def zero_of(kind: FieldType) -> Callable[[], Any]:
    """Makes the value of an element that is `null`."""
    match kind:
        case Obj():
            return lambda: kind.cls()  # noqa: PLW0108  # the class may not exist yet
        case Scalar("string"):
            return str
        case Scalar("bytes"):
            return bytes
        case Scalar("float"):
            return float
        case Scalar("bool"):
            return bool
        case Scalar("any"):
            return lambda: None
        case ListOf():
            return tuple
        case MapOf() | Opaque():
            return dict
        case _:
            return int
