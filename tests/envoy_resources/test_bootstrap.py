"""The scenarios of envoy-bootstrap.md 17, and what they leave out."""

import json
from typing import Any

import pytest
import re2
from harness import envoys
from harness.ca import self_signed

from meshgw.diagnostics.model import Severity
from meshgw.entries.blocks import AccessLogs
from meshgw.envoy.bootstrap import bootstrap
from meshgw.envoy.bootstrap_agent import read_agent_ca
from meshgw.envoy.bootstrap_input import Agent, Bootstrap, BootstrapInput, BootstrapOptions
from meshgw.envoy.bootstrap_stats import collector_socket, tag_rules

DEFAULT = {"grpc_addr": "127.0.0.1:8502"}
CA = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n"


def made(
    config: dict[str, Any] | None = None, /, options: dict[str, Any] | None = None, **more: Any
) -> Bootstrap:
    facts = {
        "kind": "connect-proxy",
        "proxy_id": "test-proxy",
        "service": "test-proxy",
        "destination": "test",
        "datacenter": "dc1",
    }
    given = BootstrapOptions(**(DEFAULT | (options or {})))
    return bootstrap(BootstrapInput(config=config or {}, options=given, **(facts | more)))


def document(*args: Any, **more: Any) -> dict[str, Any]:
    found = made(*args, **more)
    assert found.document is not None, found.faults
    return found.document


def rules(found: Bootstrap) -> list[str]:
    return [fault.rule for fault in found.faults]


def agent_of(found: dict[str, Any]) -> dict[str, Any]:
    return found["static_resources"]["clusters"][0]


def address_of(cluster: dict[str, Any]) -> dict[str, Any]:
    return cluster["loadAssignment"]["endpoints"][0]["lbEndpoints"][0]["endpoint"]["address"]


