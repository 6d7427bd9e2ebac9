"""Envoy extensions: what each changes, in which order, and what happens when one fails."""

import json
from pathlib import Path
from typing import Any

import pytest
from sidecar_trees import DB, Tree, entry, instance, rendered

from meshgw.entries.extensions.versions import holds
from meshgw.envoy.resources import Resources

LUA = 'Listener = "inbound", Script = "function envoy_on_request(handle) end"'
SNI = "db.default.dc1.internal.td.consul"


def extension(name: str, arguments: str, more: str = "") -> str:
    return f'{{ Name = "builtin/{name}", {more} Arguments = {{ {arguments} }} }}'


def extended(*extensions: str, protocol: str = "http") -> str:
    spoken = f'Protocol = "{protocol}"\n' if protocol else ""
    return entry("service-defaults", "web", f"{spoken}EnvoyExtensions = [{', '.join(extensions)}]")


def http_filters(found: Resources) -> list[str]:
    """Short names of the HTTP filters of the public listener."""
    body = next(body for name, body in found.listeners.items() if name.startswith("public_listener"))
    config = body["filterChains"][0]["filters"][-1]["typedConfig"]
    return [each["name"].rpartition(".")[2] for each in config.get("httpFilters", ())]


def network_filters(found: Resources) -> list[dict[str, Any]]:
    body = next(body for name, body in found.listeners.items() if name.startswith("public_listener"))
    filters: list[dict[str, Any]] = body["filterChains"][0]["filters"]
    return filters


def test_extensions_are_applied_one_after_another(tmp_path: Path) -> None:
    wasm = (
        'Protocol = "http", ListenerType = "inbound", PluginConfig = { VmConfig = { Runtime = "v8", '
        'Code = { Local = { Filename = "/a.wasm" } } } }'
    )
    case = Tree(entries=(extended(extension("lua", LUA), extension("wasm", wasm)),))
    found = rendered(case, tmp_path)
    assert http_filters(found) == ["rbac", "header_to_metadata", "lua", "wasm", "router"]


def test_a_service_that_authorizes_tcp(tmp_path: Path) -> None:  # X-29
    arguments = """Config = { StatPrefix = "ext_authz_stats", IncludePeerCertificate = true, GrpcService = {
      Target = { Service = { Name = "db" }, Timeout = "2s" }, Authority = "test-authority",
      InitialMetadata = [
        { Key = "init-metadata-1", Value = "value 1" }, { Key = "init-metadata-2", Value = "value 2" }
      ]
    } }"""
    own = extended(extension("ext-authz", arguments, "Required = true,"), protocol="")
    found = rendered(Tree(upstreams=DB, entries=(own,)), tmp_path)
    names = [each["name"].rpartition(".")[2] for each in network_filters(found)]
    assert names == ["rbac", "ext_authz", "tcp_proxy"]
    assert network_filters(found)[1]["typedConfig"] == {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.ext_authz.v3.ExtAuthz",
        "grpcService": {
            "envoyGrpc": {"clusterName": SNI, "authority": "test-authority"},
            "initialMetadata": [
                {"key": "init-metadata-1", "value": "value 1"},
                {"key": "init-metadata-2", "value": "value 2"},
            ],
            "timeout": "2s",
        },
        "includePeerCertificate": True,
        "statPrefix": "ext_authz_stats",
        "transportApiVersion": "V3",
    }


