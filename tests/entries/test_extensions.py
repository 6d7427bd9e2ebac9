# ruff: noqa: E501, ARG001  # a row of a table is one line and begins with its id
"""Envoy extensions (config-entries.md 2.0)."""

import json

import pytest
from entry_tables import first_reported, places_found, rules_found


def override(patch, kind="cluster"):
    filter_ = {"ResourceType": kind, "TrafficDirection": "outbound"}
    arguments = {"Patches": [{"ResourceFilter": filter_} | patch]}
    return extension({"Name": "builtin/property-override", "Arguments": arguments})


def extension(element):
    return json.dumps({"Kind": "service-defaults", "Name": "web", "EnvoyExtensions": [element]})


def arguments(name, **values):
    return extension({"Name": f"builtin/{name}", "Arguments": values})


def target(**values):
    return arguments("ext-authz", Config={"GrpcService": {"Target": values}})


# fmt: off
WORKED = [
    ("E463", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/lua","Arguments":{"Script":"x","Listener":"inbound"}}]}', "", ""),  # accepted
    ("E464", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/lua","Arguments":{"script":"x","listener":"outbound","bogus":1}}]}', "", ""),  # accepted
    ("E465", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/lua","Arguments":{"Script":"x"}}]}', "lua-listener-unknown", "lua-listener-unknown"),  # EX-13
    ("E466", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/lua","Arguments":{"Listener":"inbound"}}]}', "lua-script-missing", "lua-script-missing"),  # EX-11
    ("E467", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/lua","Arguments":{"Script":"x","Listener":"inbound","ProxyType":"ingress-gateway"}}]}', "lua-proxy-type-unknown", "lua-proxy-type-unknown"),  # EX-12
    ("E468", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/lua","Arguments":{"Script":5,"Listener":"inbound"}}]}', "extension-arguments-invalid", "extension-arguments-invalid"),  # EX-05
    ("E469", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/lua"}]}', "lua-script-missing lua-listener-unknown", "lua-script-missing lua-listener-unknown"),  # EX-11 and EX-13
    ("E470", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/aws/lambda","Arguments":{"ARN":"anything","PayloadPassthrough":true}}]}', "", ""),  # accepted
    ("E471", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/aws/lambda","Arguments":{"ARN":"a","PayloadPassthrough":"true"}}]}', "extension-arguments-invalid", "extension-arguments-invalid"),  # EX-05
    ("E472", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/aws/lambda"}]}', "lambda-arn-missing", "lambda-arn-missing"),  # EX-10
    ("E473", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/proxy/validate"}]}', "extension-unknown", "extension-unknown"),  # EX-04
    ("E474", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/lua","EnvoyVersion":">= 1.25, < 2","Arguments":{"Script":"x","Listener":"inbound"}}]}', "", ""),  # accepted
    ("E475", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/lua","EnvoyVersion":"latest","Arguments":{"Script":"x","Listener":"inbound"}}]}', "extension-envoy-version-invalid", "extension-envoy-version-invalid"),  # EX-02
    ("E476", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/lua","ConsulVersion":"> ","Arguments":{"Script":"x","Listener":"inbound"}}]}', "extension-consul-version-invalid", "extension-consul-version-invalid"),  # EX-03
    ("E477", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/ext-authz","Arguments":{"Config":{"GrpcService":{"Target":{"URI":"127.0.0.1:9191"}}}}}]}', "", ""),  # accepted
    ("E478", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/ext-authz","Arguments":{"Config":{"GrpcService":{"Target":{"URI":"127.0.0.1:9191"},"InitialMetadata":[{"Key":"a","Value":"b"}]}}}}]}', "", ""),  # accepted
    ("E479", 'Kind="service-defaults" Name="web" EnvoyExtensions { Name="builtin/ext-authz" Arguments { Config { GrpcService { Target { URI="127.0.0.1:9191" } InitialMetadata = [{ Key="a" Value="b" }] } } } }', "extension-arguments-invalid", "extension-arguments-invalid"),  # EX-05 (one-element list collapsed)
    ("E481", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/ext-authz","Arguments":{"Config":{}}}]}', "authz-service-not-one", "authz-service-not-one"),  # EX-32
    ("E482", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/ext-authz","Arguments":{"Config":{"GrpcService":{}}}}]}', "extension-target-missing", "extension-target-missing"),  # EX-33
    ("E483", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/ext-authz","Arguments":{"Config":{"GrpcService":{"Target":{"URI":"127.0.0.1:1","Service":{"Name":"a"}}}}}}]}', "extension-target-not-one", "extension-target-not-one"),  # EX-34
    ("E484", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/ext-authz","Arguments":{"Config":{"GrpcService":{"Target":{"URI":"127.0.0.1"}}}}}]}', "extension-target-uri-invalid", "extension-target-uri-invalid"),  # EX-35
    ("E485", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/ext-authz","Arguments":{"Config":{"GrpcService":{"Target":{"URI":"10.0.0.1:9191"}}}}}]}', "extension-target-uri-not-local", "extension-target-uri-not-local"),  # EX-36
    ("E486", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/ext-authz","Arguments":{"Config":{"GrpcService":{"Target":{"URI":"localhost:1","Timeout":"5"}}}}}]}', "extension-target-timeout-invalid", "extension-target-timeout-invalid"),  # EX-37
    ("E487", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/ext-authz","Arguments":{"Config":{"StatusOnError":418,"GrpcService":{"Target":{"URI":"localhost:1"}}}}}]}', "authz-status-unknown", "authz-status-unknown"),  # EX-39
    ("E488", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/ext-authz","Arguments":{"ProxyType":"api-gateway","Config":{"GrpcService":{"Target":{"URI":"localhost:1"}}}}}]}', "extension-proxy-type-unsupported", "extension-proxy-type-unsupported"),  # EX-30
    ("E489", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/otel-access-logging","Arguments":{"Config":{"LogName":"x"}}}]}', "otel-service-missing", "otel-service-missing"),  # EX-42
    ("E490", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/otel-access-logging","Arguments":{"Config":{"BufferFlushInterval":"1s","GrpcService":{"Target":{"Service":{"Name":"otel"}}}}}}]}', "extension-arguments-invalid", "extension-arguments-invalid"),  # EX-05 (durations must be numbers)
    ("E491", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/otel-access-logging","Arguments":{"Config":{"BufferFlushInterval":1000000000,"GrpcService":{"Target":{"Service":{"Name":"otel"}}}}}}]}', "", ""),  # accepted
    ("E492", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/property-override","Arguments":{"Patches":[{"Op":"remove","Path":"/outlier_detection","ResourceFilter":{"ResourceType":"cluster","TrafficDirection":"outbound"}}]}}]}', "", ""),  # accepted
    ("E493", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/property-override"}]}', "override-without-patches", "override-without-patches"),  # EX-14
    ("E494", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/property-override","Arguments":{"Patches":[{"Op":"add","Path":"/outlier_detection","ResourceFilter":{"ResourceType":"cluster","TrafficDirection":"outbound"}}]}}]}', "patch-without-value", "patch-without-value"),  # EX-26
    ("E495", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/property-override","Arguments":{"Patches":[{"Op":"add","Path":"/respect_dns_ttl","Value":true,"ResourceFilter":{"ResourceType":"cluster","TrafficDirection":"inbound","Services":[{"Name":"a"}]}}]}}]}', "patch-services-inbound", "patch-services-inbound"),  # EX-18
    ("E496", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/property-override","Arguments":{"Patches":[{"Op":"add","Path":"/no_such_field","Value":1,"ResourceFilter":{"ResourceType":"cluster","TrafficDirection":"outbound"}}]}}]}', "patch-path-unknown", "patch-path-unknown"),  # EX-24
    ("E497", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/wasm","Arguments":{"Protocol":"http","ListenerType":"inbound","PluginConfig":{"VmConfig":{"Code":{"Local":{"Filename":"f"}}}}}}]}', "", ""),  # accepted
    ("E498", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/wasm","Arguments":{"Protocol":"grpc","ListenerType":"inbound","PluginConfig":{"VmConfig":{"Code":{"Local":{"Filename":"f"}}}}}}]}', "wasm-protocol-unsupported", "wasm-protocol-unsupported"),  # EX-50
    ("E499", '{"Kind":"service-defaults","Name":"web","EnvoyExtensions":[{"Name":"builtin/wasm","Arguments":{"Protocol":"http","ListenerType":"inbound","PluginConfig":{"VmConfig":{"Code":{"Remote":{"HttpURI":{"Service":{"Name":"s"},"URI":"http://a/b"}}}}}}}]}', "wasm-checksum-missing", "wasm-checksum-missing"),  # EX-56
]
# fmt: on


@pytest.mark.parametrize(("example", "text", "community", "enterprise"), WORKED)
def test_worked_examples(example, text, community, enterprise):
    assert sorted(set(first_reported(text))) == sorted(community.split())
    assert sorted(set(first_reported(text, "enterprise"))) == sorted(enterprise.split())


@pytest.mark.parametrize(
    ("rule_id", "path", "value", "expected"),
    [
        ("EX-23", "/outlier_detection/", 1, "patch-path-unknown"),
        ("EX-24", "/outlierDetection", 1, "patch-path-unknown"),
        ("EX-24", "/outlier_detection/interval/seconds", 1, ""),
        ("EX-25", "/health_checks/timeout", 1, "patch-path-unknown"),
        ("EX-25", "/typed_extension_protocol_options/a", 1, "patch-path-unknown"),
        ("EX-25", "/transport_socket/typed_config/x", 1, "patch-path-unknown"),
        ("EX-27", "/outlier_detection", {"interval": {"seconds": 5}}, ""),
        ("EX-27", "/outlier_detection", {"interval": {"second": 5}}, "patch-value-unfit"),
        ("EX-27", "/name", {"a": 1}, "patch-value-unfit"),
        ("EX-28", "/name", 5, "patch-value-unfit"),
        ("EX-28", "/lb_policy", "RANDOM", ""),
        ("EX-28", "/lb_policy", "random", "patch-value-unfit"),
        ("EX-28", "/lb_policy", 1, "patch-value-unfit"),
        ("EX-28", "/outlier_detection", "x", "patch-value-unfit"),
        ("EX-28", "/outlier_detection/consecutive_5xx", 5, ""),
        ("EX-28", "/outlier_detection/consecutive_5xx", "5", "patch-value-unfit"),
        ("EX-28", "/respect_dns_ttl", 1, "patch-value-unfit"),
        ("EX-28", "/health_checks", {}, "patch-value-unfit"),
        ("EX-28", "/dns_resolvers", [1, 2], "patch-value-unfit"),
        ("EX-28", "//respect_dns_ttl", False, ""),
    ],
)  # fmt: skip
def test_patches(rule_id, path, value, expected):
    pytest.importorskip("envoy.config.cluster.v3.cluster_pb2")
    assert rules_found(override({"Op": "add", "Path": path, "Value": value})) == expected.split()


@pytest.mark.parametrize("kind", ["cluster-load-assignment", "listener", "route"])
def test_every_type_of_resource_has_its_message(kind):
    pytest.importorskip("envoy.config.cluster.v3.cluster_pb2")
    path = "/cluster_name" if kind == "cluster-load-assignment" else "/name"
    assert rules_found(override({"Op": "add", "Path": path, "Value": "x"}, kind)) == []
    assert rules_found(override({"Op": "add", "Path": "/outlier_detection", "Value": "x"}, kind)) == [
        "patch-path-unknown"
    ]


@pytest.mark.parametrize(
    ("rule_id", "text", "expected"),
    [
        ("EX-02", extension({"Name": "builtin/lua", "EnvoyVersion": "1.2.3,", "Arguments": {"Script": "x", "Listener": "inbound"}}), "extension-envoy-version-invalid"),
        ("EX-05", arguments("lua", Script=["a"], Listener="inbound"), ""),
        ("EX-05", arguments("lua", Script=["a", "b"], Listener="inbound"), "extension-arguments-invalid"),
        ("EX-31", arguments("ext-authz", ListenerType="Inbound", Config={"HttpService": {"Target": {"URI": "::1:80"}}}), "extension-listener-type-unknown"),
        ("EX-33", arguments("ext-authz", Config={"HttpService": {"PathPrefix": "/"}}), "extension-target-missing"),
        ("EX-34", target(), "extension-target-not-one"),
        ("EX-35", target(URI="http://localhost"), "extension-target-uri-invalid"),
        ("EX-35", target(URI="x://127.0.0.1:99999"), ""),
        ("EX-35", target(URI=":80"), ""),
        ("EX-36", target(URI="example.com:80"), "extension-target-uri-not-local"),
        ("EX-37", target(URI="localhost:1", Timeout="x"), "extension-target-timeout-invalid"),
        ("EX-39", arguments("ext-authz", Config={"StatusOnError": 100.5, "GrpcService": {"Target": {"URI": ":1"}}}), ""),
        ("EX-39", arguments("ext-authz", Config={"StatusOnError": -1, "GrpcService": {"Target": {"URI": ":1"}}}), "authz-status-unknown"),
        ("EX-41", arguments("otel-access-logging", ListenerType="x", Config={"GrpcService": {"Target": {"URI": ":1"}}}), "extension-listener-type-unknown"),
        ("EX-43", arguments("otel-access-logging", Config={"GrpcService": {}}), "extension-target-missing"),
        ("EX-43", arguments("otel-access-logging", Config={"BufferSizeBytes": -1, "GrpcService": {"Target": {"URI": ":1"}}}), "extension-arguments-invalid"),
        ("EX-54", arguments("wasm", Protocol="tcp", ListenerType="outbound"), "wasm-code-not-one wasm-remote-incomplete wasm-checksum-missing"),
    ],
)  # fmt: skip
def test_rules(rule_id, text, expected):
    assert rules_found(text) == expected.split()


def test_a_place_inside_arguments_that_are_spelled_in_another_case():
    text = HCL + '    LISTENER = "x"\n    script = "y"\n  }\n}\n'
    assert places_found(text) == ["x.hcl:6:16"]


HCL = """Kind = "service-defaults"
Name = "web"
EnvoyExtensions {
  Name = "builtin/lua"
  Arguments {
"""


def test_without_envoys_messages_it_is_said(monkeypatch):
    monkeypatch.setattr("meshgw.entries.extensions.property_rules.envoy_known", lambda: False)
    text = override({"Op": "add", "Path": "/no_such_field", "Value": 1})
    assert rules_found(text) == ["property-override-not-checked"]
