"""What agents make of definitions: sidecars, ports, checks, addresses, merged files (3.1–3.3, 1.1)."""

# ruff: noqa: E501  # definitions read best on one line

from __future__ import annotations

from typing import Any

import pytest

from meshgw.profile import Edition, Profile
from meshgw.services.agent import AgentConfig, merge
from meshgw.services.judge import judge_body, judge_service
from meshgw.services.judge_agent import read_agent_file
from meshgw.services.model import Service
from meshgw.services.sidecar import allocate_ports, waits_for_port
from meshgw.source.hcl1 import read_hcl
from meshgw.source.json import read_json


def made(text: str, edition: Edition = "community") -> list[Service]:
    """The services of an agent file, sidecars after their services, before ports are given out."""
    profile = Profile(entry_path="agent", edition=edition)
    reading = read_agent_file(read_hcl(text, "a.hcl"), profile)
    assert reading.file is not None, reading.diagnostics
    judged = [judge_service(one, profile, reading.file.config) for one in reading.file.services]
    return [service for one in judged for service in one.services]


def body(text: str) -> list[Service]:
    """The services of a body of the API."""
    return list(judge_body(read_json(text, "a.json"), Profile(entry_path="http")).services)


def merged(*texts: str) -> AgentConfig:
    readings = [read_agent_file(read_hcl(text, "a.hcl"), Profile()) for text in texts]
    return merge(reading.file for reading in readings if reading.file is not None)


def test_an_empty_sidecar_takes_everything_from_its_service() -> None:  # 62
    web, proxy = made('service { name = "web" port = 8080 connect { sidecar_service {} } }')
    assert web.connect.sidecar_service is None
    assert (proxy.id, proxy.name, proxy.kind) == ("web-sidecar-proxy",) * 2 + ("connect-proxy",)
    assert (proxy.proxy.destination_service_name, proxy.proxy.destination_service_id) == ("web", "web")
    assert (proxy.proxy.local_service_address, proxy.proxy.local_service_port) == ("127.0.0.1", 8080)
    assert [check.name for check in proxy.checks] == [
        "Connect Sidecar Listening",
        "Connect Sidecar Aliasing web",
    ]
    assert [check.id for check in proxy.checks] == [
        "service:web-sidecar-proxy:1",
        "service:web-sidecar-proxy:2",
    ]
    assert waits_for_port(proxy)
    assert proxy.parent is not None
    assert proxy.parent.id == "web"


def test_what_is_copied_and_what_is_not() -> None:  # 63
    text = """service { name = "web" id = "web1" port = 8080 address = "10.0.0.1" tags = ["t"] token = "s"
      meta { a = "b" } locality { region = "r" } weights { passing = 3 } enable_tag_override = true
      connect { sidecar_service { proxy { mode = "transparent" } } } }"""
    services, _ = allocate_ports(made(text))
    proxy = services[1]
    assert (proxy.id, proxy.address, proxy.tags, proxy.meta) == (
        "web1-sidecar-proxy",
        "10.0.0.1",
        ("t",),
        {"a": "b"},
    )
    assert proxy.locality is not None
    assert proxy.locality.region == "r"
    assert (proxy.weights.passing, proxy.weights.warning, proxy.enable_tag_override) == (1, 1, False)
    assert proxy.token.reveal() == "s"
    lan = proxy.tagged_addresses["lan_ipv4"]
    assert (lan.address, lan.port) == ("10.0.0.1", 21000)
    assert set(proxy.tagged_addresses) == {"lan_ipv4", "wan_ipv4"}
    assert proxy.checks[0].tcp == "10.0.0.1:21000"


@pytest.mark.parametrize(
    ("given", "address", "port", "socket"),
    [
        ("{}", "", 0, "/s"),  # 64
        ('{"LocalServiceAddress": "10.0.0.9"}', "10.0.0.9", 0, "/s"),  # 65
        ('{"LocalServiceAddress": "10.0.0.9", "LocalServicePort": 5}', "10.0.0.9", 5, ""),
    ],
)
def test_the_local_service_of_a_socket(given: str, address: str, port: int, socket: str) -> None:
    nested = f'{{"SidecarService": {{"Proxy": {given}}}}}'
    _, proxy = body(f'{{"Name": "web", "SocketPath": "/s", "Connect": {nested}}}')
    local = proxy.proxy
    found = (local.local_service_address, local.local_service_port, local.local_service_socket_path)
    assert found == (address, port, socket)


