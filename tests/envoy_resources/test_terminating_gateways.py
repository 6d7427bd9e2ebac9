# ruff: noqa: E501  # rows of tables are read more easily than wrapped
"""The rules of envoy-other-gateways.md 1 and 2 beside its examples: what is linked, and what each setting does."""

import json
from pathlib import Path
from typing import Any

import pytest
from terminating_trees import (
    CRITICAL,
    LISTENER,
    chain,
    d,
    destination,
    entry,
    gateway,
    instances,
    links,
    meta,
    n,
    protocol,
    served,
    subsets,
)
from trees import chains, dialed, mesh_of, proxy

from meshgw.commands.rendering import Target, render_all
from meshgw.envoy.proxies import resources_of
from meshgw.envoy.resources import Resources
from meshgw.snapshot.proxies import snapshot_of

DB = {"entry": links("db"), "db": instances("db", "10.1.1.1:5432")}
SIDECAR = "connect { sidecar_service { port = 20000 } }"


def names(found: Resources) -> list[str]:
    """What the gateway tells apart, in the order of its filter chains."""
    return [each for listed, _ in chains(found, LISTENER) for each in listed]


def config(found: Resources, name: str) -> dict[str, Any]:
    """The last filter of a service's chain."""
    return dict(chain(found, name)["filters"][-1]["typedConfig"])


NATIVE = "connect { native = true }"
ANY = 'Name = "*" CAFile = "all.pem"'
LINKED = [
    pytest.param([ANY], {"db": ["10.1.1.1:1"]}, ["db"], id="TE-02"),
    pytest.param([ANY], {"db": [f"10.1.1.1:1 {SIDECAR}"]}, ["db"], id="TE-02-sidecar"),
    pytest.param([ANY], {"db": [f"10.1.1.1:1 {NATIVE}"]}, [], id="TE-02-native"),
    pytest.param([ANY], {"db": [f"10.1.1.1:1 {NATIVE}", "10.1.1.2:1"]}, ["db"], id="TE-02-one-not-native"),
    pytest.param([ANY], {"consul": ["10.1.1.1:8300"]}, [], id="TE-02-consul"),
    pytest.param(["consul"], {"consul": ["10.1.1.1:8300"]}, ["consul"], id="TE-01-consul-by-name"),
    pytest.param(["db"], {"db": [f"10.1.1.1:1 {NATIVE}"]}, ["db"], id="TE-01-native-by-name"),
    pytest.param(["db"], {}, [], id="TE-06"),
    pytest.param(["DB"], {"db": ["10.1.1.1:1"]}, ["DB"], id="TE-01-case"),
    pytest.param([ANY, "DB"], {"db": ["10.1.1.1:1"]}, ["db"], id="TE-03-case"),
]


@pytest.mark.parametrize(("services", "registered", "expected"), LINKED)
def test_what_is_linked(
    tmp_path: Path, services: list[str], registered: dict[str, list[str]], expected: list[str]
) -> None:
    files = {name: instances(name, *rows) for name, rows in registered.items()}
    found = served(tmp_path, files | {"entry": links(*services)})
    assert names(found) == [n(name) for name in expected]
    assert list(found.clusters) == [n(name) for name in expected]


def test_instances_take_the_place_of_a_destination(tmp_path: Path) -> None:  # TE-01
    both = {"entry": links("db", "*"), "dest": destination("db", 443, "db.example.com")}
    assert names(served(tmp_path, both)) == [d("db-example-com", "db")]
    assert names(served(tmp_path, both | {"db": instances("db", "10.1.1.1:1")})) == [n("db")]


