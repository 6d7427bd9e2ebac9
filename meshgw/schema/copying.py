"""Copies of frozen objects with slots.

Measured for a service of 31 fields: `dataclasses.replace` takes 13 µs, these 2. A twin of the class whose
objects can be written to is filled, and becomes one of the class: Python allows that where both have the
same slots.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

Copy: TypeAlias = Callable[[Any], Any]

COPIES: dict[type, Copy] = {}
"""What has been made so far; `copy_of` makes the others."""


def copy_of(cls: type, fields: tuple[str, ...]) -> Copy:
    """What copies objects of a class made by `@dataclass(slots=True)` with these fields."""
    if cls not in COPIES:
        COPIES[cls] = _make(cls, fields)
    return COPIES[cls]


T = TypeVar("T")
_set = object.__setattr__


def copied(value: T, /, **changes: Any) -> T:
    """`dataclasses.replace` for a dataclass with slots, but fast: nothing is checked or computed anew."""
    cls = type(value)
    copy = COPIES.get(cls) or copy_of(cls, tuple(field.name for field in dataclasses.fields(cls)))  # type: ignore[arg-type]
    new: T = copy(value)
    for name, changed in changes.items():
        _set(new, name, changed)
    return new


def _make(cls: type, fields: tuple[str, ...]) -> Copy:
    own = {"__slots__": cls.__dict__["__slots__"], "__setattr__": object.__setattr__}
    twin = type(cls.__name__, cls.__bases__, own)
    names: dict[str, Any] = {"new": object.__new__, "twin": twin, "cls": cls}
    moves = "".join(f"    made.{name} = value.{name}\n" for name in fields)
    source = f"def copy(value):\n    made = new(twin)\n{moves}    made.__class__ = cls\n    return made\n"
    exec(source, names)  # noqa: S102  nothing but the names of our own fields, as dataclasses do
    copy: Copy = names["copy"]
    return copy
