"""What the server does not know of an entry that the client has decoded and sent on.

The client's re-encoding drops zero values (config-entries.md 1.10), so only a value that is not zero
reaches the server as an unknown key.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from meshgw.schema.decode import Dialect, UnknownKey, table_of
from meshgw.schema.fields import Block, FieldType, ListOf, MapOf, Obj, Scalar
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
        if spec.name in table.exact and _limits_inside(spec.type, server)
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


_LIMITED: dict[tuple[type[Block], Dialect], bool] = {}


def _limits(block: type[Block], server: Dialect) -> bool:
    """Whether the server lacks a field somewhere in a block."""
    known = _LIMITED.get((block, server))
    if known is None:
        table = table_of(block, server)
        known = any(
            spec.name not in table.exact or _limits_inside(spec.type, server)
            for spec in block.specs
            if spec.layers
        )
        _LIMITED[block, server] = known
    return known


def _limits_inside(kind: FieldType, server: Dialect) -> bool:
    match kind:
        case Obj():
            return _limits(kind.cls, server)
        case ListOf(item) | MapOf(item):
            return _limits_inside(item, server)
        case _:
            return False


def _walk(value: Block, path: Path, printed: str, server: Dialect, found: list[UnknownKey]) -> None:
    table = table_of(type(value), server)
    for spec in value.specs:
        inner = getattr(value, spec.attribute)
        at, text = (*path, spec.name), f"{printed}.{spec.name}"
        if spec.name not in table.exact:
            if inner and spec.layers:
                found.append(UnknownKey(at, None, text.removeprefix("."), type(value), inner))
        elif inner and _limits_inside(spec.type, server):
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
    return _not_finite(value, (), "") if _has_floats(type(value)) else iter(())


_FLOATS: dict[type[Block], bool] = {}


def _has_floats(block: type[Block]) -> bool:
    known = _FLOATS.get(block)
    if known is None:
        _FLOATS[block] = False  # for a block that contains itself
        known = _FLOATS[block] = any(_floats_inside(spec.type) for spec in block.specs)
    return known


def _floats_inside(kind: FieldType) -> bool:
    match kind:
        case Scalar(word):
            return word == "float"
        case Obj():
            return _has_floats(kind.cls)
        case ListOf(item) | MapOf(item):
            return _floats_inside(item)
        case _:
            return False


def _not_finite(value: Any, path: Path, printed: str) -> Iterator[tuple[Path, str]]:
    if isinstance(value, Block):
        for spec in value.specs:
            inner = getattr(value, spec.attribute)
            if inner and _floats_inside(spec.type):
                yield from _not_finite(inner, (*path, spec.name), f"{printed}.{spec.name}")
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _not_finite(item, (*path, index), f"{printed}[{index}]")
    elif isinstance(value, dict):
        for key, item in sorted(value.items()):
            yield from _not_finite(item, (*path, key), f"{printed}[{key}]")
    elif isinstance(value, float) and not math.isfinite(value):
        yield path, printed.removeprefix(".")