def test_callers_see_the_same_links(tmp_path: Path) -> None:
    """`*` leads to the gateway for what it stands for, and to nothing else (TE-02)."""
    upstreams = ", ".join(
        f'{{ destination_name = "{name}" local_bind_port = {port} }}'
        for port, name in enumerate(("db", "nobody", "native"), 9000)
    )
    web = f'service {{ name = "web" port = 80 connect {{ sidecar_service {{ port = 20000 proxy {{ upstreams = [{upstreams}] }} }} }} }}'
    files = {
        "gw": gateway(),
        "entry": links("*"),
        "db": instances("db", "10.1.1.1:5432"),
        "native": instances("native", f"10.1.1.2:80 {NATIVE}"),
        "web": web,
    }
    mesh = mesh_of(tmp_path, {f"dc1/{name}.hcl": text for name, text in files.items()})
    snapshot = snapshot_of(mesh, proxy(mesh, "web-sidecar-proxy"))
    assert snapshot is not None
    found = resources_of(snapshot)
    assert dialed(found, n("db")) == ["1.2.3.4:8443"]
    assert dialed(found, n("nobody")) == []
    assert dialed(found, n("native")) == ["10.1.1.2:80"]


TLS_FILES = [
    ("", None),
    ('SNI = "x"', None),  # TE-20; the other two files without a CA are refused (TG-06)
    ('CAFile = "ca.pem"', ({"filename": "ca.pem"}, False, "")),  # TE-21
    ('CAFile = "ca.pem" CertFile = "c.pem" KeyFile = "k.pem"', ({"filename": "ca.pem"}, True, "")),
    ('CAFile = "ca.pem" SNI = "x"', ({"filename": "ca.pem"}, False, "x")),  # TE-22
]


@pytest.mark.parametrize(("settings", "expected"), TLS_FILES)
def test_tls_to_the_outside(
    tmp_path: Path, settings: str, expected: tuple[dict[str, str], bool, str] | None
) -> None:
    dest = destination("dest", 443, "10.9.9.9")
    files = DB | {"entry": links(f'Name = "db" {settings}', f'Name = "dest" {settings}'), "dest": dest}
    found = served(tmp_path, files)
    for name in (n("db"), d("10-9-9-9", "dest")):
        socket = found.clusters[name].get("transportSocket")
        if expected is None:
            assert socket is None
            continue
        assert socket is not None
        context = socket["typedConfig"]
        common = context["commonTlsContext"]
        assert (common["validationContext"]["trustedCa"], "tlsCertificates" in common) == expected[:2]
        assert context.get("sni", "") == expected[2]


H1, H2, H3 = "h1.example:1", "h2.example:2", "h3.example:3"
DISCOVERY = [
    pytest.param([H1, H2], "logical", ["h1.example:1"], id="TE-23-first"),
    pytest.param([f"{H1} {CRITICAL}", H2, H3], "logical", ["h2.example:2"], id="TE-23-first-healthy"),
    pytest.param([f"{H1} {CRITICAL}", H2, H3], "strict", ["h2.example:2", "h3.example:3"], id="TE-23-strict"),
    pytest.param(
        [f"{H1} {CRITICAL}", f"{H2} {CRITICAL}"], "strict", ["h2.example:2!"], id="TE-23-none-healthy"
    ),
    pytest.param(["10.0.0.1:1", H2], "strict", ["h2.example:2"], id="TE-23-mixed"),
    pytest.param(["10.0.0.1:1", f"{H2} {CRITICAL}"], "logical", ["h2.example:2!"], id="TE-23-mixed-critical"),
]


@pytest.mark.parametrize(("rows", "kind", "expected"), DISCOVERY)
def test_host_names(tmp_path: Path, rows: list[str], kind: str, expected: list[str]) -> None:
    options = f'envoy_dns_discovery_type = "{kind}_dns"'
    found = served(tmp_path, {"entry": links("db"), "db": instances("db", *rows)}, options)
    assert found.clusters[n("db")]["type"] == f"{kind.upper()}_DNS"
    assert dialed(found, n("db")) == expected
    assert found.endpoints == {}


def test_only_passing_host_names_of_a_subset(tmp_path: Path) -> None:  # TE-23
    warning = 'check { ttl = "48h" status = "warning" }'
    files = {
        "entry": links("db"),
        "db": instances("db", f"{H1} {warning}", H2),
        "sub": subsets("db", v1="Service.ID != none", v2="Service.ID != none"),
    }
    found = served(tmp_path, files)
    assert dialed(found, n("db", "v1")) == ["h1.example:1"]
    assert dialed(found, n("db", "v2")) == ["h2.example:2"]