def socket(address: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": address, "port_value": port}}


def names(resources: list[dict[str, Any]]) -> list[str]:
    return [resource["name"] for resource in resources]


# --- identity, admin, token ---


def test_defaults():
    found = document()
    assert list(found) == [
        "admin",
        "node",
        "layered_runtime",
        "static_resources",
        "stats_config",
        "dynamic_resources",
    ]
    assert found["node"] == {
        "cluster": "test",
        "id": "test-proxy",
        "metadata": {"namespace": "default", "partition": "default"},
    }
    assert found["admin"]["address"] == socket("127.0.0.1", 19000)
    assert found["admin"]["access_log"][0]["typed_config"]["path"] == "/dev/null"
    assert address_of(agent_of(found)) == socket("127.0.0.1", 8502)
    assert "transport_socket" not in agent_of(found)
    assert list(found["static_resources"]) == ["clusters"]
    metadata = found["dynamic_resources"]["ads_config"]["grpc_services"]["initial_metadata"]
    assert metadata == [{"key": "x-consul-token", "value": ""}]
    assert len(found["stats_config"]["stats_tags"]) == 30


def test_placeholder_of_a_token():
    found = document(options={"token_placeholder": "TOKEN"})
    assert (
        found["dynamic_resources"]["ads_config"]["grpc_services"]["initial_metadata"][0]["value"] == "TOKEN"
    )


@pytest.mark.parametrize(
    ("facts", "options", "cluster", "source"),
    [
        ({}, {}, "test", "test"),
        ({"destination": ""}, {"sidecar_for": "web-1"}, "web-1", "test-proxy"),
        ({"destination": "", "service": "mesh-gateway"}, {"gateway": "mesh"}, "mesh-gateway", "mesh-gateway"),
        ({"destination": "", "service": "edge"}, {"gateway": "mesh", "service": "gw"}, "gw", "edge"),
        ({"destination": "", "service": "edge"}, {}, "test-proxy", "edge"),  # by --proxy-id alone
    ],
)
def test_identity(facts, options, cluster, source):
    found = document(options=options, **facts)
    tags = {tag["tag_name"]: tag.get("fixed_value") for tag in found["stats_config"]["stats_tags"]}
    assert (found["node"]["cluster"], tags["local_cluster"]) == (cluster, cluster)
    assert tags["consul.source.service"] == source


def test_tenancy_of_the_registration_wins():
    options = {"namespace": "a", "partition": "b", "datacenter": "c", "node_name": "node-1"}
    found = document(options=options, namespace="team", partition="east", datacenter="")
    assert found["node"]["metadata"] == {"node_name": "node-1", "namespace": "team", "partition": "east"}
    tags = {tag["tag_name"]: tag.get("fixed_value") for tag in found["stats_config"]["stats_tags"]}
    assert tags["consul.source.namespace"] == "team"
    assert tags["consul.source.partition"] == "east"
    assert tags["consul.source.datacenter"] == "c"


@pytest.mark.parametrize(
    ("bind", "dual_stack", "expected"),
    [
        ("", False, socket("127.0.0.1", 19000)),
        ("", True, socket("::1", 19000)),
        ("localhost:9999", True, socket("127.0.0.1", 9999)),
        ("[::1]:9999", False, socket("::1", 9999)),
        ("0.0.0.0:1", False, socket("0.0.0.0", 1)),
    ],
)
def test_admin(bind, dual_stack, expected):
    found = document(options={"admin_bind": bind}, agent=Agent(dual_stack=dual_stack))
    assert found["admin"]["address"] == expected


@pytest.mark.parametrize(
    "bind", ["localhost", "example.com:1", "127.0.0.1:99999", "127.0.0.1:x", ":1", "::1:1"]
)
def test_admin_refused(bind):
    found = made(options={"admin_bind": bind})
    assert (found.document, rules(found)) == (None, ["admin-address-invalid"])


@pytest.mark.parametrize(
    ("logs", "expected"),
    [
        (
            AccessLogs(enabled=True, type="stderr", json_format='{"b": 1, "a": "%X%"}'),
            {"jsonFormat": {"a": "%X%", "b": 1}},
        ),
        (AccessLogs(enabled=True, text_format="x"), {"textFormatSource": {"inlineString": "x\n"}}),
        (
            AccessLogs(enabled=True, disable_listener_logs=True, text_format="x\n"),
            {"textFormatSource": {"inlineString": "x\n"}},
        ),
    ],
)
def test_admin_access_logs(logs, expected):
    found = made(options={"admin_access_log_path": "/x"}, access_logs=logs)
    assert rules(found) == ["admin-access-log-path-deprecated"]
    (log,) = found.document["admin"]["access_log"]
    assert log["name"] == "Consul Listener Filter Log"
    assert log["typedConfig"]["logFormat"] == expected


def test_admin_access_log_path():
    found = made(options={"admin_access_log_path": "/x"})
    assert [fault.severity for fault in found.faults] == [Severity.WARNING]
    assert found.document["admin"]["access_log"][0]["typed_config"]["path"] == "/x"


# --- the agent ---


@pytest.mark.parametrize(
    ("address", "agent", "expected", "tls"),
    [
        ("localhost:99", {}, socket("127.0.0.1", 99), False),
        ("http://127.0.0.2:99", {}, socket("127.0.0.2", 99), False),
        ("https://127.0.0.2:99", {}, socket("127.0.0.2", 99), True),
        ("[::1]:99", {}, socket("::1", 99), False),
        ("unix:///var/run/consul.sock", {}, {"pipe": {"path": "/var/run/consul.sock"}}, False),
        ("", {"grpc_port": 9999}, socket("127.0.0.1", 9999), False),
        ("", {"grpc_port": 9999, "grpc_tls_port": -1}, socket("127.0.0.1", 9999), False),
        ("", {"grpc_port": 9999, "grpc_tls_port": 8503}, socket("127.0.0.1", 8503), True),
    ],
)
def test_agent(address, agent, expected, tls):
    found = document(options={"grpc_addr": address}, agent=Agent(**agent), ca_pem=CA)
    assert address_of(agent_of(found)) == expected
    assert ("transport_socket" in agent_of(found)) == tls
    if tls:
        context = agent_of(found)["transport_socket"]["typed_config"]["common_tls_context"]
        assert context == {"validation_context": {"trusted_ca": {"inline_string": CA}}}
        assert list(agent_of(found)).index("transport_socket") == 4


@pytest.mark.parametrize(
    ("options", "agent", "expected"),
    [
        ({"grpc_addr": ""}, {}, "grpc-address-assumed"),
        ({"grpc_addr": ""}, {"grpc_port": -1, "grpc_tls_port": -1}, "grpc-address-assumed"),
        ({"grpc_addr": "https://127.0.0.1:1"}, {}, "grpc-tls-without-ca"),
        ({"grpc_addr": "unix:///x", "grpc_ca_file": "x"}, {}, "grpc-tls-without-ca"),
        ({"grpc_addr": ""}, {"grpc_tls_port": 8503}, "grpc-tls-without-ca"),
        ({"grpc_addr": "HTTPS://127.0.0.1:1"}, {}, "grpc-address-invalid"),  # stripped in lower case only
        ({"grpc_addr": "consul.example.com:1"}, {}, "grpc-address-invalid"),
        ({"grpc_addr": "127.0.0.1"}, {}, "grpc-address-invalid"),
    ],
)
def test_agent_faults(options, agent, expected):
    found = made(options=options, agent=Agent(**agent))
    assert rules(found) == [expected]
    assert (found.document is None) == (expected != "grpc-address-assumed")


def test_assumed_address_with_dual_stack():
    found = document(options={"grpc_addr": ""}, agent=Agent(dual_stack=True))
    assert address_of(agent_of(found)) == socket("::1", 8502)


def test_reading_a_ca(tmp_path):
    folder = tmp_path / "cas"
    (folder / "b").mkdir(parents=True)
    (folder / "c.pem").write_text("C\n")
    (folder / "b" / "x.pem").write_text("B\n")
    (folder / "a.pem").write_text("A\n")
    single = folder / "c.pem"

    def read(**options: str) -> tuple[str, list[str]]:
        text, faults = read_agent_ca(BootstrapOptions(**options), Agent())
        return text, [fault.option for fault in faults]

    assert read(grpc_ca_path=str(folder)) == ("A\nB\nC\n", [])
    assert read(grpc_ca_file=str(single), grpc_ca_path=str(folder)) == ("C\n", [])
    assert read(ca_file=str(single)) == ("", [])  # only when xDS uses TLS
    assert read(ca_file=str(single), grpc_addr="HTTPS://x:1") == ("C\n", [])
    assert read(ca_path=str(folder), grpc_addr="https://x:1") == ("A\nB\nC\n", [])
    (tmp_path / "empty").mkdir()
    assert read(grpc_ca_path=str(tmp_path / "empty")) == ("", ["--grpc-ca-path"])
    assert read(grpc_ca_path=str(tmp_path / "none")) == ("", ["--grpc-ca-path"])
    assert read(grpc_ca_file=str(tmp_path / "none")) == ("", ["--grpc-ca-file"])
    assert read(grpc_ca_file=str(folder)) == ("", ["--grpc-ca-file"])


# --- statistics ---


def fixed(found: dict[str, Any]) -> dict[str, str]:
    tags = found["stats_config"]["stats_tags"]
    return {tag["tag_name"]: tag["fixed_value"] for tag in tags if "fixed_value" in tag}


def test_stats_tags():
    config = {"Envoy_Stats_Tags": ["Team=pay=ments", "flag", "local_cluster=mine"]}
    found = document(config, options={"omit_deprecated_tags": True})
    tags = found["stats_config"]["stats_tags"]
    assert len(tags) == 3 + 16 + 4
    assert tags[:3] == [
        {"tag_name": "team", "fixed_value": "pay=ments"},
        {"tag_name": "flag", "fixed_value": "1"},
        {"tag_name": "local_cluster", "fixed_value": "mine"},
    ]
    assert fixed(document({"envoy_stats_tags": "one=1"}))["one"] == "1"  # one text stands for a list


TARGET = "pong.default.dc2.internal.e5b08d03-bfc3-c870-1833-baddb116e648.consul"
PARTITIONED = "f8f8f8f8~v2.pong.frontend.east.dc2.internal-v1.e5b08d03-bfc3-c870-1833-baddb116e648.consul"


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (
            f"cluster.{TARGET}.bind_errors",
            {
                "service": "pong",
                "namespace": "default",
                "datacenter": "dc2",
                "routing_type": "internal",
                "trust_domain": "e5b08d03-bfc3-c870-1833-baddb116e648",
                "target": "pong.default.dc2",
                "full_target": "pong.default.dc2.internal.e5b08d03-bfc3-c870-1833-baddb116e648",
            },
        ),
        (
            f"cluster.passthrough~{PARTITIONED}.bind_errors",
            {
                "custom_hash": "f8f8f8f8",
                "service_subset": "v2",
                "service": "pong",
                "namespace": "frontend",
                "partition": "east",
                "datacenter": "dc2",
                "routing_type": "internal-v1",
                "trust_domain": "e5b08d03-bfc3-c870-1833-baddb116e648",
                "target": "f8f8f8f8~v2.pong.frontend.east.dc2",
            },
        ),
        (
            "cluster.pong.default.cloud-dc.external.e5b08d03-bfc3-c870-1833-baddb116e648.consul.bind_errors",
            {"peer": "cloud-dc"},
        ),
    ],
)
def test_tags_of_clusters(metric, expected):
    by_name = {rule["tag_name"]: rule["regex"] for rule in tag_rules(omit_deprecated=False)}
    for tag, value in expected.items():
        found = re2.search(by_name[f"consul.destination.{tag}"], metric)
        assert found is not None, tag
        assert found[2] == value, tag


