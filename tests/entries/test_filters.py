"""Filter expressions of subsets: grammar, faults, which instances they select, hostile input."""

import pytest

from meshgw.entries.filters import (
    Expression,
    FilterError,
    FilterFault,
    field_names,
    filter_errors,
    matches,
    parse_filter,
)

INSTANCE = {
    "Service": {
        "Service": "web-sidecar-proxy",
        "Port": 20000,
        "Tags": ["v1", "x"],
        "Meta": {"version": "1", "a b": "c"},
        "TaggedAddresses": {"lan": {"Address": "10.0.0.1", "Port": 20000}},
    },
    "Node": {"Meta": {"z": "1"}},
    "Checks": [{"Status": "passing", "ServiceTags": ["t"]}],
}


def steps(text):
    """The postfix steps, matches as (selector, operator, value)."""
    found = parse_filter(text)
    assert isinstance(found, Expression), found
    return [
        step if isinstance(step, str) else (step.field, step.operator, step.value) for step in found.steps
    ]


A, B, C = ("a", "==", "1"), ("b", "==", "2"), ("c", "==", "3")
READ = [
    ("a==1", [A]),
    (" a == 1 ", [A]),
    ("( a == 1 )", [A]),
    ("((a == 1))", [A]),
    ("a == -1.5", [("a", "==", "-1.5")]),
    ('a == ""', [("a", "==", "")]),
    ("a == b.c", [("a", "==", "b.c")]),
    ('a.b["c d"] is not empty', [("a.b.c d", "is not empty", "")]),
    ("a[ `k` ].x != 1", [("a.k.x", "!=", "1")]),
    ("a contains 3", [("a", "in", "3")]),
    ("a not contains x", [("a", "not in", "x")]),
    ('"x" not in a.b', [("a.b", "not in", "x")]),
    ("3 in a", [("a", "in", "3")]),
    (r"a matches `\d+`", [("a", "matches", r"\d+")]),
    (r'a matches "\\d+"', [("a", "matches", r"\d+")]),
    (r'a matches "\d+"', [("a", "matches", r"\d+")]),
    (r'a == "\x41\102\u0043\n"', [("a", "==", "ABC\n")]),
    ("a not matches x", [("a", "not matches", "x")]),
    ("a == 1 or b == 2 and c == 3", [A, B, C, "and", "or"]),
    ("a == 1 and b == 2 or c == 3", [A, B, "and", C, "or"]),
    ("a == 1 or b == 2 or c == 3", [A, B, "or", C, "or"]),
    ("not a == 1 and b == 2", [A, "not", B, "and"]),
    ("not (a == 1 or b == 2) and c == 3", [A, B, "or", "not", C, "and"]),
    ("(a == 1) and b == 2", [A, B, "and"]),
    ("not not not (a == 1)", [A, "not"]),
    ("a == 1\tand\r\nb == 2", [A, B, "and"]),
    # `not` and the other words are fields and values too
    ("not == 3", [("not", "==", "3")]),
    ("not not == 3", [("not", "==", "3"), "not"]),
    ("not in x", [("x", "in", "not")]),
    ("not contains y", [("not", "in", "y")]),
    ("x in in", [("in", "in", "x")]),
    ("and == or", [("and", "==", "or")]),
]


@pytest.mark.parametrize(("text", "expected"), READ)
def test_reads(text, expected):
    assert steps(text) == expected


REFUSED = [
    ("", "it ends", 0),
    ("x ==", "a value is missing", 0),
    ("x == 01", "`01` is no value", 0),
    ("x == 1.", "`1.` is no value", 0),
    ("x == 1a", "`1a` is no value", 0),
    ("x == 'a'", "`'a'` is no value", 0),
    ('x == "a', '`"a` is no value', 0),
    ("a .b == c", "not followed by an operator", 0),
    ("a = b", "not followed by an operator", 0),
    ("a[0] == b", "not followed by an operator", 0),
    ("a..b == c", "not followed by an operator", 0),
    ("a containsx", "not followed by an operator", 0),
    ("not", "not followed by an operator", 0),
    ("not(a == b)", "not followed by an operator", 0),
    ("(a) == b", "not followed by an operator", 1),
    ("1 == 1", "expected a field", 0),
    ("()", "expected a field", 1),
    ("a-b == c", "a `-` is only allowed between quotes", 0),
    ("a == v-1", "`v-1` is no value; write it between quotes", 6),
    ("a == v1.2", "`v1.2` is no value; write it between quotes", 7),
    ("a == 10.0.0.1", "no value", 0),
    ("a == b c", "expected `and`", 7),
    ("a == b or", "expected `and`", 7),
    ("a == b or(c == d)", "expected `and`", 7),
    ("a == b android == c", "expected `and`", 7),
    ("a == b && c == d", "expected `and`", 7),
    ("a == b AND c == d", "expected `and`", 7),
    ("a is emptyx", "is no value", 10),
    ("a == b)", "too many", 6),
    ("(a == b", "a `)` is missing", 7),
    ("(a == b c)", "or `)`", 8),
]


@pytest.mark.parametrize(("text", "message", "offset"), REFUSED)
def test_refuses(text, message, offset):
    fault = parse_filter(text)
    assert isinstance(fault, FilterFault)
    assert message in fault.message
    assert fault.offset == offset


