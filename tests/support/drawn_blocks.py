"""Raw objects for declared blocks, drawn by Hypothesis: anything, or values that fit."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from meshgw.schema.fields import Block, FieldSpec, FieldType, ListOf, MapOf, Obj, Opaque, Scalar
from meshgw.source.document import Document, Layout

patient = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
WORDS = ("*", "web", "http", "tcp", "local", "strict", "allow", "/x", "10.0.0.1", "default", "v1")
"""Texts that mean something somewhere."""

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(
        ["", "a", "*", "default", "http", "1s", "-5s", "0x10", "/x", "é", "TLSv1_2", "::1", "{", "a..b"]
    )
    | st.text(max_size=8)
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5) | st.just("Name"), inner, max_size=3)
    ),
    max_leaves=8,
)


def spellings(spec: FieldSpec) -> list[str]:
    """A few ways in which a user may write a key, right and wrong ones."""
    return [spec.name, spec.name.lower(), spec.attribute, spec.alias or spec.name.upper()]


def written(kind: FieldType, depth: int) -> st.SearchStrategy[Any]:
    """What somebody might write for a field: often the right shape, sometimes anything."""
    match kind:
        case Obj() if depth:
            shaped = objects(kind.cls, depth - 1)
            return shaped | shaped.map(lambda value: [value]) | anything
        case ListOf(item) if depth:
            return st.lists(written(item, depth - 1), max_size=3) | written(item, depth - 1) | anything
        case MapOf(item) if depth:
            keys = st.sampled_from(["v1", "*", "a b", ""])
            return st.dictionaries(keys, written(item, depth - 1), max_size=2) | anything
        case _:
            return anything


def objects(block: type[Block], depth: int) -> st.SearchStrategy[dict[str, Any]]:
    """Raw objects for a block."""
    if not block.specs:
        return st.just({})
    pairs = st.sampled_from(block.specs).flatmap(
        lambda spec: st.tuples(st.sampled_from(spellings(spec)), written(spec.type, depth))
    )
    return st.lists(pairs, max_size=6).map(dict)


def document_of(raw: dict[str, Any]) -> Document:
    return Document(name="x.json", text="", syntax="json", value=raw, lay_out=lambda: Layout({}, (), ()))


def fitting(kind: FieldType, depth: int) -> st.SearchStrategy[Any]:
    """Values of the right type, in canonical form."""
    match kind:
        case Scalar("bool"):
            return st.booleans()
        case Scalar("int" | "duration"):
            return st.integers(-(2**63), 2**63 - 1)
        case Scalar("uint32"):
            return st.integers(0, 2**32 - 1)
        case Scalar("uint"):
            return st.integers(0, 2**64 - 1)
        case Scalar("float"):
            return st.floats(allow_nan=False, allow_infinity=False, width=32)
        case Scalar("timestamp"):
            return st.just("2026-01-31T12:00:00Z")
        case Scalar():
            return st.sampled_from(WORDS) | st.text(max_size=6)
        case Obj():
            return canonical(kind.cls, depth - 1)
        case ListOf(item):
            return st.lists(fitting(item, depth), max_size=2)
        case MapOf(item):
            return st.dictionaries(st.text(max_size=4), fitting(item, depth), max_size=2)
        case Opaque():
            return st.dictionaries(st.text(max_size=4), st.integers(0, 9) | st.text(max_size=3), max_size=2)


def canonical(block: type[Block], depth: int) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with canonical keys and values of the right types."""
    known = [spec for spec in block.specs if "server" in spec.layers]
    if not known or depth < 0:
        return st.just({})
    return st.fixed_dictionaries({}, optional={spec.name: fitting(spec.type, depth) for spec in known})
