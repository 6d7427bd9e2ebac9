"""HCL 1: what each construct becomes, which are refused and where."""

from __future__ import annotations

import pytest

from meshgw.source.document import Place, Span
from meshgw.source.hcl1 import read_hcl
from meshgw.source.text import MAX_DEPTH


def text_at(document, span):
    return document.text[span.start : span.end]


VALUES = {
    # numbers and booleans
    "a = 1": {"a": 1},
    "a = 0x1F": {"a": 31},
    "a = -0x1F": {"a": -31},
    "a = 010": {"a": 8},
    "a = -3": {"a": -3},
    "a = 9223372036854775807": {"a": 2**63 - 1},
    "a = -9223372036854775808": {"a": -(2**63)},
    "a = 1.5": {"a": 1.5},
    "a = 1e3": {"a": 1000.0},
    "a = .5": {"a": 0.5},
    "a = 5.": {"a": 5.0},
    "a = true b = false": {"a": True, "b": False},
    # strings
    r'a = "\a\b\f\n\r\t\v\\\""': {"a": '\a\b\f\n\r\t\v\\"'},
    r'a = "\x41\101\u00e9\U0001F600"': {"a": "AAé😀"},
    r'a = "\xc3\xa9"': {"a": "é"},
    r'a = "\xff"': {"a": "\ufffd"},
    'a = "x${ "q" \n {} }y"': {"a": 'x${ "q" \n {} }y'},
    r'a = "${ \n }"': {"a": r"${ \n }"},
    'a = "$5 {x}"': {"a": "$5 {x}"},
    # heredocs
    "a = <<E\nx\n  y\nE\n": {"a": "x\n  y\n"},
    "a = <<E\nx\n  E\n": {"a": "x\n  "},
    "a = <<-E\n    x\n  y\n  E\n": {"a": "  x\ny\n"},
    "a = <<-E\nx\n  E\n": {"a": "x\n"},
    "a = <<E\r\nx\r\nE\r\n": {"a": "x\r\n"},
    "a = <<E\nE\nb = 1": {"a": "", "b": 1},
    "a = [<<E\nx\nE\n, 1]": {"a": ["x\n", 1]},
    # blocks, labels, lists
    "a { b = 1 }": {"a": [{"b": 1}]},
    "a = { b = 1 }": {"a": [{"b": 1}]},
    "a {}": {"a": [{}]},
    "a { b = 1 }\na { b = 2 }": {"a": [{"b": 1}, {"b": 2}]},
    'a "x" { b = 1 }': {"a": [{"x": [{"b": 1}]}]},
    'a "x" y {}': {"a": [{"x": [{"y": [{}]}]}]},
    'a "x" {} a "x" {}': {"a": [{"x": [{}]}, {"x": [{}]}]},
    "a = [1, [2, {b = 1}], {c {}}]": {"a": [1, [2, {"b": 1}], {"c": [{}]}]},
    "a = [,1,,2,]": {"a": [1, 2]},
    "a = [1] a = [2]": {"a": [1, 2]},
    "a = [{b = 1}] a { b = 2 }": {"a": [{"b": 1}, {"b": 2}]},
    "a { b = 2 } a = [{b = 1}]": {"a": [{"b": 2}, {"b": 1}]},
    "a = [1] a {}": {"a": [1, {}]},
    # scalars again
    'a = "x" a = "y"': {"a": "y"},
    'a = "x" a = 0x10': {"a": "0x10"},
    'a = 1 a = "0x10"': {"a": 16},
    "a = 1.5 a = 2": {"a": 2.0},
    "a = true a = false": {"a": False},
    # keys, separators, comments
    '"a-b" = 1, a-b.c = 2': {"a-b": 1, "a-b.c": 2},
    "ünï = 1 _x = 2": {"ünï": 1, "_x": 2},
    "a=1b=2": {"a": 1, "b": 2},
    "a = 1\n, b = 2": {"a": 1, "b": 2},
    "# c\na = 1 // d\n/* e\n */ b = /* f */ 2 #": {"a": 1, "b": 2},
    "a\r=\r1": {"a": 1},
    "a = 1\nb =": {"a": 1},
    "": {},
    " \n": {},
    # JSON in a .hcl file
    '{"a": {"b": 1}, "c": [1, {"d": null}]}': {"a": [{"b": 1}], "c": [1, {"d": ""}]},
    '{"a": {"b": {"x": 1}, "c": {"x": 2}}}': {"a": [{"b": [{"x": 1}]}, {"c": [{"x": 2}]}]},
    '{"a": [{"b": 1}, {"b": 2}]}': {"a": [{"b": 1}, {"b": 2}]},
    '{"a": [1, 2,], "b": {},}': {"a": [1, 2], "b": [{}]},
}


@pytest.mark.parametrize("text", VALUES)
def test_value(text):
    document = read_hcl(text, "x.hcl")
    assert document.fault is None
    assert repr(document.value) == repr(VALUES[text])


