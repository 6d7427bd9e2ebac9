"""JSON: what Consul takes, and what is wrong with what it does not take."""

from __future__ import annotations

import pytest

from meshgw.source.document import Span
from meshgw.source.json import read_json
from meshgw.source.text import MAX_DEPTH

VALUES = {
    "{}": {},
    ' \t\r\n{"a": [1, -0, 1.0, 1e3, 1.5E-1, true, false, null, "x"]} \n': {
        "a": [1, 0, 1.0, 1000.0, 0.15, True, False, None, "x"]
    },
    r'{"a": "\"\\\/\b\f\n\r\té😀"}': {"a": '"\\/\b\f\n\r\té😀'},
    r'{"a": "\ud800", "b": "\udc00\ud800x"}': {"a": "\ufffd", "b": "\ufffd\ufffdx"},
    '{"a": 9007199254740992, "b": 9007199254740993}': {"a": 2**53, "b": float(2**53)},
    '{"a": 123456789012345678901234567890}': {"a": 1.2345678901234568e29},
    '{"a": 1, "b": 2, "a": {"c": 3}}': {"a": {"c": 3}, "b": 2},
    '{"a": [{}, [], {"b": [[]]}]}': {"a": [{}, [], {"b": [[]]}]},
    '{"": 1}': {"": 1},
    '{"a": "\x7f\u2028"}': {"a": "\x7f\u2028"},
}


@pytest.mark.parametrize("text", VALUES)
def test_value(text):
    document = read_json(text, "x.json")
    assert document.fault is None
    assert repr(document.value) == repr(VALUES[text])


FAULTS = {
    '{"a": 1 "b": 2}': (1, 8, "expected a comma or `}`"),
    '{"a": [1 2]}': (1, 9, "expected a comma or `]`"),
    '{"a": 1,}': (1, 8, "no trailing commas"),
    '{"a": [1,]}': (1, 9, "no trailing commas"),
    '{"a": 1,, "b": 2}': (1, 9, "expected a key"),
    '{,"a": 1}': (1, 2, "expected a key"),
    '{"a": [,1]}': (1, 8, "expected a value, found `,`"),
    '{"a" 1}': (1, 2, "a colon after the key `a`"),
    '{"a": }': (1, 7, "expected a value"),
    "{a: 1}": (1, 2, "key `a` must stand in double quotes"),
    "{'a': 1}": (1, 2, "JSON uses double quotes"),
    "{\"a\": 'b'}": (1, 7, "JSON uses double quotes"),
    '{"a": b}': (1, 7, "`b` is not a JSON value"),
    '{"a": True}': (1, 7, "`True` is not a JSON value"),
    '{"a": NaN}': (1, 7, "`NaN` is not a JSON value"),
    '{"a": Infinity}': (1, 7, "`Infinity` is not"),
    '{"a": -Infinity}': (1, 7, "`-Infinity` is not a JSON number"),
    '{"a": 01}': (1, 7, "`01` is not a JSON number"),
    '{"a": +1}': (1, 7, "`+1` is not a JSON number"),
    '{"a": .5}': (1, 7, "`.5` is not"),
    '{"a": 5.}': (1, 7, "`5.` is not"),
    '{"a": 0x1F}': (1, 7, "`0x1F` is not"),
    '{"a": 1_000}': (1, 7, "`1_000` is not a JSON number"),
    '{"a": 1e400}': (1, 7, "64-bit float"),
    '// c\n{"a": 1}': (1, 1, "JSON has no comments"),
    '{"a": 1 // c\n}': (1, 9, "JSON has no comments"),
    '{"a": 1, # c\n}': (1, 10, "JSON has no comments"),
    '{"a": /* c */ 1}': (1, 7, "JSON has no comments"),
    '{"a": 1} /* c */': (1, 10, "JSON has no comments"),
    '{"a": "b\n"}': (1, 7, "not closed"),
    '{"a": "b': (1, 7, "not closed"),
    '{"a\n": "b"}': (1, 2, "not closed"),
    '{"a": "\t"}': (1, 8, "control character U+0009"),
    r'{"a": "\q"}': (1, 8, "escape sequence"),
    r'{"a": "\u12"}': (1, 8, "escape sequence"),
    '{"a": 1} {}': (1, 10, "after the end"),
    '{"a": 1}}': (1, 9, "after the end"),
    '{"a":\n {"b": 1': (2, 9, "inside the object that begins on line 2"),
    '{"a":\n [1,': (2, 5, "inside the list that begins on line 2"),
    '{"a"': (1, 5, "inside the object"),
    "{": (1, 2, "inside the object"),
    "": (1, 1, "the end of the file"),
    " \n": (2, 1, "the end of the file"),
    "[1]": (1, 1, "expected a JSON object"),
    '"a"': (1, 1, "expected a JSON object"),
    "null": (1, 1, "expected a JSON object"),
    "\ufeff{}": (1, 1, "byte-order mark"),
    '{"a":\xa01}': (1, 6, "expected a value"),
    '{"a": \0}': (1, 7, "U+0000"),
}


