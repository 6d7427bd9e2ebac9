# ruff: noqa: E501, ARG001  # a row of a table is one line and begins with its id
"""Decoding of config entries (config-entries.md 1.2 to 1.14)."""

import pytest
from entry_tables import accepted_entry, first_reported, rules_found

# fmt: off
WORKED = [
    ("E001", 'kind="service-defaults" name="web" protocol="HTTP"', "", ""),  # accepted
    ("E002", 'KIND="service-defaults" name="web"', "entry-kind-missing", "entry-kind-missing"),  # DEC-02
    ("E003", 'name="web"', "entry-kind-missing", "entry-kind-missing"),  # DEC-02
    ("E004", 'Kind="service-defaults" kind="proxy-defaults" Name="web"', "", ""),  # accepted
    ("E005", 'Kind="Service-Defaults" Name="web"', "unknown-kind", "unknown-kind"),  # DEC-04
    ("E006", 'Kind="" Name="web"', "unknown-kind", "unknown-kind"),  # DEC-04
    ("E007", 'Kind=5 Name="web"', "entry-kind-not-string", "entry-kind-not-string"),  # DEC-03
    ("E008", '{"Kind":null,"Name":"web"}', "entry-kind-not-string", "entry-kind-not-string"),  # DEC-03
    ("E009", 'Kind="bound-api-gateway" Name="x"', "unknown-kind", "unknown-kind"),  # DEC-04
    ("E010", '[{"Kind":"service-defaults","Name":"web"}]', "syntax", "syntax"),  # DEC-01
    ("E011", '{"Kind":"service-defaults","Name":"web"} x', "syntax", "syntax"),  # DEC-01
    ("E012", '{"Kind":"service-defaults", // c\n "Name":"web"}', "syntax", "syntax"),  # DEC-01
    ("E013", '{"Kind":"service-defaults","Name":"web",}', "syntax", "syntax"),  # DEC-01
    ("E014", 'kind="service-defaults" name="web" protocol=null', "syntax", "syntax"),  # DEC-01
    ("E015", 'kind="service-defaults" name="web" protocol=http', "syntax", "syntax"),  # DEC-01
    ("E016", '{"Kind":"service-defaults","Name":"a","Name":"web"}', "", ""),  # accepted
    ("E017", '{"Kind":"service-defaults","Name":"web","Protocol":null,"UpstreamConfig":null}', "", ""),  # accepted
    ("E018", 'kind="service-defaults" name="web" foo=1', "unknown-key", "unknown-key"),  # DEC-05
    ("E019", 'kind="service-defaults" name="web" external-sni="x"', "unknown-key", "unknown-key"),  # DEC-05
    ("E020", 'kind="service-defaults" name="web" EXTERNAL_SNI="x"', "", ""),  # accepted
    ("E021", 'kind="service-defaults" name="web" externalsni="x"', "", ""),  # accepted
    ("E022", 'Kind="service-defaults" Name="a" name="b"', "unknown-key", "unknown-key"),  # DEC-05
    ("E023", 'Kind="service-defaults" NAME="a"', "", ""),  # accepted
    ("E024", 'kind="service-defaults" name="web" max_inbound_connections=3 MaxInboundConnections=4', "unknown-key", "unknown-key"),  # DEC-05
    ("E025", 'kind="service-defaults" name="web" max_inbound_connections=3 maxinboundconnections=4', "", ""),  # accepted
    ("E026", 'kind="service-defaults" name="web" max_request_headers_kb=96', "unknown-key", "unknown-key"),  # DEC-05
    ("E028", 'kind="service-defaults" name="web" hash=1', "unknown-key", "unknown-key"),  # DEC-05
    ("E029", 'kind="service-defaults" name="web" createindex=5 ModifyIndex=6', "", ""),  # accepted
    ("E030", 'kind="service-defaults" name="web" mynamespace="x"', "unknown-key", "unknown-key"),  # DEC-06
    ("E031", 'kind="service-defaults" name="web" jwtfoo="x"', "unknown-key", "unknown-key"),  # DEC-07
    ("E032", 'kind="service-defaults" name="web" MaxInboundConnections="0x10"', "", ""),  # accepted
    ("E033", 'kind="service-defaults" name="web" MaxInboundConnections=1.9', "", ""),  # accepted
    ("E034", 'kind="service-defaults" name="web" MaxInboundConnections=true', "", ""),  # accepted
    ("E035", 'kind="service-defaults" name="web" MaxInboundConnections=""', "", ""),  # accepted
    ("E036", 'kind="service-defaults" name="web" MaxInboundConnections=[7]', "", ""),  # accepted
    ("E037", 'kind="service-defaults" name="web" MaxInboundConnections="1.5"', "wrong-type", "wrong-type"),  # DEC-08
    ("E038", 'kind="service-defaults" name="web" MaxInboundConnections=[1,2]', "wrong-type", "wrong-type"),  # DEC-10
    ("E039", 'kind="service-defaults" name="web" ExternalSNI=5.5', "", ""),  # accepted
    ("E040", 'kind="service-defaults" name="web" ExternalSNI=true', "", ""),  # accepted
    ("E041", 'kind="service-defaults" name="web" ExternalSNI=["a"]', "", ""),  # accepted
    ("E042", 'kind="service-defaults" name="web" ExternalSNI=[]', "wrong-type", "wrong-type"),  # DEC-10
    ("E043", 'kind="service-defaults" name="web" ExternalSNI=["a","b"]', "wrong-type", "wrong-type"),  # DEC-10
    ("E044", 'kind="service-defaults" name="web" ExternalSNI { a = 1 }', "wrong-type", "wrong-type"),  # DEC-08
    ("E045", 'kind="service-defaults" name="web" Expose { Checks = "T" }', "", ""),  # accepted
    ("E046", 'kind="service-defaults" name="web" Expose { Checks = "yes" }', "wrong-type", "wrong-type"),  # DEC-08
    ("E047", 'kind="service-defaults" name="web" Expose { Checks = true } Expose { }', "wrong-type", "wrong-type"),  # DEC-09
    ("E048", 'kind="service-defaults" name="web" Expose = "x"', "wrong-type", "wrong-type"),  # DEC-08
    ("E049", '{"Kind":"service-defaults","Name":"web","Expose":[{"Checks":true}]}', "", ""),  # accepted
    ("E050", '{"Kind":"service-defaults","Name":"web","Expose":[]}', "wrong-type", "wrong-type"),  # DEC-09
    ("E051", 'kind="service-defaults" name="web" Expose { Paths { Path="/x" } Paths { Path="/y" } }', "", ""),  # accepted
    ("E052", 'kind="service-defaults" name="web" Expose { Paths = [{ Path="/x" }] }', "", ""),  # accepted
    ("E053", 'kind="service-defaults" name="web" Meta { a = 1 b = true c = 1.5 }', "", ""),  # accepted
    ("E054", 'kind="service-defaults" name="web" Meta { a = 1 } Meta { b = 2 }', "", ""),  # accepted
    ("E055", 'kind="service-defaults" name="web" Meta { a { b = 1 } }', "wrong-type", "wrong-type"),  # DEC-08
    ("E056", '{"Kind":"service-defaults","Name":"web","Meta":"x"}', "wrong-type", "wrong-type"),  # DEC-08
    ("E057", '{"Kind":"service-defaults","Name":"web","Meta":[]}', "", ""),  # accepted
    ("E058", '{"Kind":"service-defaults","Name":"web","UpstreamConfig":{"Defaults":{"PassiveHealthCheck":{"MaxFailures":-1}}}}', "", ""),  # accepted
    ("E059", '{"Kind":"service-defaults","Name":"web","UpstreamConfig":{"Defaults":{"PassiveHealthCheck":{"MaxFailures":"-1"}}}}', "wrong-type", "wrong-type"),  # DEC-08
    ("E060", '{"Kind":"service-defaults","Name":"web","UpstreamConfig":{"Defaults":{"PassiveHealthCheck":{"Interval":10}}}}', "", ""),  # accepted
    ("E061", '{"Kind":"service-defaults","Name":"web","UpstreamConfig":{"Defaults":{"PassiveHealthCheck":{"Interval":"10"}}}}', "wrong-type", "wrong-type"),  # DEC-11
    ("E062", '{"Kind":"service-defaults","Name":"web","UpstreamConfig":{"Defaults":{"PassiveHealthCheck":{"Interval":""}}}}', "wrong-type", "wrong-type"),  # DEC-11
    ("E063", '{"Kind":"service-defaults","Name":"web","UpstreamConfig":{"Defaults":{"PassiveHealthCheck":{"Interval":"1d"}}}}', "wrong-type", "wrong-type"),  # DEC-11
    ("E064", '{"Kind":"service-defaults","Name":"web","UpstreamConfig":{"Defaults":{"PassiveHealthCheck":{"Interval":"1h5m0.5s"}}}}', "", ""),  # accepted
    ("E065", '{"Kind":"service-defaults","Name":"web","UpstreamConfig":{"Overrides":[null]}}', "null-element", "null-element"),  # DEC-12
    ("E066", 'kind="service-defaults" name="web" Namespace="default"', "unknown-key", ""),  # TEN-01, enterprise: accepted
    ("E067", 'kind="service-defaults" name="web" Partition="default"', "unknown-key", ""),  # TEN-02, enterprise: accepted
    ("E068", 'kind="service-defaults" name="web" Namespace=""', "", ""),  # accepted
    ("E069", 'kind="service-defaults" name="web" Meta { "' + "k" * 129 + '" = "v" }', "meta-key-too-long", "meta-key-too-long"),  # MT-02
    ("E070", 'kind="service-defaults" name="web" Meta { k = "' + "v" * 513 + '" }', "meta-value-too-long", "meta-value-too-long"),  # MT-03
    ("E071", 'kind="service-defaults" name="web" Meta { k = "' + "v" * 512 + '" }', "", ""),  # accepted
]
# fmt: on


