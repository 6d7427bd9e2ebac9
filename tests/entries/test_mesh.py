# ruff: noqa: E501, ARG001  # a row of a table is one line and begins with its id
"""mesh (config-entries.md 2.9)."""

import pytest
from entry_tables import first_reported, rules_found

HEAD = 'Kind = "mesh" '

# fmt: off
WORKED = [
    ("E334", 'kind="mesh" ', "", ""),  # accepted
    ("E335", 'kind="mesh" name="mesh"', "unknown-key", "unknown-key"),  # ME-01
    ("E336", 'kind="mesh" TransparentProxy { mesh_destinations_only = true } peering { peer_through_mesh_gateways = true }', "", ""),  # accepted
    ("E337", 'kind="mesh" tls { incoming { tls_min_version="x" } }', "tls-version-unknown", "tls-version-unknown"),  # ME-03
    ("E338", 'kind="mesh" tls { outgoing { cipher_suites="x" } }', "cipher-suite-unknown", "cipher-suite-unknown"),  # ME-04
    ("E339", 'kind="mesh" http { incoming { request_normalization { path_with_escaped_slashes_action="keep_unchanged" } } }', "escaped-slashes-action-unknown", "escaped-slashes-action-unknown"),  # ME-05
    ("E340", 'kind="mesh" http { incoming { request_normalization { headers_with_underscores_action="DROP" } } }', "header-underscores-action-unknown", "header-underscores-action-unknown"),  # ME-06
]
# fmt: on


@pytest.mark.parametrize(("example", "text", "community", "enterprise"), WORKED)
def test_worked_examples(example, text, community, enterprise):
    assert sorted(set(first_reported(text))) == sorted(community.split())
    assert sorted(set(first_reported(text, "enterprise"))) == sorted(enterprise.split())


@pytest.mark.parametrize(
    ("rule_id", "text", "expected"),
    [
        ("TLS-01", 'TLS { Incoming { TLSMinVersion = "TLSv1.2" } }', "tls-version-unknown"),
        ("TLS-02", 'TLS { Outgoing { TLSMaxVersion = "tlsv1_2" } }', "tls-version-unknown"),
        ("TLS-03", 'TLS { Outgoing { TLSMinVersion = "TLSv1_2" TLSMaxVersion = "TLSv1_1" } }', "tls-versions-reversed"),
        ("TLS-03", 'TLS { Outgoing { TLSMinVersion = "TLS_AUTO" TLSMaxVersion = "TLSv1_0" } }', ""),
        ("TLS-04", 'TLS { Outgoing { TLSMinVersion = "TLSv1_3" CipherSuites = "TLS_RSA_WITH_AES_128_CBC_SHA" } }', "cipher-suites-with-tls13"),
        ("TLS-05", 'TLS { Incoming { CipherSuites = ["TLS_RSA_WITH_AES_128_CBC_SHA", "x"] } }', "cipher-suite-unknown"),
    ],
)  # fmt: skip
def test_rules(rule_id, text, expected):
    assert rules_found(HEAD + text) == expected.split()


@pytest.mark.parametrize(
    ("rule_id", "text", "expected"),
    [
        ("ME-07", 'Namespace = "n1"', "entry-namespace-not-default"),
        ("ME-08", 'Partition = "p1" Peering { PeerThroughMeshGateways = true }', "mesh-peering-not-in-default-partition"),
        ("ME-08", 'Partition = "p1" Peering { PeerThroughMeshGateways = false }', ""),
        ("TEN-08", 'Partition = "*"', "partition-wildcard"),
    ],
)  # fmt: skip
def test_enterprise(rule_id, text, expected):
    assert rules_found(HEAD + text, "enterprise") == expected.split()
