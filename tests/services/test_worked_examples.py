"""The worked examples of service-registration.md 9.1 to 9.5: number, way in, text, what Consul answers.

`refused` are the rules that Consul itself stops at, `told` what is said about what it accepts.
"""

# ruff: noqa: E501  # a table: one example a line

from __future__ import annotations

from dataclasses import dataclass

import pytest

from meshgw.diagnostics.model import Severity
from meshgw.loading.service_texts import judge_service_text
from meshgw.profile import Edition, EntryPath, Profile


@dataclass(frozen=True)
class Row:
    number: str
    way: str
    text: str
    refused: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    edition: Edition = "community"

    @property
    def profile(self) -> Profile:
        ways: dict[str, EntryPath] = {"http": "http", "cli": "register", "catalog": "catalog"}
        return Profile(edition=self.edition, entry_path=ways.get(self.way, "agent"))

    @property
    def name(self) -> str:
        return "input.json" if self.way in ("json", "http", "catalog") else "input.hcl"


def service(body: str) -> str:
    """`S{…}`: a service on port 8080."""
    return f'service {{ name = "web" port = 8080 {body} }}'


def proxy(block: str = "", body: str = "port = 20000") -> str:
    """`P{…}`: a proxy that is registered by itself; `block` is inside its `proxy`."""
    inner = f'destination_service_name = "web" local_service_port = 8080 {block}'
    return f'service {{ name = "p" kind = "connect-proxy" {body} proxy {{ {inner} }} }}'


def sidecar(body: str) -> str:
    """`SC{…}`: a service with a sidecar."""
    return service(f"connect {{ sidecar_service {{ {body} }} }}")


def upstreams(*items: str) -> str:
    return "upstreams = [" + ", ".join(f"{{ {item} }}" for item in items) + "]"


def up(name: str, port: int, more: str = "") -> str:
    comma = ", " if more else ""
    return f'destination_name = "{name}", local_bind_port = {port}{comma}{more}'


def check(body: str) -> str:
    return service(f"check {{ {body} }}")


GATEWAY = 'name = "mgw" kind = "mesh-gateway"'
ALL_OF_A_GATEWAY = """service { name = "mgw" kind = "mesh-gateway" port = 8443
  connect { sidecar_service {} }
  proxy {
    destination_service_name = "web"
    destination_service_id = "web"
    local_service_address = "127.0.0.1"
    local_service_port = 80
    local_service_socket_path = "/s"
    upstreams = [{ destination_name = "b" local_bind_port = 1 }]
  }
}"""
ALL_FIELDS = """service { name = "web" port = 1
  meta = { "" = "x" }
  weights = { passing = 0 }
  proxy {
    mode = "foo"
    mesh_gateway = { mode = "foo" }
    upstreams = [{ destination_name = "b" local_bind_socket_path = "/b" local_bind_socket_mode = "999" }]
  }
  connect { sidecar_service { id = "x" weights { passing = 0 } } }
}"""
GIVEN = "gateway-with-destination"

