# ruff: noqa: E501, ARG001  # a row of a table is one line and begins with its id
"""jwt-provider (config-entries.md 2.18)."""

import pytest
from entry_tables import accepted_entry, first_reported, rules_found

from meshgw.entries.request_uri import request_uri_fault
from meshgw.loading.texts import judge_entry_text
from meshgw.profile import Profile

HEAD = 'Kind = "jwt-provider" Name = "okta" '
LOCAL = 'JSONWebKeySet { Local { Filename = "/x" } } '

# fmt: off
WORKED = [
    ("E423", 'kind="jwt-provider" json_web_key_set { local { filename="x" } }', "jwt-provider-name-missing", "jwt-provider-name-missing"),  # JP-01
    ("E424", 'kind="jwt-provider" name="j"', "jwt-provider-without-keys", "jwt-provider-without-keys"),  # JP-05
    ("E425", 'kind="jwt-provider" name="j" json_web_key_set {}', "jwks-not-one-kind", "jwks-not-one-kind"),  # JP-06
    ("E426", 'kind="jwt-provider" name="j" json_web_key_set { local { filename="x" } remote { uri="http://x" } }', "jwks-not-one-kind", "jwks-not-one-kind"),  # JP-06
    ("E427", 'kind="jwt-provider" name="j" json_web_key_set { local { } }', "jwks-local-not-one-kind", "jwks-local-not-one-kind"),  # JP-07
    ("E428", 'kind="jwt-provider" name="j" json_web_key_set { local { filename="x" jwks="YQ==" } }', "jwks-local-not-one-kind", "jwks-local-not-one-kind"),  # JP-07
    ("E429", 'kind="jwt-provider" name="j" json_web_key_set { local { jwks="YQ" } }', "jwks-not-base64", "jwks-not-base64"),  # JP-08
    ("E430", 'kind="jwt-provider" name="j" json_web_key_set { local { jwks="_-==" } }', "jwks-not-base64", "jwks-not-base64"),  # JP-08
    ("E431", 'kind="jwt-provider" name="j" json_web_key_set { local { jwks="YQ==" } }', "", ""),  # accepted
    ("E432", 'kind="jwt-provider" name="j" json_web_key_set { remote { } }', "jwks-uri-missing", "jwks-uri-missing"),  # JP-09
    ("E433", 'kind="jwt-provider" name="j" json_web_key_set { remote { uri="foo" } }', "jwks-uri-invalid", "jwks-uri-invalid"),  # JP-10
    ("E434", 'kind="jwt-provider" name="j" json_web_key_set { remote { uri="http://a b/" } }', "jwks-uri-invalid", "jwks-uri-invalid"),  # JP-10
    ("E435", 'kind="jwt-provider" name="j" json_web_key_set { remote { uri="/foo" } }', "", ""),  # accepted
    ("E436", 'kind="jwt-provider" name="j" json_web_key_set { remote { uri="example.com:80/x" } }', "", ""),  # accepted
    ("E437", 'kind="jwt-provider" name="j" json_web_key_set { remote { uri="http://x" retry_policy { retry_policy_back_off { base_interval="5s" max_interval="1s" } } } }', "jwks-backoff-reversed", "jwks-backoff-reversed"),  # JP-11
    ("E438", 'kind="jwt-provider" name="j" json_web_key_set { remote { uri="http://x" retry_policy { RetryPolicyBackoff { BaseInterval="5s" } } } }', "", ""),  # accepted
    ("E439", 'kind="jwt-provider" name="j" json_web_key_set { remote { uri="http://x" jwks_cluster { discovery_type="static" } } }', "jwks-discovery-type-unknown", "jwks-discovery-type-unknown"),  # JP-12
    ("E440", 'kind="jwt-provider" name="j" json_web_key_set { remote { uri="http://x" jwks_cluster { tls_certificates {} } } }', "jwks-ca-not-one-kind", "jwks-ca-not-one-kind"),  # JP-13
    ("E441", 'kind="jwt-provider" name="j" json_web_key_set { remote { uri="http://x" jwks_cluster { tls_certificates { trusted_ca {} } } } }', "jwks-trusted-ca-not-one-kind", "jwks-trusted-ca-not-one-kind"),  # JP-14
    ("E442", 'kind="jwt-provider" name="j" json_web_key_set { remote { uri="http://x" jwks_cluster { tls_certificates { trusted_ca { filename="a" inline_string="b" } } } } }', "jwks-trusted-ca-not-one-kind", "jwks-trusted-ca-not-one-kind"),  # JP-14
    ("E443", 'kind="jwt-provider" name="j" json_web_key_set { local { filename="x" } } locations { }', "jwt-location-not-one-kind", "jwt-location-not-one-kind"),  # JP-15
    ("E444", 'kind="jwt-provider" name="j" json_web_key_set { local { filename="x" } } locations { header { name="a" } cookie {} }', "jwt-location-not-one-kind", "jwt-location-not-one-kind"),  # JP-15
    ("E445", 'kind="jwt-provider" name="j" json_web_key_set { local { filename="x" } } locations { header {} }', "jwt-header-unnamed", "jwt-header-unnamed"),  # JP-16
    ("E446", 'kind="jwt-provider" name="j" json_web_key_set { local { filename="x" } } locations { cookie {} }', "jwt-cookie-unnamed", "jwt-cookie-unnamed"),  # JP-17
    ("E447", 'kind="jwt-provider" name="j" json_web_key_set { local { filename="x" } } locations { query_param {} }', "jwt-query-param-unnamed", "jwt-query-param-unnamed"),  # JP-18
    ("E448", 'kind="jwt-provider" name="j" json_web_key_set { local { filename="x" } } forwarding {}', "jwt-forwarding-header-missing", "jwt-forwarding-header-missing"),  # JP-19
    ("E449", 'kind="jwt-provider" name="j" json_web_key_set { local { filename="x" } } clock_skew_seconds=-5 cache_config { size=-1 }', "", ""),  # accepted
    ("E450", 'kind="jwt-provider" name="j" json_web_key_set { local { filename="x" } } namespace="foo"', "unknown-key", "entry-namespace-not-default"),  # TEN-01, enterprise: JP-04
]
# fmt: on