@pytest.mark.parametrize(
    ("metric", "tag", "value"),
    [
        ("http.upstream.web.frontend.west.dc1.downstream_cx_total", "service", "web"),
        ("tcp.upstream.db.dc1.downstream_cx_total", "datacenter", "dc1"),
        ("tcp.upstream.db.frontend.dc1.downstream_cx_total", "namespace", "frontend"),
        ("http.upstream.web.frontend.west.dc1.downstream_cx_total", "partition", "west"),
        ("http.upstream_peered.web.frontend.cloud.downstream_cx_total", "peer", "cloud"),
        ("http.upstream_peered.web.frontend.cloud.downstream_cx_total", "service", "web"),
    ],
)
def test_tags_of_upstreams(metric, tag, value):
    by_name = {rule["tag_name"]: rule["regex"] for rule in tag_rules(omit_deprecated=True)}
    assert re2.search(by_name[f"consul.upstream.{tag}"], metric)[2] == value


def test_stats_config_of_the_user():
    found = document({"envoy_stats_config_json": '{"stats_tags": []}', "envoy_stats_tags": ["a=b"]})
    assert found["stats_config"] == {"stats_tags": []}


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("udp://127.0.0.1:9125", socket("127.0.0.1", 9125)),
        ("udp://[::1]:9125", socket("::1", 9125)),
        ("unix:///var/run/statsd.sock", {"pipe": {"path": "/var/run/statsd.sock"}}),
        ("$STATSD", socket("10.0.0.9", 1)),
        ("udp://${HOST_IP}:9125", socket("10.1.0.1", 9125)),
        ("udp://$HOST_IP:9125", socket("10.1.0.1", 9125)),
    ],
)
def test_sinks(url, address):
    environment = {"STATSD": "udp://10.0.0.9:1", "HOST_IP": "10.1.0.1"}
    config = {
        "envoy_dogstatsd_url": url,
        "envoy_statsd_url": url,
        "envoy_extra_stats_sinks_json": '{"name": "a"}, {"name": "b"}',
        "envoy_stats_flush_interval": "10s",
    }
    found = document(config, environment=environment)
    assert names(found["stats_sinks"]) == ["envoy.stat_sinks.statsd", "envoy.stat_sinks.dog_statsd", "a", "b"]
    assert found["stats_sinks"][0]["typedConfig"]["address"] == address
    assert found["stats_flush_interval"] == "10s"


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("tcp://127.0.0.1:1", "statsd-url-invalid"),
        ("udp://127.0.0.1", "statsd-url-invalid"),
        ("udp://127.0.0.1:99999", "statsd-url-invalid"),
        ("127.0.0.1:1", "statsd-url-invalid"),
        ("udp://${OTHER}:1", "statsd-url-invalid"),  # only HOST_IP is expanded inside
        ("$STATSD", "environment-unset"),
        ("udp://$HOST_IP:1", "environment-unset"),
    ],
)
def test_sinks_refused(url, rule):
    found = made({"envoy_statsd_url": url})
    assert (found.document, rules(found)) == (None, [rule])
    assert found.faults[0].key == ("envoy_statsd_url",)