DECODING = [
    Row("1", "hcl", 'service { name = "a" } service { name = "b" }', ("service-wrong-type",)),
    Row("2", "hcl", 'services { name = "a" } services { name = "b" } service { name = "c" }'),
    Row("3", "hcl", 'service "web" { port = 1 }', ("service-unknown-key",)),
    Row("4", "hcl", 'service { name = "a" port = "8080" }', ("service-wrong-type",)),
    Row("5", "hcl", 'service { name = "a" port = 8080.7 }'),
    Row("6", "hcl", 'service { name = "a" tags = "x" }', ("service-wrong-type",)),
    Row("7", "hcl", 'service { name = "a" meta { v = 1 } }', ("service-wrong-type",)),
    Row("8", "hcl", 'service { name = "a" foo=1 Bar=2 }', ("service-unknown-key", "service-unknown-key")),
    Row("9", "hcl", 'service { name = "a" EnableTagOverride = true }', ("service-unknown-key",)),
    Row("10", "hcl", 'SERVICE { NAME = "a" ENABLE_TAG_OVERRIDE = true }'),
    Row("11", "hcl", 'service { name = "a" namespace = "x" }', ("service-unknown-key",)),
    Row("12", "hcl", proxy("access_logs { enabled = true }"), ("service-unknown-key",)),
    Row("13", "hcl", 'service { name = "a" ports = [{ name = "x" port = 1 }] }', ("service-unknown-key",)),
    Row("14", "json", '{"services": {"name": "a"}}', ("service-wrong-type",)),
    Row("15a", "json", '{"service": [{"name": "a"}]}'),
    Row("15b", "json", '{"service": [{"name": "a"}, {"name": "b"}]}', ("service-wrong-type",)),
    Row("16", "json", '{"service": {"name": "a", "Name": "b"}}', ("service-unknown-key",)),
    Row("17", "json", '{"service": {"name": "a", "name": "b"}}', (), ("duplicate-key",)),
    Row("18", "json", '{"service": {"name": "a"}} // x', ("syntax",)),
    Row("19a", "json", ""),
    Row("19b", "json", " \n", ("syntax",)),
    Row("20", "hcl", service("weights { passing = 3 critical = 1 }"), ("service-unknown-key",)),
    Row("21a", "hcl", check('script_args = ["x"] interval = "1s"'), ("service-unknown-key",)),
    Row("21b", "hcl", check('ScriptArgs = ["x"] interval = "1s"')),
    Row("22a", "hcl", check('http = "h" interval = 10'), ("service-wrong-type",)),
    Row("22b", "hcl", check('http = "h" interval = "10"'), ("check-duration-invalid",)),
    Row("23a", "http", '{"name": "a", "socket_path": "/x"}', ("body-unknown-key",)),
    Row("23b", "http", '{"name": "a", "SocketPath": "/x", "Port": 1}'),
    Row("24", "http", '{"name": "a", "port": 1.0}', ("body-wrong-type",)),
    Row("25a", "http", '{"name": "a", "connect": {"foo": 1}}'),
    Row("25b", "http", '{"name":"a","connect":{"sidecar_service":{"foo": 1}}}', ("body-unknown-key",)),
    Row("26a", "http", '{"name":"a","proxy":{"transparent_proxy":{"outbound_listener_port":5}},"kind":"mesh-gateway","port":1}', ("body-unknown-key",)),
    Row("26b", "http", '{"name":"a","proxy":{"transparent_proxy":{"OutboundListenerPort":5}},"kind":"mesh-gateway","port":1}'),
    Row("27", "http", '{"name": "a", "Namespace": "x"}', ("body-unknown-key",)),
    Row("28", "http", '{"name": "a"} garbage', (), ("text-after-json",)),
    Row("30", "cli", check('args = ["x"] interval = "1s"'), ("check-without-type",), ("field-lost-by-register",)),
    Row("31", "hcl", 'config_entries { bootstrap = [{ kind = "service-defaults" name = "a" foo = 1 }] }', ("unknown-key",)),
    Row("32a", "hcl", 'meta { a = "b" }', ("service-unknown-key",)),
    Row("32b", "hcl", 'node_meta { a = "b" }'),
    Row("33", "hcl", 'partition = "ap1"', (), ("enterprise-setting-in-community",)),
]  # fmt: skip