FAULTS = {
    "a = 08": (1, 5, "octal"),
    "a = 0x": (1, 5, "hexadecimal digits"),
    "a = +1": (1, 5, "expected a value"),
    "a = - 1": (1, 5, "expected a value"),
    "a = 1_000": (1, 10, "`_000` has no value"),
    "a = 0b11": (1, 9, "`b11` has no value"),
    "a = 9223372036854775808": (1, 5, "64-bit integer"),
    "a = 1e999": (1, 5, "64-bit float"),
    "a = 1e": (1, 5, "exponent"),
    "a = null": (1, 5, "`null` is not a value; text must stand in double quotes"),
    "a = foo": (1, 5, "`foo` is not a value"),
    "1 = 2": (1, 1, "double quotes"),
    "true = 2": (1, 1, "double quotes"),
    "a: 1": (1, 2, "write `=`"),
    "a = 'x'": (1, 5, "`'` does not quote"),
    "a = 1; b = 2": (1, 6, "`;` does not separate"),
    "a = 1,, b = 2": (1, 7, "expected a key, found `,`"),
    ", a = 1": (1, 1, "expected a key"),
    "a = {\n, b = 1 }": (2, 1, "expected a key"),
    "a = [1 2]": (1, 8, "expected a comma or `]`"),
    "a = [1": (1, 7, "expected a comma or `]`"),
    "a = [": (1, 6, "the list that begins on line 1 is never closed"),
    "a {\n": (2, 2, "the block that begins on line 1 is never closed"),
    "a { b = }": (1, 9, "expected a value"),
    "a { b }": (1, 7, "`b` has no value"),
    "a { b =": (1, 9, "never closed"),
    "}": (1, 1, "closes nothing"),
    "= 1": (1, 1, "without a key"),
    'a "x" = 1': (1, 7, "has a label"),
    'a = "x\nb = 1': (1, 7, "not closed before the end of the line"),
    'a = "${x': (1, 9, "not closed"),
    'a = "${x\n': (2, 1, "`${` in the string on line 1"),
    r'a = "\q"': (1, 7, "is not an escape sequence"),
    r'a = "\/"': (1, 7, "is not an escape sequence"),
    r'a = "\x4"': (1, 9, "is not an escape sequence"),
    r'a = "\400"': (1, 6, "beyond"),
    r'a = "\UFFFFFFFF"': (1, 6, "beyond"),
    "a = <<E\nx\nE": (3, 2, "heredoc `E` of line 1 never ends"),
    "a = <<E\nx\nE b\n": (4, 1, "never ends"),
    'a = <<"E"\nx\nE\n': (
        1,
        10,
        "not closed before the end of the line; before it, on line 1: `<<` without the word",
    ),
    "a = <<'E'\n": (1, 9, "`<<` without the word"),
    "a = <<E x\nE\n": (1, 8, "one bare word"),
    "a = </b": (1, 6, "second `<`"),
    "/* a": (1, 5, "never closed"),
    "a = 1 / b": (1, 7, "a single `/`"),
    "\ufeffa = 1": (1, 1, "byte-order mark"),
    "\ufeff{}": (1, 1, "byte-order mark"),
    "a = 1\nb = \0 1": (2, 5, "NUL"),
    'a = 1 a = "x"': (1, 11, "was an integer before and is a string here"),
    "a = 1 a = 1.5": (1, 11, "was an integer before"),
    'a = 1.5 a = "2"': (1, 13, "was a number with a fraction before"),
    'a = "x" a = 1.5': (1, 13, "was a string before"),
    'a = "x" a = true': (1, 13, "is a boolean here"),
    "a = 1 a {}": (1, 9, "was a scalar before and is a block here"),
    "a {} a = 1": (1, 10, "was a block or list before"),
    "a = 1 a = [1]": (1, 11, "is a list here"),
    "a {} a = [1]": (1, 11, "only objects may follow"),
    'a "x" {} a {}': (1, 10, "with and without a label"),
    '[{"a": 1}]': (1, 1, "expected a key"),
    '{"a" = 1}': (1, 2, "expected a colon"),
    "{\n  type = 1}": (2, 6, "double quotes"),
}


@pytest.mark.parametrize("text", FAULTS)
def test_fault(text):
    line, column, message = FAULTS[text]
    document = read_hcl(text, "x.hcl")
    assert document.fault is not None
    assert document.value is None
    assert message in document.fault.message
    assert document.position(document.fault.span.start) == (line, column)


def test_the_last_unreadable_character_counts():
    document = read_hcl("a = <VALUE>", "x.hcl")
    assert document.position(document.fault.span.start) == (1, 11)


def test_keys_before_a_fault():
    document = read_hcl('Kind = "mesh"\nTLS {\n  Inner = 1\n}\nName = oops', "x.hcl")
    assert document.top_level_keys == ("Kind", "TLS", "Name")