def test_telemetry_collector():
    config = {"envoy_telemetry_collector_bind_socket_dir": "/tmp/consul/telemetry-collector"}
    found = document(config, proxy_id="web-sidecar-proxy")
    assert found["stats_flush_interval"] == "60s"
    assert names(found["stats_sinks"]) == ["envoy.stat_sinks.metrics_service"]
    cluster = found["static_resources"]["clusters"][-1]
    assert cluster["name"] == "consul_telemetry_collector_loopback"
    assert address_of(cluster)["pipe"]["path"].endswith("/gqmuzdHCUPAEY5mbF8vgkZCNI14.sock")
    both = document(config | {"envoy_extra_stats_sinks_json": '{"name": "a"}'})
    assert "stats_flush_interval" not in both
    assert collector_socket("/d/", "", "web-sidecar-proxy") == "/d/gqmuzdHCUPAEY5mbF8vgkZCNI14.sock"


# --- static resources ---


def test_extra_fragments():
    config = {
        "envoy_extra_static_clusters_json": '{"name": "a"}\n,{"name": "b"}',
        "envoy_extra_static_listeners_json": '{"name": "l"}',
        "envoy_tracing_json": '{"http": {"name": "x", "typed_config": {}}}',
    }
    found = document(config)
    assert names(found["static_resources"]["clusters"]) == ["local_agent", "a", "b"]
    assert names(found["static_resources"]["listeners"]) == ["l"]
    assert found["tracing"]["http"]["name"] == "x"
    assert document(config, options={"no_central_config": True}) == document()