def test_subsets_and_balancers_of_endpoints(tmp_path: Path) -> None:  # TE-30, TE-31, 2.5
    weighted = "weights { passing = 7 warning = 2 }"
    files = {
        "entry": links("db"),
        "db": instances("db", f"10.1.1.1:1 {meta(v='1')} {weighted}", f"10.1.1.2:1 {CRITICAL}"),
        "sub": subsets(
            "db",
            'ConnectTimeout = "3s"\nLoadBalancer { Policy = "least_request" LeastRequestConfig { ChoiceCount = 4 } }',
            v1="Service.Meta.v == 1",
            none="Service.Meta.v == 9",
        ),
    }
    found = served(tmp_path, files)
    assert dialed(found, n("db")) == ["10.1.1.1:1*7", "10.1.1.2:1!"]
    assert dialed(found, n("db", "v1")) == ["10.1.1.1:1*7"]
    assert found.endpoints[n("db", "none")]["endpoints"] == [{}]
    for name in (n("db"), n("db", "v1"), n("db", "none")):
        assert found.clusters[name]["connectTimeout"] == "3s"
        assert found.clusters[name]["leastRequestLbConfig"] == {"choiceCount": 4}
    assert found.routes == {}


def test_a_redirect_and_a_failover_are_the_callers(tmp_path: Path) -> None:  # TE-26
    found = served(tmp_path, DB | {"r": entry("service-resolver", "db", 'Redirect { Service = "other" }')})
    assert dialed(found, n("db")) == ["10.1.1.1:5432"]


def test_a_filter_that_cannot_be_evaluated_is_fatal(tmp_path: Path) -> None:  # TE-25
    bad = subsets("db", v1="Service.Nope == 1")
    files = {"gw": gateway(), "other": instances("other", "10.1.1.2:80"), **DB, "sub": bad}
    mesh = mesh_of(tmp_path, {f"dc1/{name}.hcl": text for name, text in files.items()})
    (found,) = render_all(mesh, [proxy(mesh, "terminating-gateway")], Target())
    assert found.proxy is None
    assert [fault.rule for fault in found.faults] == ["not-generated"]
    assert "subset of `db`" in found.faults[0].message


PROTOCOLS = [
    pytest.param(
        protocol("db", "grpc"), "", ["grpc_stats", "grpc_http1_bridge", "rbac", "router"], True, id="grpc"
    ),
    pytest.param(protocol("db", "http2"), "", ["rbac", "router"], True, id="http2"),
    pytest.param(protocol("db"), "", ["rbac", "router"], False, id="http"),
    pytest.param(protocol("db", "tcp"), 'protocol = "http"', [], False, id="tcp"),
    pytest.param("", 'protocol = "http2"', ["rbac", "router"], True, id="proxy-defaults"),
    pytest.param("", 'protocol = "HTTP2"', ["rbac", "router"], False, id="2.5-as-written"),
    pytest.param(entry("service-defaults", "db"), 'protocol = "http"', ["rbac", "router"], False, id="2.2-Q"),
]


@pytest.mark.parametrize(("own", "general", "filters", "http2"), PROTOCOLS)
def test_protocols(tmp_path: Path, own: str, general: str, filters: list[str], http2: bool) -> None:
    files = DB | {"own": own, "pd": entry("proxy-defaults", "global", f"Config {{ {general} }}")}
    found = served(tmp_path, files)
    assert [
        each["name"].rpartition(".")[2] for each in config(found, n("db")).get("httpFilters", ())
    ] == filters
    assert ("typedExtensionProtocolOptions" in found.clusters[n("db")]) == http2
    assert list(found.routes) == ([n("db")] if filters else [])