@pytest.mark.parametrize(("example", "text", "community", "enterprise"), WORKED)
def test_worked_examples(example, text, community, enterprise):
    assert sorted(set(first_reported(text))) == sorted(community.split())
    assert sorted(set(first_reported(text, "enterprise"))) == sorted(enterprise.split())


def test_meta_of_64_pairs_is_the_most():
    pairs = " ".join(f'k{number} = "v"' for number in range(64))
    assert first_reported(f'Kind = "mesh" Meta {{ {pairs} }}') == []
    assert first_reported(f'Kind = "mesh" Meta {{ {pairs} k64 = "v" }}') == ["meta-too-many"]


@pytest.mark.parametrize("key", ["MaxRequestHeadersKB", "maxrequestheaderskb"])
def test_a_field_of_a_newer_version(key):
    text = f'Kind = "service-defaults" Name = "web" {key} = 96'
    assert rules_found(text) == ["unknown-key"]
    assert rules_found(text, version=(1, 23)) == []


@pytest.mark.parametrize(
    ("rule_id", "text", "expected"),
    [
        ("E500", '{"Kind":"service-defaults","Name":"web","Hash":5,"RaftIndex":{"CreateIndex":1}}', ""),
        ("E501", '{"Kind":"service-defaults","Name":"web","CreateIndex":3,"ModifyIndex":4}', ""),
        ("E502", '{"Kind":"service-defaults","Name":"web","createindex":3}', "unknown-key"),
        ("E503", '{"Kind":"service-defaults","KIND":"service-defaults","Name":"web"}', "unknown-key"),
        ("E504", '{"Kind":"service-defaults","kind":"x","Name":"web"}', ""),
        ("E505", '{"Kind":"service-defaults","Name":"web","Expose":{"Paths":[{"Path":"/a","ListenerPort":1,"LocalPathPort":2,"parsed_from_check":true}]}}', ""),
        ("E511", '{"Kind":"proxy-defaults","Name":"global","Protocol":"http"}', ""),
        ("E512", '{"Kind":"service-defaults","Name":"web","Namespace":""}', "unknown-key"),
        ("E513", '{"Kind":"service-defaults","Name":"web","Partition":""}', "unknown-key"),
        ("E514", '{"Kind":"control-plane-request-limit","Name":"a"}', "unknown-kind"),
        ("E520", '{"KIND":"service-defaults","Name":"web"}', "entry-kind-missing"),
        ("1.2", '{"Kind":"service-defaults","Name":"web"} and more', ""),
        ("1.2", 'Kind = "service-defaults"', "syntax"),
        ("1.2", "[]", "syntax"),
    ],
)  # fmt: skip
def test_http(rule_id, text, expected):
    assert rules_found(text, path="http") == expected.split()


