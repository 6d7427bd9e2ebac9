"""YAML as kubectl sees it."""

from __future__ import annotations

import pytest

from meshgw.source.text import MAX_DEPTH
from meshgw.source.yaml import looks_like_helm, read_yaml


def read_one(text):
    (document,) = read_yaml(text, "x.yaml")
    return document


SCALARS = {
    "yes": True,
    "No": False,
    "on": True,
    "OFF": False,
    "y": True,
    "n": False,
    "true": True,
    "TRUE": True,
    "tRUE": "tRUE",
    "null": None,
    "~": None,
    "": None,
    "1": 1,
    "-1": -1,
    "+1": 1,
    "0x1F": 31,
    "010": 8,
    "0o10": 8,
    "08": 8,
    "0b101": 5,
    "1_000": 1000,
    "_1": "_1",
    "1.0": 1,
    "1.5": 1.5,
    ".5": 0.5,
    "1e3": 1000,
    "1e999": "1e999",
    "1:30": "1:30",
    "1.2.3": "1.2.3",
    "2020-01-01": "2020-01-01",
    "2020-01-01T10:00:00Z": "2020-01-01T10:00:00Z",
    "18446744073709551615": 2**64 - 1,
    "18446744073709551616": 2.0**64,
    "'yes'": "yes",
    '"1"': "1",
    '"a\\tb"': "a\tb",
    "!!str 1": "1",
    "! 1": 1,
    "! '1'": "1",
    "!!int '1'": 1,
    "!!float 1": 1,
    "!!bool yes": True,
    "!!null ''": None,
    "!!timestamp 2020-01-01": "2020-01-01",
    "a b": "a b",
    "<<": "<<",
    "x{{y}}": "x{{y}}",
}


@pytest.mark.parametrize("text", SCALARS)
def test_scalar(text):
    assert repr(read_one(f"a: {text}\n").value) == repr({"a": SCALARS[text]})


def test_keys_become_text():
    assert read_one("on: 1\n2: 2\n1.5: 3\n'x': 4\n").value == {"true": 1, "2": 2, "1.5": 3, "x": 4}


VALUES = {
    "a:\n- 1\n- b: 2\n  c: [3, {d: 4}]\n": {"a": [1, {"b": 2, "c": [3, {"d": 4}]}]},
    "a: |\n  x\n   y\n\nb: >-\n  x\n  y\n": {"a": "x\n y\n", "b": "x y"},
    "a: &x {p: 1}\nb: *x\nc: [*x]\n": {"a": {"p": 1}, "b": {"p": 1}, "c": [{"p": 1}]},
    "a: &x {p: 1, q: 2}\nb:\n  <<: *x\n  q: 3\n": {"a": {"p": 1, "q": 2}, "b": {"p": 1, "q": 3}},
    "a: {<<: [{p: 1}, {p: 2, q: 3}]}": {"a": {"p": 1, "q": 3}},
    "a: 1\nb: 2\na: 3\n": {"a": 3, "b": 2},
    "\ufeffa: 1\n": {"a": 1},
    "%YAML 1.1\n---\na: 1\n": {"a": 1},
    "# c\n\n--- # d\na: 1\n...\n": {"a": 1},
    "a: 1\r\nb:\r\n  - c\r\n": {"a": 1, "b": ["c"]},
    '{"a": [1, null]}': {"a": [1, None]},
    "[1]": [1],
    "- a\n- b\n": ["a", "b"],
    "text": "text",
}


@pytest.mark.parametrize("text", VALUES)
def test_value(text):
    document = read_one(text)
    assert document.fault is None
    assert document.value == VALUES[text]
    assert list(document.value) == list(VALUES[text])


FAULTS = {
    "a:\n\t- x\n": (2, 1, "a tab cannot indent"),
    "a: [1\n": (2, 1, "expected a comma or `]`"),
    "a: {b: 1\n": (2, 1, "expected a comma or `}`"),
    'a: "x\n': (2, 1, "never closed"),
    "a: b: c\n": (1, 5, "a second `: `"),
    "a: 1\n b: 2\n": (2, 3, ""),
    "a: @x\n": (1, 4, "cannot begin a value"),
    "a: *x\n": (1, 4, "alias `*x` has no anchor before it"),
    "a: &x [*x]\n": (1, 8, "inside its own anchor"),
    "a: !!binary aGk=\n": (1, 4, "tag `!!binary`"),
    "a: !custom x\n": (1, 4, "tag `!custom`"),
    "a: !custom {}\n": (1, 4, "tag `!custom`"),
    "a: !!int x\n": (1, 4, "does not fit its tag"),
    "a: .inf\n": (1, 4, "JSON does not have"),
    "a: .NaN\n": (1, 4, "JSON does not have"),
    "? [a]\n: 1\n": (1, 3, "a key must be text"),
    "? {a: 1}\n: 1\n": (1, 3, "a key must be text"),
    "~: 1\n": (1, 1, "`null` cannot be a key"),
    "a: {<<: 1}\n": (1, 9, "merges objects only"),
    "a: \x01\n": (1, 4, "U+0001"),
    "a: b\ufeff\n": (1, 5, "U+FEFF"),
    "a: 1\n...\nb: 2\n": (3, 1, "text after the end"),
}