@pytest.mark.parametrize(
    "key",
    [
        "envoy_extra_static_clusters_json",
        "envoy_extra_static_listeners_json",
        "envoy_extra_stats_sinks_json",
        "envoy_stats_config_json",
        "envoy_tracing_json",
    ],
)
@pytest.mark.parametrize(
    "text", ["{", '{"a": 1},', '{"a": NaN}', '{"a": 1e999}', "[" * 5000, "[" * 200 + "]" * 200]
)
def test_fragments_refused(key, text):
    found = made({key.upper(): text})
    assert (found.document, rules(found)) == (None, ["bootstrap-json-invalid"])
    assert found.faults[0].key == (key.upper(),)


@pytest.mark.parametrize(
    ("key", "value", "at"),
    [
        ("envoy_statsd_url", {"a": 1}, ("envoy_statsd_url",)),
        ("envoy_stats_tags", ["a", {"b": 1}], ("envoy_stats_tags", 1)),
        ("envoy_bootstrap_json_tpl", ["a", "b"], ("envoy_bootstrap_json_tpl",)),
    ],
)
def test_settings_of_a_wrong_type(key, value, at):
    found = made({key: value})
    assert (found.document, rules(found)) == (None, ["bootstrap-setting-type"])
    assert found.faults[0].key == at


