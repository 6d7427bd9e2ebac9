# ruff: noqa: E501, ARG001  # a row of a table is one line and begins with its id
"""service-defaults (config-entries.md 2.1)."""

import pytest
from entry_tables import accepted_entry, first_reported, places_found, rules_found

HEAD = 'Kind = "service-defaults" Name = "web" '

# fmt: off
WORKED = [
    ("E074", 'kind="service-defaults"', "defaults-name-missing", "defaults-name-missing"),  # SD-01
    ("E075", 'kind="service-defaults" name="*"', "defaults-name-wildcard", "defaults-name-wildcard"),  # SD-02
    ("E076", 'kind="service-defaults" name="web" balance_inbound_connections="exact"', "inbound-balance-unknown", "inbound-balance-unknown"),  # SD-04
    ("E077", 'kind="service-defaults" name="web" balance_inbound_connections="exact_balance"', "", ""),  # accepted
    ("E078", 'kind="service-defaults" name="web" protocol="udp"', "service-protocol-unknown", "service-protocol-unknown"),  # SD-05
    ("E079", 'kind="service-defaults" name="web" mode="bogus" mesh_gateway { mode="bogus" }', "", ""),  # accepted
    ("E080", 'kind="service-defaults" name="web" upstream_config {} destination { addresses=["a.b"] port=1 }', "upstreams-with-destination", "upstreams-with-destination"),  # SD-06
    ("E081", 'kind="service-defaults" name="web" upstream_config { overrides { } }', "upstream-override-unnamed", "upstream-override-unnamed"),  # SD-07
    ("E082", 'kind="service-defaults" name="web" upstream_config { overrides { name="*" } }', "upstream-override-wildcard", "upstream-override-wildcard"),  # SD-08
    ("E083", 'kind="service-defaults" name="web" upstream_config { overrides { name="a" protocol="udp" peer="p" } overrides { name="a" } }', "", ""),  # accepted
    ("E084", 'kind="service-defaults" name="web" upstream_config { overrides { name="a" namespace="ns1" } }', "unknown-key", ""),  # TEN-01, enterprise: accepted
    ("E085", 'kind="service-defaults" name="web" upstream_config { overrides { name="a" namespace="*" } }', "unknown-key", "upstream-override-wildcard-namespace"),  # TEN-01, enterprise: SD-09
    ("E086", 'kind="service-defaults" name="web" upstream_config { defaults { name="a" } }', "upstream-defaults-named", "upstream-defaults-named"),  # SD-10
    ("E087", 'kind="service-defaults" name="web" upstream_config { defaults { namespace="a" } }', "unknown-key", "upstream-defaults-in-namespace"),  # TEN-01, enterprise: SD-11
    ("E088", 'kind="service-defaults" name="web" upstream_config { defaults { partition="a" } }', "unknown-key", "upstream-defaults-in-partition"),  # TEN-02, enterprise: SD-12
    ("E089", 'kind="service-defaults" name="web" upstream_config { defaults { peer="a" connect_timeout_ms=-5 } }', "", ""),  # accepted
    ("E090", 'kind="service-defaults" name="web" upstream_config { defaults { passive_health_check { interval="-1s" } } }', "health-check-interval-negative", "health-check-interval-negative"),  # SD-13
    ("E091", 'kind="service-defaults" name="web" upstream_config { defaults { passive_health_check { enforcing_consecutive_5xx=101 } } }', "health-check-enforcing-not-percentage", "health-check-enforcing-not-percentage"),  # SD-14
    ("E092", 'kind="service-defaults" name="web" upstream_config { overrides { name="a" passive_health_check { max_ejection_percent=101 } } }', "health-check-ejection-not-percentage", "health-check-ejection-not-percentage"),  # SD-15
    ("E093", 'kind="service-defaults" name="web" upstream_config { defaults { passive_health_check { base_ejection_time="-1s" } } }', "health-check-ejection-time-negative", "health-check-ejection-time-negative"),  # SD-16
    ("E094", 'kind="service-defaults" name="web" upstream_config { defaults { limits { max_connections=-1 } } }', "limit-connections-negative", "limit-connections-negative"),  # SD-17
    ("E095", 'kind="service-defaults" name="web" upstream_config { defaults { limits { max_pending_requests=-1 } } }', "limit-pending-requests-negative", "limit-pending-requests-negative"),  # SD-18
    ("E096", 'kind="service-defaults" name="web" upstream_config { defaults { limits { max_concurrent_requests=-1 } } }', "limit-requests-negative", "limit-requests-negative"),  # SD-19
    ("E097", 'kind="service-defaults" name="web" upstream_config { defaults { balance_outbound_connections="x" } }', "outbound-balance-unknown", "outbound-balance-unknown"),  # SD-20
    ("E098", 'kind="service-defaults" name="web" destination { port=80 }', "destination-without-addresses", "destination-without-addresses"),  # SD-21
    ("E099", 'kind="service-defaults" name="web" destination { addresses=["1.2.3.4","1.2.3.4"] port=80 }', "destination-address-twice", "destination-address-twice"),  # SD-22
    ("E100", 'kind="service-defaults" name="web" destination { addresses=["*.foo.com"] port=80 }', "destination-address-invalid", "destination-address-invalid"),  # SD-23
    ("E101", 'kind="service-defaults" name="web" destination { addresses="" port=80 }', "destination-address-invalid", "destination-address-invalid"),  # SD-23
    ("E102", 'kind="service-defaults" name="web" destination { addresses=["::1","[::1]","x y"] port=80 }', "", ""),  # accepted
    ("E103", 'kind="service-defaults" name="web" destination { addresses=["a.b"] }', "destination-port-invalid", "destination-port-invalid"),  # SD-24
    ("E104", 'kind="service-defaults" name="web" destination { addresses=["a.b"] port=65536 }', "destination-port-invalid", "destination-port-invalid"),  # SD-24
    ("E105", 'kind="service-defaults" name="web" rate_limits {}', "rate-limits-in-community", "rate-limits-without-rate"),  # SD-25, enterprise: SD-27
    ("E106", 'kind="service-defaults" name="web" rate_limits { instance_level { requests_per_second=5 } }', "rate-limits-in-community", ""),  # SD-25, enterprise: accepted
    ("E107", 'kind="service-defaults" name="web" mutual_tls_mode="Strict"', "mutual-tls-mode-unknown", "mutual-tls-mode-unknown"),  # SD-33
    ("E108", 'kind="service-defaults" name="web" mutual_tls_mode="bad" protocol="udp"', "mutual-tls-mode-unknown", "mutual-tls-mode-unknown"),  # SD-33
    ("E109", 'kind="service-defaults" name="web" expose { paths { path="x" listener_port=-5 protocol="bogus" } } max_inbound_connections=-1', "", ""),  # accepted
    ("E110", 'kind="service-defaults" name="web" envoy_extensions { }', "extension-name-missing", "extension-name-missing"),  # EX-01
    ("E111", 'kind="service-defaults" name="web" envoy_extensions { name="builtin/proxy/validate" }', "extension-unknown", "extension-unknown"),  # EX-04
    ("E112", 'kind="service-defaults" name="web" envoy_extensions { name="builtin/Lua" }', "extension-unknown", "extension-unknown"),  # EX-04
    ("E113", 'kind="service-defaults" name="web" envoy_extensions { name="builtin/lua" envoy_version="1" }', "unknown-key", "unknown-key"),  # DEC-05
]
# fmt: on


