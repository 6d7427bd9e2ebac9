# ruff: noqa: E501, ARG001  # a row of a table is one line and begins with its id
"""exported-services (config-entries.md 2.10)."""

import pytest
from entry_tables import accepted_entry, first_reported, rules_found

HEAD = 'Kind = "exported-services" Name = "default" '

# fmt: off
WORKED = [
    ("E341", 'kind="exported-services" name="default" ', "", ""),  # accepted
    ("E342", 'kind="exported-services" name="foo"', "exports-not-of-default-partition", ""),  # ES-01, enterprise: accepted
    ("E343", 'kind="exported-services" name="Default"', "exports-not-of-default-partition", ""),  # ES-01, enterprise: accepted
    ("E344", 'kind="exported-services"', "exports-not-of-default-partition", "exports-of-no-partition"),  # ES-01, enterprise: ES-10
    ("E345", 'kind="exported-services" name="default" services { name="a" consumers { sameness_group="g" } }', "export-to-sameness-group-in-community", ""),  # ES-03, enterprise: accepted
    ("E346", 'kind="exported-services" name="default" services { consumers { peer="p" } }', "export-unnamed", "export-unnamed"),  # ES-04
    ("E347", 'kind="exported-services" name="default" services { name="web" namespace="*" consumers { peer="p" } }', "", "export-of-one-name-in-all-namespaces"),  # accepted, enterprise: ES-05
    ("E348", 'kind="exported-services" name="default" services { name="a" }', "export-without-consumers", "export-without-consumers"),  # ES-06
    ("E349", 'kind="exported-services" name="default" services { name="a" consumers { peer="p" partition="q" } }', "export-consumer-ambiguous", "export-consumer-ambiguous"),  # ES-07
    ("E350", 'kind="exported-services" name="default" services { name="a" consumers { partition="*" } }', "export-to-all-partitions", "export-to-all-partitions"),  # ES-08
    ("E351", 'kind="exported-services" name="default" services { name="a" consumers { peer="*" } }', "export-to-all-peers", "export-to-all-peers"),  # ES-09
    ("E352", 'kind="exported-services" name="default" services { name="a" consumers { partition="p" } }', "", ""),  # accepted
    ("E353", 'kind="exported-services" name="default" services { name="a" consumers { peer_name="p" } }', "", ""),  # accepted
    ("E354", 'kind="exported-services" name="default" services { name="a" consumers { } } services { name="a" consumers { } }', "", ""),  # accepted
    ("E355", 'kind="exported-services" name="default" namespace="default"', "unknown-key", "unknown-key"),  # ES-12
    ("E356", 'kind="exported-services" name="default" partition="default"', "unknown-key", ""),  # TEN-02, enterprise: accepted
]
# fmt: on


@pytest.mark.parametrize(("example", "text", "community", "enterprise"), WORKED)
def test_worked_examples(example, text, community, enterprise):
    assert first_reported(text) == ([community] if community else [])
    assert first_reported(text, "enterprise") == ([enterprise] if enterprise else [])


def service(name, *consumers, rest=""):
    listed = " ".join(f"Consumers {{ {consumer} }}" for consumer in consumers)
    return f'Services {{ Name = "{name}" {rest} {listed} }} '


EAST, WEST = 'Peer = "east"', 'Peer = "west"'
TEAM = 'Partition = "team-a"'

COMMUNITY = [
    ("ES-02", f'Meta {{ a = "{"v" * 513}" }}', ["meta-value-too-long"]),
    ("ES-03", "Services {} " + service("a", 'SamenessGroup = "g"'), ["export-to-sameness-group-in-community", "export-unnamed", "export-without-consumers"]),
    ("ES-03", service("a", 'SamenessGroup = "g"'), ["export-to-sameness-group-in-community"]),
    ("ES-06", "Services = []", []),
    ("ES-08", service("a", 'Partition = "*"'), ["export-to-all-partitions"]),
    # accepted
    ("ES-W01", service("a", ""), ["export-consumer-empty"]),
    ("ES-W03", service("a", EAST) + service("a", WEST), ["export-twice"]),
    ("consul", service("consul", EAST), ["export-of-consul"]),
    ("twice", service("a", EAST, EAST), ["export-consumer-twice"]),
    ("twice", service("a", EAST) + service("b", EAST), []),
    ("D-32", service("a", EAST, rest='Namespace = "n"'), ["export-tenancy-ignored"]),
    ("D-32", service("a", TEAM), ["export-tenancy-ignored"]),
    ("PE-08", service("a", EAST) + service("*", WEST), ["export-to-peer-by-wildcard-only"]),
    ("PE-08", service("a", EAST, WEST) + service("*", WEST), []),
    ("PE-08", service("a", EAST) + service("*", EAST), []),
]  # fmt: skip


@pytest.mark.parametrize(("rule_id", "rest", "expected"), COMMUNITY)
def test_community(rule_id, rest, expected):
    assert rules_found(HEAD + rest) == expected


ENTERPRISE = [
    ("ES-05", service("*", EAST, rest='Namespace = "*"'), []),
    ("ES-07", service("a", 'Partition = "p" SamenessGroup = "g"'), ["export-consumer-ambiguous"]),
    ("ES-08", service("a", 'Partition = "*"'), ["export-to-all-partitions"]),
    ("ES-11", service("a", 'SamenessGroup = "*"'), ["export-to-all-sameness-groups"]),
    ("ES-W02", service("a", 'Partition = "Default"'), ["export-to-own-partition"]),
    ("ES-W03", service("a", EAST, rest='Namespace = "n"') + service("a", EAST), []),
    ("ES-W03", service("a", EAST, rest='Namespace = "default"') + service("a", EAST), ["export-twice"]),
    ("PE-08", service("a", EAST, rest='Namespace = "n"') + service("*", WEST), []),
    ("PE-08", service("a", EAST, rest='Namespace = "n"') + service("*", WEST, rest='Namespace = "*"'), ["export-to-peer-by-wildcard-only"]),
]  # fmt: skip


@pytest.mark.parametrize(("rule_id", "rest", "expected"), ENTERPRISE)
def test_enterprise(rule_id, rest, expected):
    assert rules_found(HEAD + rest, "enterprise") == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("", ["exports-of-no-partition"]), ("*", ["exports-of-no-partition"]), ("team-a", [])],
)
def test_the_name_is_a_partition(name, expected):  # ES-10
    assert first_reported(f'Kind = "exported-services" Name = "{name}"', "enterprise") == expected


def test_the_namespace_is_known_to_the_enterprise_server_only():  # ES-12
    text = '{"Kind": "exported-services", "Name": "default", "Namespace": "default"}'
    assert rules_found(text, "enterprise", "http") == []
    assert rules_found(text, "enterprise") == ["unknown-key"]
    assert rules_found(text, path="http") == ["unknown-key"]


def test_the_name_overwrites_the_partition():
    found = accepted_entry('Kind = "exported-services" Name = "team-a" Partition = "team-b"', "enterprise")
    assert (found.partition, found.namespace) == ("team-a", "default")


def test_community_drops_namespaces_and_keeps_partitions():
    found = accepted_entry(HEAD + service("a", TEAM, rest='Namespace = "n"'))
    assert found.services[0].namespace == ""
    assert found.services[0].consumers[0].partition == "team-a"
    kept = accepted_entry(HEAD + service("a", TEAM, rest='Namespace = "N"'), "enterprise")
    assert kept.services[0].namespace == "n"