def test_listeners_share_a_cluster():
    config = {"envoy_prometheus_bind_addr": "0.0.0.0:9000", "envoy_stats_bind_addr": "[::1]:9001"}
    options = {"envoy_ready_bind_address": "127.0.0.2", "envoy_ready_bind_port": 4444}
    found = document(config, options=options)["static_resources"]
    assert names(found["clusters"]) == ["local_agent", "self_admin"]
    assert address_of(found["clusters"][1]) == socket("127.0.0.1", 19000)
    assert names(found["listeners"]) == [
        "envoy_prometheus_metrics_listener",
        "envoy_metrics_listener",
        "envoy_ready_listener",
    ]
    assert [listener["address"] for listener in found["listeners"]] == [
        socket("0.0.0.0", 9000),
        socket("::1", 9001),
        socket("127.0.0.2", 4444),
    ]


def routes(listener: dict[str, Any]) -> list[Any]:
    manager = listener["filter_chains"][0]["filters"][0]["typedConfig"]
    return manager["route_config"]["virtual_hosts"][0]["routes"]


def test_prometheus_backend():
    config = {"envoy_prometheus_bind_addr": "0.0.0.0:9000", "envoy_stats_bind_addr": "0.0.0.0:9001"}
    options = {"prometheus_backend_port": "20100", "prometheus_scrape_path": "/scrape"}
    found = document(config, options=options)["static_resources"]
    assert names(found["clusters"]) == ["local_agent", "prometheus_backend", "self_admin"]
    assert address_of(found["clusters"][1]) == socket("127.0.0.1", 20100)
    assert routes(found["listeners"][0])[0] == {
        "match": {"path": "/scrape"},
        "route": {"cluster": "prometheus_backend", "prefix_rewrite": "/stats/prometheus"},
    }
    assert rules(made(config, options={"prometheus_backend_port": "x"})) == ["port-invalid"]


def test_own_admin_cluster():
    own = {
        "envoy_extra_static_clusters_json": '{"name": "self_admin"}',
        "envoy_prometheus_bind_addr": "1.2.3.4:1",
    }
    assert names(document(own)["static_resources"]["clusters"]) == ["local_agent", "self_admin"]
    found = made(own, options={"prometheus_backend_port": "20100"})
    assert names(found.document["static_resources"]["clusters"]) == [
        "local_agent",
        "self_admin",
        "prometheus_backend",
    ]
    assert rules(found) == ["prometheus-backend-added"]


@pytest.mark.parametrize(
    ("facts", "options", "expected"),
    [
        ({}, {"gateway": "ingress"}, socket("127.0.0.1", 8443)),
        ({}, {"gateway": "ingress", "address": ":9999"}, socket("127.0.0.1", 9999)),
        ({}, {"gateway": "ingress", "address": "10.0.0.1:80"}, socket("10.0.0.1", 80)),
        ({"kind": "ingress-gateway"}, {"node_name": "n"}, socket("127.0.0.1", 8443)),
        ({"kind": "ingress-gateway"}, {}, None),
        ({}, {"gateway": "mesh", "address": "10.0.0.1:80"}, None),
        ({}, {"envoy_ready_bind_port": 1}, None),
        (
            {},
            {"gateway": "ingress", "envoy_ready_bind_port": 1, "envoy_ready_bind_address": "::1"},
            socket("::1", 1),
        ),
    ],
)
def test_ready_listener(facts, options, expected):
    listeners = document(options=options, **facts)["static_resources"].get("listeners", [])
    assert [listener["address"] for listener in listeners] == ([expected] if expected else [])


@pytest.mark.parametrize("value", ["localhost", "0.0.0.0:x", "0.0.0.0:70000", "::1:2"])
def test_bind_addresses_refused(value):
    found = made({"envoy_stats_bind_addr": value})
    assert (found.document, rules(found)) == (None, ["bind-address-invalid"])


TLS = {"prometheus_cert_file": "c", "prometheus_key_file": "k", "prometheus_ca_file": "a"}


