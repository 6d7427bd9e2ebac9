# ruff: noqa: E501, ARG001  # a row of a table is one line and begins with its id
"""service-splitter (config-entries.md 2.4)."""

import pytest
from entry_tables import first_reported, rules_found

from meshgw.loading.texts import judge_entry_text
from meshgw.profile import Profile

HEAD = 'Kind = "service-splitter" Name = "web" '

# fmt: off
WORKED = [
    ("E163", 'kind="service-splitter" splits { weight=100 }', "splitter-name-missing", "splitter-name-missing"),  # SS-01
    ("E164", 'kind="service-splitter" name="web" ', "splitter-without-splits", "splitter-without-splits"),  # SS-02
    ("E165", 'kind="service-splitter" name="web" splits { weight="100" }', "", ""),  # accepted
    ("E166", 'kind="service-splitter" name="web" splits { weight=99.99 }', "split-weights-not-100", "split-weights-not-100"),  # SS-05
    ("E167", 'kind="service-splitter" name="web" splits { weight=99.996 }', "", ""),  # accepted
    ("E168", 'kind="service-splitter" name="web" splits { weight=33.33 service="a" } splits { weight=33.33 service="b" } splits { weight=33.33 service="c" }', "split-weights-not-100", "split-weights-not-100"),  # SS-05
    ("E169", 'kind="service-splitter" name="web" splits { weight=150 service="a" } splits { weight=-50 service="b" }', "", ""),  # accepted
    ("E170", 'kind="service-splitter" name="web" splits { weight=0 service="a" } splits { weight=100 service="b" }', "", ""),  # accepted
    ("E171", 'kind="service-splitter" name="web" splits { weight=50 } splits { weight=50 service="web" }', "split-destination-twice", "split-destination-twice"),  # SS-04
    ("E172", 'kind="service-splitter" name="web" splits { weight=50 } splits { weight=50 service="web" request_headers {} }', "", ""),  # accepted
    ("E173", 'kind="service-splitter" name="web" splits { weight=50 namespace="x" } splits { weight=50 }', "", ""),  # accepted
    ("E174", 'kind="service-splitter" name="web" splits { }', "split-weights-not-100", "split-weights-not-100"),  # SS-05
]
# fmt: on


@pytest.mark.parametrize(("example", "text", "community", "enterprise"), WORKED)
def test_worked_examples(example, text, community, enterprise):
    assert first_reported(text) == ([community] if community else [])
    assert first_reported(text, "enterprise") == ([enterprise] if enterprise else [])


def split(weight, rest=""):
    return f"Splits {{ Weight = {weight} {rest} }} "


COMMUNITY = [
    ("SS-03", split(100) + f'Meta {{ a = "{"v" * 513}" }}', ["meta-value-too-long"]),
    ("SS-02", "Splits = []", ["splitter-without-splits"]),
    ("SS-04", split(50, 'Service = "a" ServiceSubset = "v1"') + split(50, 'Service = "a" ServiceSubset = "v2"'), []),
    ("SS-04", split(50, 'Partition = "default"') + split(50), []),
    ("SS-05", split("99.999") + split("0.001", 'Service = "a"'), []),
    ("SS-05", split("99.995"), []),
    ("SS-05", split("99.99"), ["split-weights-not-100"]),
    ("SS-05", split("33.34") + split("33.33", 'Service = "a"') + split("33.33", 'Service = "b"'), []),
    ("SS-05", split("true"), ["split-weights-not-100"]),
    ("SS-05", split("1e300"), ["split-weights-not-100"]),
    ("SS-05", split("-3e38"), ["split-weights-not-100"]),
    ("SS-05", split("3e38") + split("1e30"), ["split-destination-twice", "split-weights-not-100"]),
    # accepted
    ("D-19", split(150) + split(-50, 'Service = "a"'), ["split-weight-negative"]),
    ("D-06", split(100, 'Namespace = "n"'), ["split-tenancy-ignored"]),
    ("headers", split(100, 'RequestHeaders { Set { Host = "x" } }'), ["header-not-modifiable"]),
    ("twice", split(50, "RequestHeaders {}") + split(50), ["split-destination-repeated"]),
    ("twice", split(50, "RequestHeaders { Set { a = 1 } }") + split(50, "ResponseHeaders { Set { a = 1 } }"), []),
    ("twice", split(50, "RequestHeaders { Set { a = 1 } }") + split(50, "RequestHeaders { Add { a = 1 } }"), []),
]  # fmt: skip


@pytest.mark.parametrize(("rule_id", "rest", "expected"), COMMUNITY)
def test_community(rule_id, rest, expected):
    assert rules_found(HEAD + rest) == expected


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("100", 100),
        ("99.996", 100),
        ("99.995", 100),
        ("33.333", 33.33),
        ("0.005", 0.01),
        ("0.004", 0),
        ("-0.005", -0.01),
        ("1.005", 1.01),  # 1.005 as a 32-bit float, times 100, is exactly 100.5
    ],
)
def test_weights_are_rounded_in_32_bits(written, stored):
    found = judge_entry_text(HEAD + split(written), "x.hcl", Profile()).entries[0]
    assert found.splits[0].weight == stored


@pytest.mark.parametrize("weight", ["1e300", "Inf", "-Inf", "NaN"])
def test_weights_that_are_no_32_bit_floats(weight):
    text = f'{{"Kind": "service-splitter", "Name": "web", "Splits": [{{"Weight": "{weight}"}}]}}'
    assert not judge_entry_text(text, "x.json", Profile(entry_path="http")).accepted