SELECTS = [  # envoy-mesh-gateway.md 18.6
    ("Service.Meta.version == 1", True),
    ('Service.Meta.version == "1"', True),
    ('Service.Meta["version"] == 1', True),
    ("Service.Meta.version == 1.0", False),
    ("Service.Meta.Version == 1", False),
    ("Service.Meta.Version != 1", True),
    ('Service.Meta.nope matches "x"', True),
    ('Service.Meta.nope not matches "x"', True),
    ('not Service.Meta.nope matches "x"', False),
    ('"x" not in Service.Meta.nope', True),
    ('"x" in Service.Meta.nope', False),
    ("version in Service.Meta", True),
    ("v1 in Service.Tags", True),
    ("Service.Tags contains v1", True),
    ("Service.Service contains side", True),
    ("Service.Port == 20000", True),
    ("Node.Meta.z == 1", True),
    ("Checks.Status == passing", True),
    ("Checks.Status != passing", False),
    ("Service.Meta is empty", False),
    ("Service.Connect.Native == true", False),
    # beyond the table
    ("Service.Connect.Native == false", True),
    ("Service.Connect.Native != 1", True),
    ("Service.Address == ``", True),
    ("Service.Tags is not empty", True),
    ("Service.Tags != v1", True),  # MG-S09: `x` is not v1
    ("v2 not in Service.Tags", True),
    ("Service.Port == `0x4e20`", True),
    ("Service.TaggedAddresses.lan.Port == 20000", True),
    ("Service.TaggedAddresses.wan.Port == 20000", False),
    ("Service.TaggedAddresses.wan.Port != 20000", True),
    ("Service.TaggedAddresses is empty", False),
    ("Node.TaggedAddresses is empty", True),
    ("Service.Proxy.Upstreams.DestinationName == x", False),  # an empty list
    ("Service.Proxy.Upstreams.DestinationName != x", False),
    ("t in Checks.ServiceTags", True),
    ("Service.Service matches `^web`", True),
    ("Service.Service matches `sidecar`", True),
    ("Service.Service not matches `^side`", True),
    ("Service.Port == 1 or Service.Meta.version == 1 and not v9 in Service.Tags", True),
    ("(Service.Port == 1 or Service.Meta.version == 1) and v9 in Service.Tags", False),
    ("Service.Port == 20000 and Service.Port == 1 or v1 in Service.Tags", True),
    ('Service.Meta["a b"] == c', True),
]


@pytest.mark.parametrize(("text", "expected"), SELECTS)
def test_selects(text, expected):
    found = parse_filter(text)
    assert isinstance(found, Expression)
    assert matches(found, INSTANCE) is expected


def test_list_elements_count_one_by_one():
    found = parse_filter("Checks.Status != passing")
    assert isinstance(found, Expression)
    assert matches(found, {"Checks": [{"Status": "passing"}, {"Status": "warning"}]})
    assert not matches(found, {"Checks": []})


FAULTS = [
    ("Service.Meta.nope is empty", "operator", 'Invalid match operator "Is Empty"'),
    ("Service.Meta == 1", "operator", 'Invalid match operator "Equal" for selector "Service.Meta"'),
    ("Checks == 1", "operator", 'Invalid match operator "Equal"'),
    ("Service.Port contains 2", "operator", 'Invalid match operator "In"'),
    ("Service.Port == abc", "value", 'Failed to coerce value "abc" for selector "Service.Port"'),
    ("Service.Port == ``", "value", "Failed to coerce"),
    ("Service.Port == 1.5", "value", "Failed to coerce"),
    ("Service.Connect.Native == yes", "value", "Failed to coerce"),
    ("Service.Connect.Native == ``", "value", "Failed to coerce"),
    ('Service.Meta.version matches "("', "regex", 'Failed to compile regular expression "("'),
    ("Service.Nope == 1", "selector", 'Selector "Service.Nope" is not valid'),
    ("Meta.version == 1", "selector", "is not valid"),
    ("service.Meta.version == 1", "selector", "is not valid"),
    ("Service.Meta.version.x == 1", "selector", "is not valid"),
    ("Service is empty", "selector", "is not valid"),
    ("Service.Port == 20000 or Service.Nope == 1", "selector", "Service.Nope"),  # whatever the data
]


@pytest.mark.parametrize(("text", "what", "message"), FAULTS)
def test_faults(text, what, message):
    found = parse_filter(text)
    assert isinstance(found, Expression)
    with pytest.raises(FilterError, match=message.replace("(", r"\(")) as caught:
        matches(found, INSTANCE)
    assert caught.value.what == what
    assert [error.what for _, error in filter_errors(found)] == [what]


def test_every_named_field_can_be_selected():
    for name in field_names():
        selector = name.replace("<key>", "k")
        kinds = [parse_filter(f"{selector} {ending}") for ending in ("== 1", "is empty")]
        assert any(isinstance(found, Expression) and not list(filter_errors(found)) for found in kinds), name


DEEP = 100_000
HOSTILE = [
    "(" * DEEP + "a == b" + ")" * DEEP,
    "(" * 10 * DEEP,
    "not " * DEEP + "a == b",
    "not " * DEEP,
    "a == b and (" * DEEP + "a == b" + ")" * DEEP,
    "a." * DEEP,
    'a["b"' * DEEP,
    "a == b or " * DEEP + "a == b",
    " " * 10 * DEEP,
    "a" + " " * 10 * DEEP + "!",
    "not in " * DEEP,
    '"' * 10 * DEEP,
    "1" * 10 * DEEP,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
def test_hostile_input_comes_to_an_end(text):
    found = parse_filter(text)
    if isinstance(found, Expression):
        assert len(list(filter_errors(found))) == len(found.matches)
