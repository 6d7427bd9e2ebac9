# ruff: noqa: E501  # rows of tables are read more easily than wrapped
"""The worked examples of envoy-mesh-gateway.md 18."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from trees import chains, dialed, mesh_of, proxy, resources

from meshgw.snapshot.mesh_gateway import mesh_gateway_snapshot

EAST, WEST = "123.us-east-1.elb.notaws.com", "us-west-2.elb.notaws.com"
DC2, DC4, DC6 = (f"{name}.internal.t.consul" for name in ("dc2", "dc4", "dc6"))


def n(name: str, datacenter: str = "dc1") -> str:
    return f"{name}.default.{datacenter}.internal.t.consul"


def gateway(address: str = "1.2.3.4", more: str = "", options: str = "", wan: str = "198.18.0.1") -> str:
    return (
        f'service {{ name = "mesh-gateway" kind = "mesh-gateway" address = "{address}" port = 8443 {more}\n'
        f'tagged_addresses {{ lan = {{ address = "1.2.3.4", port = 8443 }} '
        f'wan = {{ address = "{wan}", port = 443 }} }}\nproxy {{ config {{ {options} }} }} }}\n'
    )


def remote(number: int, wan: str, more: str = "") -> str:
    return (
        f'service {{ id = "gw-{number}" name = "mesh-gateway" kind = "mesh-gateway" port = 8443 {more}\n'
        f'tagged_addresses {{ wan = {{ address = "{wan}", port = 443 }} }} }}\n'
    )


def sidecar(name: str, number: int, version: str = "", more: str = "", port: int = 2222) -> str:
    meta = f'meta {{ version = "{version}" }}' if version else ""
    return (
        f'service {{ id = "{name}-{number}" name = "{name}-sidecar-proxy" kind = "connect-proxy" {meta} {more}\n'
        f'address = "172.16.1.{number}" port = {port} proxy {{ destination_service_name = "{name}" }} }}\n'
    )


def services(*found: str) -> str:
    """Several definitions in one file."""
    return "".join(text.replace("service {", "services {", 1) for text in found)


CRITICAL = 'check { ttl = "48h" status = "critical" }'
WARNING = 'check { ttl = "48h" status = "warning" }'
D2 = {"dc2/gw.hcl": services(remote(1, "198.18.1.1"), remote(2, "198.18.1.2"))}
D4 = {"dc4/gw.hcl": services(remote(1, f"123.{WEST}"), remote(2, f"456.{WEST}"), remote(3, "198.38.1.1"))}
D6 = {"dc6/gw.hcl": services(remote(1, EAST, CRITICAL))}
FOO_AND_BAR = {
    "dc1/foo.hcl": services(
        sidecar("foo", 3, "1"),
        sidecar("foo", 4, "1"),
        sidecar("foo", 5, "2"),
        sidecar("foo", 9, "2", WARNING),
    ),
    "dc1/bar.hcl": services(sidecar("bar", 6, "1"), sidecar("bar", 7, "1"), sidecar("bar", 8, "2")),
}
S = D2 | D4 | D6 | FOO_AND_BAR
ALL = [n("bar"), DC2, DC4, DC6, n("foo")]


def subsets(name: str, key: str = "version", more: str = "") -> dict[str, str]:
    return {
        f"dc1/{name}-resolver.hcl": f'Kind = "service-resolver"\nName = "{name}"\n{more}\nSubsets = {{\n'
        f'v1 = {{ Filter = "Service.Meta.{key} == 1" }}\n'
        f'v2 = {{ Filter = "Service.Meta.{key} == 2" OnlyPassing = true }} }}\n'
    }


def limits(values: str) -> dict[str, str]:
    text = f'Kind = "service-defaults"\nName = "mesh-gateway"\nUpstreamConfig {{ Defaults {{ Limits {{ {values} }} }} }}\n'
    return {"dc1/gw-defaults.hcl": text}


@pytest.fixture
def served(tmp_path: Path):
    def serve(
        files: dict[str, str], options: str = "", *, address: str = "1.2.3.4", more: str = "", **said: Any
    ):
        own = {"dc1/gw.hcl": gateway(address, more, options)}
        return resources(mesh_of(tmp_path, own | files, **said), "mesh-gateway")

    return serve


def test_1_nothing_to_carry(served) -> None:
    found = served({})
    assert chains(found, "default:1.2.3.4:8443") == [([], "")]
    (catch_all,) = found.listeners["default:1.2.3.4:8443"]["filterChains"]
    assert catch_all["filters"][-1]["typedConfig"]["statPrefix"] == "mesh_gateway_local.default"
    assert (found.clusters, found.endpoints, found.routes) == ({}, {}, {})


def test_2_other_datacenters_and_services(served) -> None:
    found = served(S)
    names = [f"*.{name}" for name in (DC2, DC4, DC6)]
    assert chains(found, "default:1.2.3.4:8443") == [([name], name[2:]) for name in names] + [([], "")]
    assert sorted(found.clusters) == sorted(ALL)
    assert found.clusters[DC2] == {
        "name": DC2,
        "type": "EDS",
        "connectTimeout": "5s",
        "edsClusterConfig": {"edsConfig": {"ads": {}, "resourceApiVersion": "V3"}},
        "outlierDetection": {},
    }
    assert found.clusters[DC4]["type"] == found.clusters[DC6]["type"] == "LOGICAL_DNS"
    assert sorted(found.endpoints) == sorted([DC2, n("bar"), n("foo")])
    assert dialed(found, DC2) == ["198.18.1.1:443", "198.18.1.2:443"]
    assert dialed(found, DC4) == [f"123.{WEST}:443"]
    assert dialed(found, DC6) == [f"{EAST}:443!"]
    assert dialed(found, n("bar")) == [f"172.16.1.{last}:2222" for last in (6, 7, 8)]
    assert dialed(found, n("foo")) == [f"172.16.1.{last}:2222" for last in (3, 4, 5, 9)]


TAGGED = "envoy_mesh_gateway_no_default_bind = true\nenvoy_mesh_gateway_bind_tagged_addresses = true"
BINDS = [
    pytest.param(TAGGED, {}, ["lan:1.2.3.4:8443", "wan:198.18.0.1:443"], id="3"),
    pytest.param(
        "envoy_gateway_bind_tagged_addresses = true",
        {},
        ["default:1.2.3.4:8443", "wan:198.18.0.1:443"],
        id="4",
    ),
    pytest.param(
        'envoy_gateway_bind_addresses { foo = { address = "198.17.2.3", port = 8080 }\n'
        'bar = { address = "2001:db8::ff", port = 9999 } baz = { address = "127.0.0.1", port = 8765 } }',
        {},
        ["bar:2001:db8::ff:9999", "baz:127.0.0.1:8765", "default:1.2.3.4:8443", "foo:198.17.2.3:8080"],
        id="5",
    ),
    pytest.param("", {"address": ""}, ["default:0.0.0.0:8443"], id="6"),
    pytest.param(
        'envoy_gateway_bind_addresses { aaa = { address = "1.2.3.4", port = 8443 } }',
        {},
        ["aaa:1.2.3.4:8443"],
        id="7",
    ),
    pytest.param("envoy_gateway_no_default_bind = true", {}, [], id="9"),
    pytest.param(
        "envoy_gateway_no_default_bind = false\nenvoy_mesh_gateway_no_default_bind = true",
        {},
        ["default:1.2.3.4:8443"],
        id="10",
    ),
    pytest.param(
        'envoy_gateway_bind_addresses = "10.0.0.1:80"\nenvoy_gateway_no_default_bind = true', {}, [], id="11"
    ),
]


@pytest.mark.parametrize(("options", "more", "listeners"), BINDS)
def test_binds(served, options: str, more: dict[str, str], listeners: list[str]) -> None:
    assert list(served({}, options, **more).listeners) == listeners


def test_8_names_with_colons_and_impossible_ports(served) -> None:
    binds = '"a:b" = { Port = "9000" }\nc = { address = "10.0.0.9", port = 70000 }'
    found = served({}, f"envoy_gateway_bind_addresses {{ {binds} }}")
    assert list(found.listeners) == ["a:b:127.0.0.1:9000", "c:10.0.0.9:70000", "default:1.2.3.4:8443"]
    chain = found.listeners["a:b:127.0.0.1:9000"]["filterChains"][-1]
    assert chain["filters"][-1]["typedConfig"]["statPrefix"] == "mesh_gateway_local.a_b"
    assert "address" not in found.listeners["c:10.0.0.9:70000"]


TIMEOUTS = [
    pytest.param(
        'connect_timeout_ms = "abc"\nenvoy_dns_discovery_type = "STRICT_DNS"', "0s", "LOGICAL_DNS", id="12"
    ),
    pytest.param(
        'connect_timeout_ms = "750"\nenvoy_dns_discovery_type = "Strict_Dns"', "0.750s", "STRICT_DNS", id="13"
    ),
    pytest.param('connect_timeout_ms = -1\nenvoy_dns_discovery_type = "eds"', "5s", "LOGICAL_DNS", id="14"),
    pytest.param("connect_timeout_ms = 1.9", "0.001s", "LOGICAL_DNS", id="14b"),
]


@pytest.mark.parametrize(("options", "timeout", "kind"), TIMEOUTS)
def test_timeouts_and_discovery(served, options: str, timeout: str, kind: str) -> None:
    found = served(S, options)
    assert {body["connectTimeout"] for body in found.clusters.values()} == {timeout}
    assert {found.clusters[name]["type"] for name in (DC4, DC6)} == {kind}
    west = [f"123.{WEST}:443", f"456.{WEST}:443"]
    assert dialed(found, DC4) == (west if kind == "STRICT_DNS" else west[:1])


ENABLED = "envoy_gateway_remote_tcp_enable_keepalive"
KEEPALIVE = [
    pytest.param(
        f"{ENABLED} = true\nenvoy_gateway_remote_tcp_keepalive_time = 120\n"
        "envoy_gateway_remote_tcp_keepalive_interval = 60\nenvoy_gateway_remote_tcp_keepalive_probes = 7",
        {"keepaliveTime": 120, "keepaliveInterval": 60, "keepaliveProbes": 7},
        id="15",
    ),
    pytest.param(f'{ENABLED} = "true"', {}, id="16"),
    pytest.param(
        f"{ENABLED} = true\nenvoy_gateway_remote_tcp_keepalive_time = -1",
        {"keepaliveTime": 4294967295},
        id="16b",
    ),
]


@pytest.mark.parametrize(("options", "expected"), KEEPALIVE)
def test_keepalive(served, options: str, expected: dict[str, int]) -> None:
    found = served(S, options)
    for name in (DC2, DC4, DC6):
        assert found.clusters[name]["upstreamConnectionOptions"] == {"tcpKeepalive": expected}
    for name in (n("foo"), n("bar")):
        assert "upstreamConnectionOptions" not in found.clusters[name]


LIMITS = [
    pytest.param(
        "MaxConnections = 1 MaxPendingRequests = 10 MaxConcurrentRequests = 100".replace(" Max", "\nMax"),
        {"maxConnections": 1, "maxPendingRequests": 10, "maxRequests": 100},
        id="17",
    ),
    pytest.param("", {}, id="18"),
    pytest.param("MaxConnections = 0", {"maxConnections": 0}, id="18b"),
]


@pytest.mark.parametrize(("values", "threshold"), LIMITS)
def test_limits(served, values: str, threshold: dict[str, int]) -> None:
    found = served(S | limits(values))
    assert len(found.clusters) == 5
    for body in found.clusters.values():
        assert body["circuitBreakers"] == {"thresholds": [threshold]}


@pytest.mark.parametrize(
    ("value", "expected"), [("0", "0s"), ("-1", None), ('"x"', None)], ids=["19", "19b", "19c"]
)
def test_fetch_timeout(served, value: str, expected: str | None) -> None:
    source = served(S, f"xds_fetch_timeout_ms = {value}").clusters[DC2]["edsClusterConfig"]["edsConfig"]
    assert source.get("initialFetchTimeout") == expected


def test_20_keys_of_maps_are_case_sensitive(served) -> None:
    found = served(S | subsets("bar", "Version"))
    for subset in ("v1", "v2"):
        assert found.endpoints[f"{subset}.{n('bar')}"]["endpoints"] == [{}]
    assert len(dialed(found, n("bar"))) == 3


def test_21_and_22_subsets(served) -> None:
    found = served(S | subsets("foo") | subsets("bar"))
    assert dialed(found, f"v1.{n('foo')}") == ["172.16.1.3:2222", "172.16.1.4:2222"]
    assert dialed(found, f"v2.{n('foo')}") == ["172.16.1.5:2222", "172.16.1.9:2222!"]
    assert dialed(found, f"v1.{n('bar')}") == ["172.16.1.6:2222", "172.16.1.7:2222"]
    assert dialed(found, f"v2.{n('bar')}") == ["172.16.1.8:2222"]


def test_22_default_subsets(served) -> None:
    default = 'DefaultSubset = "v2"'
    found = served(S | subsets("foo", more=default) | subsets("bar", more=default))
    assert dialed(found, n("foo")) == ["172.16.1.5:2222", "172.16.1.9:2222!"]
    assert dialed(found, n("bar")) == ["172.16.1.8:2222"]


def test_23_resolvers_of_what_is_not_there(served) -> None:
    found = served(S | subsets("bar", "Version", 'DefaultSubset = "v2"') | subsets("notfound"))
    assert found.endpoints[n("bar")]["endpoints"] == [{}]
    assert not [name for name in found.clusters if "notfound" in name]


def test_24_timeouts_of_a_resolver(served) -> None:
    found = served(S | subsets("bar", more='ConnectTimeout = "10s"\nRequestTimeout = "10s"'))
    bars = {n("bar"), f"v1.{n('bar')}", f"v2.{n('bar')}"}
    assert {name for name, body in found.clusters.items() if body["connectTimeout"] == "10s"} == bars


@pytest.mark.parametrize(
    ("balancer", "expected"),
    [
        ("least_request", {"lbPolicy": "LEAST_REQUEST", "leastRequestLbConfig": {"choiceCount": 5}}),
        ("ring_hash", {}),
    ],
    ids=["25", "26"],
)
def test_load_balancers(served, balancer: str, expected: dict[str, Any]) -> None:
    more = "LeastRequestConfig { ChoiceCount = 5 }" if balancer == "least_request" else ""
    found = served(S | subsets("bar", more=f'LoadBalancer {{ Policy = "{balancer}"\n{more} }}'))
    for name in (n("bar"), f"v1.{n('bar')}", f"v2.{n('bar')}"):
        body = found.clusters[name]
        assert {key: body[key] for key in ("lbPolicy", "leastRequestLbConfig") if key in body} == expected


def test_27_a_filter_that_cannot_run_stops_everything(tmp_path: Path) -> None:
    entry = 'Kind = "service-resolver"\nName = "bar"\nSubsets = { v1 = { Filter = "Service.Nope == 1" } }\n'
    mesh = mesh_of(tmp_path, {"dc1/gw.hcl": gateway(), "dc1/bar-resolver.hcl": entry} | S)
    snapshot = mesh_gateway_snapshot(mesh, proxy(mesh, "mesh-gateway"))
    assert 'Selector "Service.Nope" is not valid' in snapshot.faults[0].message


def test_28_a_subset_without_filter(served) -> None:
    entry = 'Kind = "service-resolver"\nName = "bar"\nSubsets = { v1 = {} }\n'
    assert len(dialed(served(S | {"dc1/bar-resolver.hcl": entry}), f"v1.{n('bar')}")) == 3


WEIGHT = "weights { passing = 10 warning = 1 }"
A, B = remote(1, "a.example"), remote(2, "b.example", CRITICAL)
C, IP = remote(3, "c.example", WEIGHT), remote(4, "198.51.100.4")
NAMED = [
    pytest.param([A, B, C, IP], True, ["a.example:443", "c.example:443*10"], id="29"),
    pytest.param([A, B, C, IP], False, ["a.example:443"], id="30"),
    pytest.param(
        [B, remote(3, "c.example", "weights { passing = 1 warning = 0 }\n" + WARNING)],
        True,
        ["c.example:443!"],
        id="31",
    ),
]


@pytest.mark.parametrize(("known", "strict", "expected"), NAMED)
def test_named_gateways(served, known: list[str], strict: bool, expected: list[str]) -> None:
    options = 'envoy_dns_discovery_type = "STRICT_DNS"' if strict else ""
    assert dialed(served({"dc3/gw.hcl": services(*known)}, options), "dc3.internal.t.consul") == expected


def partition_files(flag: str = "", api_wan: str = "198.51.100.2") -> dict[str, str]:
    def own(part: str, net: int, wan: str, name: str, more: str = "") -> dict[str, str]:
        return {
            f"dc1/{part}/gw.hcl": f'service {{ name = "mesh-gateway" kind = "mesh-gateway" {more}\n'
            f'address = "10.{net}.0.1" port = 8443\n'
            f'tagged_addresses {{ wan = {{ address = "{wan}", port = 443 }} }} }}\n',
            f"dc1/{part}/{name}.hcl": f'service {{ name = "{name}" port = 8080 address = "10.{net}.0.10"\n'
            "connect { sidecar_service { port = 20000 } } }\n",
        }

    default = own("default", 0, "198.51.100.1", "web", flag)
    return default | own("api", 1, api_wan, "api") | own("db", 2, "198.51.100.3", "db")


API_SERVICE, DB_SERVICE = (f"{name}.default.{name}.dc1.internal-v1.t.consul" for name in ("api", "db"))
API, DB, DEFAULT = "api.dc1.internal-v1.t.consul", "db.dc1.internal-v1.t.consul", "dc1.internal.t.consul"
PARTITIONS = [
    pytest.param(
        "default",
        "0",
        {API: "198.51.100.2:443", DB: "198.51.100.3:443", n("web"): "10.0.0.10:20000"},
        id="33",
    ),
    pytest.param(
        "api",
        "1",
        {API_SERVICE: "10.1.0.10:20000", DB: "198.51.100.3:443", DEFAULT: "198.51.100.1:443"},
        id="34",
    ),
    pytest.param(
        "db",
        "2",
        {API: "198.51.100.2:443", DB_SERVICE: "10.2.0.10:20000", DEFAULT: "198.51.100.1:443"},
        id="35",
    ),
]
ROUTES = {"default": [API, DB], "api": [DEFAULT, DB], "db": [API, DEFAULT]}


@pytest.mark.parametrize(("partition", "net", "expected"), PARTITIONS)
def test_partitions(tmp_path: Path, partition: str, net: str, expected: dict[str, str]) -> None:
    mesh = mesh_of(tmp_path, partition_files(), edition="enterprise")
    found = resources(mesh, "mesh-gateway", partition=partition)
    assert {name: dialed(found, name) for name in found.clusters} == {
        key: [value] for key, value in expected.items()
    }
    routes = [([f"*.{cluster}"], cluster) for cluster in sorted(ROUTES[partition], key=order)]
    assert chains(found, f"default:10.{net}.0.1:8443") == [*routes, ([], "")]


def order(cluster: str) -> str:
    """Keys sort by partition, the default one as `default` (MG-P07)."""
    return "default" if cluster == DEFAULT else cluster


FLAG = 'meta { "consul-wan-federation" = "1" }'
SERVERS = {"servers": [{"name": "s1", "address": "10.0.0.5"}]}


def test_37_without_federation_states_partitions_stay(tmp_path: Path) -> None:
    alive = "proxy { config { envoy_gateway_remote_tcp_enable_keepalive = true } }"
    mesh = mesh_of(
        tmp_path,
        partition_files(f"{FLAG} {alive}".replace("} proxy", "}\nproxy")),
        edition="enterprise",
        datacenters={"dc1": SERVERS},
        rules={"partitions-lost-to-federation": "off"},
    )
    found = resources(mesh, "mesh-gateway")
    matches = [match for match, _ in chains(found, "default:10.0.0.1:8443")]
    assert matches == [[f"*.{API}"], [f"*.{DB}"], ["s1.server.dc1.consul"], []]
    assert sorted(found.clusters) == sorted([API, DB, n("web"), "s1.server.dc1.consul", "server.dc1.consul"])
    for name in ("s1.server.dc1.consul", "server.dc1.consul"):
        (item,) = found.endpoints[name]["endpoints"][0]["lbEndpoints"]
        socket = {"socketAddress": {"address": "10.0.0.5", "portValue": 8300}}
        assert item == {"endpoint": {"address": socket}}
    # The servers' own cluster counts as remote: it comes from the keys of the other partitions.
    kept = {name for name, body in found.clusters.items() if "upstreamConnectionOptions" in body}
    assert kept == {API, DB, "server.dc1.consul"}
    assert {found.clusters[name]["type"] for name in found.clusters} == {"EDS"}


def test_37_the_own_servers_have_no_cluster_without_any_key_of_the_datacenter(served) -> None:
    """MG-W03: the assignment is served all the same."""
    rules = {"partitions-lost-to-federation": "off"}
    found = served({}, more=FLAG, datacenters={"dc1": SERVERS}, rules=rules)
    assert list(found.clusters) == ["s1.server.dc1.consul"]
    assert dialed(found, "server.dc1.consul") == ["10.0.0.5:8300"]


def test_38_federation_states_drop_partitions(tmp_path: Path) -> None:
    mesh = mesh_of(
        tmp_path,
        partition_files(FLAG) | {"dc2/default/gw.hcl": remote(1, "203.0.113.2")},
        edition="enterprise",
        datacenters={"dc1": SERVERS},
    )
    found = resources(mesh, "mesh-gateway")
    matches = [names for names, _ in chains(found, "default:10.0.0.1:8443")]
    assert matches == [["*.dc2.internal.t.consul"], ["*.server.dc2.consul"], ["s1.server.dc1.consul"], []]
    assert found.endpoints["s1.server.dc1.consul"] == {
        "clusterName": "s1.server.dc1.consul",
        "endpoints": [
            {
                "lbEndpoints": [
                    {"endpoint": {"address": {"socketAddress": {"address": "10.0.0.5", "portValue": 8300}}}}
                ]
            }
        ],
    }


def test_38_can_be_switched_off(tmp_path: Path) -> None:
    mesh = mesh_of(
        tmp_path,
        partition_files(FLAG),
        edition="enterprise",
        datacenters={"dc1": SERVERS},
        rules={"partitions-lost-to-federation": "off"},
    )
    matches = [names for names, _ in chains(resources(mesh, "mesh-gateway"), "default:10.0.0.1:8443")]
    assert [f"*.{API}"] in matches


def test_39_a_partition_known_by_host_name(tmp_path: Path) -> None:
    mesh = mesh_of(tmp_path, partition_files(api_wan="gw.api.example"), edition="enterprise")
    found = resources(mesh, "mesh-gateway")
    assert found.clusters[API]["type"] == "LOGICAL_DNS"
    assert API not in found.endpoints


def test_40_and_41_wan_federation(served) -> None:
    two = [{"name": f"node{number}", "address": f"10.0.0.1{number}"} for number in (1, 2)]
    found = served(S, f"{ENABLED} = true", more=FLAG, datacenters={"dc1": {"servers": two}})
    names = ("dc2", "dc4", "dc6")
    expected = [[f"*.{name}.internal.t.consul"] for name in names] + [
        [f"*.server.{name}.consul"] for name in names
    ]
    own = [["node1.server.dc1.consul"], ["node2.server.dc1.consul"], []]
    assert [match for match, _ in chains(found, "default:1.2.3.4:8443")] == expected + own
    assert dialed(found, "server.dc2.consul") == ["198.18.1.1:443", "198.18.1.2:443"]
    assert found.clusters["server.dc4.consul"]["type"] == "LOGICAL_DNS"
    assert dialed(found, "server.dc1.consul") == ["10.0.0.11:8300", "10.0.0.12:8300"]
    assert "upstreamConnectionOptions" not in found.clusters["server.dc1.consul"]
    assert "upstreamConnectionOptions" in found.clusters["server.dc2.consul"]


@pytest.mark.parametrize(
    ("agents", "domain"),
    [
        ({}, "consul"),
        ({"dc1": 'domain = ""'}, "consul"),
        ({"dc1": 'domain = "corp.example."'}, "corp.example"),
        ({"dc1": 'domain = "Corp.example"'}, "Corp.example"),  # nothing folds its case
        ({"dc1/server": 'server = true domain = "corp."'}, "corp"),  # of another agent of the datacenter
        ({"dc1": 'domain = "own"', "dc1/server": 'server = true domain = "corp"'}, "own"),
        ({"dc1/client": 'domain = "a"', "dc1/server": 'server = true domain = "b"'}, "b"),
        ({"dc2": 'domain = "elsewhere"'}, "consul"),
    ],
)
def test_names_of_servers_end_in_the_dns_domain(served, agents: dict[str, str], domain: str) -> None:
    """MG-N07: the domain of the gateway's own agent, without trailing dot."""
    files = {
        f"{folder}/agent.hcl": f'node_name = "{folder.replace("/", "-")}" bind_addr = "10.0.0.9" {text}\n'.replace(
            '" ', '"\n'
        ).replace("true ", "true\n")
        for folder, text in agents.items()
    }
    found = served(D2 | files, more=FLAG, datacenters={"dc1": SERVERS})
    names = [match for match, _ in chains(found, "default:1.2.3.4:8443") if match and "server" in match[0]]
    assert names == [[f"*.server.dc2.{domain}"], [f"s1.server.dc1.{domain}"]]
    assert dialed(found, f"server.dc1.{domain}") == ["10.0.0.5:8300"]


def test_42_without_the_flag_no_servers(served) -> None:
    found = served(S, datacenters={"dc1": SERVERS})
    assert not [name for name in (*found.clusters, *found.endpoints) if "server." in name]


def test_43_the_flag_counts_in_the_default_partition_only(tmp_path: Path) -> None:
    files = partition_files()
    files["dc1/api/gw.hcl"] = files["dc1/api/gw.hcl"].replace("port = 8443\n", f"port = 8443 {FLAG}\n")
    mesh = mesh_of(tmp_path, files, edition="enterprise", datacenters={"dc1": SERVERS})
    assert not [
        name for name in resources(mesh, "mesh-gateway", partition="api").clusters if "server." in name
    ]