SERVICES = [
    Row("34", "hcl", "service { port = 1 }", ("service-without-name",)),
    Row("35", "http", '{"port": 1}', ("service-without-name",)),
    Row("36", "hcl", 'service { name = "a" kind = "Mesh-Gateway" port = 1 }', (), ("service-kind-unknown",)),
    Row("37", "hcl", f"service {{ {GATEWAY} port = 8443 }}"),
    Row("38", "hcl", f'service {{ {GATEWAY} socket_path = "/x" }}', ("gateway-without-port",)),
    Row("39a", "hcl", 'service { name = "g" kind = "ingress-gateway" }'),
    Row("39b", "hcl", 'service { name = "g" kind = "api-gateway" }'),
    Row("39c", "hcl", 'service { name = "g" kind = "terminating-gateway" }', ("gateway-without-port",)),
    Row("40", "hcl", ALL_OF_A_GATEWAY, ("gateway-with-sidecar", *[GIVEN] * 5, "gateway-with-upstreams")),
    Row("41a", "hcl", f'service {{ {GATEWAY} port = 1 meta {{ "consul-wan-federation" = "1" }} }}'),
    Row("41b", "hcl", f'service {{ {GATEWAY} port = 1 meta {{ "consul-foo" = "1" }} }}', ("service-meta-invalid",)),
    Row("41c", "hcl", service('meta { "consul-wan-federation" = "1" }'), ("service-meta-invalid",)),
    Row("42", "hcl", f'service {{ {GATEWAY} port = 1 proxy {{ mode = "transparent" mesh_gateway {{ mode = "local" }} expose {{ paths = [{{}}] }} }} }}'),
    Row("43a", "hcl", proxy(body=""), ("proxy-without-port",)),
    Row("43b", "hcl", proxy(body='socket_path = "/s"')),
    Row("44a", "hcl", 'service { name = "p" kind = "connect-proxy" port = 1 proxy { destination_service_name = "  " local_service_port = 1 } }', ("proxy-without-destination",)),
    Row("44b", "hcl", 'service { name = "p" kind = "connect-proxy" port = 1 proxy { destination_service_name = "*" local_service_port = 1 } }', ("proxy-for-wildcard",)),
    Row("45", "hcl", 'service { name = "p" kind = "connect-proxy" locality { zone = "z" } connect { native = true } proxy { destination_service_name = "*" local_service_port = 1 } }',
        ("zone-without-region", "proxy-without-port", "proxy-for-wildcard", "native-proxy", "native-without-port")),
    Row("46", "hcl", 'service { name = "a" connect { native = true } }', ("native-without-port",)),
    Row("47", "hcl", 'service { name = "a" port = 0 socket_path = "/x" }', ("socket-path-with-address",)),
    Row("47b", "json", '{"service": {"name": "a", "port": null, "socket_path": "/x"}}'),
    Row("48a", "hcl", service("weights { passing = 0 }"), ("service-weights-invalid",)),
    Row("48b", "hcl", service("weights { warning = -1 }"), ("service-weights-invalid",)),
    Row("48c", "hcl", service("weights { passing = 65536 }"), ("service-weights-invalid",)),
    Row("49a", "http", '{"name": "a", "Weights": {"Warning": 3}}', ("service-weights-invalid",)),
    Row("49b", "http", '{"name": "a", "Weights": {"Passing": 1}}'),
    Row("50a", "hcl", service("meta {" + " ".join(f'k{n} = "v"' for n in range(65)) + "}"), ("service-meta-invalid",)),
    Row("50b", "hcl", service(f'meta {{ {"k" * 129} = "v" }}'), ("service-meta-invalid",)),
    Row("50c", "hcl", service(f'meta {{ k = "{"v" * 513}" }}'), ("service-meta-invalid",)),
    Row("50d", "hcl", service('meta { "a b" = "v" }'), ("service-meta-invalid",)),
    Row("50e", "hcl", service('meta { "" = "v" }'), ("service-meta-invalid",)),
    Row("51a", "hcl", service('tagged_addresses { lan = "1.2.3.4" }'), ("service-wrong-type",)),
    Row("51b", "hcl", service('tagged_addresses { lan_ipv4 { address = "::1" } }'), ("tagged-address-version",)),
    Row("52", "http", '{"name": "a", "TaggedAddresses": {"wan_ipv6": {"Address": "1.1.1.1"}}}'),
    Row("53a", "hcl", service('address = "0.0.0.0"'), (), ("service-address-any",)),
    Row("53b", "http", '{"name": "a", "Address": "0.0.0.0"}', ("service-address-any",)),
    Row("54", "hcl", ALL_FIELDS, ("service-meta-invalid", "service-weights-invalid", "socket-mode-invalid", "mesh-gateway-mode-unknown", "proxy-mode-unknown", "service-weights-invalid", "sidecar-with-id"), ("proxy-block-ignored",)),
    Row("55", "hcl", 'service { name = "p" kind = "connect-proxy" port = 1 proxy { local_service_port = 1 } check { name = "c" } }', ("check-without-type",)),
    Row("56", "hcl", 'services { name = "a" check {} } services { name = "b" check {} }', ("check-without-type",)),
    Row("57a", "http", '{"name": "g", "Kind": "mesh-gateway", "Port": 1, "Proxy": {"Mode": "foo", "MeshGateway": {"Mode": "foo"}, "AccessLogs": {"Type": "foo"}}}'),
    Row("58a", "hcl", proxy("expose { paths = [{ listener_port = 1 }] }"), ("exposed-path-empty",)),
    Row("58b", "hcl", proxy('expose { paths = [{ path = "/" }] }'), ("exposed-port-invalid",)),
    Row("58c", "hcl", proxy('expose { paths = [{ path = "/" listener_port = 1 }, { path = "/" listener_port = 1 }] }'), ("exposed-port-twice",)),
    Row("58d", "hcl", proxy('expose { paths = [{ path = "/" listener_port = 1 protocol = "grpc" }] }'), ("exposed-protocol-unknown",)),
    Row("58e", "hcl", proxy('expose { paths = [{ path = "/" listener_port = 1 protocol = "HTTP2" }] }')),
    Row("59a", "hcl", proxy(f'config {{ envoy_hcp_metrics_bind_socket_dir = "{"d" * 71}" }}'), ("metrics-socket-dir-too-long",)),
    Row("59b", "hcl", proxy(f'config {{ envoy_hcp_metrics_bind_socket_dir = "{"d" * 70}" }}')),
    Row("60a", "catalog", '{"Node": "n", "Address": "1.1.1.1", "Service": {"Name": "web"}}', ("body-unknown-key",)),
    Row("60b", "catalog", '{"Node": "n", "Address": "1.1.1.1", "Service": {"ID": "web"}}', ("registration-without-service-name",)),
    Row("61", "catalog", '{"Node": "n", "Address": "1.1.1.1", "Service": {"Service": "web", "Weights": {"Passing": 0, "Warning": 0}, "TaggedAddresses": {"lan_ipv4": {"Address": "x"}}, "Connect": {"SidecarService": {}}}}'),
]  # fmt: skip

