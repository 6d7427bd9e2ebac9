# ruff: noqa: E501  # rows of tables are read more easily than wrapped
"""The worked examples of topology.md 11: hops, SNIs and what breaks a path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from trees import mesh_of, proxy

from meshgw.loading.load import load_tree
from meshgw.loading.options import LoadOptions
from meshgw.mesh.build import build_mesh
from meshgw.snapshot.calls import Call, Calls

EXTERNAL = "u.consul"


def web(more: str) -> str:
    return (
        'service { name = "web" port = 80 address = "10.0.0.10" connect { sidecar_service { port = 20000\n'
        f'proxy {{ upstreams = [{{ destination_name = "api", local_bind_port = 5000, {more} }}] }} }} }} }}\n'
    )


def mode(name: str) -> str:
    return f'mesh_gateway = {{ mode = "{name}" }}'


def api(net: int, more: str = "", name: str = "api", checks: str = "") -> str:
    return (
        f'service {{ name = "{name}" port = 80 address = "10.{net}.0.10" {more}\n'
        f"connect {{ sidecar_service {{ port = 20000 {checks} }} }} }}\n"
    )


def gateway(net: int, wan: str = "", more: str = "") -> str:
    tagged = f'tagged_addresses {{ wan = {{ address = "{wan}", port = 443 }} }}' if wan else ""
    return (
        f'service {{ name = "mesh-gateway" kind = "mesh-gateway" address = "10.{net}.0.1" port = 8443\n'
        f"{tagged} {more} }}\n"
    )


G1, G2 = gateway(1, "198.51.100.1"), gateway(2, "198.51.100.2")
OWN, OTHER = "10.1.0.1:8443", "198.51.100.2:443"
SNI = "api.default.dc2.internal.t.consul"
DC2 = 'datacenter = "dc2"'
TWO = {"dc1/gw.hcl": G1, "dc2/gw.hcl": G2, "dc2/api.hcl": api(2)}


def the_call(folder: Path, files: dict[str, str], **said: Any) -> Call:
    mesh = mesh_of(folder, files, **said)
    calls = Calls(mesh)
    (call,) = [call for call in calls.all if call.caller.service.id == "web-sidecar-proxy" and call.primary]
    return call


def shown(call: Call) -> list[str]:
    """The addresses of the hops, and what breaks the path."""
    broken = call.path.broken
    return [*(str(hop.address) for hop in call.path.hops), *([f"✗ {broken.code}"] if broken else [])]


def without(files: dict[str, str], *names: str) -> dict[str, str]:
    return {name: text for name, text in files.items() if name not in names}


DATACENTERS = [
    pytest.param(
        {"dc1/web.hcl": web(mode("local")), "dc1/api.hcl": api(3), "dc1/gw.hcl": G1},
        ["10.3.0.10:20000"],
        id="1",
    ),
    pytest.param(
        {"dc1/web.hcl": web(f"{DC2}, {mode('local')}")} | TWO, [OWN, OTHER, "10.2.0.10:20000"], id="2"
    ),
    pytest.param(
        {"dc1/web.hcl": web(f"{DC2}, {mode('local')}")} | without(TWO, "dc1/gw.hcl"),
        ["✗ no-own-gateway"],
        id="3",
    ),
    pytest.param({"dc1/web.hcl": web(f"{DC2}, {mode('none')}")} | TWO, ["10.2.0.10:20000"], id="4"),
    pytest.param(
        {"dc1/web.hcl": web(f"{DC2}, {mode('remote')}")} | TWO, [OTHER, "10.2.0.10:20000"], id="remote"
    ),
    pytest.param(
        {"dc1/web.hcl": web(f"{DC2}, {mode('remote')}")} | without(TWO, "dc2/gw.hcl"),
        ["✗ no-target-gateway"],
        id="TP-02",
    ),
]


@pytest.mark.parametrize(("files", "expected"), DATACENTERS)
def test_datacenters(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    call = the_call(tmp_path, files)
    assert shown(call) == expected
    datacenter = "dc2" if "dc2/api.hcl" in files else "dc1"
    assert {hop.sni for hop in call.path.hops} <= {f"api.default.{datacenter}.internal.t.consul"}


def partitions(mode_: str, flag: str = "") -> dict[str, str]:
    return {
        "dc1/default/web.hcl": web(f'destination_partition = "ap1", {mode(mode_)}'),
        "dc1/default/gw.hcl": gateway(1, "198.51.100.1", flag),
        "dc1/ap1/gw.hcl": gateway(2, "198.51.100.2"),
        "dc1/ap1/api.hcl": api(2),
    }


FLAG = 'meta { "consul-wan-federation" = "1" }'
PARTITIONS = [
    pytest.param(partitions("remote"), [OTHER, "10.2.0.10:20000"], id="5"),
    pytest.param(partitions("local"), [OWN, OTHER, "10.2.0.10:20000"], id="6"),
    pytest.param(partitions("local", FLAG), [OWN, "✗ partition-lost-to-federation"], id="7"),
    pytest.param(partitions("none"), ["10.2.0.10:20000"], id="none"),
]


@pytest.mark.parametrize(("files", "expected"), PARTITIONS)
def test_partitions(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    call = the_call(tmp_path, files, edition="enterprise")
    assert shown(call) == expected
    assert {hop.sni for hop in call.path.hops} == {"api.default.ap1.dc1.internal-v1.t.consul"}


REDIRECTED = {
    "dc1/ap1/gw.hcl": gateway(1, "198.51.100.1"),
    "dc2/default/gw.hcl": G2,
    "dc2/default/api.hcl": api(2),
    "dc1/ap1/resolver.hcl": 'Kind = "service-resolver"\nName = "api"\n'
    'Redirect { Service = "api"\nPartition = "default"\nDatacenter = "dc2" }\n',
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("local", [OWN, "✗ partition-to-other-datacenter"], id="8"),
        pytest.param("remote", [OTHER, "10.2.0.10:20000"], id="9"),
    ],
)
def test_a_partition_and_another_datacenter(tmp_path: Path, name: str, expected: list[str]) -> None:
    files = {"dc1/ap1/web.hcl": web(mode(name))} | REDIRECTED
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    project = {
        "edition": "enterprise",
        "trust_domain": "t.consul",
        "primary_datacenter": "dc1",
        "tenancy": [{"path": "{datacenter}/{partition}/**"}],
    }
    # Consul refuses such a redirect when it is written (RS-09); what is stored nevertheless is shown.
    calls = Calls(build_mesh(load_tree((str(tmp_path),), LoadOptions(project=project))))
    (call,) = calls.all
    assert shown(call) == expected


def test_10_a_subset_in_another_datacenter(tmp_path: Path) -> None:
    resolver = (
        'Kind = "service-resolver"\nName = "api"\nDefaultSubset = "v2"\n'
        'Subsets = { v2 = { Filter = "Service.Meta.version == 2" } }\n'
    )
    files = TWO | {
        "dc1/web.hcl": web(f"{DC2}, {mode('remote')}"),
        "dc1/api-resolver.hcl": resolver,
        "dc2/api.hcl": api(2, 'meta { version = "2" }'),
    }
    call = the_call(tmp_path, files)
    assert shown(call) == [OTHER, "10.2.0.10:20000"]
    assert [hop.sni for hop in call.path.hops] == [f"v2.{SNI}"] * 2


EXPORTS = 'Kind = "exported-services"\nName = "default"\nServices = [{ Name = "api", Consumers = [{ Peer = "a-side" }] }]\n'
PEERED = {
    "dc1/gw.hcl": G1,
    "dcb/gw.hcl": G2,
    "dcb/api.hcl": api(2),
    "dcb/exports.hcl": EXPORTS,
}
CLUSTERS = {
    "datacenters": {"dcb": {"trust_domain": EXTERNAL, "primary_datacenter": "dcb"}},
    "peerings": [{"dc1": "b-side", "dcb": "a-side"}],
}
PEER_SNI = "api.default.default.a-side.external.u.consul"
INNER = "api.default.dcb.internal.u.consul"
HTTP = {"dcb/api-defaults.hcl": 'Kind = "service-defaults"\nName = "api"\nProtocol = "http"\n'}
DESTINATION = "10.2.0.10:20000"
PEERS = [
    pytest.param("remote", {}, [OTHER, DESTINATION], [PEER_SNI] * 2, id="11"),
    pytest.param("", {}, [OTHER, DESTINATION], [PEER_SNI] * 2, id="11-unset"),
    pytest.param("remote", HTTP, [OTHER, DESTINATION], [PEER_SNI, INNER], id="12"),
    pytest.param("local", {}, [OWN, OTHER, DESTINATION], [PEER_SNI] * 3, id="13"),
    pytest.param("local", HTTP, [OWN, OTHER, DESTINATION], [PEER_SNI, PEER_SNI, INNER], id="13-http"),
    pytest.param("remote", {"dcb/gw.hcl": ""}, ["✗ no-peer-gateway"], [], id="14"),
    pytest.param("local", {"dc1/gw.hcl": ""}, ["✗ no-own-gateway"], [], id="PE-06"),
    pytest.param("remote", {"dcb/exports.hcl": ""}, ["✗ not-exported-to-peer"], [], id="PE-03"),
    pytest.param("remote", {"dcb/api.hcl": ""}, ["✗ not-usable-at-peer"], [], id="PE-10"),
]


@pytest.mark.parametrize(("name", "changes", "expected", "snis"), PEERS)
def test_peers(
    tmp_path: Path, name: str, changes: dict[str, str], expected: list[str], snis: list[str]
) -> None:
    """`changes` are files of the tree; an empty one is taken away."""
    own = web(f'destination_peer = "b-side", {mode(name) if name else ""}')
    files = {"dc1/web.hcl": own} | PEERED | changes
    call = the_call(tmp_path, {path: text for path, text in files.items() if text}, **CLUSTERS)
    assert shown(call) == expected
    assert [hop.sni for hop in call.path.hops] == snis
    ending = [hop.terminates for hop in call.path.hops if hop.role == "peer gateway"]
    assert ending == ([changes == HTTP] if snis else [])


ADDRESSES = [
    pytest.param(gateway(1, "198.51.100.1"), {}, "10.1.0.1:8443", "198.51.100.1:443", id="15"),
    pytest.param(
        'service { name = "mesh-gateway" kind = "mesh-gateway" port = 8443 }\n',
        {"wan": "203.0.113.5"},
        "10.9.0.1:8443",
        "203.0.113.5:8443",
        id="16",
    ),
    pytest.param(gateway(1), {"wan": "203.0.113.5"}, "10.1.0.1:8443", "10.1.0.1:8443", id="17"),
]


@pytest.mark.parametrize(("registration", "tagged", "lan", "wan"), ADDRESSES)
def test_addresses(tmp_path: Path, registration: str, tagged: dict[str, str], lan: str, wan: str) -> None:
    agent = 'node_name = "n"\nadvertise_addr = "10.9.0.1"\n'
    if tagged:
        agent += f'advertise_addr_wan = "{tagged["wan"]}"\n'
    mesh = mesh_of(tmp_path, {"dc1/agent.hcl": agent, "dc1/gw.hcl": registration})
    found = proxy(mesh, "mesh-gateway")
    assert (str(found.lan), str(found.wan)) == (lan, wan)


CRITICAL = 'checks = [{ ttl = "48h", status = "critical" }]'
HEALTH = [pytest.param([CRITICAL] * 3, False, id="18"), pytest.param([CRITICAL] * 4 + [""], True, id="19")]


@pytest.mark.parametrize(("checks", "healthy"), HEALTH)
def test_health_behind_gateways(tmp_path: Path, checks: list[str], healthy: bool) -> None:
    gateways = "".join(
        gateway(2, f"198.51.100.{number}").replace("service {", f'services {{ id = "gw-{number}"', 1)
        for number in (1, 2, 3)
    )
    instances = "".join(
        api(2, f'id = "api-{number}"', checks=text)
        .replace("service {", "services {", 1)
        .replace("20000", str(20000 + number))
        for number, text in enumerate(checks)
    )
    files = {"dc1/web.hcl": web(f"{DC2}, {mode('remote')}"), "dc2/gw.hcl": gateways, "dc2/api.hcl": instances}
    endpoints = the_call(tmp_path, files).target.pool.endpoints
    assert [endpoint.healthy for endpoint in endpoints] == [healthy] * 3


def test_20_external_sni(tmp_path: Path) -> None:
    defaults = 'Kind = "service-defaults"\nName = "api"\nExternalSNI = "db.example"\n'
    files = {"dc1/web.hcl": web(f"{DC2}, {mode('local')}"), "dc1/api-defaults.hcl": defaults} | TWO
    call = the_call(tmp_path, files)
    assert shown(call) == ["10.2.0.10:20000"]
    assert call.sni == "db.example"
    assert call.mode.value == ""


def test_a_peer_elsewhere_is_followed_to_its_gateway(tmp_path: Path) -> None:
    peering = {
        "name": "east",
        "trust_domain": EXTERNAL,
        "remote_name": "west",
        "remote_datacenter": "dcx",
        "exports": [
            {"name": "api", "protocol": "http", "gateways": [{"address": "203.0.113.1", "port": 443}]}
        ],
    }
    files = {"dc1/web.hcl": web(f'destination_peer = "east", {mode("local")}'), "dc1/gw.hcl": G1}
    call = the_call(tmp_path, files, peerings=[peering])
    assert shown(call) == [OWN, "203.0.113.1:443"]
    assert call.path.unchecked
    assert call.sni == "api.default.default.west.external.u.consul"