def test_a_destination_is_spoken_to_in_http_1(tmp_path: Path) -> None:  # TE-40, TE-41
    files = {
        "entry": links("db"),
        "dest": destination("db", 443, "db.example.com", speaks="grpc"),
        "resolver": entry("service-resolver", "db", 'ConnectTimeout = "9s"\nRequestTimeout = "9s"'),
    }
    options = 'envoy_gateway_remote_tcp_enable_keepalive = true\nenvoy_dns_discovery_type = "strict_dns"'
    found = served(tmp_path, files, options)
    name = d("db-example-com", "db")
    body = found.clusters[name]
    assert sorted(body) == sorted(
        [
            "name",
            "type",
            "connectTimeout",
            "outlierDetection",
            "dnsLookupFamily",
            "dnsRefreshRate",
            "loadAssignment",
        ]
    )
    assert (body["type"], body["connectTimeout"]) == ("LOGICAL_DNS", "5s")
    assert config(found, name)["http2ProtocolOptions"] == {}
    assert found.routes[name]["virtualHosts"][0]["routes"][0]["route"] == {"cluster": name}


PEER = [{"name": "east", "trust_domain": "east.consul", "exports": []}]
EXPORTED = {
    "exports": entry(
        "exported-services", "default", 'Services = [{ Name = "db" Consumers = [{ Peer = "east" }] }]'
    ),
    "intentions": entry(
        "service-intentions", "db", 'Sources = [{ Name = "web" Peer = "east" Action = "allow" }]'
    ),
}


@pytest.mark.parametrize(
    ("general", "told_apart"),
    [("", True), ('protocol = "http"', False), ('local_connect_timeout_ms = "soon"', False)],
    ids=["TE-13", "TE-14", "TE-15"],
)
def test_peers(tmp_path: Path, general: str, told_apart: bool) -> None:
    files = {**DB, **EXPORTED, "pd": entry("proxy-defaults", "global", f"Config {{ {general} }}")}
    found = served(tmp_path, files, peerings=PEER)
    more = ["db.default.default.east.external.t.consul"] if told_apart else []
    assert names(found) == [n("db"), *more]
    context = chain(found, n("db"))["transportSocket"]["typedConfig"]["commonTlsContext"]
    assert ("customValidatorConfig" in context["validationContext"]) == told_apart


def test_requests_of_a_peer_come_through_the_mesh_gateway(tmp_path: Path) -> None:  # TE-17
    found = served(tmp_path, {**DB, **EXPORTED, "http": protocol("db")}, peerings=PEER)
    rules = config(found, n("db"))["httpFilters"][0]["typedConfig"]["rules"]
    (principal,) = rules["policies"]["consul-intentions-layer4"]["principals"]
    text = json.dumps(principal)
    assert "^spiffe://t.consul/gateway/mesh/dc/[^/]+$" in text
    assert "east.consul/ns/default/dc/[^/]+/svc/web" in text
    assert "x-forwarded-client-cert" in text


PERMISSION = 'Sources = [{ Name = "web" Permissions = [{ Action = "allow" HTTP { PathPrefix = "/ok" } }] }]'
INTENTIONS = [
    pytest.param("deny", "tcp", "", {}, id="TE-16-nobody"),
    pytest.param("allow", "tcp", "", {"action": "DENY"}, id="TE-16-everybody"),
    pytest.param("deny", "http", PERMISSION, ["consul-intentions-layer7-0"], id="TE-16-requests"),
    pytest.param(
        "allow",
        "tcp",
        'Sources = [{ Name = "web" Action = "deny" }]',
        ["consul-intentions-layer4"],
        id="TE-16-deny",
    ),
]


@pytest.mark.parametrize(("default", "speaks", "sources", "expected"), INTENTIONS)
def test_intentions(tmp_path: Path, default: str, speaks: str, sources: str, expected: Any) -> None:
    files = {**DB, "own": protocol("db", speaks)}
    if sources:
        files["intentions"] = entry("service-intentions", "db", sources)
    found = served(tmp_path, files, default_intention_policy=default)
    last = config(found, n("db"))
    filters = last["httpFilters"] if speaks == "http" else chain(found, n("db"))["filters"]
    rules = filters[0]["typedConfig"]["rules"]
    assert rules == expected if isinstance(expected, dict) else list(rules["policies"]) == expected