def test_prometheus_tls():
    config = {"envoy_prometheus_bind_addr": "0.0.0.0:9000", "envoy_stats_bind_addr": "0.0.0.0:9001"}
    found = made(config, options=TLS)
    assert rules(found) == ["prometheus-tls-elsewhere"]
    static = found.document["static_resources"]
    assert ["transportSocket" in listener["filter_chains"][0] for listener in static["listeners"]] == [
        True,
        False,
    ]
    assert static["secrets"] == [
        {
            "name": "prometheus_cert",
            "tlsCertificate": {"certificateChain": {"filename": "c"}, "privateKey": {"filename": "k"}},
        },
        {
            "name": "prometheus_validation_context",
            "validationContext": {"trustedCa": {"filename": "a"}},
        },
    ]
    by_path = made(config, options=TLS | {"prometheus_ca_file": "", "prometheus_ca_path": "p"})
    assert "prometheus-ca-path-verifies-nothing" in rules(by_path)
    context = by_path.document["static_resources"]["secrets"][1]["validationContext"]
    assert context == {"watchedDirectory": {"path": "p"}}


@pytest.mark.parametrize("lacking", list(TLS))
def test_incomplete_prometheus_tls(lacking):
    found = made(options=TLS | {lacking: ""})
    assert (found.document, rules(found)) == (None, ["prometheus-tls-incomplete"])


@pytest.mark.parametrize(
    ("config", "rule"),
    [
        ({"envoy_tracing_json": '{"http": {"name": "z", "config": {}}}'}, "tracing-config-untyped"),
        ({"envoy_extra_static_clusters_json": '{"name": "a"},{"name": "a"}'}, "bootstrap-name-repeated"),
        ({"envoy_extra_static_clusters_json": '{"name": "local_agent"}'}, "bootstrap-name-repeated"),
    ],
)
def test_what_envoy_refuses_is_said(config, rule):
    found = made(config)
    assert found.document is not None
    assert [(fault.rule, fault.severity) for fault in found.faults] == [(rule, Severity.WARNING)]


# --- the template ---

TEMPLATE = """{
  {{- /* a comment */ -}}
  "node": {"id": "{{ .ProxyID }}", "cluster": "{{ .ProxyCluster }}"},
  "admin": {"access_log": [{{range $i, $log := .AdminAccessLogConfig}}{{if $i}},{{end}}{{$log}}{{end}}]},
  {{if .AgentTLS}}"tls": "{{.AgentCAPEM}}",{{else if ne .AgentSocket ""}}"socket": "{{.GRPC.AgentSocket}}",
  {{- else}}"agent": "{{ .AgentAddress }}:{{ .AgentPort }}",{{end}}
  "static_resources": {"clusters": [{{ .StaticClustersJSON }}]},
  "stats_config": {{ .StatsConfigJSON }},
  "empty": {{if and (not .StatsSinksJSON) (eq .Namespace `` `x`) (or .NodeName `r`)}}true{{else}}false{{end}}
}"""


@pytest.mark.parametrize(
    ("address", "key", "value"),
    [
        ("127.0.0.1:8502", "agent", "127.0.0.1:8502"),
        ("unix:///x.sock", "socket", "/x.sock"),
        ("https://127.0.0.1:1", "tls", CA),
    ],
)
def test_template(address, key, value):
    config = {
        "envoy_bootstrap_json_tpl": TEMPLATE,
        "envoy_extra_static_clusters_json": '{"name": "a"},{"name": "b"}',
    }
    found = document(config, options={"grpc_addr": address}, ca_pem=CA)
    assert found[key] == value
    assert found["node"] == {"id": "test-proxy", "cluster": "test"}
    assert names(found["static_resources"]["clusters"]) == ["a", "b"]
    assert len(found["admin"]["access_log"]) == 1
    assert found["stats_config"] == document()["stats_config"]
    assert found["empty"] is True