def test_places_of_a_filter(tmp_path: Path) -> None:
    places = {
        'Location = "First"': ["ext_authz", "rbac", "header_to_metadata", "router"],
        'Location = "Last"': ["rbac", "header_to_metadata", "router", "ext_authz"],
        'Location = "AfterFirstMatch", FilterName = "envoy.filters.http.rbac"': [
            "rbac", "ext_authz", "header_to_metadata", "router",
        ],
        'Location = "BeforeLastMatch", FilterName = "envoy.filters.http.nothing"': [
            "rbac", "header_to_metadata", "router",
        ],
    }  # fmt: skip
    for number, (options, expected) in enumerate(places.items()):
        arguments = (
            f"InsertOptions = {{ {options} }}, "
            'Config = { GrpcService = { Target = { URI = "127.0.0.1:9191" } } }'
        )
        (tmp_path / str(number)).mkdir()
        found = rendered(Tree(entries=(extended(extension("ext-authz", arguments)),)), tmp_path / str(number))
        assert http_filters(found) == expected, options
        assert ("local_ext_authz" in found.clusters) == ("ext_authz" in expected)
        assert [fault.rule for fault in found.faults] == (
            [] if "ext_authz" in expected else ["extension-without-effect"]
        )


def test_access_logs_for_a_collector(tmp_path: Path) -> None:  # X-42
    arguments = """Config = {
      LogName = "otel-logger", BufferFlushInterval = 1000000, BufferSizeBytes = 4096,
      FilterStateObjectsToLog = ["obj-1", "obj-2"],
      RetryPolicy = { NumRetries = 5, RetryBackOff = { BaseInterval = "1s", MaxInterval = "10s" } },
      Attributes = { name = "Bugs Bunny", old = true, age = 84 }, ResourceAttributes = { type = "compute" },
      GrpcService = { Target = { Service = { Name = "db" } } }
    }"""
    case = Tree(upstreams=DB, entries=(extended(extension("otel-access-logging", arguments)),))
    manager = network_filters(rendered(case, tmp_path))[-1]["typedConfig"]
    (log,) = manager["accessLog"]
    config = log["typedConfig"]
    assert config["commonConfig"] == {
        "bufferFlushInterval": "0.001s",
        "bufferSizeBytes": 4096,
        "filterStateObjectsToLog": ["obj-1", "obj-2"],
        "grpcService": {"envoyGrpc": {"clusterName": SNI}},
        "grpcStreamRetryPolicy": {
            "numRetries": 5,
            "retryBackOff": {"baseInterval": "1s", "maxInterval": "10s"},
        },
        "logName": "otel-logger",
        "transportApiVersion": "V3",
    }
    assert config["attributes"]["values"] == [
        {"key": "age", "value": {"doubleValue": 84}},
        {"key": "name", "value": {"stringValue": "Bugs Bunny"}},
        {"key": "old", "value": {"boolValue": True}},
    ]
    assert config["resourceAttributes"]["values"] == [{"key": "type", "value": {"stringValue": "compute"}}]


V6 = '{ happy_eyeballs_config = { first_address_family_version = "V6" } }'
PATCHES = [
    (
        "/outlier_detection/success_rate_minimum_hosts", "1234",
        "outlierDetection", {"successRateMinimumHosts": 1234},
    ),
    ("/connect_timeout/seconds", "9", "connectTimeout", "9s"),
    ("/lb_policy", '"RANDOM"', "lbPolicy", "RANDOM"),
    ("/respect_dns_ttl", "true", "respectDnsTtl", True),
    (
        "/upstream_connection_options", V6,
        "upstreamConnectionOptions", {"happyEyeballsConfig": {"firstAddressFamilyVersion": "V6"}},
    ),
    ("/outlier_detection", None, "outlierDetection", None),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "key", "expected"), PATCHES)
def test_patches(path: str, value: str | None, key: str, expected: Any, tmp_path: Path) -> None:
    """Of the clusters of upstreams; that of the application stays as it is."""
    change = 'Op = "remove"' if value is None else f'Op = "add", Value = {value}'
    resource = '{ ResourceType = "cluster", TrafficDirection = "outbound" }'
    arguments = f'Patches = [{{ ResourceFilter = {resource}, {change}, Path = "{path}" }}]'
    case = Tree(upstreams=DB, entries=(extended(extension("property-override", arguments)),))
    found = rendered(case, tmp_path)
    assert found.faults == ()
    assert found.clusters[SNI].get(key) == expected
    assert found.clusters["local_app"] == rendered(Tree(), tmp_path).clusters["local_app"]