def test_tokens_of_a_tcp_service_are_ignored(tmp_path: Path) -> None:  # TE-18
    jwt = 'JWT { Providers = [{ Name = "okta" }] }\nSources = [{ Name = "web" Action = "allow" }]'
    okta = 'Kind = "jwt-provider"\nName = "okta"\nJSONWebKeySet { Local { JWKS = "e30=" } }'
    files = {**DB, "intentions": entry("service-intentions", "db", jwt), "okta": okta}
    found = served(tmp_path, files)
    rules = chain(found, n("db"))["filters"][0]["typedConfig"]["rules"]
    assert list(rules["policies"]) == ["consul-intentions-layer4"]


BINDS = [
    ("envoy_gateway_no_default_bind = true", []),  # GO-08
    ("envoy_gateway_bind_addresses { a = { port = 9 } }", ["a:127.0.0.1:9", "default:1.2.3.4:8443"]),  # GO-05
    ("envoy_mesh_gateway_no_default_bind = true", []),  # 1.2, aliases
    ('ENVOY_GATEWAY_NO_DEFAULT_BIND = "true"', []),
]


@pytest.mark.parametrize(("options", "listeners"), BINDS)
def test_binds(tmp_path: Path, options: str, listeners: list[str]) -> None:
    found = served(tmp_path, DB, options)
    assert list(found.listeners) == listeners
    assert list(found.clusters) == list(found.endpoints) == [n("db")]


def test_tracing_and_settings_of_the_mesh(tmp_path: Path) -> None:  # 1.2, 1.6, GO-09
    tracing = (
        '{\\"@type\\": \\"type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3'
        '.HttpConnectionManager.Tracing\\", \\"spawnUpstreamSpan\\": true}'
    )
    mesh = """Kind = "mesh"
      ValidateClusters = true
      HTTP {
        SanitizeXForwardedClientCert = true
        Incoming { RequestNormalization { MergeSlashes = true } }
      }"""
    files = {**DB, "own": protocol("db"), "mesh": mesh}
    found = served(tmp_path, files, f'envoy_listener_tracing_json = "{tracing}"')
    manager = config(found, n("db"))
    assert manager["tracing"]["spawnUpstreamSpan"] is True
    assert not {"forwardClientCertDetails", "normalizePath", "mergeSlashes"} & manager.keys()
    assert found.routes[n("db")]["validateClusters"] is True


def test_tracing_that_cannot_be_read(tmp_path: Path) -> None:  # GO-03
    files = {"gw": gateway('envoy_listener_tracing_json = "{"'), **DB, "own": protocol("db")}
    mesh = mesh_of(tmp_path, {f"dc1/{name}.hcl": text for name, text in files.items()})
    (made,) = render_all(mesh, [proxy(mesh, "terminating-gateway")], Target())
    assert made.proxy is not None
    assert [
        (fault.rule, fault.severity.word) for fault in made.faults if fault.rule.startswith("escape")
    ] == [("escape-hatch-unreadable", "warning")]
    assert config(made.resources, n("db"))["tracing"] == {"randomSampling": {}}


LAMBDA = """EnvoyExtensions = [{
  Name = "builtin/aws/lambda"
  %s
  Arguments = { ARN = "%s" }
}]"""
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:resize"


def test_lambda_changes_all_subsets_of_its_service_only(tmp_path: Path) -> None:  # 1.8
    files = {
        "entry": links("db", "other"),
        "db": instances("db", "10.1.1.1:1"),
        "other": instances("other", "10.1.1.2:1"),
        "own": protocol("db") + LAMBDA % ("", ARN),
        "other-http": protocol("other"),
        "sub": subsets("db", v1="Service.Meta.v == 1"),
    }
    found = served(tmp_path, files)
    for name in (n("db"), n("db", "v1")):
        filters = [each["name"].rpartition(".")[2] for each in config(found, name)["httpFilters"]]
        assert filters == ["rbac", "aws_lambda", "router"]
        assert config(found, name)["stripAnyHostPort"] is True
        assert dialed(found, name) == ["lambda.eu-west-1.amazonaws.com:443"]
        assert found.routes[name]["virtualHosts"][0]["routes"][0]["route"] == {"cluster": name}
    assert list(found.endpoints) == [n("other")]
    assert "stripAnyHostPort" not in config(found, n("other"))
    assert found.routes[n("other")]["virtualHosts"][0]["routes"][0]["route"]["autoHostRewrite"] is True


