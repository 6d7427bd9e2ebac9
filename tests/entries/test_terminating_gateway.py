# ruff: noqa: E501, ARG001  # a row of a table is one line and begins with its id
"""terminating-gateway (config-entries.md 2.8)."""

import pytest
from entry_tables import accepted_entry, first_reported, rules_found

HEAD = 'Kind = "terminating-gateway" Name = "egress" '

# fmt: off
WORKED = [
    ("E324", 'kind="terminating-gateway" name="tg"', "", ""),  # accepted
    ("E325", 'kind="terminating-gateway" name="tg" services { }', "terminating-service-unnamed", "terminating-service-unnamed"),  # TG-02
    ("E326", 'kind="terminating-gateway" name="tg" services { name="a" namespace="*" }', "unknown-key", "terminating-wildcard-namespace"),  # TEN-01, enterprise: TG-03
    ("E327", 'kind="terminating-gateway" name="tg" services { name="a" } services { name="a" }', "terminating-service-twice", "terminating-service-twice"),  # TG-05
    ("E328", 'kind="terminating-gateway" name="tg" services { name="*" } services { name="a" }', "", ""),  # accepted
    ("E329", 'kind="terminating-gateway" name="tg" services { name="a" cert_file="c" key_file="k" }', "terminating-files-incomplete", "terminating-files-incomplete"),  # TG-06
    ("E330", 'kind="terminating-gateway" name="tg" services { name="a" ca_file="c" key_file="k" }', "terminating-files-incomplete", "terminating-files-incomplete"),  # TG-06
    ("E331", 'kind="terminating-gateway" name="tg" services { name="a" ca_file="c" }', "", ""),  # accepted
    ("E332", 'kind="terminating-gateway" name="tg" services { name="a" disable_auto_host_rewrite=true }', "unknown-key", "unknown-key"),  # DEC-05
    ("E333", 'kind="terminating-gateway" name="tg" services { name="a" partition="p" }', "unknown-key", "unknown-key"),  # DEC-05
]
# fmt: on


@pytest.mark.parametrize(("example", "text", "community", "enterprise"), WORKED)
def test_worked_examples(example, text, community, enterprise):
    assert first_reported(text) == ([community] if community else [])
    assert first_reported(text, "enterprise") == ([enterprise] if enterprise else [])


@pytest.mark.parametrize(
    ("rule_id", "text", "expected"),
    [
        ("E635", '{"Kind": "terminating-gateway", "Name": "t", "Partition": "part1", "Services": [{"Name": "a", "Partition": "part2"}]}', ["terminating-service-in-other-partition"]),
        ("TG-04", '{"Kind": "terminating-gateway", "Name": "t", "Partition": "part1", "Services": [{"Name": "a"}]}', []),
        ("TG-05", '{"Kind": "terminating-gateway", "Name": "t", "Services": [{"Name": "a"}, {"Name": "a", "Namespace": "n"}]}', []),
        ("TG-05", '{"Kind": "terminating-gateway", "Name": "t", "Namespace": "n", "Services": [{"Name": "a"}, {"Name": "a", "Namespace": "N"}]}', ["terminating-service-twice"]),
    ],
)  # fmt: skip
def test_enterprise(rule_id, text, expected):
    assert rules_found(text, "enterprise", "http") == expected


@pytest.mark.parametrize(
    ("rule_id", "rest", "expected"),
    [
        ("TG-01", f'Meta {{ a = "{"v" * 513}" }}', ["meta-value-too-long"]),
        ("TG-06", 'Services { Name = "a" KeyFile = "k" }', ["terminating-files-incomplete"]),
        ("TG-06", 'Services { Name = "a" CAFile = "c" CertFile = "d" KeyFile = "k" SNI = "s" }', []),
        ("XG-01", 'Name = ""', ["entry-name-missing"]),
        ("advice", 'Services { Name = "a" CAFile = "c" }', ["terminating-tls-without-sni"]),
        ("advice", 'Services { Name = "a" SNI = "s" }', ["terminating-sni-without-ca"]),
        ("advice", 'Services { Name = "a" } Services { Name = "A" }', ["terminating-service-differs-by-case"]),
        ("OG-W03", 'Services { Name = "a" } Services { Name = "*" CAFile = "c" SNI = "s" }', ["terminating-service-differs-from-wildcard"]),
        ("OG-W03", 'Services { Name = "a" } Services { Name = "*" }', []),
    ],
)  # fmt: skip
def test_community(rule_id, rest, expected):
    assert rules_found(HEAD + rest) == expected


def test_services_inherit_the_tenancy():
    (service,) = accepted_entry(
        HEAD + 'Namespace = "N" Partition = "p" Services { Name = "a" }', "enterprise"
    ).services
    assert (service.namespace, service.partition) == ("n", "p")
