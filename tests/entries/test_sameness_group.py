# ruff: noqa: E501, ARG001  # a row of a table is one line and begins with its id
"""sameness-group (config-entries.md 2.11)."""

import pytest
from entry_tables import first_reported, rules_found

HEAD = 'Kind = "sameness-group" Name = "all" '

# fmt: off
WORKED = [
    ("E357", 'kind="sameness-group" name="g" members { partition="default" }', "sameness-group-in-community", ""),  # SG-01, enterprise: accepted
    ("E358", 'kind="sameness-group" name="g"', "sameness-group-in-community", "sameness-group-without-members"),  # SG-01, enterprise: SG-03
    ("E359", 'kind="sameness-group" name="g" members { partition="default" } members { partition="p" peer="q" }', "sameness-group-in-community", "sameness-member-ambiguous"),  # SG-01, enterprise: SG-05
    ("E360", 'kind="sameness-group" name="g" members { peer="q" }', "sameness-group-in-community", "sameness-group-without-own-partition"),  # SG-01, enterprise: SG-07
    ("E361", 'kind="sameness-group" name="g" include_local=true members { peer="q" }', "sameness-group-in-community", ""),  # SG-01, enterprise: accepted
    ("E362", 'kind="sameness-group" name="g" namespace="default"', "unknown-key", "unknown-key"),  # SG-09
]
# fmt: on


@pytest.mark.parametrize(("example", "text", "community", "enterprise"), WORKED)
def test_worked_examples(example, text, community, enterprise):
    assert first_reported(text) == ([community] if community else [])
    assert first_reported(text, "enterprise") == ([enterprise] if enterprise else [])


OWN, EAST = 'Members { Partition = "default" } ', 'Members { Peer = "east" } '

ENTERPRISE = [
    ("SG-03", "", ["sameness-group-without-members"]),
    ("SG-04", OWN + "Members {}", ["sameness-member-empty"]),
    ("SG-06", OWN + EAST + EAST, ["sameness-member-twice"]),
    ("SG-06", OWN + 'Members { Partition = "Default" }', ["sameness-member-twice"]),
    ("SG-07", 'Members { Partition = "default" Peer = "east" }', ["sameness-member-ambiguous", "sameness-group-without-own-partition"]),
    ("SG-07", 'Partition = "team-a" Members { Partition = "team-a" }', []),
    ("SG-07", 'Partition = "team-a" ' + OWN, ["sameness-group-without-own-partition"]),
    ("SG-08", OWN + f'Meta {{ a = "{"v" * 513}" }}', ["meta-value-too-long"]),
    ("E359", OWN + EAST + "DefaultForFailover = true", []),
]  # fmt: skip


@pytest.mark.parametrize(("rule_id", "rest", "expected"), ENTERPRISE)
def test_enterprise(rule_id, rest, expected):
    assert rules_found(HEAD + rest, "enterprise") == expected


def test_a_group_needs_a_name():  # SG-02
    assert rules_found('Kind = "sameness-group" ' + OWN, "enterprise") == ["sameness-group-unnamed"]


@pytest.mark.parametrize(("namespace", "expected"), [("default", []), ("n", ["sameness-group-in-namespace"])])
def test_the_namespace_is_default(namespace, expected):  # SG-09
    text = f'{{"Kind": "sameness-group", "Name": "g", "Namespace": "{namespace}", "Members": [{{"Partition": "default"}}]}}'
    assert rules_found(text, "enterprise", "http") == expected


def test_community_says_only_that_there_are_none():  # SG-01
    assert rules_found(HEAD + "Members {} Members {}") == ["sameness-group-in-community"]
