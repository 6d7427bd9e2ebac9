# ruff: noqa: E501  # the examples are those of the specification, line by line
"""The worked examples of envoy-other-gateways.md 8.2, and the rules of its section 3."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from shorthand import short
from sidecar_trees import HTTP, entry, instance
from trees import TRUST_DOMAIN, dialed, mesh_of, proxy

from meshgw.envoy.proxies import resources_of
from meshgw.envoy.resources import Resources
from meshgw.loading.load import load_tree
from meshgw.loading.options import LoadOptions
from meshgw.mesh.build import build_mesh
from meshgw.snapshot.proxies import snapshot_of

T = TRUST_DOMAIN
DBS = (instance("db", 1, "10.10.1.1"), instance("db", 2, "10.10.1.2"))
FAILS = (instance("fail", 1, "10.20.1.1"), instance("fail", 2, "10.20.1.2"))
TIMEOUT = 'ConnectTimeout = "33s"'


def listener(port: int, protocol: str, *services: str, more: str = "") -> str:
    listed = ", ".join(f"{{ {service} }}" for service in services)
    return f'{{ Port = {port}, Protocol = "{protocol}", Services = [{listed}] {more} }}'


def gateway(*listeners: str, more: str = "") -> str:
    return entry("ingress-gateway", "ingress-gateway", f"{more}\nListeners = [{', '.join(listeners)}]")


def s(name: str, more: str = "") -> str:
    return f'Name = "{name}" {more}'


BASE = listener(8080, "tcp", s("db"))


@pytest.fixture
def served(tmp_path: Path):
    """What an ingress gateway is served; `texts` are entries and registrations."""

    def serve(*texts: str, options: str = "", tags: str = "", **said: Any) -> Resources:
        files = {
            "dc1/gateway.hcl": 'service { name = "ingress-gateway" kind = "ingress-gateway" address = "1.2.3.4" '
            f"port = 9999 {tags} proxy {{ config {{ {options} }} }} }}\n"
        }
        for number, text in enumerate(texts):
            files[f"dc1/{number:02}.{'json' if text.startswith('{') else 'hcl'}"] = text
        # The examples are those of gateways on client agents (GO-13).
        mesh = mesh_of(tmp_path, files, **({"registered_with": "client"} | said))
        snapshot = snapshot_of(mesh, proxy(mesh, "ingress-gateway"))
        assert snapshot is not None
        assert not snapshot.faults, snapshot.faults
        return resources_of(snapshot)

    return serve


def cluster(name: str = "db", service: str = "", **more: Any) -> dict[str, Any]:
    """The usual cluster of a service, with what differs."""
    service = service or name
    full = name if "~" in name else f"{name}.default.dc1.internal.{T}"
    return {
        "name": full,
        "transportSocket": {"<UP>": {"sni": f"{service}.default.dc1.internal.{T}", "san": [san(service)]}},
        "type": "EDS",
        "connectTimeout": "5s",
        "altStatName": full,
        "circuitBreakers": {},
        "commonLbConfig": {"healthyPanicThreshold": {}},
        "edsClusterConfig": "<EDS>",
        "outlierDetection": {},
    } | more


def san(service: str, datacenter: str = "dc1") -> str:
    return f"spiffe://{T}/ns/default/dc/{datacenter}/svc/{service}"


def name_of(service: str = "db", prefix: str = "") -> str:
    return f"{prefix}{service}.default.dc1.internal.{T}"


def tcp_chain(socket: Any = None) -> dict[str, Any]:
    way = {"<TCP proxy>": {"statPrefix": "upstream.db.default.default.dc1", "cluster": name_of()}}
    return {"filters": [way]} | ({"transportSocket": socket} if socket else {})


def http_chain(
    routes: str, names: list[str] | None = None, socket: Any = None, **more: Any
) -> dict[str, Any]:
    way = {"<HCM>": {"statPrefix": f"ingress_upstream_{routes}", "rds": {"routeConfigName": routes}} | more}
    match = {"filterChainMatch": {"serverNames": names}} if names else {}
    return match | {"filters": [way]} | ({"transportSocket": socket} if socket else {})


def opened(name: str, address: str, *chains: Any, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "address": address,
        "trafficDirection": "OUTBOUND",
        "filterChains": list(chains),
    } | more


def chains(found: Resources, name: str) -> list[Any]:
    return short(found.listeners[name]["filterChains"])


def host(name: str, *domains: str, **action: Any) -> dict[str, Any]:
    route = {"cluster": name_of(name)} | action
    return {"name": name, "domains": list(domains), "routes": [{"match": {"prefix": "/"}, "route": route}]}


def domains(found: Resources, routes: str) -> dict[str, list[str]]:
    return {each["name"]: each["domains"] for each in found.routes[routes]["virtualHosts"]}


def rules(found: Resources) -> list[tuple[str, str]]:
    return [(fault.rule, fault.note or "") for fault in found.faults]


def test_ix_01_base(served) -> None:
    found = served(gateway(BASE), *DBS)
    assert short(found.listeners) == {
        "db:1.2.3.4:8080": opened("db:1.2.3.4:8080", "1.2.3.4:8080", tcp_chain())
    }
    assert short(found.clusters) == {name_of(): cluster()}
    assert short(found.endpoints) == {
        name_of(): {
            "clusterName": name_of(),
            "endpoints": [{"lbEndpoints": ["10.10.1.1:8080 HEALTHY 1", "10.10.1.2:8080 HEALTHY 1"]}],
        }
    }
    assert (found.routes, found.secrets, found.faults) == ({}, {}, ())


@pytest.mark.parametrize(
    "texts", [(), (gateway(),), (gateway(listener(8080, "http", s("*"))),)], ids=["none", "empty", "IE-05"]
)
def test_ix_02_nothing_to_do(served, texts: tuple[str, ...]) -> None:
    found = served(*texts)
    assert [found.listeners, found.clusters, found.endpoints, found.routes, found.secrets] == [{}] * 5


def slow(*names: str) -> list[str]:
    return [
        entry("service-resolver", name, 'ConnectTimeout = "22s"\nRequestTimeout = "22s"') for name in names
    ]


FOO = s("foo", 'Hosts = ["test1.example.com", "test2.example.com", "test2.example.com:8080"]')
FOO_DOMAINS = ["test1.example.com", "test2.example.com", "test2.example.com:8080", "test1.example.com:8080"]


def test_ix_03_several_services_and_hosts(served) -> None:
    listeners = listener(8080, "http", FOO, s("bar")), listener(443, "http", s("baz"), s("qux"))
    found = served(HTTP, *slow("foo", "bar"), gateway(*listeners))
    assert short(found.listeners) == {
        "http:1.2.3.4:443": opened("http:1.2.3.4:443", "1.2.3.4:443", http_chain("443")),
        "http:1.2.3.4:8080": opened("http:1.2.3.4:8080", "1.2.3.4:8080", http_chain("8080")),
    }
    assert found.routes == {
        "443": {
            "name": "443",
            "virtualHosts": [
                host("baz", "baz.ingress.*", "baz.ingress.*:443"),
                host("qux", "qux.ingress.*", "qux.ingress.*:443"),
            ],
        },
        "8080": {
            "name": "8080",
            "virtualHosts": [
                host("bar", "bar.ingress.*", "bar.ingress.*:8080", timeout="22s"),
                host("foo", *FOO_DOMAINS, timeout="22s"),
            ],
        },
    }
    assert short(found.clusters[name_of("bar")]) == cluster("bar", connectTimeout="22s")


GRPC = entry("proxy-defaults", "global", 'Config { protocol = "grpc" }')
GRPC_FILTERS = ["<grpc_stats>", "<grpc_http1_bridge>", "<router>"]


def test_ix_04_grpc(served) -> None:
    found = served(GRPC, *slow("foo", "bar"), gateway(listener(8080, "grpc", FOO, s("bar"))))
    manager = http_chain("8080", http2ProtocolOptions={}, httpFilters=GRPC_FILTERS)
    assert short(found.listeners) == {
        "grpc:1.2.3.4:8080": opened("grpc:1.2.3.4:8080", "1.2.3.4:8080", manager)
    }
    expected = cluster("foo", connectTimeout="22s", typedExtensionProtocolOptions="<HTTP/2>")
    assert short(found.clusters[name_of("foo")]) == expected


def test_ix_05_header_modifiers_and_router(served) -> None:
    changes = '{ Add { foo = "bar" } Set { bar = "baz" } Remove = ["qux"] }'
    block = s("db", f"RequestHeaders {changes} ResponseHeaders {changes}")
    route = '{ Match { HTTP { PathPrefix = "/x" } }, Destination { PrefixRewrite = "/y" } }'
    router = entry("service-router", "db", f"Routes = [{route}]")
    found = served(HTTP, router, gateway(listener(8080, "http", block)))
    (only,) = found.routes["8080"]["virtualHosts"]
    added = [
        {"header": {"key": "foo", "value": "bar"}},
        {"appendAction": "OVERWRITE_IF_EXISTS_OR_ADD", "header": {"key": "bar", "value": "baz"}},
    ]
    assert only == {
        "domains": ["db.ingress.*", "db.ingress.*:8080"],
        "name": "db",
        "requestHeadersToAdd": added,
        "requestHeadersToRemove": ["qux"],
        "responseHeadersToAdd": added,
        "responseHeadersToRemove": ["qux"],
        "routes": [
            {"match": {"prefix": "/x"}, "route": {"cluster": name_of(), "prefixRewrite": "/y"}},
            {"match": {"prefix": "/"}, "route": {"cluster": name_of()}},
        ],
    }


LIMITS = [
    ("MaxConnections = 4096", "", {"maxConnections": 4096}),
    (
        "",
        "MaxConnections = 2048 MaxPendingRequests = 512 MaxConcurrentRequests = 4096",
        {"maxConnections": 2048, "maxPendingRequests": 512, "maxRequests": 4096},
    ),
    (
        "MaxConnections = 4096 MaxPendingRequests = 2048",
        "MaxConnections = 2048 MaxPendingRequests = 512",
        {"maxConnections": 4096, "maxPendingRequests": 2048},
    ),
    ("MaxConnections = 0", "MaxConnections = 7", {"maxConnections": 7}),  # IE-32: 0 lifts nothing
]


@pytest.mark.parametrize(("own", "defaults", "expected"), LIMITS, ids=["a", "b", "c", "zero"])
def test_ix_06_limits(served, own: str, defaults: str, expected: dict[str, int]) -> None:
    texts = (
        entry("service-resolver", "db", TIMEOUT),
        gateway(listener(8080, "tcp", s("db", own)), more=f"Defaults {{ {defaults} }}"),
    )
    found = served(*texts)
    assert found.clusters[name_of()]["circuitBreakers"] == {"thresholds": [expected]}


CHECKS = [
    (
        'Interval = "5s" MaxFailures = 10 MaxEjectionPercent = 90',
        None,
        "client",
        {"interval": "5s", "consecutive5xx": 10, "maxEjectionPercent": 90},
    ),
    (
        None,
        'Interval = "5s" MaxFailures = 10 EnforcingConsecutive5xx = 80 MaxEjectionPercent = 90',
        "client",
        {"interval": "5s", "consecutive5xx": 10, "enforcingConsecutive5xx": 80, "maxEjectionPercent": 90},
    ),
    (
        'Interval = "8s" EnforcingConsecutive5xx = 50 MaxEjectionPercent = 90 BaseEjectionTime = "12s"',
        'Interval = "5s" EnforcingConsecutive5xx = 80 MaxEjectionPercent = 80',
        "client",
        {
            "interval": "8s",
            "enforcingConsecutive5xx": 50,
            "maxEjectionPercent": 90,
            "baseEjectionTime": "12s",
        },
    ),
    (
        None,
        "MaxFailures = 3 EnforcingConsecutive5xx = 0",
        "server",
        {"consecutive5xx": 3, "maxEjectionPercent": 0},
    ),
    (None, "MaxFailures = 3 EnforcingConsecutive5xx = 0", "client", {"consecutive5xx": 3}),
    # GO-13: on servers a service's block takes the percentage of the defaults away
    ("MaxFailures = 4", "MaxEjectionPercent = 80", "server", {"consecutive5xx": 4, "maxEjectionPercent": 0}),
    ("MaxFailures = 4", "MaxEjectionPercent = 80", "client", {"consecutive5xx": 4, "maxEjectionPercent": 80}),
    (None, None, "server", {}),
]


@pytest.mark.parametrize(("own", "defaults", "agent", "expected"), CHECKS)
def test_ix_07_passive_health_check(served, own, defaults, agent: str, expected: dict[str, Any]) -> None:
    block = s("db", f"PassiveHealthCheck {{ {own} }}" if own else "")
    more = f"Defaults {{ PassiveHealthCheck {{ {defaults} }} }}" if defaults else ""
    found = served(gateway(listener(8080, "tcp", block), more=more), registered_with=agent)
    assert found.clusters[name_of()]["outlierDetection"] == expected


MEMBERS = [f"failover-target~{number}~{name_of()}" for number in (0, 1)]
FAILOVER = entry("service-resolver", "db", f'{TIMEOUT}\nFailover = {{ "*" = {{ Service = "fail" }} }}')


def test_ix_08_failover(served) -> None:
    found = served(FAILOVER, gateway(BASE), *DBS, *FAILS)
    aggregate = {
        "name": name_of(),
        "connectTimeout": "33s",
        "altStatName": name_of(),
        "clusterType": {
            "name": "envoy.clusters.aggregate",
            "typedConfig": {
                "@type": "type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig",
                "clusters": MEMBERS,
            },
        },
        "lbPolicy": "CLUSTER_PROVIDED",
        "outlierDetection": {},
    }
    assert short(found.clusters) == {
        name_of(): aggregate,
        MEMBERS[0]: cluster(MEMBERS[0], "db", connectTimeout="33s"),
        MEMBERS[1]: cluster(MEMBERS[1], "fail", connectTimeout="33s"),
    }
    assert dialed(found, MEMBERS[0]) == ["10.10.1.1:8080", "10.10.1.2:8080"]
    assert dialed(found, MEMBERS[1]) == ["10.20.1.1:8080", "10.20.1.2:8080"]
    assert chains(found, "db:1.2.3.4:8080") == [tcp_chain()]


def test_ix_09_failover_through_the_local_gateway(served, tmp_path: Path) -> None:
    (tmp_path / "dc2").mkdir()
    (tmp_path / "dc2" / "db.json").write_text(instance("db", 3, "10.30.1.1"))
    gateways = [
        f'service {{ id = "gw-{number}" name = "mesh-gateway" kind = "mesh-gateway" address = "10.10.1.{number}" port = 8443 }}'
        for number in (1, 2)
    ]
    found = served(
        entry("service-defaults", "db", 'MeshGateway { Mode = "local" }'),
        entry("service-resolver", "db", f'{TIMEOUT}\nFailover = {{ "*" = {{ Datacenters = ["dc2"] }} }}'),
        gateway(BASE),
        *DBS,
        *gateways,
        datacenters={"dc2": {"trust_domain": T}},
    )
    assert dialed(found, MEMBERS[0]) == ["10.10.1.1:8080", "10.10.1.2:8080"]
    assert dialed(found, MEMBERS[1]) == ["10.10.1.1:8443", "10.10.1.2:8443"]
    socket = {"<UP>": {"sni": f"db.default.dc2.internal.{T}", "san": [san("db", "dc2")]}}
    expected = cluster(MEMBERS[1], "db", connectTimeout="33s", transportSocket=socket)
    assert short(found.clusters[MEMBERS[1]]) == expected


PEER_DOMAIN = "1c053652-8512-4373-90cf-5a7f6263a994.consul"
PEERING = {
    "name": "cluster-01",
    "trust_domain": PEER_DOMAIN,
    "exports": [{"name": "db", "gateways": [{"address": "10.40.1.1", "port": 8080}]}],
}


def test_ix_10_failover_to_a_peer(served) -> None:
    resolver = f'{TIMEOUT}\nFailover = {{ "*" = {{ Targets = [{{ Peer = "cluster-01" }}] }} }}'
    found = served(entry("service-resolver", "db", resolver), gateway(BASE), *DBS, peerings=[PEERING])
    socket = short(found.clusters[MEMBERS[1]]["transportSocket"])["<UP>"]
    assert socket["roots"] == "<root of cluster-01>"
    assert socket["sni"].endswith(f".external.{PEER_DOMAIN}")
    assert f"spiffe://{PEER_DOMAIN}/ns/default/" in socket["san"][0]
    expected = cluster(MEMBERS[1], "db", connectTimeout="33s", transportSocket={"<UP>": socket})
    assert short(found.clusters[MEMBERS[1]]) == expected
    assert dialed(found, MEMBERS[1]) == ["10.40.1.1:8080"]


def test_ix_11_external_sni(served) -> None:
    sni = entry("service-defaults", "db", 'ExternalSNI = "db.some.other.service.mesh"')
    found = served(sni, entry("service-resolver", "db", TIMEOUT), gateway(BASE), *DBS)
    socket = {"<UP>": {"sni": "db.some.other.service.mesh", "san": [san("db")]}}
    assert short(found.clusters) == {name_of(): cluster(connectTimeout="33s", transportSocket=socket)}


BUILT_IN = [
    ("", {}),
    ('TLSMinVersion = "TLSv1_3"', {"tlsMinimumProtocolVersion": "TLSv1_3"}),
    (
        'CipherSuites = ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"]',
        {"cipherSuites": ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"]},
    ),
    ('TLSMinVersion = "TLS_AUTO"', {}),
]


@pytest.mark.parametrize(("settings", "parameters"), BUILT_IN)
def test_ix_12_built_in_tls(served, settings: str, parameters: dict[str, Any]) -> None:
    found = served(gateway(BASE, more=f"TLS {{ Enabled = true {settings} }}"), *DBS)
    expected = opened(
        "db:1.2.3.4:8080", "1.2.3.4:8080", tcp_chain({"<built-in TLS>": {"tlsParams": parameters}})
    )
    assert short(found.listeners["db:1.2.3.4:8080"]) == expected


def test_ix_13_levels_of_tls(served) -> None:
    listeners = [
        listener(8080, "http", s("s1")),
        listener(8081, "http", s("s2"), more='TLS { TLSMinVersion = "TLSv1_0" }'),
        listener(8082, "http", s("s3"), more='TLS { Enabled = false TLSMinVersion = "TLSv1_3" }'),
    ]
    found = served(HTTP, gateway(*listeners, more='TLS { Enabled = true TLSMinVersion = "TLSv1_2" }'))
    for port, version in ((8080, "TLSv1_2"), (8081, "TLSv1_0"), (8082, "TLSv1_3")):
        parameters = {"tlsMinimumProtocolVersion": version}
        socket = {"<built-in TLS>": {"tlsParams": parameters, "alpnProtocols": ["http/1.1"]}}
        assert chains(found, f"http:1.2.3.4:{port}") == [http_chain(str(port), socket=socket)]


def test_ix_14_alpn(served) -> None:
    listeners = listener(8080, "grpc", s("s1")), listener(8081, "http2", s("s2"))
    found = served(
        entry("service-defaults", "s1", 'Protocol = "grpc"'),
        entry("service-defaults", "s2", 'Protocol = "http2"'),
        gateway(*listeners, more='TLS { Enabled = true TLSMinVersion = "TLSv1_2" }'),
    )
    parameters = {"tlsMinimumProtocolVersion": "TLSv1_2"}
    socket = {"<built-in TLS>": {"tlsParams": parameters, "alpnProtocols": ["h2", "http/1.1"]}}
    first = http_chain("8080", socket=socket, http2ProtocolOptions={}, httpFilters=GRPC_FILTERS)
    second = http_chain("8081", socket=socket, http2ProtocolOptions={})
    assert short(found.listeners) == {
        "grpc:1.2.3.4:8080": opened("grpc:1.2.3.4:8080", "1.2.3.4:8080", first),
        "http2:1.2.3.4:8081": opened("http2:1.2.3.4:8081", "1.2.3.4:8081", second),
    }


def test_ix_15_sds_of_gateway_and_listener(served) -> None:
    listeners = listener(8080, "tcp", s("db"), more='TLS { SDS { CertResource = "listener-cert" } }')
    more = 'TLS { SDS { ClusterName = "sds-cluster" CertResource = "cert-resource" } }'
    found = served(gateway(listeners, more=more), *DBS)
    socket = {"<SDS TLS>": {"secret": "listener-cert", "sdsCluster": "sds-cluster", "tlsParams": {}}}
    assert chains(found, "db:1.2.3.4:8080") == [tcp_chain(socket)]


def own_certificate(name: str, hosts: str, cluster_name: str, certificate: str) -> str:
    sds = f'{{ ClusterName = "{cluster_name}" CertResource = "{certificate}" }}'
    return s(name, f"Hosts = [{hosts}] TLS {{ SDS {sds} }}")


def sds(certificate: str, cluster_name: str) -> dict[str, Any]:
    fields = {
        "secret": certificate,
        "sdsCluster": cluster_name,
        "tlsParams": {},
        "alpnProtocols": ["http/1.1"],
    }
    return {"<SDS TLS>": fields}


def test_ix_16_sds_of_one_service(served) -> None:
    web = own_certificate("web", '"www.example.com"', "web-cluster", "www-cert")
    foo = s("foo", 'Hosts = ["foo.example.com"]')
    found = served(HTTP, *slow("web", "foo"), gateway(listener(9191, "http", web, foo)))
    own = http_chain("9191_web", ["www.example.com"], sds("www-cert", "web-cluster"))
    expected = opened(
        "http:1.2.3.4:9191", "1.2.3.4:9191", own, http_chain("9191"), listenerFilters=["<TLS inspector>"]
    )
    assert short(found.listeners) == {"http:1.2.3.4:9191": expected}
    web_host = host("web", "www.example.com", "www.example.com:9191", timeout="22s")
    foo_host = host("foo", "foo.example.com", "foo.example.com:9191", timeout="22s")
    assert found.routes == {
        "9191": {"name": "9191", "virtualHosts": [foo_host]},
        "9191_web": {"name": "9191_web", "virtualHosts": [web_host]},
    }


def test_ix_17_sds_of_every_service(served) -> None:
    blocks = [
        own_certificate(name, f'"{name}.example.com"', f"sds-cluster-{name[1]}", f"{name}.example.com-cert")
        for name in ("s2", "s1")
    ]
    found = served(HTTP, gateway(listener(8080, "http", *blocks)))
    expected = [  # in the order of the entry (IE-22)
        http_chain(
            f"8080_{name}", [f"{name}.example.com"], sds(f"{name}.example.com-cert", f"sds-cluster-{name[1]}")
        )
        for name in ("s2", "s1")
    ]
    assert chains(found, "http:1.2.3.4:8080") == expected
    assert sorted(found.routes) == ["8080_s1", "8080_s2"]
    assert domains(found, "8080_s1") == {"s1": ["s1.example.com", "s1.example.com:8080"]}


def test_ix_18_bind_addresses(served) -> None:
    tags = 'tagged_addresses { lan = { address = "10.0.0.1", port = 80 } wan = { address = "172.16.0.1", port = 80 } }'
    options = (
        "envoy_gateway_no_default_bind = true envoy_gateway_bind_tagged_addresses = true\n"
        'envoy_gateway_bind_addresses { foo = { address = "8.8.8.8" } }'
    )
    found = served(gateway(BASE), *DBS, tags=tags, options=options)
    # The first by the tag `lan_ipv4` that an agent adds itself (GO-06).
    expected = ["db:1.2.3.4:8080", "db:10.0.0.1:8080", "db:172.16.0.1:8080", "db:8.8.8.8:8080"]
    assert list(found.listeners) == expected
    for name in expected:
        address = name.removeprefix("db:")
        assert short(found.listeners[name]) == opened(name, address, tcp_chain())


def test_two_ports_at_one_address_are_one_listener(served) -> None:  # GO-04
    options = 'envoy_gateway_bind_addresses { a = { address = "1.2.3.4", port = 1 } b = { address = "", port = 2 } }'
    found = served(gateway(BASE), options=options)
    assert list(found.listeners) == ["db:1.2.3.4:8080", "db:127.0.0.1:8080"]
    assert found.collisions == ()


def test_without_an_address_there_is_all_but_listeners(served) -> None:  # GO-08
    found = served(gateway(BASE), *DBS, options="envoy_gateway_no_default_bind = true")
    assert found.listeners == {}
    assert list(found.clusters) == list(found.endpoints) == [name_of()]


def test_ix_19_fetch_timeout(served) -> None:
    route = '{ Match { HTTP { PathPrefix = "/x" } } }'
    router = entry("service-router", "db", f"Routes = [{route}]")
    found = served(
        HTTP, router, gateway(listener(8080, "http", s("db"))), options="xds_fetch_timeout_ms = 9999"
    )
    source = {"ads": {}, "resourceApiVersion": "V3", "initialFetchTimeout": "9.999s"}
    (chain,) = chains(found, "http:1.2.3.4:8080")
    assert chain["filters"][0]["<HCM>"]["rds"]["configSource"] == source
    assert found.clusters[name_of()]["edsClusterConfig"] == {"edsConfig": source}


def test_ix_20_outgoing_tls_parameters(served) -> None:
    mesh = 'Kind = "mesh"\nTLS { Outgoing { TLSMinVersion = "TLSv1_3" } Incoming { TLSMinVersion = "TLSv1_2" } }\n'
    found = served(mesh, gateway(BASE, more="TLS { Enabled = true }"), *DBS)
    parameters = {"tlsMinimumProtocolVersion": "TLSv1_3"}
    assert short(found.clusters[name_of()]["transportSocket"])["<UP>"]["tlsParams"] == parameters
    assert chains(found, "db:1.2.3.4:8080") == [tcp_chain({"<built-in TLS>": {"tlsParams": {}}})]  # 1.6


def application(name: str) -> str:
    return f'service {{ name = "{name}" port = 80 connect {{ sidecar_service {{}} }} }}'


def test_ix_21_wildcard_order_and_headers(served) -> None:
    """A tree is written entries first: `*` takes the hosts of services that are listed too (IE-02)."""
    changes = 'RequestHeaders { Add { x-b = "1" x-a = "2" } Set { y = "3" } Remove = ["z"] }'
    gamma = s("gamma", f'Hosts = ["g.example.com", "*", "g.example.com:29401"] {changes}')
    star = s("*", 'ResponseHeaders { Set { w = "1" } }')
    listeners = [
        listener(
            29401,
            "http",
            gamma,
            star,
            s("alpha", "MaxConnections = 7"),
            s("ghost", 'Hosts = ["*.x.com", "x.com:1"]'),
        ),
        listener(29404, "http2", s("*")),
    ]
    found = served(
        HTTP,
        entry("service-defaults", "delta", 'Protocol = "tcp"'),
        entry("service-defaults", "grpcsvc", 'Protocol = "grpc"'),
        entry("service-defaults", "empty"),  # its protocol is tcp
        entry(
            "service-defaults", "dest", 'Protocol = "http2"\nDestination { Addresses = ["a.b"] Port = 443 }'
        ),
        gateway(*listeners, more="Defaults { MaxConnections = 5 }"),
        *map(application, ("alpha", "Beta", "gamma", "hsvc", "delta", "grpcsvc", "empty", "consul")),
        'service { name = "outside" port = 80 }',
    )
    assert domains(found, "29401") == {
        "alpha": ["alpha.ingress.*", "alpha.ingress.*:29401"],
        "Beta": ["Beta.ingress.*", "Beta.ingress.*:29401"],
        "gamma": ["gamma.ingress.*", "gamma.ingress.*:29401"],
        "ghost": ["*.x.com", "x.com:1", "*.x.com:29401"],
        "hsvc": ["hsvc.ingress.*", "hsvc.ingress.*:29401"],
    }
    hosts = {each["name"]: each for each in found.routes["29401"]["virtualHosts"]}
    assert list(hosts) == ["alpha", "Beta", "gamma", "ghost", "hsvc"]
    set_header = {"appendAction": "OVERWRITE_IF_EXISTS_OR_ADD", "header": {"key": "w", "value": "1"}}
    for name in ("Beta", "hsvc"):
        assert hosts[name]["responseHeadersToAdd"] == [set_header]
    assert "responseHeadersToAdd" not in hosts["alpha"] | hosts["gamma"]
    assert [each["header"]["key"] for each in hosts["gamma"]["requestHeadersToAdd"]] == ["x-a", "x-b", "y"]
    assert domains(found, "29404") == {"dest": ["dest.ingress.*", "dest.ingress.*:29404"]}
    limits = {
        name: found.clusters[name_of(name)]["circuitBreakers"]["thresholds"][0]["maxConnections"]
        for name in hosts
    }
    assert limits == {"alpha": 7, "Beta": 5, "gamma": 5, "ghost": 5, "hsvc": 5}
    dest = short(found.clusters[name_of("dest")])
    assert (dest["type"], dest["typedExtensionProtocolOptions"]) == ("EDS", "<HTTP/2>")


def test_ix_22_merged_tls_and_a_services_own(served) -> None:
    suites = 'CipherSuites = ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"]'
    gamma = own_certificate("gamma", '"g.example.com", "*.g.com"', "sdsc", "gcert")
    alpha = s("alpha", 'Hosts = ["al.example.com"]')
    own = 'TLS { Enabled = true TLSMaxVersion = "TLSv1_3" }'
    outer = f'TLS {{ TLSMinVersion = "TLSv1_2" {suites} }}'
    found = served(HTTP, gateway(listener(29401, "http", gamma, alpha, more=own), more=outer))
    parameters = {
        "tlsMinimumProtocolVersion": "TLSv1_2",
        "tlsMaximumProtocolVersion": "TLSv1_3",
        "cipherSuites": ["ECDHE-RSA-AES128-GCM-SHA256"],
    }
    built_in = {"<built-in TLS>": {"tlsParams": parameters, "alpnProtocols": ["http/1.1"]}}
    assert short(found.listeners["http:1.2.3.4:29401"]) == opened(
        "http:1.2.3.4:29401",
        "1.2.3.4:29401",
        http_chain("29401_gamma", ["g.example.com", "*.g.com"], sds("gcert", "sdsc")),
        http_chain("29401", socket=built_in),
        listenerFilters=["<TLS inspector>"],
    )


def test_ix_23_a_tcp_service_redirected_to_a_peer(served) -> None:  # IE-12
    redirect = entry("service-resolver", "db", 'Redirect { Service = "db" Peer = "cluster-01" }')
    found = served(redirect, gateway(BASE), peerings=[PEERING])
    assert rules(found) == [("ingress-peer-on-tcp", "cluster name is required for a tcp proxy filter")]
    assert found.listeners == {}


def test_ix_23_limits_and_failover(served) -> None:  # IE-33
    found = served(FAILOVER, gateway(listener(8080, "tcp", s("db", "MaxConnections = 9"))), *DBS)
    ((rule, _),) = rules(found)
    assert rule == "ingress-limits-with-failover"
    assert [found.clusters[name].get("circuitBreakers") for name in (name_of(), *MEMBERS)] == [
        None,
        {"thresholds": [{"maxConnections": 9}]},
        {"thresholds": [{"maxConnections": 9}]},
    ]


def test_a_service_that_is_split(served) -> None:
    splitter = entry("service-splitter", "db", 'Splits = [{ Weight = 50 }, { Weight = 50 Service = "fail" }]')
    found = served(HTTP, splitter, gateway(listener(8080, "http", s("db"))))
    (only,) = found.routes["8080"]["virtualHosts"]
    legs = only["routes"][0]["route"]["weightedClusters"]["clusters"]
    assert [leg["name"] for leg in legs] == [name_of(), name_of("fail")]
    assert sorted(found.clusters) == [name_of(), name_of("fail")]


REFUSED = [
    (  # IE-11
        [HTTP, entry("service-splitter", "db", "Splits = [{ Weight = 100 }]"), gateway(BASE)],
        "ingress-routes-on-tcp",
        "expected discovery chain with single node, found unexpected start node: splitter",
    ),
    (  # IE-21a
        [gateway(listener(8080, "tcp", s("db"), more='TLS { SDS { ClusterName = "c" } }'))],
        "ingress-sds-incomplete",
        "missing SDS cert resource for listener on port 8080",
    ),
    (
        [gateway(listener(8080, "tcp", s("db"), more='TLS { SDS { CertResource = "c" } }'))],
        "ingress-sds-incomplete",
        "missing SDS cluster name for listener on port 8080",
    ),
]


@pytest.mark.parametrize(("texts", "rule", "note"), REFUSED)
def test_what_consul_refuses_to_write_it_could_not_serve_either(
    texts: list[str], rule: str, note: str, tmp_path: Path
) -> None:
    own = 'service { name = "ingress-gateway" kind = "ingress-gateway" port = 9999 }'
    for number, text in enumerate((own, *texts)):
        (tmp_path / f"{number}.hcl").write_text(text)
    mesh = build_mesh(load_tree((str(tmp_path),), LoadOptions(project={"edition": "community"})))
    snapshot = snapshot_of(mesh, proxy(mesh, "ingress-gateway"))
    assert snapshot is not None
    assert rules(resources_of(snapshot)) == [(rule, note)]


def test_a_peer_on_a_listener_of_requests(served) -> None:  # IE-20, IE-37
    redirect = entry("service-resolver", "db", 'Redirect { Service = "db" Peer = "cluster-01" }')
    (exported,) = PEERING["exports"]
    spoken = PEERING | {"exports": [exported | {"protocol": "http"}]}
    listeners = gateway(listener(8080, "http", s("db")))
    found = served(HTTP, redirect, listeners, peerings=[spoken])
    name = f"db.default.cluster-01.external.{PEER_DOMAIN}"
    (only,) = found.routes["8080"]["virtualHosts"]
    assert only["routes"] == [{"match": {"prefix": "/"}, "route": {"cluster": name}}]
    assert dialed(found, name) == ["10.40.1.1:8080"]


def test_a_peer_that_nobody_knows(served) -> None:  # IE-20
    redirect = entry("service-resolver", "db", 'Redirect { Service = "db" Peer = "nobody" }')
    found = served(HTTP, redirect, gateway(listener(8080, "http", s("db"))))
    assert found.routes["8080"]["virtualHosts"] == [
        {"name": "db", "domains": ["db.ingress.*", "db.ingress.*:8080"]}
    ]


def test_a_service_on_two_listeners_has_the_clusters_of_the_first(served) -> None:  # IE-31
    listeners = (
        listener(9090, "http", s("web", "MaxConnections = 1")),
        listener(8080, "http", s("web", "MaxConnections = 2")),
    )
    found = served(HTTP, gateway(*listeners))
    assert found.clusters[name_of("web")]["circuitBreakers"] == {"thresholds": [{"maxConnections": 2}]}
    assert sorted(found.routes) == ["8080", "9090"]


def test_settings_of_callers_do_not_count(served) -> None:  # IE-04, IE-35
    own = 'UpstreamConfig { Defaults { ConnectTimeoutMs = 1 Limits { MaxConnections = 1 } MeshGateway { Mode = "local" } } }'
    found = served(entry("service-defaults", "ingress-gateway", own), gateway(BASE), *DBS)
    assert short(found.clusters) == {name_of(): cluster()}


def test_mesh_entry_checks_clusters_and_nothing_else(served) -> None:  # 1.6, GO-09
    mesh = 'Kind = "mesh"\nValidateClusters = true\nHTTP { SanitizeXForwardedClientCert = true\nIncoming { RequestNormalization { MergeSlashes = true } } }\n'
    found = served(HTTP, mesh, gateway(listener(8080, "http", s("web"))))
    assert found.routes["8080"]["validateClusters"] is True
    assert chains(found, "http:1.2.3.4:8080") == [http_chain("8080")]


def test_access_logs_of_listeners_and_filters(served) -> None:  # XV-28
    logs = entry("proxy-defaults", "global", "AccessLogs { Enabled = true }")
    found = served(logs, gateway(BASE))
    made = found.listeners["db:1.2.3.4:8080"]
    assert made["accessLog"][0]["name"] == "Consul Listener Log"
    fields = made["filterChains"][0]["filters"][0]["typedConfig"]
    assert fields["accessLog"][0]["name"] == "Consul Listener Filter Log"


def test_tracing_of_a_gateway_is_not_its_own(served) -> None:  # 1.2
    tracing = json.dumps(json.dumps({"@type": "type.googleapis.com/x"}))
    found = served(
        HTTP, gateway(listener(8080, "http", s("web"))), options=f"envoy_listener_tracing_json = {tracing}"
    )
    assert chains(found, "http:1.2.3.4:8080") == [http_chain("8080")]
    assert found.faults == ()


def test_ciphers_and_versions_that_meet_only_when_merged(served) -> None:  # IE-21b
    outer = 'TLS { CipherSuites = ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"] }'
    own = 'TLS { TLSMinVersion = "TLSv1_3" }'
    found = served(gateway(listener(8080, "tcp", s("db"), more=own), more=outer))
    ((rule, note),) = rules(found)
    assert rule == "ingress-ciphers-conflict"
    assert note.startswith("configuring CipherSuites is only applicable")


def test_an_option_of_another_type_is_mentioned(served) -> None:  # GO-01
    found = served(gateway(BASE), options='envoy_gateway_remote_tcp_keepalive_probes = "x"')
    assert [fault.rule for fault in found.faults] == ["setting-unreadable"]
    assert list(found.listeners) == ["db:1.2.3.4:8080"]


def test_where_resources_come_from(served) -> None:
    found = served(
        HTTP, gateway(listener(8080, "http", s("api"), own_certificate("web", '"w.com"', "c", "w")))
    )
    shared = "port 8080 of ingress-gateway ingress-gateway"
    service = "service {} on port 8080 of ingress-gateway ingress-gateway"
    text = {key: origin.text for key, origin in found.origins.items()}
    assert text == {
        ("listeners", "http:1.2.3.4:8080"): shared,
        ("routes", "8080"): shared,
        ("routes", "8080_web"): service.format("web"),
        ("clusters", name_of("api")): service.format("api"),
        ("clusters", name_of("web")): service.format("web"),
        ("endpoints", name_of("api")): service.format("api"),
        ("endpoints", name_of("web")): service.format("web"),
    }
    assert all(origin.location is not None for origin in found.origins.values())


NAMES = [
    (gateway(listener(8080, "http", s("web", 'Hosts = ["a.com"]'))), ()),
    (
        gateway(
            listener(8080, "http", s("web", 'Hosts = ["a.com"]')),
            BASE.replace("8080", "81"),
            more="TLS { Enabled = true }",
        ),
        ("*.ingress.consul.", "*.ingress.dc1.consul.", "a.com"),
    ),
    (
        gateway(listener(8080, "http", s("web"), more="TLS { Enabled = true }")),
        ("*.ingress.consul.", "*.ingress.dc1.consul."),
    ),
]


@pytest.mark.parametrize(("text", "expected"), NAMES)
def test_names_in_the_leaf(text: str, expected: tuple[str, ...], tmp_path: Path) -> None:  # 1.5
    own = 'service { name = "ingress-gateway" kind = "ingress-gateway" port = 9999 }'
    web = entry("service-defaults", "web", 'Protocol = "http"')
    mesh = mesh_of(tmp_path, {"dc1/gw.hcl": own, "dc1/entry.hcl": text, "dc1/web.hcl": web})
    snapshot = snapshot_of(mesh, proxy(mesh, "ingress-gateway"))
    assert snapshot is not None
    assert snapshot.dns_names == expected


ENTERPRISE = {
    "dc1/default/gw.hcl": 'service { name = "edge" kind = "ingress-gateway" address = "1.2.3.4" port = 9999 }',
    "dc1/default/agent.hcl": 'node_name = "n1" bind_addr = "10.1.0.1"',
    "dc1/default/entry.hcl": """
      Kind = "ingress-gateway"
      Name = "edge"
      TLS { Enabled = true }
      Listeners = [{ Port = 8080, Protocol = "http", Services = [
        { Name = "api", Namespace = "dev", Partition = "ap1" },
        { Name = "web", Namespace = "dev", Hosts = ["w.com"], TLS { SDS { ClusterName = "c" CertResource = "w" } } },
        { Name = "*", Namespace = "dev" },
      ] }]
    """,
    "dc1/default/defaults.hcl": 'Kind = "proxy-defaults"\nName = "global"\nConfig { protocol = "http" }\n',
    "dc1/ap1/defaults.hcl": 'Kind = "proxy-defaults"\nName = "global"\nConfig { protocol = "http" }\n'
    'MeshGateway { Mode = "local" }\n',
    "dc1/ap1/agent.hcl": 'node_name = "n2" bind_addr = "10.2.0.1" partition = "ap1"',
    "dc1/ap1/api.hcl": 'services { name = "api" namespace = "dev" port = 80 connect { sidecar_service { port = 21000 tagged_addresses { wan = { address = "198.51.100.2", port = 443 } } } } }\n'
    'services { name = "mesh-gateway" kind = "mesh-gateway" address = "10.2.0.9" port = 8443 }',
    "dc1/ap1/exports.hcl": 'Kind = "exported-services"\nName = "ap1"\nServices = [{ Name = "api", Namespace = "dev", Consumers = [{ Partition = "default" }] }]',
}


@pytest.fixture
def edge(tmp_path: Path):
    def serve(*without: str) -> Resources:
        files = {name: text for name, text in ENTERPRISE.items() if name not in without}
        mesh = mesh_of(tmp_path, files, edition="enterprise", acl={"enabled": True, "default_policy": "deny"})
        snapshot = snapshot_of(mesh, proxy(mesh, "edge"))
        assert snapshot is not None
        assert snapshot.dns_names[:2] == ("*.ingress.dev.consul.", "*.ingress.dev.dc1.consul.")
        return resources_of(snapshot)

    return serve


def test_services_of_other_namespaces_and_partitions(edge) -> None:  # IE-06, IE-15, IE-16, 3.5
    found = edge()
    assert domains(found, "8080") == {"ap1/dev/api": ["api.ingress.dev.*", "api.ingress.dev.*:8080"]}
    assert domains(found, "8080_dev/web") == {"dev/web": ["w.com", "w.com:8080"]}
    own, _ = chains(found, "http:1.2.3.4:8080")
    assert own["filters"][0]["<HCM>"]["statPrefix"] == "ingress_upstream_8080_dev/web"


def test_a_service_of_another_partition_is_dialed_directly(edge) -> None:  # IE-36
    (name,) = [each for each in edge().clusters if each.startswith("api.dev.ap1")]
    assert dialed(edge(), name) == ["10.2.0.1:21000"]


def test_a_service_of_another_partition_has_to_be_exported(edge) -> None:
    found = edge("dc1/ap1/exports.hcl")
    (name,) = [each for each in found.clusters if each.startswith("api.dev.ap1")]
    assert dialed(found, name) == []