@pytest.mark.parametrize(
    ("template", "part"),
    [
        ("{", "does not make JSON"),
        ("[]", "makes no JSON object"),
        ("{{ .Nope }}", "there is no `.Nope`"),
        ("{{ .ProxyID | printf }}", "`| printf` is not supported"),
        ("{{ printf .ProxyID }}", "`printf` is not supported"),
        ("{{ template `x` }}", "`template` is not supported"),
        ("{{ if .ProxyID }}", "has no `end`"),
        ("{{ end }}", "outside of a block"),
        ("{{ else }}", "outside of a block"),
        ("{{if .ProxyID}}{{else}}{{else}}{{end}}", "outside of a block"),
        ("{{ .ProxyID", "not closed"),
        ("{{}}", "empty"),
        ("{{ eq .AgentTLS .ProxyID }}", "different types"),
        ("{{ not }}", "has 0 arguments"),
        ("{{ range .ProxyID }}{{end}}", "needs a list"),
        ("{{ .AdminAccessLogConfig }}", "cannot be printed"),
        ("{{ . }}", "inside `range`"),
        ("{{ $x }}", "there is no variable `$x`"),
        ("{{range .AdminAccessLogConfig}}{{.ProxyID}}{{end}}", "write `$.ProxyID`"),
        ("{{ (eq 1 1 }}", "not closed"),
        ("{{ not " + "(not " * 5000 + ".AgentTLS" + ")" * 5000 + "}}", "parentheses"),
        ("{{if .ProxyID}}" * 5000, "blocks in one another"),
        ("{{if .AgentTLS}}" + "{{else if .AgentTLS}}" * 5000, "blocks in one another"),
        ("{{ " + "/**/" * 5000, "not closed"),
        ('{{ "' + "\\\\" * 50000, "not closed"),
        ("{{.StatsConfigJSON}}" * 4000, "characters"),
    ],
    ids=lambda value: value[:30],
)
def test_template_refused(template, part):
    found = made({"envoy_bootstrap_json_tpl": template})
    assert (found.document, rules(found)) == (None, ["bootstrap-template-invalid"])
    assert part in found.faults[0].message


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("x {{- `1` -}} y", "x1y"),
        ("x {{ 1 }} y", "x 1 y"),
        ("a{{- /* {{ }} */ -}} b", "ab"),
        ("{{ true }}{{ not 0 }}{{ len `ab` }}", "truetrue2"),
        ('{{ "}}" }}', "}}"),
        ("{{ range . }}{{end}}", None),
        ("{{ or `` `a` }}{{ and `a` `` }}", "a"),
    ],
)
def test_template_text(template, expected):
    found = made({"envoy_bootstrap_json_tpl": '{"x": "' + template + '"}'})
    if expected is None:
        assert found.document is None
    else:
        assert found.document == {"x": expected}


# --- Envoy ---


def test_envoy_loads_it(tmp_path):
    chain, key = self_signed("prometheus.example.com")
    for name, text in (("c", chain), ("k", key), ("a", chain)):
        (tmp_path / name).write_text(text)
    config = {
        "envoy_prometheus_bind_addr": "127.0.0.1:9102",
        "envoy_stats_bind_addr": "127.0.0.1:9103",
        "envoy_statsd_url": "udp://127.0.0.1:9125",
        "envoy_dogstatsd_url": "unix:///tmp/x.sock",
        "envoy_telemetry_collector_bind_socket_dir": "/tmp/consul",
        "envoy_extra_static_clusters_json": json.dumps(
            {"name": "mine", "connect_timeout": "1s", "type": "STATIC"}
        ),
        "envoy_stats_tags": ["a=b"],
        "envoy_stats_flush_interval": "10s",
    }
    options = TLS | {
        "gateway": "ingress",
        "prometheus_backend_port": "9999",
        "grpc_addr": "https://127.0.0.1:1",
    }
    found = document(config, options=options, ca_pem=chain, access_logs=AccessLogs(enabled=True))
    assert envoys.validate(found, tmp_path) == []