SIDECARS = [
    Row("62", "hcl", sidecar("")),
    Row("67a", "hcl", sidecar('id = "x"'), ("sidecar-with-id",)),
    Row("67b", "hcl", sidecar("connect { sidecar_service {} }"), ("sidecar-in-sidecar",)),
    Row("68", "hcl", sidecar("proxy { upstreams = [{ local_bind_port = 1 }] }"), (), ("upstream-without-name",)),
    Row("69", "cli", sidecar("proxy { upstreams = [{ local_bind_port = 1 }] }"), ("upstream-without-name",)),
    Row("70a", "http", '{"name": "a", "Port": 1, "Connect": {"SidecarService": {"Connect": {"Native": true}}}}', ("native-proxy", "native-without-port")),
    Row("70b", "hcl", sidecar("connect { native = true }"), (), ("native-proxy",)),
    Row("71a", "http", '{"name": "a", "Port": 1, "Connect": {"SidecarService": {"Kind": "mesh-gateway"}}}', ("gateway-without-port", *[GIVEN] * 4)),
    Row("71b", "hcl", sidecar('kind = "mesh-gateway"'), (), (GIVEN,)),
    Row("72", "http", '{"name": "a", "Connect": {"SidecarService": {"Meta": {"consul-x": "1"}}}}', ("service-meta-invalid",)),
    Row("73", "http", '{"name": "a", "Connect": {"SidecarService": {"TaggedAddresses": {"lan_ipv4": {"Address": "x"}}}}}', ("tagged-address-version",)),
    Row("74a", "http", '{"name": "a", "Connect": {"SidecarService": {"Weights": {"Passing": -1}}}}'),
    Row("74b", "http", '{"name": "a", "Connect": {"SidecarService": {"Locality": {"Zone": "z"}}}}', (), ("zone-without-region",)),
    Row("76a", "hcl", 'ports { sidecar_min_port = 21000 sidecar_max_port = 21000 } services { name = "a" connect { sidecar_service {} } } services { name = "b" connect { sidecar_service {} } }', ("sidecar-ports-exhausted",)),
    Row("76b", "hcl", "ports { sidecar_min_port = 0 sidecar_max_port = 0 } " + sidecar(""), ("sidecar-ports-off",)),
    Row("79", "hcl", sidecar('kind = "bogus"'), (), ("service-kind-unknown",)),
    Row("81", "hcl", sidecar('check { http = "h" }'), ("check-without-interval",)),
]  # fmt: skip

IN_DC2 = 'destination_partition = "default", datacenter = "dc2"'
IN_NS1 = 'destination_namespace = "ns1", destination_partition = "ap1", mesh_gateway = { mode = "local" }'