@pytest.mark.parametrize(("example", "text", "community", "enterprise"), WORKED)
def test_worked_examples(example, text, community, enterprise):
    assert sorted(set(first_reported(text))) == sorted(community.split())
    assert sorted(set(first_reported(text, "enterprise"))) == sorted(enterprise.split())


@pytest.mark.parametrize(
    ("rule_id", "text", "expected"),
    [
        ("SD-13", 'UpstreamConfig { Defaults { PassiveHealthCheck { Interval = "-1s" MaxEjectionPercent = 101 } } }', "health-check-interval-negative health-check-ejection-not-percentage"),
        ("SD-14", 'UpstreamConfig { Overrides { Name = "a" PassiveHealthCheck { EnforcingConsecutive5xx = 100 } } }', ""),
        ("SD-23", 'Destination { Addresses = ["a..b", "x:y", "::1"] Port = 1 }', "destination-address-invalid"),
        ("advice", 'MeshGateway { Mode = "locall" }', "unknown-mesh-gateway-mode"),
        ("advice", 'UpstreamConfig { Defaults { MeshGateway { Mode = "Local" } } }', "unknown-mesh-gateway-mode"),
        ("advice", 'UpstreamConfig { Overrides { Name = "a" MeshGateway { Mode = "x" } } }', "unknown-mesh-gateway-mode"),
        ("advice", 'UpstreamConfig { Overrides { Name = "a" MeshGateway { Mode = "none" } } }', ""),
        ("advice", 'Mode = "tproxy"', "unknown-proxy-mode"),
        ("advice", 'UpstreamConfig { Overrides { Name = "a" EnvoyListenerJSON = "[]" } }', "upstream-escape-hatch-unreadable"),
        ("advice", 'Expose { Paths { Path = "/a" ListenerPort = 1 LocalPathPort = 70000 } }', "exposed-path-invalid"),
        ("advice", 'Expose { Paths { Path = "/a" ListenerPort = 1 LocalPathPort = 2 Protocol = "HTTP2" } }', ""),
        ("1.13", 'Name = "Web"', "name-upper-case"),
        ("1.13", 'Name = "web "', "name-misleading"),
        ("1.13", 'Name = "w\u0435b"', "name-misleading"),
        ("1.13", 'Name = "b\u00fccher"', ""),
    ],
)  # fmt: skip
def test_rules(rule_id, text, expected):
    assert rules_found(HEAD + text) == expected.split()