@pytest.mark.parametrize(
    ("rule_id", "text", "expected"),
    [
        ("1.5", '{"Kind":"mesh","CREATEINDEX":"7"}', ""),
        ("1.5", '{"Kind":"mesh","CreateIndex":"x"}', "wrong-type"),
        ("1.5", '{"Kind":"mesh","CreateIndex":1,"createindex":1}', "unknown-key"),
    ],
)  # fmt: skip
def test_raft_indexes_of_the_client(rule_id, text, expected):
    assert rules_found(text) == expected.split()


@pytest.mark.parametrize(
    ("rule_id", "text", "value"),
    [
        ("E025", 'Kind="service-defaults" Name="web" max_inbound_connections=3 maxinboundconnections=4', 4),
        ("E032", 'Kind="service-defaults" Name="web" MaxInboundConnections="0x10"', 16),
        ("E033", 'Kind="service-defaults" Name="web" MaxInboundConnections=1.9', 1),
        ("E034", 'Kind="service-defaults" Name="web" MaxInboundConnections=true', 1),
        ("E036", 'Kind="service-defaults" Name="web" MaxInboundConnections=[7]', 7),
        ("1.6", 'Kind="service-defaults" Name="web" MaxInboundConnections="1_000"', 1000),
    ],
)  # fmt: skip
def test_values(rule_id, text, value):
    assert accepted_entry(text).max_inbound_connections == value