UPSTREAMS = [
    Row("82a", "hcl", proxy(upstreams(up("", 1))), ("upstream-without-name",)),
    Row("82b", "hcl", proxy(upstreams(up("*", 1))), ("upstream-wildcard",)),
    Row("82c", "hcl", proxy(upstreams('destination_name = "b"')), ("upstream-without-listener",)),
    Row("82d", "hcl", proxy(upstreams(up("b", 1, 'local_bind_socket_path = "/s"'))), ("upstream-with-two-listeners",)),
    Row("83", "hcl", proxy(upstreams(up("b", 1, 'destination_peer = "e", datacenter = "d"'))), ("peer-with-datacenter",)),
    Row("84", "hcl", proxy(upstreams(up("b", 1), up("b", 2))), ("upstream-twice",)),
    Row("85", "hcl", proxy(upstreams(up("b", 1), up("b", 2, 'destination_type = "service"'))), ("upstream-twice",)),
    Row("86a", "hcl", proxy(upstreams(up("b", 1), up("b", 2, 'datacenter = "dc1"'))), (), ("upstream-in-two-datacenters",)),
    Row("86b", "hcl", proxy(upstreams(up("b", 1), up("B", 2)))),
    Row("86c", "hcl", proxy(upstreams(up("b", 1), up("b", 2, 'destination_type = "prepared_query"')))),
    Row("87", "hcl", proxy(upstreams(up("b", 1), up("c", 1, 'local_bind_address = "127.0.0.1"'))), ("upstream-address-twice",)),
    Row("88", "hcl", proxy(upstreams(up("b", 1), up("c", 1, 'local_bind_address = "0.0.0.0"')))),
    Row("89a", "hcl", proxy(upstreams('destination_name = "b", local_bind_socket_path = "/s"', 'destination_name = "c", local_bind_socket_path = "/s"')), ("upstream-address-twice",)),
    Row("89b", "hcl", proxy(upstreams('destination_name = "b", local_bind_socket_path = "/s", local_bind_address = "127.0.0.1"', 'destination_name = "c", local_bind_socket_path = "/t", local_bind_address = "127.0.0.1"')), ("upstream-address-twice",)),
    Row("90", "hcl", proxy(upstreams(up("b", 1, 'destination_partition = "foo"'))), (), ("upstream-tenancy-ignored",)),
    Row("91", "hcl", proxy(upstreams(up("b", 1, IN_DC2))), ("datacenter-with-partition",)),
    Row("92a", "hcl", proxy(upstreams(up("b", 1, 'destination_peer = "e", destination_partition = "foo"'))), ("peer-of-other-partition",)),
    Row("92b", "hcl", proxy(upstreams(up("b", 1, 'destination_peer = "e", destination_partition = "default"')))),
    Row("93", "hcl", 'datacenter = "dc1" ' + proxy(upstreams(up("b", 1, 'destination_partition = "ap1", datacenter = "dc1"'))), ("datacenter-with-partition",), (), "enterprise"),
    Row("94a", "hcl", proxy(upstreams(up("b", 1, 'datacenter = "dc2"')), 'port = 1 partition = "ap1"'), ("datacenter-with-partition",), (), "enterprise"),
    Row("94b", "hcl", 'partition = "ap1" ' + proxy(upstreams(up("b", 1, 'datacenter = "dc2"'))), (), ("datacenter-with-partition",), "enterprise"),
    Row("95a", "hcl", proxy(upstreams(up("b", 1, 'destination_peer = "e"')), 'port = 1 partition = "ap1"'), (), (), "enterprise"),
    Row("95b", "hcl", proxy(upstreams(up("b", 1, 'destination_peer = "e", destination_partition = "default"')), 'port = 1 partition = "ap1"'), ("peer-of-other-partition",), (), "enterprise"),
    Row("96a", "hcl", proxy(upstreams(up("b", 1), up("b", 2, 'destination_namespace = "default"'))), ("upstream-twice",), (), "enterprise"),
    Row("96b", "hcl", proxy(upstreams(up("b", 1), up("b", 2, 'destination_namespace = "default"')))),
    Row("97", "hcl", proxy(upstreams(up("b", 1, IN_NS1))), (), (), "enterprise"),
    Row("98a", "hcl", sidecar('proxy { mesh_gateway { mode = "loca" } }'), ("mesh-gateway-mode-unknown",)),
    Row("98b", "hcl", sidecar('proxy { mesh_gateway { mode = "LOCAL" } }'), ("mesh-gateway-mode-unknown",)),
    Row("98c", "hcl", sidecar('proxy { mesh_gateway = "local" }'), ("service-wrong-type",)),
    Row("99a", "hcl", proxy(upstreams('destination_name = "b", local_bind_socket_path = "/s", local_bind_socket_mode = "999"')), ("socket-mode-invalid",)),
    Row("99b", "hcl", proxy(upstreams('destination_name = "b", local_bind_socket_path = "/s", local_bind_socket_mode = "0600"'))),
    Row("99c", "hcl", proxy(upstreams('destination_name = "b", local_bind_socket_path = "/s", local_bind_socket_mode = ""')), ("socket-mode-invalid",)),
    Row("99d", "http", '{"name": "p", "kind": "connect-proxy", "port": 1, "proxy": {"DestinationServiceName": "web", "LocalServicePort": 1, "upstreams": [{"DestinationName": "b", "LocalBindSocketPath": "/s", "LocalBindSocketMode": "rw"}]}}'),
    Row("101", "hcl", 'service { name = "p" kind = "connect-proxy" proxy { destination_service_name = "w" local_service_port = 1 upstreams = [{ local_bind_port = 1 }, { destination_name = "*" local_bind_port = 2 }] expose { paths = [{}] } } }',
        ("proxy-without-port", "upstream-without-name", "upstream-wildcard", "exposed-path-empty", "exposed-port-invalid")),
    Row("102", "hcl", 'datacenter = "dc1" ' + proxy(upstreams(up("b", 1, 'datacenter = "dc1"'))), (), ("upstream-in-own-datacenter",)),
]  # fmt: skip