def test_a_sidecar_with_settings_of_its_own() -> None:  # 66
    given = '{"Name": "other", "Port": 5, "Kind": "bogus", "Check": {"TTL": "1s"}, "Proxy": '
    given += '{"DestinationServiceName": "db", "DestinationServiceID": "db1"}}'
    _, proxy = body(f'{{"Name": "web", "Connect": {{"SidecarService": {given}}}}}')
    assert (proxy.id, proxy.name, proxy.kind, proxy.port) == ("web-sidecar-proxy", "other", "bogus", 5)
    assert [check.id for check in proxy.checks] == ["service:web-sidecar-proxy"]
    assert proxy.proxy.destination_service_id == "db1"
    assert proxy.is_typical


def test_automatic_ports_are_given_out_in_order() -> None:  # 75
    block = 'services {{ name = "{}" connect {{ sidecar_service {{ {} }} }} }}\n'
    text = "".join(
        block.format(name, port)
        for name, port in (("zz", ""), ("aa", ""), ("fx", "port = 21001"), ("mm", ""))
    )
    services, left_over = allocate_ports(made(text))
    ports = {service.name: service.port for service in services if service.parent}
    assert ports == {
        "zz-sidecar-proxy": 21000,
        "aa-sidecar-proxy": 21001,
        "fx-sidecar-proxy": 21001,
        "mm-sidecar-proxy": 21002,
    }
    assert left_over == []


def test_a_service_in_the_range_uses_its_port() -> None:  # 77
    text = 'services { name = "p" port = 21000 } services { name = "a" connect { sidecar_service {} } }'
    assert [service.port for service in allocate_ports(made(text))[0]] == [21000, 0, 21001]


def test_no_port_is_left() -> None:  # 76
    text = "".join(f'services {{ name = "{n}" connect {{ sidecar_service {{}} }} }}\n' for n in "ab")
    services, left_over = allocate_ports(made(text), 21000, 21000)
    assert [service.port for service in services if service.parent] == [21000, 0]
    assert [service.id for service in left_over] == ["b-sidecar-proxy"]
    assert allocate_ports(made(text), 0, 0)[1] != []


def test_checks_are_numbered_in_the_order_of_their_syntax() -> None:  # 80
    text = """service { name = "web" check { name = "single" ttl = "1s" }
      checks = [{ name = "c1" ttl = "1s" }, { name = "c2" ttl = "1s" }] }"""
    (web,) = made(text)
    assert [(check.id, check.name) for check in web.checks] == [
        ("service:web:1", "c1"),
        ("service:web:2", "c2"),
        ("service:web:3", "single"),
    ]
    at = web.locate(("Checks", 2, "Name"))
    assert at is not None
    assert at.document.text[at.span.start : at.span.end] == '"single"'
    (api,) = body(
        '{"Name": "web", "Check": {"Name": "single", "TTL": "1s"}, "Checks": [{"Name": "c", "TTL": "1s"}]}'
    )
    assert [check.name for check in api.checks] == ["single", "c"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ('address = "10.0.0.5"', {"lan_ipv4": ("10.0.0.5", 80), "wan_ipv4": ("10.0.0.5", 80)}),
        ('address = "fd00::5"', {"lan_ipv6": ("fd00::5", 80), "wan_ipv6": ("fd00::5", 80)}),
        ('address = "web.example.com"', {}),
        ("", {}),
        (
            'address = "10.0.0.5" tagged_addresses { wan { address = "1.2.3.4" port = 99 } }',
            {"lan_ipv4": ("10.0.0.5", 80), "wan_ipv4": ("10.0.0.5", 80), "wan": ("1.2.3.4", 99)},
        ),
    ],
)
def test_tagged_addresses_follow_the_address(more: str, expected: dict[str, tuple[str, int]]) -> None:
    (web,) = made(f'service {{ name = "web" port = 80 {more} }}')
    assert {name: (tag.address, tag.port) for name, tag in web.tagged_addresses.items()} == expected


def test_config_collapses_in_files_and_not_in_bodies() -> None:  # 29
    config = 'a=[1] b=["x"] c=[1,2] d { e=[5] } f=[{g=1}] m=[[7]] q {x=1} q {x=2} s=[]'
    (proxy,) = made(
        f'service {{ name = "p" kind = "connect-proxy" port = 1 proxy {{ destination_service_name = "w" config {{ {config} }} }} }}'
    )
    assert proxy.proxy.config == {
        "a": 1, "b": "x", "c": [1, 2], "d": {"e": 5}, "f": {"g": 1}, "m": [7],
        "q": [{"x": 1}, {"x": 2}], "s": [],
    }  # fmt: skip
    (api,) = body(
        '{"Name": "p", "Kind": "mesh-gateway", "Port": 1, "Proxy": {"Config": {"a": [1], "c": [{"d": [3]}]}}}'
    )
    assert api.proxy.config == {"a": [1], "c": [{"d": [3]}]}