@pytest.mark.parametrize("text", FAULTS)
def test_fault(text):
    line, column, message = FAULTS[text]
    document = read_json(text, "x.json")
    assert document.fault is not None
    assert document.value is None
    assert message in document.fault.message
    assert document.position(document.fault.span.start) == (line, column)


def test_keys_before_a_fault():
    document = read_json('{"Kind": "mesh", "TLS": {"x": 1}, "Name": oops}', "x.json")
    assert document.top_level_keys == ("Kind", "TLS", "Name")


@pytest.mark.parametrize(("text", "value", "rest"), [
    ('{"a": 1} {"b": 2} ', {"a": 1}, Span(9, 17)),
    ('{"a": 1}x', {"a": 1}, Span(8, 9)),
    ('{"a": 1} \n', {"a": 1}, None),
    (r'{"a": "\ud800"},', {"a": "\ufffd"}, Span(15, 16)),
])  # fmt: skip
def test_trailing_text_is_ignored_where_consul_ignores_it(text, value, rest):
    document = read_json(text, "body", trailing=True)
    assert (document.value, document.trailing) == (value, rest)
    assert ("a",) in document.layout.places


@pytest.mark.parametrize(("text", "value"), [("null", None), ("[1]", [1]), ("1.5 ", 1.5)])
def test_any_value_may_be_at_the_top_if_the_caller_says_so(text, value):
    document = read_json(text, "body", any_value=True)
    assert document.fault is None
    assert document.value == value


def test_layout():
    text = '{"a": {"b": [1, {"c": "x"}]}, "a": [true], "d": 2, "d": 3}'
    document = read_json(text, "x.json")

    def shown(span):
        return span and text[span.start : span.end]

    places = {p: (shown(x.key), shown(x.value)) for p, x in document.layout.places.items()}
    assert places == {
        (): (None, text),
        ("a",): ('"a"', "[true]"),
        ("a", 0): (None, "true"),
        ("d",): ('"d"', "3"),
    }
    duplicates = [(d.path, d.first.start, d.again.start) for d in document.layout.duplicates]
    assert duplicates == [(("a",), 1, 30), (("d",), 43, 51)]
    assert document.layout.comments == ()


def test_nesting():
    assert read_json('{"a":' * MAX_DEPTH + "1" + "}" * MAX_DEPTH, "x").fault is None
    for text in ('{"a":' * 100_000, "[" * 100_000 + "]" * 100_000, '{"a":' * 101 + "1" + "}" * 101):
        assert f"more than {MAX_DEPTH} levels" in read_json(text, "x", any_value=True).fault.message


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "' + r"\ud800" * 50_000 + '"}',
        '{"a": [' + "1," * 100_000,
        '{"a": ' + "9" * 500_000 + "}",
        '{"a": "' + "x" * 500_000,
        "{" + '"a": 1,' * 50_000 + '"a": ?}',
        "{" + '"a": {},' * 50_000 + '"b": 1}',
    ],
)
def test_long_text_comes_to_an_end(text):
    assert read_json(text, "x").layout is not None
