"""The decoder on anything: no exception for any value of any kind, and what it decodes reads back."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meshgw.entries import KINDS, entry_class
from meshgw.entries.judge import judge_entry
from meshgw.profile import EntryPath, Profile
from meshgw.schema.clean import decode_clean
from meshgw.schema.decode import Dialect, decode, traced
from meshgw.schema.fields import Block, FieldSpec, FieldType, ListOf, MapOf, Obj, Opaque, Scalar
from meshgw.secret import Secret
from meshgw.source.document import Document, Layout
from meshgw.source.text import MAX_DEPTH

patient = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
SERVER = Dialect("server", "enterprise", (1, 23))

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


@pytest.mark.parametrize("kind", KINDS)
@patient
@given(st.data())
def test_no_value_is_too_strange(kind: str, data: st.DataObject) -> None:
    raw = data.draw(objects(entry_class(kind), 4)) | {"Kind": kind}
    path: EntryPath = data.draw(st.sampled_from(["cli", "http", "bootstrap"]))
    edition = data.draw(st.sampled_from(["community", "enterprise"]))
    profile = Profile(edition=edition, entry_path=path, consul_version=(1, 23))
    judged = judge_entry(raw, document_of(raw), profile)
    assert judged.entry is not None or not judged.accepted
    for found in judged.diagnostics:
        assert found.location is not None
        assert found.location.position >= (1, 1)


@pytest.mark.parametrize("kind", KINDS)
@patient
@given(st.data())
def test_what_is_decoded_was_written_somewhere(kind: str, data: st.DataObject) -> None:
    raw = data.draw(objects(entry_class(kind), 3))
    for source in traced(entry_class(kind), raw, SERVER).values():
        value: Any = raw
        for step in source:
            value = value[step]


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
            return st.text(max_size=6)
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


def encode(value: Any) -> Any:
    """A decoded value as the API would print it."""
    match value:
        case Block():
            found = {spec.name: getattr(value, spec.attribute) for spec in value.specs if spec.layers}
            return {name: encode(inner) for name, inner in found.items() if inner is not None}
        case Secret():
            return value.reveal()
        case bytes():
            return list(value)
        case tuple():
            return [encode(item) for item in value]
        case dict():
            return {key: encode(item) for key, item in value.items()}
        case _:
            return value


@pytest.mark.parametrize("kind", KINDS)
@patient
@given(st.data())
def test_what_is_decoded_reads_back(kind: str, data: st.DataObject) -> None:
    cls = entry_class(kind)
    first = decode(cls, data.draw(canonical(cls, 4)), SERVER)
    assert first.value is not None, first.faults
    assert not first.unknown
    again = decode(cls, encode(first.value), SERVER)
    assert again.value == first.value


@pytest.mark.parametrize("key", ["Config", "EnvoyExtensions", "Meta", "Expose"])
def test_the_deepest_value_that_the_readers_let_through(key: str) -> None:
    deep: Any = {"a": 1}
    for _ in range(MAX_DEPTH):
        deep = {"a": [deep]}
    raw = {"Kind": "proxy-defaults", key: deep}
    judged = judge_entry(raw, document_of(raw), Profile())
    assert judged.accepted == (key == "Config")


@pytest.mark.parametrize("kind", KINDS)
@patient
@given(st.data())
def test_clean_input_is_decoded_as_the_careful_decoder_does(kind: str, data: st.DataObject) -> None:
    cls = entry_class(kind)
    raw = data.draw(objects(cls, 3))
    layer = data.draw(st.sampled_from(["client", "server", "agent", "api"]))
    dialect = Dialect(layer, "enterprise", (1, 23))
    clean, careful = decode_clean(cls, raw, dialect), decode(cls, raw, dialect, trace={})
    if clean is not None:
        assert (careful.faults, careful.unknown) == ([], [])
        assert same(clean, careful.value)


def same(one: Any, other: Any) -> bool:
    """Equal, where NaN is equal to itself and 1 is not `True`."""
    return repr(one) == repr(other)