def test_a_patch_of_one_service(tmp_path: Path) -> None:
    resource = '{ ResourceType = "cluster", TrafficDirection = "outbound", Services = [{ Name = "cache" }] }'
    patch = f'{{ ResourceFilter = {resource}, Op = "add", Path = "/lb_policy", Value = "RANDOM" }}'
    case = Tree(
        upstreams=f'{DB};destination_name = "cache" local_bind_port = 9192',
        entries=(extended(extension("property-override", f"Patches = [{patch}]")),),
    )
    found = rendered(case, tmp_path)
    changed = [name for name, body in found.clusters.items() if body.get("lbPolicy") == "RANDOM"]
    assert changed == ["cache.default.dc1.internal.td.consul"]


WASM_OUT = (
    'Protocol = "http", ListenerType = "outbound", PluginConfig = { VmConfig = { Runtime = "v8", '
    'Code = { Local = { Filename = "/a.wasm" } } } }'
)


@pytest.mark.parametrize("required", [False, True])
def test_an_extension_that_fails_changes_nothing(required: bool, tmp_path: Path) -> None:  # X-36
    """The upstream speaks TCP, where no HTTP filter has a place; the constraint of the first is not asked."""
    lua = extension("lua", LUA, 'ConsulVersion = ">= 99.0.0",')
    wasm = extension("wasm", WASM_OUT, "Required = true," if required else "")
    found = rendered(Tree(upstreams=DB, entries=(extended(lua, wasm),)), tmp_path)
    assert "lua" in http_filters(found)
    assert "wasm" not in json.dumps(dict(found.listeners))
    assert [(fault.rule, fault.severity.word) for fault in found.faults] == [
        ("extension-failed", "error") if required else ("extension-without-effect", "warning")
    ]


def test_wasm_compares_protocols_as_they_are_spelled(tmp_path: Path) -> None:
    """Without a protocol a service is TCP, but not for the plugin (EE-30)."""
    tcp = WASM_OUT.replace('"http"', '"tcp"')
    found = rendered(Tree(upstreams=DB, entries=(extended(extension("wasm", tcp), protocol=""),)), tmp_path)
    assert "wasm" not in json.dumps(dict(found.listeners))
    assert found.faults == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True), (">= 1.21", True), (">= 1.21, < 1.22", False), ("1.22.0", True), ("= 1.22", True),
        ("!= 1.22.0", False), ("> 1.22", False), ("<= 1.22.0", True), ("~> 1.20", True), ("~> 1.22.1", False),
        ("~> 1", True), (">= v1.22", True), ("nonsense", False),
    ],
)  # fmt: skip
def test_constraints(text: str, expected: bool) -> None:
    assert holds(text, (1, 22, 0)) == expected


def test_a_function_in_the_place_of_an_upstream(tmp_path: Path) -> None:  # EE-50, EE-51
    """Its cluster is found by DNS, so nobody asks for endpoints; routes are the caller's and stay."""
    arn = 'ARN = "arn:aws:lambda:eu-west-1:123456789012:function:resize"'
    db = f'Protocol = "http"\nEnvoyExtensions = [{extension("aws/lambda", arn)}]'
    found = rendered(
        Tree(
            upstreams=DB,
            entries=(entry("service-defaults", "db", db),),
            others=(instance("db", 1, "10.0.0.1"),),
        ),
        tmp_path,
    )
    assert found.clusters[SNI]["type"] == "LOGICAL_DNS"
    assert SNI not in found.endpoints
    (manager,) = found.listeners["db:127.0.0.1:9191"]["filterChains"][0]["filters"]
    names = [each["name"].rpartition(".")[2] for each in manager["typedConfig"]["httpFilters"]]
    assert names == ["aws_lambda", "router"]
    assert manager["typedConfig"]["stripAnyHostPort"] is True
