"""tcp-route (config-entries.md 2.14)."""

import pytest
from entry_tables import accepted_entry, first_reported, rules_found

HEAD = 'Kind = "tcp-route" Name = "r" '


@pytest.mark.parametrize(
    ("_id", "rest", "expected"),
    [
        ("E414", "", []),
        ("E415", "Services {}", []),
        ("TR-01", 'Services { Name = "a" }', []),
        ("TR-01", "Services = [{}, {}]", ["tcp-route-several-services"]),
        ("TR-02", 'Parents { Kind = "x" Name = "g" }', ["route-parent-kind"]),
        ("TR-03", 'Parents { Name = "g" } Parents { Name = "g" }', ["route-parent-twice"]),
        ("TR-03", 'Parents { Name = "g" SectionName = "a" } Parents { Name = "g" SectionName = "b" }', []),
        ("TR-04", f'Meta {{ a = "{"v" * 513}" }}', ["meta-value-too-long"]),
        ("TEN-01", 'Services { Name = "a" Namespace = "n" }', ["unknown-key"]),
    ],
)
def test_community(_id, rest, expected):
    assert rules_found(HEAD + rest) == expected


def test_services_are_counted_before_parents():
    assert first_reported(HEAD + 'Services {} Services {} Parents { Kind = "x" }') == [
        "tcp-route-several-services"
    ]


def test_without_a_name():  # XG-01
    assert rules_found('Kind = "tcp-route"') == ["entry-name-missing"]


def test_services_inherit_the_tenancy():
    route = accepted_entry(HEAD + 'Namespace = "n" Services { Name = "a" } Parents {}', "enterprise")
    assert route.services[0].namespace == "n"
    assert (route.parents[0].kind, route.parents[0].namespace) == ("api-gateway", "n")