def test_tenancy_in_enterprise() -> None:
    text = """partition = "AP1" service { name = "web" namespace = "Ns" port = 1
      connect { sidecar_service { proxy { upstreams { destination_name = "b" local_bind_port = 1 } } } } }"""
    web, proxy = made(text, "enterprise")
    assert (web.partition, web.namespace, proxy.partition, proxy.namespace) == ("ap1", "ns", "ap1", "ns")
    (upstream,) = proxy.proxy.upstreams
    assert (upstream.destination_partition, upstream.destination_namespace) == ("ap1", "ns")


def test_a_sidecar_knows_where_it_is_written() -> None:
    text = """service {
  name = "web"
  port = 8080
  tags = ["t"]
  connect {
    sidecar_service {
      proxy {
        upstreams {
          destination_name = "api"
          local_bind_port  = 5000
        }
      }
    }
  }
}"""
    _, proxy = made(text)
    expected: dict[tuple[Any, ...], tuple[int, int]] = {
        (): (6, 21),
        ("Proxy", "Upstreams", 0, "DestinationName"): (9, 30),
        ("Tags", 0): (4, 11),
        ("Proxy", "DestinationServiceName"): (7, 7),
    }
    for path, place in expected.items():
        found = proxy.locate(path)
        assert found is not None
        assert found.position == place


def test_files_of_one_agent() -> None:
    config = merged(
        'datacenter = "DC1" node_name = "n1" ports { grpc = 1 } node_meta { a = "1" b = "1" } service { name = "web" }',
        'node_name = "n2" ports { grpc_tls = 2 } node_meta { b = "2" } service { name = "api" } bind_addr = "10.0.0.1"',
        'server = false services { name = "db" }',
    )
    assert (config.datacenter, config.node_name, config.server) == ("DC1", "n2", False)
    assert (config.ports.grpc, config.ports.grpc_tls) == (1, 2)
    assert config.node_meta == {"a": "1", "b": "2"}
    assert config.address == "10.0.0.1"
    assert [service.name for service in config.services] == ["web", "api", "db"]


def test_a_token_is_never_printed() -> None:
    text = 'service { name = "web" token = "b1gs07-secret" connect { sidecar_service {} } }'
    services = made(text)
    assert all("b1gs07" not in f"{service!r} {service}" for service in services)
    judged = judge_service(services[0], Profile(entry_path="agent"))
    assert "b1gs07" not in repr(judged.diagnostics)


BOTH_SPELLINGS = [
    ('"MeshGateway": {}, "mesh_gateway": {"Mode": "local"}', {"mesh_gateway": {"mode": "local"}}),
    (
        '"mesh_gateway": {"Mode": "local"}, "MeshGateway": {"Mode": "remote"}',
        {"mesh_gateway": {"mode": "remote"}},
    ),
    (
        '"TransparentProxy": {"OutboundListenerPort": 5}, "transparent_proxy": {"DialedDirectly": true}',
        {"transparent_proxy": {"outbound_listener_port": 5, "dialed_directly": True}},
    ),
    (
        (
            '"TransparentProxy": {"DialedDirectly": false, "OutboundListenerPort": 5}, '
            '"transparent_proxy": {"DialedDirectly": true, "OutboundListenerPort": 6}'
        ),
        {"transparent_proxy": {"outbound_listener_port": 5, "dialed_directly": True}},
    ),
    (
        '"AccessLogs": {"Path": "/x"}, "access_logs": {"Enabled": true, "Path": "/y", "Type": "file"}',
        {"access_logs": {"enabled": True, "path": "/x", "type": "file"}},
    ),
    ('"DestinationServiceName": "", "destination_service_name": "b"', {"destination_service_name": "b"}),
    ('"destination_service_name": "b", "DestinationServiceName": "c"', {"destination_service_name": "c"}),
    ('"Mode": "direct", "MODE": ""', {"mode": ""}),
    ('"Mode": "direct", "MODE": null', {"mode": "direct"}),
]


@pytest.mark.parametrize(("proxy", "expected"), BOTH_SPELLINGS)
def test_both_spellings_of_a_body(proxy: str, expected: dict[str, Any]) -> None:
    (service,) = body(f'{{"Name": "web", "Port": 1, "Proxy": {{{proxy}}}}}')
    for name, value in expected.items():
        found = getattr(service.proxy, name)
        if isinstance(value, dict):
            assert {key: getattr(found, key) for key in value} == value
        else:
            assert found == value


def test_the_place_of_a_field_with_two_spellings() -> None:
    text = '{"Name": "web", "Proxy": {"destination_service_name": "b", "DestinationServiceName": ""}}'
    (service,) = body(text)
    location = service.locate(("Proxy", "DestinationServiceName"))
    assert location is not None
    assert text[location.span.start : location.span.end] == '"b"'
