# ruff: noqa: E501, ARG001  # a row of a table is one line and begins with its id
"""proxy-defaults (config-entries.md 2.2)."""

import pytest
from entry_tables import accepted_entry, first_reported, rules_found

HEAD = 'Kind = "proxy-defaults" '

# fmt: off
WORKED = [
    ("E114", 'kind="proxy-defaults" ', "", ""),  # accepted
    ("E115", 'kind="proxy-defaults" name="foo"', "proxy-defaults-name", "proxy-defaults-name"),  # PD-01
    ("E116", 'kind="proxy-defaults" name="Global"', "proxy-defaults-name", "proxy-defaults-name"),  # PD-01
    ("E117", 'kind="proxy-defaults" config { protocol="bogus" }', "", ""),  # accepted
    ("E118", 'kind="proxy-defaults" config { protocol=5 }', "", ""),  # accepted
    ("E119", 'kind="proxy-defaults" config { protocol { a=1 } }', "config-protocol-not-string", "config-protocol-not-string"),  # PD-02
    ("E120", 'kind="proxy-defaults" config { Protocol=["a","b"] }', "config-protocol-not-string", "config-protocol-not-string"),  # PD-02
    ("E121", 'kind="proxy-defaults" config { protocol=["http"] }', "", ""),  # accepted
    ("E122", 'kind="proxy-defaults" protocol="http"', "unknown-key", "unknown-key"),  # DEC-05
    ("E123", 'kind="proxy-defaults" access_logs { type="File" }', "access-log-type-unknown", "access-log-type-unknown"),  # PD-03
    ("E124", 'kind="proxy-defaults" access_logs { type="file" }', "access-log-file-without-path", "access-log-file-without-path"),  # PD-04
    ("E125", 'kind="proxy-defaults" access_logs { json_format="{}" text_format="x" }', "access-log-two-formats", "access-log-two-formats"),  # PD-05
    ("E126", 'kind="proxy-defaults" access_logs { path="/x" }', "access-log-path-without-file", "access-log-path-without-file"),  # PD-06
    ("E127", 'kind="proxy-defaults" access_logs { json_format="{a" }', "access-log-json-invalid", "access-log-json-invalid"),  # PD-07
    ("E128", 'kind="proxy-defaults" access_logs { json_format="3" }', "", ""),  # accepted
    ("E129", 'kind="proxy-defaults" config { envoy_hcp_metrics_bind_socket_dir="' + "a" * 71 + '" }', "metrics-socket-path-too-long", "metrics-socket-path-too-long"),  # PD-09
    ("E130", 'kind="proxy-defaults" config { envoy_hcp_metrics_bind_socket_dir="' + "a" * 70 + '" }', "", ""),  # accepted
    ("E131", 'kind="proxy-defaults" failover_policy { mode="x" }', "proxy-failover-mode-unknown", "proxy-failover-mode-unknown"),  # PD-11
    ("E132", 'kind="proxy-defaults" failover_policy { mode="order-by-locality" regions=["r"] }', "", ""),  # accepted
    ("E133", 'kind="proxy-defaults" prioritize_by_locality { mode="failover" }', "proxy-locality-in-community", ""),  # PD-12, enterprise: accepted
    ("E134", 'kind="proxy-defaults" prioritize_by_locality { mode="x" }', "proxy-locality-in-community", "proxy-locality-mode-unknown"),  # PD-12, enterprise: PD-13
    ("E135", 'kind="proxy-defaults" prioritize_by_locality {}', "", ""),  # accepted
    ("E136", 'kind="proxy-defaults" mutual_tls_mode="on"', "mutual-tls-mode-unknown", "mutual-tls-mode-unknown"),  # PD-14
]
# fmt: on


@pytest.mark.parametrize(("example", "text", "community", "enterprise"), WORKED)
def test_worked_examples(example, text, community, enterprise):
    assert sorted(set(first_reported(text))) == sorted(community.split())
    assert sorted(set(first_reported(text, "enterprise"))) == sorted(enterprise.split())


@pytest.mark.parametrize(
    ("rule_id", "text", "expected"),
    [
        ("PD-02", 'Config { PROTOCOL = ["a", "b"] }', "config-protocol-not-string"),
        ("PD-02", 'Config { protocol = "a" PROTOCOL = ["a", "b"] }', ""),
        ("PD-07", 'AccessLogs { JSONFormat = "[1, ]" }', "access-log-json-invalid"),
        ("PD-07", 'AccessLogs { JSONFormat = "null" }', ""),
        ("advice", 'MeshGateway { Mode = "locall" }', "unknown-mesh-gateway-mode"),
        ("advice", 'Mode = "x"', "unknown-proxy-mode"),
        ("advice", 'Config { envoy_local_cluster_json = "{" }', "config-escape-hatch-unreadable"),
        ("advice", 'Config { envoy_local_cluster_json = "" }', ""),
    ],
)  # fmt: skip
def test_rules(rule_id, text, expected):
    assert rules_found(HEAD + text) == expected.split()


@pytest.mark.parametrize(
    ("rule_id", "text", "expected"),
    [
        ("PD-15", 'Namespace = "n1"', "entry-namespace-not-default"),
        ("PD-15", 'Namespace = "default" Partition = "p1"', ""),
        ("PD-13", 'PrioritizeByLocality { Mode = "x" }', "proxy-locality-mode-unknown"),
        ("PD-13", 'PrioritizeByLocality { Mode = "none" }', ""),
    ],
)  # fmt: skip
def test_enterprise(rule_id, text, expected):
    assert rules_found(HEAD + text, "enterprise") == expected.split()


@pytest.mark.parametrize(
    ("rule_id", "text", "expected"),
    [
        ("PD-01", 'Name = "x" MutualTLSMode = "x"', "proxy-defaults-name"),
        ("PD-02", 'Config { protocol { a = 1 } } AccessLogs { Type = "x" }', "config-protocol-not-string"),
        ("PD-03", 'AccessLogs { Type = "x" Path = "/y" } FailoverPolicy { Mode = "x" }', "access-log-type-unknown"),
        ("PD-11", 'FailoverPolicy { Mode = "x" } PrioritizeByLocality { Mode = "x" }', "proxy-failover-mode-unknown"),
        ("PD-12", 'PrioritizeByLocality { Mode = "x" } MutualTLSMode = "x"', "proxy-locality-in-community"),
    ],
)  # fmt: skip
def test_the_first_error_wins(rule_id, text, expected):
    assert first_reported(HEAD + text) == expected.split()


@pytest.mark.parametrize(
    ("config", "protocol"),
    [
        ('protocol = "HTTP"', "HTTP"),
        ("Protocol = 5", "5"),
        ('Protocol = "tcp" protocol = "http"', "http"),
        ('protocol = ["http"]', "http"),
        ("a = 1", ""),
    ],
)
def test_protocol(config, protocol):
    entry = accepted_entry(HEAD + f"Config {{ {config} }}")
    assert (entry.name, entry.protocol) == ("global", protocol)


def test_the_configuration_loses_lists_of_one():
    entry = accepted_entry(HEAD + "Config { a = [1] b { c = [2] } d = [[3, 4]] }")
    assert entry.config == {"a": 1, "b": {"c": 2}, "d": [3, 4]}