@pytest.mark.parametrize(("example", "text", "community", "enterprise"), WORKED)
def test_worked_examples(example, text, community, enterprise):
    assert first_reported(text) == ([community] if community else [])
    assert first_reported(text, "enterprise") == ([enterprise] if enterprise else [])


@pytest.mark.parametrize(
    ("rule_id", "rest", "expected"),
    [
        ("JP-02", LOCAL + f'Meta {{ a = "{"v" * 513}" }}', ["meta-value-too-long"]),
        ("JP-08", 'JSONWebKeySet { Local { JWKS = "eyJr\\r\\nZXlzIjpbXX0=" } }', []),
        ("JP-08", 'JSONWebKeySet { Local { JWKS = "YQ= =" } }', ["jwks-not-base64"]),
        ("JP-15", LOCAL + "Locations {} Locations { Header {} } Locations { Cookie {} }", ["jwt-location-not-one-kind", "jwt-header-unnamed", "jwt-cookie-unnamed"]),
        ("JP-19", LOCAL + "Locations {} Forwarding {}", ["jwt-location-not-one-kind"]),
    ],
)  # fmt: skip
def test_community(rule_id, rest, expected):
    assert first_reported(HEAD + rest) == expected


def test_clock_skew_zero_is_thirty():
    assert accepted_entry(HEAD + LOCAL).clock_skew_seconds == 30
    assert accepted_entry(HEAD + LOCAL + "ClockSkewSeconds = -5").clock_skew_seconds == -5


def test_a_null_location_is_refused():  # DEC-12
    text = '{"Kind": "jwt-provider", "Name": "o", "JSONWebKeySet": {"Local": {"Filename": "x"}}, "Locations": [null]}'
    assert first_reported(text) == ["null-element"]