@pytest.mark.parametrize(
    ("rule_id", "text", "expected"),
    [
        ("SD-01", 'Name = "" Protocol = "x"', "defaults-name-missing"),
        ("SD-33", 'MutualTLSMode = "x" Protocol = "y"', "mutual-tls-mode-unknown"),
        ("SD-06", 'Protocol = "x" UpstreamConfig { Defaults { Name = "a" } } Destination {}', "service-protocol-unknown upstreams-with-destination"),
        ("SD-07", 'UpstreamConfig { Overrides { Limits { MaxConnections = -1 } } Overrides { Name = "*" } }', "upstream-override-unnamed upstream-override-wildcard"),
        ("SD-20", 'UpstreamConfig { Defaults { BalanceOutboundConnections = "x" Limits { MaxConnections = -1 MaxPendingRequests = -1 } PassiveHealthCheck { Interval = -1 } } }', "health-check-interval-negative limit-connections-negative outbound-balance-unknown"),
        ("SD-26", 'EnvoyExtensions { } EnvoyExtensions { Name = "x" }', "extension-name-missing extension-unknown"),
    ],
)  # fmt: skip
def test_what_consul_reports_first(rule_id, text, expected):
    assert first_reported(HEAD + text) == expected.split()


@pytest.mark.parametrize(
    ("rule_id", "text", "expected"),
    [
        ("SD-27", "RateLimits {}", "rate-limits-without-rate"),
        ("SD-28", "RateLimits { InstanceLevel { RequestsPerSecond = -1 } }", "rate-limit-negative"),
        ("SD-29", 'RateLimits { InstanceLevel { RequestsMaxBurst = 1 Routes { PathExact = "/" RequestsPerSecond = 1 } } }', "rate-limit-burst-without-rate"),
        ("SD-30", 'RateLimits { InstanceLevel { Routes { PathExact = "/" PathPrefix = "/" RequestsPerSecond = 1 } } }', "rate-limit-path-not-one"),
        ("SD-31", 'RateLimits { InstanceLevel { RequestsPerSecond = 1 Routes { PathExact = "/" } } }', "rate-limit-route-without-rate"),
        ("SD-32", 'RateLimits { InstanceLevel { Routes { PathExact = "/" RequestsPerSecond = 1 RequestsMaxBurst = -1 } } }', "rate-limit-route-burst-negative"),
        ("SD-30", 'RateLimits { InstanceLevel { Routes { PathRegex = "/a.*" RequestsPerSecond = 1 } } }', ""),
        ("TEN-07", 'Namespace = "*"', "entry-namespace-wildcard"),
        ("TEN-08", 'Partition = "*"', "partition-wildcard"),
        ("TEN-08", 'UpstreamConfig { Overrides { Name = "a" Partition = "*" } }', "partition-wildcard"),
        ("TEN-09", 'Partition = "1a"', "tenancy-name-invalid"),
        ("TEN-09", 'Namespace = "Team-A"', ""),
    ],
)  # fmt: skip
def test_enterprise(rule_id, text, expected):
    assert rules_found(HEAD + text, "enterprise") == expected.split()


def test_normalization():
    entry = accepted_entry(
        HEAD + 'Protocol = "HTTP" UpstreamConfig { '
        'Defaults { Protocol = "GRPC" ConnectTimeoutMs = -5 } Overrides { Name = "a" Namespace = "N2" } } '
        'Namespace = "n1" Partition = "p1"',
        "enterprise",
    )
    assert entry.protocol == "http"
    assert entry.upstream_config.defaults.protocol == "grpc"
    assert entry.upstream_config.defaults.connect_timeout_ms == 0
    assert entry.upstream_config.defaults.namespace == ""
    (override,) = entry.upstream_config.overrides
    assert (override.partition, override.namespace) == ("p1", "n2")


def test_places():
    text = HEAD + "\nupstream_config {\n  defaults {\n    limits { max_connections = -1 }\n  }\n}\n"
    assert places_found(text) == ["x.hcl:4:32"]
