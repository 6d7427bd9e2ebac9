"""The readers on anything: no exception, agreement with other readers, and places that hold."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from meshgw.source.hcl1 import read_hcl
from meshgw.source.hcl1_fast import read_fast
from meshgw.source.hcl1_tree import HclReader
from meshgw.source.hcl1_value import evaluate
from meshgw.source.json import read_json
from meshgw.source.json_tree import JsonReader, value_of
from meshgw.source.text import decode
from meshgw.source.yaml import looks_like_helm, read_yaml

patient = settings(deadline=None)  # a busy machine is not a fault

HCL_PIECES = [
    *"{}[]=,:;'/<>.+-# \t\n\r\"\\$é²\0\ufeff",
    *(
        "a",
        "b",
        "A",
        "true",
        "null",
        "1",
        "08",
        "0x1F",
        "1.5",
        "1e",
        "-",
        "//",
        "/*",
        "*/",
        "<<",
        "<<-E\n",
        "<<E\n",
    ),
    *(
        '"x"',
        "E\n",
        " E\n",
        "${",
        "\\n",
        "\\x4",
        "\\777",
        "a = ",
        "a {",
        "a = [",
        "a = 1\n",
        'a "l" {',
        "}\n",
    ),
]
JSON_PIECES = [
    *"{}[]:,\"\\/ \n1-.eE+é\0\ufeff'",
    "true",
    "null",
    "NaN",
    '"a"',
    '"a":',
    "\\u",
    "\\ud800",
    "1e999",
    "//",
]
YAML_PIECES = [
    *"{}[]:,-?&*!|>'\"%@`#\t\n é\0\ufeff~",
    *(
        "a: ",
        "- ",
        "  ",
        "---\n",
        "...\n",
        "&a ",
        "*a",
        "<<: ",
        "!!int ",
        "!x ",
        "yes",
        "1_0",
        ".inf",
        "|\n",
        "{{",
    ),
]


def soup(pieces):
    """Texts that look a little like what the reader expects."""
    return st.lists(st.sampled_from(pieces), max_size=30).map("".join) | st.text(max_size=40)


def check(document):
    """What holds for every document."""
    assert (document.value is None) or document.fault is None
    layout = document.layout
    spans = [span for place in layout.places.values() for span in (place.key, place.value) if span]
    spans += [comment.span for comment in layout.comments]
    spans += [span for duplicate in layout.duplicates for span in (duplicate.first, duplicate.again)]
    for span in spans:
        assert 0 <= span.start <= span.end <= len(document.text)
    if document.fault:
        span = document.fault.span
        # An unclosed HCL block is shown one past the end, as Consul does.
        assert 0 <= span.start <= span.end <= len(document.text) + 1
        line, column = document.position(span.start)
        assert line >= 1
        assert column >= 1
        document.line(line)
        message = document.fault.message
        assert message
        assert not message.endswith(".")
        return
    assert layout.places.keys() == set(paths(document.value))


def paths(value):
    work = [((), value)]
    while work:
        path, here = work.pop()
        yield path
        if isinstance(here, dict):
            work.extend(((*path, key), child) for key, child in here.items())
        elif isinstance(here, list):
            work.extend(((*path, i), child) for i, child in enumerate(here))


def scalars(document):
    """Each scalar of a document with the text at its place."""
    for path, place in document.layout.places.items():
        value = document.value
        for step in path:
            value = value[step]
        if not isinstance(value, (dict, list)):
            yield value, document.text[place.value.start : place.value.end]


@patient
@given(soup(HCL_PIECES))
def test_hcl_reads_any_text(text):
    check(read_hcl(text, "x.hcl"))


@patient
@given(soup(JSON_PIECES), st.booleans(), st.booleans())
def test_json_reads_any_text(text, trailing, any_value):
    document = read_json(text, "x.json", trailing=trailing, any_value=any_value)
    check(document)
    if document.trailing:
        assert trailing
        assert text[document.trailing.start : document.trailing.end].strip()


@patient
@given(soup(JSON_PIECES))
def test_hcl_reads_any_json(text):
    check(read_hcl("{" + text, "x.hcl"))


@patient
@given(soup(YAML_PIECES))
@example("a: &a [*a]")
@example("? - a\n: b")
def test_yaml_reads_any_text(text):
    for index, document in enumerate(read_yaml(text, "x.yaml")):
        assert document.index == index
        check(document)
    looks_like_helm(text)


@patient
@given(st.binary(max_size=60))
def test_decode_takes_any_bytes(data):
    text, fault = decode(data)
    assert text.encode() == data if fault is None else text.encode() == data[: len(text.encode())]
    for document in (read_hcl(text, "x"), read_json(text, "x"), *read_yaml(text, "x")):
        check(document)


@patient
@given(soup(HCL_PIECES))
def test_the_fast_hcl_reader_agrees_with_the_careful_one(text):
    fast = read_fast(text)
    if fast is None:
        return
    reader = HclReader(text)
    assert reader.read() is None
    value, _, fault = evaluate(reader.top, [])
    assert fault is None
    assert repr(fast) == repr(value)


# JSON against the standard library

INTEGERS = st.integers(-(2**53), 2**53)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | INTEGERS | FLOATS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
OBJECTS = st.dictionaries(st.text(max_size=8), JSON_VALUES, max_size=5)


@patient
@given(OBJECTS, st.booleans(), st.sampled_from([None, 0, 2]))
def test_json_agrees_with_the_standard_library(value, ascii_only, indent):
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    document = read_json(text, "x.json")
    assert repr(document.value) == repr(json.loads(text))
    assert repr(value_of(JsonReader(text).read())) == repr(json.loads(text))
    check(document)
    for scalar, written in scalars(document):
        assert repr(json.loads(written)) == repr(scalar)


def go_integer(raw):
    return int(raw) if abs(int(raw)) <= 2**53 else float(raw)


@patient
@given(soup(JSON_PIECES))
def test_json_refuses_what_the_standard_library_refuses(text):
    assume("\\ud800" not in text)
    document = read_json(text, "x.json", any_value=True)
    try:
        value = json.loads(text, parse_int=go_integer, parse_constant=lambda _: 1 / 0)
    except (ValueError, ZeroDivisionError):
        assert document.fault is not None
    else:
        assert document.fault is None or "64-bit float" in document.fault.message
        assert document.fault is not None or document.value == value


@patient
@given(OBJECTS)
def test_yaml_reads_json(value):
    text = json.dumps(value)
    assume("\\ud" not in text)  # YAML has no surrogate pairs
    documents = read_yaml(text, "x.yaml")
    assert len(documents) == 1
    check(documents[0])
    assert documents[0].fault is None
    assert documents[0].value == json.loads(text)


YAML_TEXT = st.text(
    st.characters(min_codepoint=0x20, max_codepoint=0x2FF, blacklist_characters="\x7f\x85"), max_size=12
)
YAML_VALUES = st.recursive(
    st.none() | st.booleans() | INTEGERS | YAML_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(YAML_TEXT, inner, max_size=4),
    max_leaves=20,
)


@patient
@given(st.dictionaries(YAML_TEXT, YAML_VALUES, min_size=1, max_size=5), st.sampled_from([None, True, False]))
def test_yaml_round_trip(value, flow):
    # Strings are quoted: PyYAML and kubectl differ about which plain ones are text.
    text = yaml.safe_dump(
        value, default_flow_style=flow, default_style='"', sort_keys=False, allow_unicode=True
    )
    (document,) = read_yaml(text, "x.yaml")
    check(document)
    assert document.value == value
    for scalar, written in scalars(document):
        (again,) = read_yaml(f"x: {written}", "x.yaml") or [None]
        assert again is None or again.value["x"] == scalar


# HCL round trip

KEYS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,6}", fullmatch=True)
HCL_SCALARS = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | FLOATS
    | st.text(st.characters(codec="utf-8"), max_size=12)
)


def as_member(value):
    """A value in the shape that a key has it: objects stand in lists."""
    return [value] if isinstance(value, dict) else value


def hcl_objects(values):
    return st.dictionaries(KEYS | st.text(st.characters(codec="utf-8"), max_size=6), values, max_size=4)


HCL_ELEMENTS = st.recursive(
    HCL_SCALARS, lambda inner: st.lists(inner, max_size=3) | hcl_objects(inner.map(as_member)), max_leaves=12
)


def as_text(text):
    for raw, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("${", "\\x24{"), ("\0", "\\x00")):
        text = text.replace(raw, escaped)
    return f'"{text}"'


def printed(value, draw):
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return as_text(value)
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, dict):
        return "{" + members(value, draw) + "}"
    return "[" + draw(st.sampled_from([", ", ",", ",\n", " , "])).join(printed(v, draw) for v in value) + "]"


def members(value, draw):
    space = st.sampled_from([" ", "\n", ", ", ",\n\t", " # c }\n", "\n// c\n", " /* {\n */ "])
    out = [draw(st.sampled_from(["", " ", "\n"]))]
    for name, member in value.items():
        key = name if draw(st.booleans()) and is_bare(name) else as_text(name)
        blocks = isinstance(member, list) and member and all(isinstance(item, dict) for item in member)
        if blocks and draw(st.booleans()):
            sign = draw(st.sampled_from([" ", " = ", "", "="]))
            out += [piece for item in member for piece in (key, sign, printed(item, draw), draw(space))]
        else:
            out += [key, draw(st.sampled_from(["=", " = ", "\t=\t"])), printed(member, draw), draw(space)]
    return "".join(out)


def is_bare(name):
    letters = name.isascii() and name.replace("_", "a").replace("-", "a").replace(".", "a").isalnum()
    return letters and (name[0].isalpha() or name[0] == "_") and name not in ("true", "false")


@patient
@given(st.data())
def test_hcl_round_trip(data):
    value = data.draw(hcl_objects(HCL_ELEMENTS.map(as_member)))
    text = members(value, data.draw)
    assume(not text.lstrip().startswith("{"))
    document = read_hcl(text, "x.hcl")
    assert document.fault is None
    assert repr(document.value) == repr(value)
    check(document)
    for scalar, written in scalars(document):
        assert repr(read_hcl(f"x = {written}", "x.hcl").value) == repr({"x": scalar})


@pytest.mark.parametrize(
    "opening", ["a {", "a = [", "{", "[", '{"a":', "- ", "a:\n", "a ", "(", "${", "<<E\n", '"']
)
@pytest.mark.parametrize("closing", ["", "}", "]", '"'])
def test_nesting_does_not_end_the_program(opening, closing):
    text = opening * 100_000 + closing * 100_000
    check(read_hcl(text, "x.hcl"))
    check(read_hcl("a = " + text, "x.hcl"))
    check(read_json(text, "x.json", any_value=True))
    for document in read_yaml(text, "x.yaml"):
        check(document)
