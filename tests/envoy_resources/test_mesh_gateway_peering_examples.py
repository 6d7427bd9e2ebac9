# ruff: noqa: E501  # rows of tables are read more easily than wrapped
"""The worked examples of envoy-mesh-gateway.md 18.4 and 18.5: peering, and what is carried."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from trees import chains, dialed, mesh_of, proxy, resources

from meshgw.commands.rendering import Target, render_all
from meshgw.envoy.proxies import resources_of
from meshgw.envoy.resources import Resources
from meshgw.snapshot.model import MeshGatewaySnapshot
from meshgw.snapshot.proxies import snapshot_of

GATEWAY = 'service { name = "mesh-gateway" kind = "mesh-gateway" address = "1.2.3.4" port = 8443 }\n'
LISTENER = "default:1.2.3.4:8443"
PEERS = [
    {"name": f"peer-{letter}", "trust_domain": f"{letter}.consul", "exports": []} for letter in ("a", "b")
]


def n(name: str) -> str:
    return f"{name}.default.dc1.internal.t.consul"


def sni(name: str, peer: str) -> str:
    return f"{name}.default.default.peer-{peer}.external.t.consul"


def service(name: str, *, first: int = 1, more: str = "") -> str:
    return "".join(
        f'services {{ id = "{name}-{number}" name = "{name}" port = 80 {more}\n'
        f'address = "10.10.1.{number}" connect {{ sidecar_service {{ port = 8080 }} }} }}\n'
        for number in (first, first + 1)
    )


def exports(**peers: str) -> str:
    """Services and the letters of the peers that consume them."""
    items = [
        f'{{ Name = "{name}", Consumers = [{", ".join(f"{{ Peer = {chr(34)}peer-{letter}{chr(34)} }}" for letter in letters)}] }}'
        for name, letters in peers.items()
    ]
    return f'Kind = "exported-services"\nName = "default"\nServices = [{", ".join(items)}]\n'


def protocol(value: str) -> str:
    return f'Kind = "proxy-defaults"\nName = "global"\nConfig {{ protocol = "{value}" }}\n'


def entry(kind: str, name: str, text: str) -> str:
    named = f'Name = "{name}"\n' if name else ""
    return f'Kind = "{kind}"\n{named}{text}\n'


def served(folder: Path, files: dict[str, str], **said: Any) -> Resources:
    named = {f"dc1/{name}.hcl": text for name, text in {"gw": GATEWAY, **files}.items()}
    return resources(mesh_of(folder, named, **{"peerings": PEERS, **said}), "mesh-gateway")


THREE = {name: service(name) for name in ("foo", "bar", "gir")} | {"x": exports(foo="a", bar="a", gir="b")}


def test_44_tcp(tmp_path: Path) -> None:
    found = served(tmp_path, THREE)
    expected = [
        ([sni(name, peer)], f"exported~{n(name)}")
        for name, peer in (("bar", "a"), ("foo", "a"), ("gir", "b"))
    ]
    assert chains(found, LISTENER) == [*expected, ([], "")]
    for name in ("foo", "bar", "gir"):
        assert "transportSocket" not in found.clusters[f"exported~{n(name)}"]
        addresses = ["10.10.1.1:8080", "10.10.1.2:8080"]
        assert dialed(found, n(name)) == dialed(found, f"exported~{n(name)}") == addresses
    assert not found.routes


def trusted(found: Resources, index: int) -> list[str]:
    socket = found.listeners[LISTENER]["filterChains"][index]["transportSocket"]["typedConfig"]
    context = socket["commonTlsContext"]["validationContext"]
    if "trustedCa" in context:
        return []
    return [domain["name"] for domain in context["customValidatorConfig"]["typedConfig"]["trustDomains"]]


def test_45_and_46_http(tmp_path: Path) -> None:
    gateway = GATEWAY.replace("port = 8443", "port = 8443 proxy { config { xds_fetch_timeout_ms = 9999 } }")
    found = served(tmp_path, THREE | {"pd": protocol("http"), "gw": gateway})
    assert [route for _, route in chains(found, LISTENER)] == ["bar", "foo", "gir", ""]
    assert [trusted(found, index) for index in range(3)] == [["a.consul", "t.consul"]] * 2 + [
        ["b.consul", "t.consul"]
    ]
    for name in ("foo", "bar", "gir"):
        context = found.clusters[f"exported~{n(name)}"]["transportSocket"]["typedConfig"]
        assert context["sni"] == n(name)
        (match,) = context["commonTlsContext"]["validationContext"]["matchTypedSubjectAltNames"]
        assert match["matcher"] == {"exact": f"spiffe://t.consul/ns/default/dc/dc1/svc/{name}"}
        (route,) = found.routes[name]["virtualHosts"][0]["routes"]
        assert route == {"match": {"prefix": "/"}, "route": {"cluster": f"exported~{n(name)}"}}
        source = found.clusters[f"exported~{n(name)}"]["edsClusterConfig"]["edsConfig"]
        assert source["initialFetchTimeout"] == "9.999s"


def test_47_router_splitter_and_subsets(tmp_path: Path) -> None:
    files = {name: service(name) for name in ("db", "alt")} | {
        "api": service("api", first=3, more='meta { Version = "1" }'),
        "pd": protocol("http"),
        "x": exports(db="a"),
        "router": entry(
            "service-router",
            "db",
            'Routes = [{ Match { HTTP { PathPrefix = "/split" } } Destination { Service = "split" } },\n'
            '{ Match { HTTP { PathPrefix = "/api" } } Destination { Service = "api-v2" } }]',
        ),
        "splitter": entry(
            "service-splitter",
            "split",
            'Splits = [{ Weight = 60, Service = "alt" }, { Weight = 40, Service = "db" }]',
        ),
        "db-resolver": entry("service-resolver", "db", 'ConnectTimeout = "33s"\nRequestTimeout = "33s"'),
        "api-resolver": entry(
            "service-resolver",
            "api",
            'Subsets = { v1 = { Filter = "Service.Meta.Version == 1" }, v2 = { Filter = "Service.Meta.Version == 2" } }',
        ),
        "v2": entry("service-resolver", "api-v2", 'Redirect { Service = "api" ServiceSubset = "v2" }'),
    }
    found = served(tmp_path, files)
    assert chains(found, LISTENER) == [([sni("db", "a")], "db"), ([], "")]
    routes = found.routes["db"]["virtualHosts"][0]["routes"]
    legs = [
        {"name": f"exported~{n('alt')}", "weight": 6000},
        {"name": f"exported~{n('db')}", "weight": 4000},
    ]
    assert routes == [
        {"match": {"prefix": "/split"}, "route": {"weightedClusters": {"clusters": legs}}},
        {"match": {"prefix": "/api"}, "route": {"cluster": f"exported~v2.{n('api')}"}},
        {"match": {"prefix": "/"}, "route": {"cluster": f"exported~{n('db')}"}},
    ]
    assert found.clusters[f"exported~{n('db')}"]["connectTimeout"] == "33s"
    assert (
        found.clusters[f"exported~v2.{n('api')}"]["transportSocket"]["typedConfig"]["sni"] == f"v2.{n('api')}"
    )
    assert dialed(found, f"v1.{n('api')}") == ["10.10.1.3:8080", "10.10.1.4:8080"]
    assert dialed(found, f"exported~v2.{n('api')}") == []


def test_48_grpc_with_mesh_settings(tmp_path: Path) -> None:
    gateway = GATEWAY.replace("port = 8443", 'port = 8443 proxy { config { protocol = "http2" } }')
    mesh = (
        'ValidateClusters = true\nTLS { Incoming { TLSMinVersion = "TLSv1_2"\n'
        'CipherSuites = ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"] } Outgoing { TLSMinVersion = "TLSv1_3" } }'
    )
    logs = 'Kind = "proxy-defaults"\nName = "global"\nAccessLogs { Enabled = true TextFormat = "%START_TIME%" }\n'
    files = {
        "gw": gateway,
        "foo": service("foo"),
        "x": exports(foo="ba"),
        "foo-defaults": entry("service-defaults", "foo", 'Protocol = "grpc"'),
        "mesh": entry("mesh", "", mesh),
        "pd": logs,
    }
    found = served(tmp_path, files)
    assert chains(found, LISTENER)[0][0] == [sni("foo", "a"), sni("foo", "b")]
    chain = found.listeners[LISTENER]["filterChains"][0]
    manager = chain["filters"][0]["typedConfig"]
    assert [item["name"].rpartition(".")[2] for item in manager["httpFilters"]] == [
        "grpc_stats",
        "grpc_http1_bridge",
        "router",
    ]
    assert manager["http2ProtocolOptions"] == {}
    context = chain["transportSocket"]["typedConfig"]["commonTlsContext"]
    assert context["alpnProtocols"] == ["h2", "http/1.1"]
    assert context["tlsParams"] == {
        "tlsMinimumProtocolVersion": "TLSv1_2",
        "cipherSuites": ["ECDHE-RSA-AES128-GCM-SHA256"],
    }
    assert trusted(found, 0) == ["a.consul", "b.consul", "t.consul"]
    assert found.routes["foo"]["validateClusters"] is True
    body = found.clusters[f"exported~{n('foo')}"]
    assert "typedExtensionProtocolOptions" in body
    parameters = body["transportSocket"]["typedConfig"]["commonTlsContext"]["tlsParams"]
    assert parameters == {"tlsMinimumProtocolVersion": "TLSv1_3"}
    texts = [
        places["accessLog"][0]["typedConfig"]["logFormat"]["textFormatSource"]["inlineString"]
        for places in (
            found.listeners[LISTENER],
            manager,
            found.listeners[LISTENER]["filterChains"][-1]["filters"][-1]["typedConfig"],
        )
    ]
    assert texts == ["%START_TIME%\n"] * 3


def test_49_without_bundles_only_the_own_roots_are_trusted(tmp_path: Path) -> None:
    files = {"gw": GATEWAY, "foo": service("foo"), "x": exports(foo="ba")}
    defaults = {"foo-defaults": entry("service-defaults", "foo", 'Protocol = "grpc"')}
    mesh = mesh_of(
        tmp_path, {f"dc1/{name}.hcl": text for name, text in (files | defaults).items()}, peerings=PEERS
    )
    snapshot = snapshot_of(mesh, proxy(mesh, "mesh-gateway"))
    assert isinstance(snapshot, MeshGatewaySnapshot)
    pending = resources_of(replace(snapshot, bundles=()))  # no project file describes a peering without one
    assert chains(pending, LISTENER)[0][0] == [sni("foo", "a"), sni("foo", "b")]
    context = pending.listeners[LISTENER]["filterChains"][0]["transportSocket"]["typedConfig"]
    assert context["requireClientCertificate"] is True
    assert list(context["commonTlsContext"]["validationContext"]) == ["trustedCa"]
    assert trusted(resources_of(snapshot), 0) == ["a.consul", "b.consul", "t.consul"]


def test_50_failover_is_ignored_and_hashing_is_not(tmp_path: Path) -> None:
    text = (
        'ConnectTimeout = "7s"\nLoadBalancer { Policy = "maglev" }\nFailover = { "*" = { Service = "bar" } }'
    )
    files = {"foo": service("foo"), "bar": service("bar"), "x": exports(foo="a")}
    found = served(tmp_path, files | {"foo-resolver": entry("service-resolver", "foo", text)})
    body = found.clusters[f"exported~{n('foo')}"]
    assert (body["connectTimeout"], body["lbPolicy"], body["type"]) == ("7s", "MAGLEV", "EDS")
    assert "lbPolicy" not in found.clusters[n("foo")]


def test_51_a_redirect_to_another_datacenter_leads_nowhere(tmp_path: Path) -> None:
    redirect = entry("service-resolver", "foo", 'Redirect { Datacenter = "dc2" }')
    files = {"foo": service("foo"), "x": exports(foo="a"), "foo-resolver": redirect}
    gateway = {"dc2/gw.hcl": GATEWAY.replace("1.2.3.4", "1.2.3.5")}
    named = {f"dc1/{name}.hcl": text for name, text in {"gw": GATEWAY, **files}.items()} | gateway
    found = resources(mesh_of(tmp_path, named, peerings=PEERS), "mesh-gateway")
    missing = "exported~foo.default.dc2.internal.t.consul"
    assert ([sni("foo", "a")], missing) in chains(found, LISTENER)
    assert not [name for name in (*found.clusters, *found.endpoints) if name.startswith("exported~")]
    assert n("foo") in found.clusters


def test_52_external_sni(tmp_path: Path) -> None:
    files = {"foo": service("foo"), "x": exports(foo="a"), "pd": protocol("http")}
    found = served(
        tmp_path,
        files
        | {
            "foo-defaults": entry("service-defaults", "foo", 'Protocol = "http"\nExternalSNI = "ext.example"')
        },
    )
    assert found.clusters[f"exported~{n('foo')}"]["transportSocket"]["typedConfig"]["sni"] == "ext.example"


def test_53_ring_hash(tmp_path: Path) -> None:
    text = (
        (
            'RequestTimeout = "3s"\nLoadBalancer { Policy = "ring_hash" RingHashConfig { MinimumRingSize = 20 '
            'MaximumRingSize = 50 } HashPolicies = [{ Field = "header" FieldValue = "x-id" }] }'
        )
        .replace(" RingHash", "\nRingHash")
        .replace(" Maximum", "\nMaximum")
        .replace(" HashPolicies", "\nHashPolicies")
        .replace(" FieldValue", ", FieldValue")
    )
    files = {"foo": service("foo"), "x": exports(foo="a"), "pd": protocol("http")}
    found = served(tmp_path, files | {"foo-resolver": entry("service-resolver", "foo", text)})
    body = found.clusters[f"exported~{n('foo')}"]
    assert body["lbPolicy"] == "RING_HASH"
    assert body["ringHashLbConfig"] == {"minimumRingSize": "20", "maximumRingSize": "50"}
    (route,) = found.routes["foo"]["virtualHosts"][0]["routes"]
    assert route["route"] == {
        "cluster": f"exported~{n('foo')}",
        "hashPolicy": [{"header": {"headerName": "x-id"}}],
        "timeout": "3s",
    }


def test_54_imported(tmp_path: Path) -> None:
    def peering(letter: str, name: str, *gateways: tuple[str, int]) -> dict[str, Any]:
        known = [{"address": host, "port": port} for host, port in gateways]
        return {
            "name": f"peer-{letter}",
            "trust_domain": f"{letter}.consul",
            "remote_name": f"us-{letter}",
            "exports": [{"name": name, "gateways": known}],
        }

    host = "alt.us-east-1.elb.notaws.com"
    peers = [
        peering("a", "db", ("10.40.1.1", 8080), ("10.40.1.2", 8080)),
        peering("b", "alt", ("10.40.2.1", 8080), (host, 8443)),
    ]
    gateway = GATEWAY.replace(
        "port = 8443", 'port = 8443 proxy { config { envoy_dns_discovery_type = "STRICT_DNS" } }'
    )
    found = served(tmp_path, {"gw": gateway}, peerings=peers)
    assert chains(found, LISTENER) == [([], "")]
    first, second = "db.default.default.us-a.external.a.consul", "alt.default.default.us-b.external.b.consul"
    assert dialed(found, first) == ["10.40.1.1:8080", "10.40.1.2:8080"]
    assert found.clusters[second]["type"] == "STRICT_DNS"
    assert dialed(found, second) == [f"{host}:8443"]
    assert second not in found.endpoints


THROUGH = {"mesh": entry("mesh", "", "Peering { PeerThroughMeshGateways = true }")}


def test_55_own_servers(tmp_path: Path) -> None:
    servers = [
        {"name": "replica", "address": "127.0.0.10", "read_replica": True},
        {"name": "node1", "address": "127.0.0.1"},
        {"name": "node2", "address": "127.0.0.2"},
        {"name": "node3", "address": "127.0.0.3", "grpc_tls_port": -1},
    ]
    found = served(tmp_path, THROUGH, datacenters={"dc1": {"servers": servers}})
    name = "server.dc1.peering.t.consul"
    assert chains(found, LISTENER) == [([name], name), ([], "")]
    assert dialed(found, name) == ["127.0.0.1:8503", "127.0.0.2:8503"]
    assert "healthStatus" not in found.endpoints[name]["endpoints"][0]["lbEndpoints"][0]


OUTBOUND = [
    pytest.param(["1.2.3.4:5200"], "EDS", ["1.2.3.4:5200"], id="56"),
    pytest.param(
        ["9.10.11.12:5200", "13.14.15.16:5200"], "EDS", ["13.14.15.16:5200", "9.10.11.12:5200"], id="56-order"
    ),
    pytest.param(["h.example:8080", "1.2.3.4:1"], "STRICT_DNS", ["h.example:8080"], id="56-name"),
    pytest.param(["1.2.3.4"], "STRICT_DNS", [":0"], id="57"),
]


@pytest.mark.parametrize(("addresses", "kind", "expected"), OUTBOUND)
def test_servers_of_peers(tmp_path: Path, addresses: list[str], kind: str, expected: list[str]) -> None:
    peers = [{"name": "x", "trust_domain": "x.consul", "remote_datacenter": "dcx", "addresses": addresses}]
    found = served(tmp_path, THROUGH, peerings=[*peers, {"name": "y", "trust_domain": "y.consul"}])
    name = "server.dcx.peering.x.consul"
    assert chains(found, LISTENER) == [([name], name), ([], "")]
    assert found.clusters[name]["type"] == kind
    assert dialed(found, name) == expected
    assert "circuitBreakers" not in found.clusters[name]


@pytest.mark.parametrize(
    ("manual", "kind", "expected"),
    [
        (["5.6.7.8:1"], "EDS", ["5.6.7.8:1"]),
        ([], "STRICT_DNS", ["h.example:8502"]),
    ],
    ids=["58", "58-stored"],
)
def test_addresses_by_hand_come_before_those_of_the_token(
    tmp_path: Path, manual: list[str], kind: str, expected: list[str]
) -> None:
    stored = [
        {"name": "s1", "address": "1.2.3.4", "grpc_tls_port": 8502},
        {"name": "s2", "address": "h.example", "grpc_tls_port": 8502},
    ]
    peering = {"dc1": "west", "dc2": "east", "accepted_by": "dc2", "addresses": manual}
    other = {"primary_datacenter": "dc2", "trust_domain": "w.consul", "servers": stored}
    files = {"dc1/gw.hcl": GATEWAY, "dc1/mesh.hcl": THROUGH["mesh"]}
    files["dc2/gw.hcl"] = GATEWAY.replace("1.2.3.4", "1.2.3.5")
    found = resources(
        mesh_of(tmp_path, files, peerings=[peering], datacenters={"dc2": other}), "mesh-gateway"
    )
    name = "server.dc2.peering.w.consul"
    assert found.clusters[name]["type"] == kind
    assert dialed(found, name) == expected


CARRIED = {
    "gw": 'service { name = "mesh-gateway" kind = "mesh-gateway" address = "1.2.3.4" port = 8443\n'
    'tagged_addresses { wan = { address = "198.18.0.1", port = 443 } }\n'
    "proxy { config { envoy_gateway_no_default_bind = true\n envoy_gateway_bind_tagged_addresses = true\n"
    "connect_timeout_ms = 0 } } }\n",
    "web": 'service { name = "web" port = 80 connect { sidecar_service { port = 21000 address = "127.0.0.1"\n'
    'check { ttl = "48h" status = "critical" } } } }\n',
    "plain": 'service { name = "plain" port = 81 }\n',
    "native": 'service { name = "native" port = 8082 connect { native = true } }\n',
    "ghost": 'service { name = "ghost-proxy" kind = "connect-proxy" port = 21001\n'
    'proxy { destination_service_name = "ghost" } }\n',
    "tgw": 'service { name = "tgw" kind = "terminating-gateway" address = "9.9.9.9" port = 8444 }\n',
    "ext": 'service { name = "ext" address = "ext.example" port = 443 }\n',
    "links": entry(
        "terminating-gateway", "tgw", 'Services = [{ Name = "ext" }, { Name = "unreg" }, { Name = "dest" }]'
    ),
    "dest": entry(
        "service-defaults",
        "dest",
        'Protocol = "tcp"\nDestination { Addresses = ["dest.example"] Port = 443 }',
    ).replace("] Port", "]\nPort"),
    "pd": entry("proxy-defaults", "global", 'Config { protocol = "http"\nconnect_timeout_ms = 700 }'),
    "virt": entry("service-resolver", "virt", 'Redirect { Service = "web" }'),
    "x": exports(web="a", ext="a", plain="a", ghost="a"),
}


@pytest.mark.parametrize(
    ("source", "carried"),
    [("server", ["dest", "ext", "ghost", "native", "web"]), ("client", ["ext", "native", "web"])],
    ids=["59-63", "64"],
)
def test_what_is_carried(tmp_path: Path, source: str, carried: list[str]) -> None:
    found = served(tmp_path, CARRIED, registered_with=source, node={"name": "n", "address": "127.0.0.1"})
    assert list(found.listeners) == ["lan_ipv4:1.2.3.4:8443", "wan:198.18.0.1:443"]
    own = [name for name in found.clusters if not name.startswith("exported~")]
    assert own == [n(name) for name in carried]
    assert {found.clusters[name]["connectTimeout"] for name in own} == {"0.700s"}
    assert dialed(found, n("ext")) == ["9.9.9.9:8444"]
    assert dialed(found, n("native")) == ["127.0.0.1:8082"]
    assert dialed(found, n("web")) == ["127.0.0.1:21000!"]
    exported = [route for _, route in chains(found, "wan:198.18.0.1:443")]
    assert exported == [*(name for name in ("ext", "ghost", "web") if name in carried), ""]


def test_65_a_filter_that_cannot_run_is_accepted_and_stops_the_gateway(tmp_path: Path) -> None:
    subset = entry("service-resolver", "web", 'Subsets = { v1 = { Filter = "Service.Nope == 1" } }')
    files = {f"dc1/{name}.hcl": text for name, text in (CARRIED | {"subset": subset}).items()}
    mesh = mesh_of(tmp_path, files, peerings=PEERS)  # which asserts that nothing is refused
    snapshot = snapshot_of(mesh, proxy(mesh, "mesh-gateway"))
    assert snapshot is not None
    (fault,) = snapshot.faults
    assert 'Selector "Service.Nope" is not valid' in fault.message
    (rendered,) = render_all(mesh, [snapshot.instance], Target())
    assert rendered.proxy is None
    assert [found.message for found in rendered.faults] == [fault.message]