CHECKS = [
    Row("103a", "hcl", check('http = "h"'), ("check-without-interval",)),
    Row("103b", "hcl", check('http = "h" ttl = "1s"'), ("check-without-interval",), ("check-of-two-types",)),
    Row("103c", "hcl", check('http = "h" interval = "1s" ttl = "1s"'), ("check-interval-with-ttl",)),
    Row("104a", "hcl", check(""), ("check-without-type",)),
    Row("104b", "hcl", check('name = "c"'), ("check-without-type",)),
    Row("104c", "hcl", check('interval = "1s"'), ("check-without-type",)),
    Row("104d", "hcl", check('ttl = "-5s"'), ("check-without-type",)),
    Row("105a", "hcl", check('alias_service = "a" ttl = "1s"'), ("check-alias-with-ttl",)),
    Row("105b", "hcl", check('alias_service = "a" http = "h" interval = "1s"'), ("check-alias-with-type",)),
    Row("105c", "hcl", check('alias_service = "a"')),
    Row("105d", "hcl", check('alias_service = "a" interval = "1s"')),
    Row("106a", "hcl", check('ttl = "1s" failures_before_warning = 3 failures_before_critical = 2'), ("check-warning-after-critical",)),
    Row("106b", "hcl", check('ttl = "1s" failures_before_warning = 2'), ("check-warning-after-critical",)),
    Row("106c", "hcl", check('ttl = "1s" failures_before_critical = 2')),
    Row("107a", "hcl", check('ttl = "1s" status = "foo"'), (), ("check-status-meaningless",)),
    Row("107b", "http", '{"name": "a", "check": {"ttl": "1s", "status": "foo"}}', ("check-status-unknown",)),
    Row("108", "http", '{"name": "a", "check": {"http": "h", "interval": 10}}', (), ("check-interval-raised",)),
    Row("109a", "http", '{"name": "a", "Check": {}}'),
    Row("109b", "http", '{"name": "a", "Checks": [{}]}', ("check-without-type",)),
    Row("110", "hcl", check('http = "h" grpc = "g" tcp = "t" interval = "1s"'), (), ("check-of-two-types",)),
]  # fmt: skip

ROWS = [*DECODING, *SERVICES, *SIDECARS, *UPSTREAMS, *CHECKS]


@pytest.mark.parametrize("row", ROWS, ids=[row.number for row in ROWS])
def test_worked_example(row: Row) -> None:
    found = judge_service_text(row.text, row.name, row.profile).diagnostics
    own = sorted(one.rule for one in found if one.own)
    assert own == sorted(row.refused), found
    if not row.refused:
        assert not any(one.refused for one in found)
    assert {one.rule for one in found if not one.refused} == set(row.told), found


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (sidecar("proxy { upstreams = [{ local_bind_port = 1 }] }"), "catalog"),
        (sidecar('locality { zone = "z" }'), "catalog"),
        (service('address = "0.0.0.0"'), "catalog"),
    ],
)
def test_what_a_later_place_refuses_is_an_error_that_names_it(text: str, why: str) -> None:
    found = judge_service_text(text, "input.hcl", Profile(entry_path="agent"))
    assert found.accepted
    (one,) = found.diagnostics
    assert (one.severity, one.stage, one.consul) == (Severity.ERROR, "S", None)
    assert one.note is not None
    assert why in one.note
    assert "Consul: " in one.note