@pytest.mark.parametrize("text", FAULTS)
def test_fault(text):
    line, column, message = FAULTS[text]
    document = read_yaml(text, "x.yaml")[-1]
    assert document.fault is not None
    assert document.value is None
    assert message in document.fault.message
    assert document.position(document.fault.span.start) == (line, column)


def test_documents_are_read_each_on_its_own():
    text = "a: 1\n---\nkind: x\nb: [\n---\n# nothing\n---\nc: |\n  x\n --- y\n--- {d: 1}\n---"
    documents = read_yaml(text, "x.yaml")
    assert [document.value for document in documents] == [{"a": 1}, None, None, {"d": 1}]
    assert [document.index for document in documents] == [0, 1, 2, 3]
    assert documents[1].top_level_keys == ("kind",)
    assert documents[1].position(documents[1].fault.span.start) == (5, 1)


def test_no_documents():
    for text in ("", "\n", "# c\n", "---\n", "---\n---\n# c\n", "\ufeff"):
        assert read_yaml(text, "x.yaml") == []


def test_layout():
    text = "---\nz: 0\n---\n# one\na: &x\n  b: [1, 'q']  # two\n  # three\nc: *x\nd: |  \n  # no\n"
    text += 'e: x#y "# no"\ne: 2\n'
    document = read_yaml(text, "x.yaml")[1]

    def shown(span):
        return span and text[span.start : span.end]

    places = {p: (shown(x.key), shown(x.value)) for p, x in document.layout.places.items()}
    assert places.pop(()) == (None, text[text.index("a: &x") :].rstrip())
    assert places == {
        ("a",): ("a", "&x\n  b: [1, 'q']"),
        ("a", "b"): ("b", "[1, 'q']"),
        ("a", "b", 0): (None, "1"),
        ("a", "b", 1): (None, "'q'"),
        ("c",): ("c", "*x"),
        ("c", "b"): ("b", "[1, 'q']"),
        ("c", "b", 0): (None, "1"),
        ("c", "b", 1): (None, "'q'"),
        ("d",): ("d", "|  \n  # no\n"),
        ("e",): ("e", "2"),
    }
    assert [comment.text for comment in document.layout.comments] == ["one", "two", "three"]
    (duplicate,) = document.layout.duplicates
    assert duplicate.path == ("e",)


def test_aliases_do_not_explode():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 40)]
    assert "aliases expanded" in read_one("\n".join(lines)).fault.message
    chain = ["a0: &a0 [x]"] + [f"a{i}: &a{i} [*a{i - 1}]" for i in range(1, 200)]
    assert f"more than {MAX_DEPTH} levels" in read_one("\n".join(chain)).fault.message
    merges = ["a0: &a0 {k: 1}"] + [f"a{i}: &a{i} {{<<: *a{i - 1}, k{i}: 1}}" for i in range(1, 2000)]
    assert "aliases expanded" in read_one("\n".join(merges)).fault.message


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "- " * 100_000,
        "? " * 100_000,
        "{a: " * 100_000,
        "\n".join(" " * i + "a:" for i in range(2000)),
    ],
)
def test_deep_nesting(text):
    assert read_one(text).fault is not None


@pytest.mark.parametrize(
    "text",
    ["---\n" * 50_000, "a: 1\n---\n" * 10_000, "# c\n" * 100_000, "%\n" * 100_000, "#\n---\n" * 20_000],
)
def test_long_text_comes_to_an_end(text):
    assert isinstance(read_yaml(text, "x.yaml"), list)


def test_helm_templates_are_told():
    assert looks_like_helm("a: {{ .Values.a }}")
    assert looks_like_helm("{{- if .Values.a }}\na: 1\n{{- end }}")
    assert looks_like_helm('{{ include "x" . | nindent 2 }}')
    assert looks_like_helm("{{/* comment */}}")
    assert not looks_like_helm("a: {b: {c: 1}}")
    assert not looks_like_helm("a: '{{}}'")
