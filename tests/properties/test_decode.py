"""The decoder on anything: no exception for any value of any kind, and what it decodes reads back."""

from __future__ import annotations

from typing import Any

import pytest
from drawn_blocks import canonical, document_of, objects, patient
from hypothesis import given
from hypothesis import strategies as st

from meshgw.entries import KINDS, entry_class
from meshgw.entries.judge import judge_entry
from meshgw.profile import EntryPath, Profile
from meshgw.schema.clean import decode_clean
from meshgw.schema.decode import Dialect, decode, traced
from meshgw.schema.fields import Block
from meshgw.secret import Secret
from meshgw.source.text import MAX_DEPTH

SERVER = Dialect("server", "enterprise", (1, 23))


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