@pytest.mark.parametrize(
    ("more", "rule"), [("Required = true", "extension-failed"), ("", "extension-without-effect")]
)
def test_a_function_without_a_region(tmp_path: Path, more: str, rule: str) -> None:
    files = {"gw": gateway(), **DB, "own": protocol("db") + LAMBDA % (more, "function:resize")}
    mesh = mesh_of(tmp_path, {f"dc1/{name}.hcl": text for name, text in files.items()})
    snapshot = snapshot_of(mesh, proxy(mesh, "terminating-gateway"))
    assert snapshot is not None
    assert [fault.rule for fault in resources_of(snapshot).faults] == [rule]


def test_namespaces_and_partitions(tmp_path: Path) -> None:  # TE-05
    files = {
        "dc1/shop/gw.hcl": gateway(),
        "dc1/shop/entry.hcl": links('Name = "db" Namespace = "dev"', 'Name = "*" Namespace = "ops"'),
        "dc1/shop/db.hcl": instances("db", '10.1.1.1:1 namespace = "dev"'),
        "dc1/shop/ops.hcl": instances("log", '10.1.1.2:1 namespace = "ops"'),
        "dc1/shop/other.hcl": instances("other", "10.1.1.3:1"),
    }
    mesh = mesh_of(tmp_path, files, edition="enterprise")
    (found,) = render_all(mesh, [proxy(mesh, "terminating-gateway", partition="shop")], Target(name="static"))
    assert found.proxy is not None
    tail = "shop.dc1.internal-v1.t.consul"
    assert names(found.resources) == [f"db.dev.{tail}", f"log.ops.{tail}"]
    prefix = config(found.resources, f"db.dev.{tail}")["statPrefix"]
    assert prefix == "upstream.db.dev.shop.dc1"
    folder = "dc1/shop/terminating-gateway/services"
    assert {file.path: file.spiffe_ids for file in found.proxy.certificates} == {
        **{
            f"{folder}/{path}/{kind}.pem": (f"spiffe://t.consul/ap/shop/ns/{namespace}/dc/dc1/svc/{name}",)
            for path, namespace, name in (("dev/db", "dev", "db"), ("ops/log", "ops", "log"))
            for kind in ("cert", "key")
        },
        "roots/t.consul.pem": (),
    }


def test_why(tmp_path: Path) -> None:
    """Each resource leads to the element of the entry that asks for it, also that of `*`."""
    files = {
        "entry": 'Kind = "terminating-gateway"\nName = "terminating-gateway"\nServices = [\n{ Name = "db" },\n{ Name = "*" }\n]',
        "sub": subsets("db", v1="Service.Meta.v == 1"),
        "db": instances("db", f"10.1.1.1:1 {NATIVE}"),
        "log": instances("log", "10.1.1.2:1"),
    }
    found = served(tmp_path, files)
    told = {}
    for key, origin in found.origins.items():
        assert origin.location is not None
        told[key] = (origin.text, origin.location.position[0])
    assert told == {
        ("listeners", LISTENER): ("bind address `default`", 1),
        **{(kind, n("db")): ("db, linked to terminating-gateway", 4) for kind in ("clusters", "endpoints")},
        **{
            (kind, n("db", "v1")): ("subset v1 of db, linked to terminating-gateway", 4)
            for kind in ("clusters", "endpoints")
        },
        **{(kind, n("log")): ("log, linked to terminating-gateway", 5) for kind in ("clusters", "endpoints")},
    }