@pytest.mark.parametrize(
    "uri",
    [
        "/", "/a?%zz", "//host/x", "foo:bar", "example.com:80/x", "http://", "http:", "http://a/#frag#", "*", "HTTP://A/",
        "http://user:p%40ss@host:80/x", "http://[::1]:80/", "http://[fe80::1%25eth0]/", "http://a:/x", "http://é/",
        "http://a%C3%A9/", "http://a?b", "urn:a b", "/with space",
    ],
)  # fmt: skip
def test_uris_that_consul_takes(uri):
    assert request_uri_fault(uri) is None


@pytest.mark.parametrize(
    "uri",
    [
        "foo", "", ":foo", "1http://x", "ht tp://x", "http://a b/", "http://a/%zz", "http://a/%4", "http://%41/", "http://%zz/",
        "http://a:b/", "http://a:80b/", "http://[::1", "http://[::1]x/", "http://a#b/", "http://us er@a/", "http://u%zz@a/", "http://a\\b/",
        "http://a/\x00", "http://a/\x7f", "http://a^/",
    ],
)  # fmt: skip
def test_uris_that_consul_refuses(uri):  # JP-10
    assert request_uri_fault(uri)


def remote(more="JWKSCluster {}", uri="https://example.com/jwks"):
    return f'JSONWebKeySet {{ Remote {{ URI = "{uri}" {more} }} }} '


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ('JSONWebKeySet { Local { JWKS = "YQ==" } }', ["jwks-unreadable"]),
        ('JSONWebKeySet { Local { JWKS = "/w==" } }', ["jwks-unreadable"]),
        ('JSONWebKeySet { Local { JWKS = "W10=" } }', ["jwks-unreadable"]),
        ('JSONWebKeySet { Local { JWKS = "eyJrZXlzIjpbXX0=" } }', []),
        (remote(), []),
        (remote(uri="/x"), ["jwks-uri-not-http"]),
        (remote(uri="foo:bar"), ["jwks-uri-not-http"]),
        (remote(uri="https://"), ["jwks-uri-not-http"]),
        (remote(uri="ftp://a/b"), ["jwks-uri-not-http"]),
        (remote(""), ["jwks-host-taken-for-address"]),
        (remote('JWKSCluster { DiscoveryType = "STATIC" }'), ["jwks-host-taken-for-address"]),
        (remote("", "http://10.0.0.1/jwks"), []),
        (remote("", "http://[::1]:8080/jwks"), []),
        (remote('JWKSCluster {} CacheDuration = "5m"'), ["jwks-cache-never-ends"]),
        (remote("JWKSCluster {} RequestTimeoutMs = 1500"), ["jwks-time-cut"]),
        (remote('JWKSCluster { ConnectTimeout = "500ms" }'), ["jwks-time-cut"]),
        (remote('JWKSCluster { ConnectTimeout = "2s" } RequestTimeoutMs = 2000'), []),
        (LOCAL + 'Locations { Header { Name = "a" Forward = true } } Locations { Header { Name = "b" } }', ["jwt-forward-differs"]),
        (LOCAL + 'Locations { Header { Name = "a" Forward = true } } Locations { Cookie { Name = "b" } }', []),
        (LOCAL + "ClockSkewSeconds = 30", []),
        (LOCAL + "ClockSkewSeconds = 31", ["jwt-setting-unused"]),
        (LOCAL + "CacheConfig {}", ["jwt-setting-unused"]),
    ],
)  # fmt: skip
def test_advice(rest, expected):
    assert rules_found(HEAD + rest) == expected
    accepted_entry(HEAD + rest)


@pytest.mark.parametrize(
    ("time", "severity"), [("315s", "warning"), ("315576ms", "warning"), ("316s", "error")]
)
def test_how_bad_a_cache_duration_is(time, severity):
    text = HEAD + remote(f'JWKSCluster {{}} CacheDuration = "{time}"')
    (found,) = judge_entry_text(text, "x.hcl", Profile()).diagnostics
    assert found.severity.word == severity


def test_no_key_is_ever_shown():
    text = HEAD + 'JSONWebKeySet { Local { JWKS = "c2VjcmV0LXNlY3JldA=" } }'
    (found,) = judge_entry_text(text, "x.hcl", Profile()).diagnostics
    assert "c2VjcmV0" not in f"{found.message} {found.note} {found.help}"
