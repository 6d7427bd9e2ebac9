"""Finding out whether fields of some sort stand anywhere inside a block."""

from __future__ import annotations

from meshgw.schema.anywhere import Anywhere, leaf_of
from meshgw.schema.fields import (
    Block,
    ListOf,
    MapOf,
    Obj,
    Scalar,
    block,
    blocks,
    mapping,
    number,
    obj,
    text,
    typed,
)


@block
class Plain(Block):
    """An object of the tests."""

    name: str = text("Name")


@block
class Circle(Block):
    """One of two that contain each other; only the other has a number."""

    other: Round | None = typed("Other", Obj(lambda: Round, optional=True), None)


@block
class Round(Block):
    """The other of two."""

    circle: Circle | None = obj("Circle", Circle, optional=True)
    weight: float = number("Weight")


@block
class Whole(Block):
    """What holds all of them."""

    plain: tuple[Plain, ...] = blocks("Plain", Plain)
    rings: dict[str, Circle] = mapping("Rings", Circle)


NUMBERS = Anywhere(lambda _block, spec: spec.type == Scalar("float"))


def test_blocks():
    assert not NUMBERS.in_block(Plain)
    assert NUMBERS.in_block(Circle)
    assert NUMBERS.in_block(Round)
    assert NUMBERS.in_block(Whole)


def test_fields_and_types():
    found = {spec.name: NUMBERS.in_field(Whole, spec) for spec in Whole.specs}
    assert found == {"Plain": False, "Rings": True}
    assert [NUMBERS.in_field(Round, spec) for spec in Round.specs] == [True, True]
    assert not NUMBERS.in_type(Scalar("float"))
    assert NUMBERS.in_type(MapOf(ListOf(Obj(Round))))


def test_leaves():
    assert leaf_of(ListOf(MapOf(Scalar("bool")))) == Scalar("bool")
    assert leaf_of(Obj(Plain)) == Obj(Plain)