def test_places():
    text = 'Splits = [{ Weight = 90 }, { Weight = 10 }]\nTLS { Mode = "x" }\nTLS { }\nk "l" { m = [1, 2] }\n'
    document = read_hcl(text, "x.hcl")
    shown = {
        path: (place.key and text_at(document, place.key), text_at(document, place.value))
        for path, place in document.layout.places.items()
    }
    assert shown == {
        (): (None, text),
        ("Splits",): ("Splits", "[{ Weight = 90 }, { Weight = 10 }]"),
        ("Splits", 0): (None, "{ Weight = 90 }"),
        ("Splits", 0, "Weight"): ("Weight", "90"),
        ("Splits", 1): (None, "{ Weight = 10 }"),
        ("Splits", 1, "Weight"): ("Weight", "10"),
        ("TLS",): ("TLS", '{ Mode = "x" }'),
        ("TLS", 0): ("TLS", '{ Mode = "x" }'),
        ("TLS", 0, "Mode"): ("Mode", '"x"'),
        ("TLS", 1): ("TLS", "{ }"),
        ("k",): ("k", '"l" { m = [1, 2] }'),
        ("k", 0): ("k", '"l" { m = [1, 2] }'),
        ("k", 0, "l"): ('"l"', "{ m = [1, 2] }"),
        ("k", 0, "l", 0): ('"l"', "{ m = [1, 2] }"),
        ("k", 0, "l", 0, "m"): ("m", "[1, 2]"),
        ("k", 0, "l", 0, "m", 0): (None, "1"),
        ("k", 0, "l", 0, "m", 1): (None, "2"),
    }
    assert document.place(("TLS", 0, "Mode", "deeper")) == document.place(("TLS", 0, "Mode"))


def test_appended_lists_have_a_place_for_each_element():
    document = read_hcl("a = [1]\na = [2]\n", "x.hcl")
    assert [text_at(document, document.place(("a", i)).value) for i in (0, 1)] == ["1", "2"]
    assert document.place(("a", 1)) == Place(None, Span(13, 14))


def test_duplicates_are_replaced_scalars_only():
    document = read_hcl("a = 1\nb {}\nb {}\na = 2\n", "x.hcl")
    (duplicate,) = document.layout.duplicates
    assert duplicate.path == ("a",)
    assert (duplicate.first, duplicate.again) == (Span(0, 1), Span(16, 17))
    assert text_at(document, document.place(("a",)).value) == "2"


def test_comments():
    document = read_hcl('a = "#no" # one\n// two\n/* three\n */ b = <<E\n# no\nE\n## four', "x.hcl")
    assert [comment.text for comment in document.layout.comments] == ["one", "two", "three", "four"]
    assert text_at(document, document.layout.comments[2].span) == "/* three\n */"


def test_text_after_json_is_ignored_and_shown():
    document = read_hcl('{"a": 1} rest', "x.hcl")
    assert document.value == {"a": 1}
    assert text_at(document, document.trailing) == "rest"


def test_positions_count_characters_and_lines():
    document = read_hcl("é = 1\r\n\tü = x\r\n", "x.hcl")
    assert document.position(document.fault.span.start) == (2, 6)
    assert document.line(1) == "é = 1"
    assert document.line(2) == "\tü = x"


DEEP = {
    "lists": "a = " + "[" * 100_000,
    "closed lists": "a = " + "[" * 100_000 + "]" * 100_000,
    "blocks": "a {" * 100_000,
    "closed blocks": "a {" * 100_000 + "}" * 100_000,
    "objects in lists": "a = [" + "{ a = [" * 100_000,
    "labels": "a " + "b " * 100_000 + "{}",
    "JSON": '{"a":' * 100_000,
    "JSON lists": '{"a":' + "[" * 100_000 + "]" * 100_000 + "}",
}


@pytest.mark.parametrize("name", DEEP)
def test_deep_nesting_is_refused(name):
    document = read_hcl(DEEP[name], "x.hcl")
    assert f"more than {MAX_DEPTH} levels" in document.fault.message


@pytest.mark.parametrize("text", ["a {" * 99 + "}" * 99, "a = " + "[" * 99 + "]" * 99])
def test_nesting_up_to_the_bound_is_read(text):
    assert read_hcl(text, "x.hcl").fault is None
    assert read_hcl(text + "\nb =", "x.hcl").fault is None


LONG = {
    "unclosed strings": 'a = "x\n' * 50_000,
    "unclosed comments": "/* " * 50_000,
    "interpolations": 'a = "${' + "${" * 50_000,
    "heredocs": "a = <<E\nx\nE\n" * 50_000,
    "heredocs without end": "a = <<E\n" * 50_000,
    "anchors": "a = <<" + "E" * 100_000 + "\n" + " " * 100_000,
    "labelled blocks": "".join(f'a "b{i}" {{}}\n' for i in range(30_000)),
    "labelled keys": "".join(f'a{i} "b" {{}}\n' for i in range(30_000)),
    "blocks": "a {}\n" * 50_000,
    "escapes": 'a = "' + r"\x41" * 100_000 + '"',
    "digits": "a = " + "9" * 200_000,
    "spaces": "a = 1" + " \n" * 200_000 + "?",
    "replaced": "a = 1\n" * 50_000,
    "stray slashes": "/ " * 100_000,
    "key": "a" * 500_000,
}


@pytest.mark.parametrize("name", LONG)
def test_long_text_comes_to_an_end(name):
    document = read_hcl(LONG[name], "x.hcl")
    assert document.layout is not None
