"""What the server does not know of an entry that the client has decoded and sent on.

The client's re-encoding drops zero values (config-entries.md 1.10), so only a value that is not zero
reaches the server as an unknown key.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, TypeAlias

from meshgw.schema.anywhere import Anywhere, leaf_of
from meshgw.schema.decode import Dialect, UnknownKey, table_of
from meshgw.schema.fields import Block, FieldSpec, FieldType, ListOf, MapOf, Obj, Scalar
from meshgw.source.document import Path


def refused_by_server(value: Block, server: Dialect) -> list[UnknownKey]:
    """The fields of a decoded object that the server's schema lacks."""
    found: list[UnknownKey] = []
    if _exceeds_of(type(value), server)(value):
        _walk(value, (), "", server, found)
    return found


_Exceeds: TypeAlias = Callable[[Any], bool]
_EXCEEDS: dict[tuple[type[Block], Dialect], _Exceeds] = {}


def _exceeds_of(block: type[Block], server: Dialect) -> _Exceeds:
    """Tells whether an object says anything that the server does not know.

    Hardly any entry does: measured, most of the time of the walk that tells what and where.
    """
    known = _EXCEEDS.get((block, server))
    if known is None:
        known = _EXCEEDS[block, server] = _make_exceeds(block, server)
    return known


def _make_exceeds(block: type[Block], server: Dialect) -> _Exceeds:
    table = table_of(block, server)
    lacking = [spec.attribute for spec in block.specs if spec.layers and spec.name not in table.exact]
    inner = [
        (spec.attribute, _exceeds_inside(spec.type, server))
        for spec in block.specs
        if spec.name in table.exact and _limits(server).in_type(spec.type)
    ]

    def exceeds(value: Any) -> bool:
        for attribute in lacking:
            if getattr(value, attribute):
                return True
        for attribute, within in inner:
            found = getattr(value, attribute)
            if found and within(found):
                return True
        return False

    return exceeds


def _exceeds_inside(kind: FieldType, server: Dialect) -> _Exceeds:
    match kind:
        case ListOf(item):
            within = _exceeds_inside(item, server)
            return lambda values: any([within(value) for value in values])
        case MapOf(item):
            within = _exceeds_inside(item, server)
            return lambda values: any([within(value) for value in values.values()])
        case Obj():
            return lambda value: _exceeds_of(kind.cls, server)(value)  # noqa: PLW0108  it may contain itself
        case _:
            return lambda _value: False


@cache
def _limits(server: Dialect) -> Anywhere:
    """Finds the fields that the server lacks."""
    return Anywhere(lambda block, spec: bool(spec.layers) and spec.name not in table_of(block, server).exact)


def _walk(value: Block, path: Path, printed: str, server: Dialect, found: list[UnknownKey]) -> None:
    table = table_of(type(value), server)
    for spec in value.specs:
        inner = getattr(value, spec.attribute)
        at, text = (*path, spec.name), f"{printed}.{spec.name}"
        if spec.name not in table.exact:
            if inner and spec.layers:
                found.append(UnknownKey(at, None, text.removeprefix("."), type(value), inner))
        elif inner and _limits(server).in_type(spec.type):
            _walk_into(inner, at, text, server, found)


def _walk_into(value: Any, path: Path, printed: str, server: Dialect, found: list[UnknownKey]) -> None:
    if isinstance(value, Block):
        _walk(value, path, printed, server, found)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            _walk_into(item, (*path, index), f"{printed}[{index}]", server, found)
    elif isinstance(value, dict):
        for key, item in sorted(value.items()):
            _walk_into(item, (*path, key), f"{printed}[{key}]", server, found)


def not_finite(value: Block) -> Iterator[tuple[Path, str]]:
    """The numbers that the client cannot send on because JSON has no word for them, and as printed."""
    return _not_finite(value, (), "") if _FLOATS.in_block(type(value)) else iter(())


def _is_float(_block: type[Block], spec: FieldSpec) -> bool:
    leaf = leaf_of(spec.type)
    return isinstance(leaf, Scalar) and leaf.kind == "float"


_FLOATS = Anywhere(_is_float)


def _not_finite(value: Any, path: Path, printed: str) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Block):
        for spec in value.specs:
            inner = getattr(value, spec.attribute)
            if inner and _FLOATS.in_field(type(value), spec):
                yield from _not_finite(inner, (*path, spec.name), f"{printed}.{spec.name}")
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _not_finite(item, (*path, index), f"{printed}[{index}]")
    elif isinstance(value, dict):
        for key, item in sorted(value.items()):
            yield from _not_finite(item, (*path, key), f"{printed}[{key}]")
    elif isinstance(value, float) and not math.isfinite(value):
        yield path, printed.removeprefix(".")
