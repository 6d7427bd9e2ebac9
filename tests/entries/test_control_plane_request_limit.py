# ruff: noqa: E501, ARG001  # a row of a table is one line and begins with its id
"""control-plane-request-limit (config-entries.md 2.19)."""

import pytest
from entry_tables import accepted_entry, first_reported, rules_found

from meshgw.loading.texts import judge_entry_text
from meshgw.profile import Profile

HEAD = 'Kind = "control-plane-request-limit" Name = "l" '
MODE = 'Mode = "enforcing" '

# fmt: off
WORKED = [
    ("E451", 'kind="control-plane-request-limit" name="a" mode="permissive" read_rate=1 write_rate=1', "unknown-kind", ""),  # RL-01, enterprise: accepted
    ("E452", 'kind="control-plane-request-limit" name="a" mode="x"', "unknown-kind", "request-limit-mode-unknown"),  # RL-01, enterprise: RL-03
    ("E453", 'kind="control-plane-request-limit" name="a" mode="permissive" config_entry { read_rate=1 }', "unknown-key", "unknown-key"),  # DEC-05
]
# fmt: on


@pytest.mark.parametrize(("example", "text", "community", "enterprise"), WORKED)
def test_worked_examples(example, text, community, enterprise):
    assert first_reported(text) == ([community] if community else [])
    assert first_reported(text, "enterprise") == ([enterprise] if enterprise else [])


@pytest.mark.parametrize(
    ("rule_id", "text", "expected"),
    [
        ("RL-02", 'Kind = "control-plane-request-limit" ' + MODE, ["request-limit-unnamed"]),
        ("RL-03", HEAD, ["request-limit-mode-unknown"]),
        ("RL-04", HEAD + MODE + "ReadRate = -1", ["request-rate-negative"]),
        ("RL-04", HEAD + MODE + "DiscoveryChain { WriteRate = -0.5 }", ["request-rate-negative"]),
        ("RL-05", HEAD + MODE + "KV { ReadRate = 5 }", []),
        ("RL-06", HEAD + MODE + f'Meta {{ a = "{"v" * 513}" }}', ["meta-value-too-long"]),
        ("RL-07", HEAD + MODE + 'Namespace = "n"', ["request-limit-tenancy"]),
        ("RL-07", HEAD + MODE + 'Partition = "Default"', []),
    ],
)  # fmt: skip
def test_enterprise(rule_id, text, expected):
    assert rules_found(text, "enterprise") == expected


@pytest.mark.parametrize("name", ["request-rate-negative", "request-limit-tenancy"])
def test_inferred_rules_can_be_switched_off(name):
    text = HEAD + MODE + 'ReadRate = -1 Partition = "p"'
    profile = Profile(edition="enterprise", relaxed=frozenset({name}))
    found = {diagnostic.rule for diagnostic in judge_entry_text(text, "x.hcl", profile).diagnostics}
    assert found == {"request-rate-negative", "request-limit-tenancy"} - {name}


def test_underscore_categories_reach_the_server_only():
    text = '{"Kind": "control-plane-request-limit", "Name": "l", "Mode": "disabled", "prepared_query": {"read_rate": 2}}'
    assert accepted_entry(text, "enterprise", "http").prepared_query.read_rate == 2
    assert rules_found(text, "enterprise") == ["unknown-key"]


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("", ["unknown-kind"]),
        ("Bogus = 1", ["unknown-key"]),
        ('ReadRate = "x"', ["wrong-type"]),
        ('ReadRate = "NaN"', ["number-not-finite"]),
        ('KV { WriteRate = "-Inf" }', ["number-not-finite"]),
    ],
)
def test_community_decodes_before_it_refuses_the_kind(rest, expected):
    assert rules_found(HEAD + rest) == expected
