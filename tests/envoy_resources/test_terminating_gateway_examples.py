# ruff: noqa: E501  # rows of tables are read more easily than wrapped
"""The worked examples of envoy-other-gateways.md 8.1."""

from __future__ import annotations

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
from meshgw.snapshot.proxies import snapshot_of

PEERS = {
    "peer-a": "1c053652-8512-4373-90cf-5a7f6263a994.consul",
    "peer-b": "d89ac423-e95a-475d-94f2-1c557c57bf31.consul",
}
TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3"
HTTP = "type.googleapis.com/envoy.extensions.filters.http"
NETWORK = "type.googleapis.com/envoy.extensions.filters.network"

WEB = 'Name = "web" CAFile = "ca.cert.pem"'
API = 'Name = "api" CAFile = "ca.cert.pem" CertFile = "api.cert.pem" KeyFile = "api.key.pem"'
BT = {
    "entry": links(WEB, API, "db", "cache"),
    "web": instances("web", f"10.10.1.1:8080 {meta(version='1')}", f"10.10.1.2:8080 {meta(version='2')}"),
    "api": instances(
        "api",
        f"api.mydomain:8081 {CRITICAL}",
        f"api.altdomain:8081 {meta(domain='alt')}",
        "10.10.1.3:8081",
        "api.thirddomain:8081",
    ),
    "db": instances("db", f"db.mydomain:8081 {CRITICAL}"),
    "cache": instances("cache", "cache.mydomain:8081", f"cache.mydomain:8081 {meta(Env='prod')} {CRITICAL}"),
}
VERSIONS = {"v1": "Service.Meta.version == 1", "v2": "Service.Meta.version == 2"}


def mtls(validation: dict[str, Any] | None = None, **parameters: Any) -> dict[str, Any]:
    leaf = {"certificateChain": {"inlineString": "<leaf cert>"}, "privateKey": {"inlineString": "<leaf key>"}}
    return {
        "name": "tls",
        "typedConfig": {
            "@type": f"{TLS}.DownstreamTlsContext",
            "commonTlsContext": {
                "tlsParams": parameters,
                "tlsCertificates": [leaf],
                "validationContext": validation or {"trustedCa": {"inlineString": "<root>"}},
            },
            "requireClientCertificate": True,
        },
    }


def file_tls(ca: str, cert: str = "", key: str = "", sni: str = "") -> dict[str, Any]:
    validation: dict[str, Any] = {"trustedCa": {"filename": ca}}
    context: dict[str, Any] = {"tlsParams": {}, "validationContext": validation}
    if cert:
        context["tlsCertificates"] = [
            {"certificateChain": {"filename": cert}, "privateKey": {"filename": key}}
        ]
    config = {"@type": f"{TLS}.UpstreamTlsContext", "commonTlsContext": context}
    if sni:
        config["sni"] = sni
        validation["matchTypedSubjectAltNames"] = [
            {"matcher": {"exact": sni}, "sanType": kind} for kind in ("URI", "DNS", "EMAIL", "IP_ADDRESS")
        ]
    return {"name": "tls", "typedConfig": config}


DENY_ALL = {
    "name": "envoy.filters.network.rbac",
    "typedConfig": {"@type": f"{NETWORK}.rbac.v3.RBAC", "statPrefix": "connect_authz", "rules": {}},
}
HTTP_DENY_ALL = {
    "name": "envoy.filters.http.rbac",
    "typedConfig": {"@type": f"{HTTP}.rbac.v3.RBAC", "rules": {}},
}
ROUTER = {"name": "envoy.filters.http.router", "typedConfig": {"@type": f"{HTTP}.router.v3.Router"}}
XFCC = {
    "forwardClientCertDetails": "APPEND_FORWARD",
    "setCurrentClientCertDetails": {"subject": True, "cert": True, "chain": True, "dns": True, "uri": True},
}


def tcp_proxy(prefix: str, cluster: str) -> dict[str, Any]:
    return {
        "name": "envoy.filters.network.tcp_proxy",
        "typedConfig": {
            "@type": f"{NETWORK}.tcp_proxy.v3.TcpProxy",
            "statPrefix": prefix,
            "cluster": cluster,
        },
    }


def tcp_chain(service: str, cluster: str) -> dict[str, Any]:
    return {
        "filterChainMatch": {"serverNames": [cluster]},
        "filters": [DENY_ALL, tcp_proxy(f"upstream.{service}.default.default.dc1", cluster)],
        "transportSocket": mtls(),
    }


def manager(service: str, route: str, *filters: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "name": "envoy.filters.network.http_connection_manager",
        "typedConfig": {
            "@type": f"{NETWORK}.http_connection_manager.v3.HttpConnectionManager",
            "statPrefix": f"upstream.{service}.default.default.dc1",
            "rds": {
                "configSource": {"ads": {}, "resourceApiVersion": "V3"},
                "routeConfigName": route,
            },
            "httpFilters": [*filters, ROUTER],
            "tracing": {"randomSampling": {}},
            "upgradeConfigs": [{"upgradeType": "websocket"}],
            **more,
        },
    }


def fallback(bind: str = "default") -> dict[str, Any]:
    sni = {
        "name": "envoy.filters.network.sni_cluster",
        "typedConfig": {"@type": f"{NETWORK}.sni_cluster.v3.SniCluster"},
    }
    return {"filters": [sni, tcp_proxy(f"terminating_gateway.{bind}", "")]}


def listener(bind: str, host: str, port: int, *found: dict[str, Any]) -> dict[str, Any]:
    inspector = {
        "name": "envoy.filters.listener.tls_inspector",
        "typedConfig": {
            "@type": "type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector"
        },
    }
    return {
        "name": f"{bind}:{host}:{port}",
        "address": {"socketAddress": {"address": host, "portValue": port}},
        "trafficDirection": "INBOUND",
        "listenerFilters": [inspector],
        "filterChains": [*found, fallback(bind)],
    }


def cluster(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "connectTimeout": "5s", "outlierDetection": {}, **more}


def eds(name: str, **more: Any) -> dict[str, Any]:
    source = {"edsConfig": {"ads": {}, "resourceApiVersion": "V3"}}
    return cluster(name, type="EDS", edsClusterConfig=source, **more)


def dns(name: str, host: str, port: int, health: str = "HEALTHY", **more: Any) -> dict[str, Any]:
    item: dict[str, Any] = {"endpoint": {"address": {"socketAddress": {"address": host, "portValue": port}}}}
    if health:
        item |= {"healthStatus": health, "loadBalancingWeight": 1}
    found = {
        "type": "LOGICAL_DNS",
        "dnsLookupFamily": "V4_ONLY",
        "dnsRefreshRate": "10s",
        "loadAssignment": {"clusterName": name, "endpoints": [{"lbEndpoints": [item]}]},
    }
    return cluster(name, **found | more)


def route(name: str, **action: Any) -> dict[str, Any]:
    routes = [{"match": {"prefix": "/"}, "route": {"cluster": name, **action}}]
    return {"name": name, "virtualHosts": [{"name": name, "domains": ["*"], "routes": routes}]}


API_TLS = file_tls("ca.cert.pem", "api.cert.pem", "api.key.pem")
BASE_CHAINS = [tcp_chain(name, n(name)) for name in ("api", "cache", "db", "web")]


def test_tx_01_base(tmp_path: Path) -> None:
    found = served(tmp_path, BT)
    assert found.listeners == {LISTENER: listener("default", "1.2.3.4", 8443, *BASE_CHAINS)}
    assert found.clusters == {
        n("api"): dns(n("api"), "api.altdomain", 8081, transportSocket=API_TLS),
        n("cache"): dns(n("cache"), "cache.mydomain", 8081),
        n("db"): dns(n("db"), "db.mydomain", 8081, "UNHEALTHY"),
        n("web"): eds(n("web"), transportSocket=file_tls("ca.cert.pem")),
    }
    assert list(found.endpoints) == [n("web")]
    assert dialed(found, n("web")) == ["10.10.1.1:8080", "10.10.1.2:8080"]
    assert (found.routes, found.secrets) == ({}, {})


@pytest.mark.parametrize("files", [{}, {"entry": links()}], ids=["no-entry", "empty"])
def test_tx_02_no_services(tmp_path: Path, files: dict[str, str]) -> None:
    found = served(tmp_path, files)
    assert found.listeners == {LISTENER: listener("default", "1.2.3.4", 8443)}
    assert (found.clusters, found.endpoints, found.routes, found.secrets) == ({}, {}, {}, {})


def test_tx_03_subsets(tmp_path: Path) -> None:
    files = {
        "pd": protocol("web"),
        "sub": subsets("web", **VERSIONS),
        "prod": subsets("cache", prod="Service.Meta.Env == prod"),
    }
    found = served(tmp_path, BT | files)
    v1, v2, web, prod = n("web", "v1"), n("web", "v2"), n("web"), n("cache", "prod")
    assert chain(found, v1) == {
        "filterChainMatch": {"serverNames": [v1]},
        "filters": [manager("web", v1, HTTP_DENY_ALL, **XFCC)],
        "transportSocket": mtls(),
    }
    assert chain(found, prod) == tcp_chain("cache", prod)
    names = [n("api"), n("cache"), n("db"), prod, v1, v2, web]
    assert chains(found, LISTENER) == [*(([name], name) for name in names), ([], "")]
    assert found.routes == {name: route(name, autoHostRewrite=True) for name in (v1, v2, web)}
    assert found.clusters[prod] == dns(prod, "cache.mydomain", 8081, "UNHEALTHY")
    assert found.clusters[v1] == eds(v1, transportSocket=file_tls("ca.cert.pem"))
    assert {name: dialed(found, name) for name in found.endpoints} == {
        v1: ["10.10.1.1:8080"],
        v2: ["10.10.1.2:8080"],
        web: ["10.10.1.1:8080", "10.10.1.2:8080"],
    }


def test_tx_04_host_name_subsets(tmp_path: Path) -> None:
    files = {
        "api-http": protocol("api"),
        "cache-http": protocol("cache"),
        "alt": subsets("api", alt="Service.Meta.domain == alt"),
        "prod": subsets("cache", prod="Service.Meta.Env == prod"),
    }
    found = served(tmp_path, BT | files)
    alt, prod = n("api", "alt"), n("cache", "prod")
    assert found.clusters[alt] == dns(alt, "api.altdomain", 8081, transportSocket=API_TLS)
    assert found.clusters[n("api")] == dns(n("api"), "api.altdomain", 8081, transportSocket=API_TLS)
    assert found.clusters[prod] == dns(prod, "cache.mydomain", 8081, "UNHEALTHY")
    assert found.routes[alt] == route(alt, autoHostRewrite=True)
    assert {name: dialed(found, name) for name in found.endpoints} == {
        n("web"): ["10.10.1.1:8080", "10.10.1.2:8080"]
    }


def test_tx_05_sni(tmp_path: Path) -> None:
    found = served(tmp_path, BT | {"entry": links(f'{WEB} SNI = "foo.com"', f'{API} SNI = "bar.com"')})
    assert found.clusters[n("web")] == eds(n("web"), transportSocket=file_tls("ca.cert.pem", sni="foo.com"))
    socket = file_tls("ca.cert.pem", "api.cert.pem", "api.key.pem", "bar.com")
    assert found.clusters[n("api")]["transportSocket"] == socket
    assert sorted(found.clusters) == [n("api"), n("web")]


def test_tx_06_http2_with_subsets(tmp_path: Path) -> None:
    rows = [
        f"web.external{'' if number == 1 else 2}.service:909{number - 1} {meta(version=str(number))}"
        for number in (1, 2)
    ]
    files = {"entry": links(WEB), "web": instances("web", *rows), "pd": protocol("web", "http2")}
    found = served(tmp_path, files | {"sub": subsets("web", **VERSIONS)})
    key = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    http2 = {
        key: {
            "@type": f"type.googleapis.com/{key}",
            "explicitHttpConfig": {"http2ProtocolOptions": {}},
        }
    }
    more = {"transportSocket": file_tls("ca.cert.pem"), "typedExtensionProtocolOptions": http2}
    v1, v2 = n("web", "v1"), n("web", "v2")
    assert found.clusters == {
        v1: dns(v1, "web.external.service", 9090, **more),
        v2: dns(v2, "web.external2.service", 9091, **more),
        n("web"): dns(n("web"), "web.external.service", 9090, **more),
    }


def test_tx_07_default_subset(tmp_path: Path) -> None:
    found = served(tmp_path, BT | {"sub": subsets("web", 'DefaultSubset = "v2"', **VERSIONS)})
    assert {name: dialed(found, name) for name in found.endpoints} == {
        n("web", "v1"): ["10.10.1.1:8080"],
        n("web", "v2"): ["10.10.1.2:8080"],
        n("web"): ["10.10.1.2:8080"],
    }


def test_tx_08_resolver_of_an_unlinked_service(tmp_path: Path) -> None:
    wrong = {"v1": "Service.Meta.Version == 1", "v2": "Service.Meta.Version == 2"}
    files = {
        "pd": protocol("web"),
        "sub": subsets("web", 'DefaultSubset = "v2"', **wrong),
        "other": subsets("notfound", **VERSIONS),
    }
    found = served(tmp_path, BT | files)
    assert {name: body["endpoints"] for name, body in found.endpoints.items()} == {
        name: [{}] for name in (n("web", "v1"), n("web", "v2"), n("web"))
    }
    assert not [name for name in (*found.clusters, *found.routes) if "notfound" in name]


HASHING = """HashPolicies = [
  { Field = "cookie" FieldValue = "chocolate-chip" Terminal = true },
  { Field = "header" FieldValue = "x-user-id" },
  { SourceIP = true Terminal = true }
]"""


@pytest.mark.parametrize("policies", [HASHING, ""], ids=["hashing", "without"])
def test_tx_09_load_balancer_and_request_timeout(tmp_path: Path, policies: str) -> None:
    balancer = f'LoadBalancer {{ Policy = "ring_hash" RingHashConfig {{ MinimumRingSize = 20 MaximumRingSize = 50 }} {policies} }}'
    more = f'DefaultSubset = "v2"\nRequestTimeout = "200ms"\n{balancer}'
    found = served(tmp_path, BT | {"pd": protocol("web"), "sub": subsets("web", more, **VERSIONS)})
    ring = {"maximumRingSize": "50", "minimumRingSize": "20"}
    hashed = [
        {"cookie": {"name": "chocolate-chip"}, "terminal": True},
        {"header": {"headerName": "x-user-id"}},
        {"connectionProperties": {"sourceIp": True}, "terminal": True},
    ]
    action = {"hashPolicy": hashed} if policies else {}
    for name in (n("web", "v1"), n("web", "v2"), n("web")):
        socket = file_tls("ca.cert.pem")
        assert found.clusters[name] == eds(
            name, transportSocket=socket, lbPolicy="RING_HASH", ringHashLbConfig=ring
        )
        assert found.routes[name] == route(name, autoHostRewrite=True, timeout="0.200s", **action)


def test_tx_10_keepalive(tmp_path: Path) -> None:
    prefix = "envoy_gateway_remote_tcp"
    options = f"{prefix}_enable_keepalive = true\n{prefix}_keepalive_time = 133\n{prefix}_keepalive_interval = 27\n{prefix}_keepalive_probes = 5"
    found = served(tmp_path, BT, options)
    plain = served(tmp_path, BT)
    times = {"keepaliveInterval": 27, "keepaliveProbes": 5, "keepaliveTime": 133}
    kept = {"upstreamConnectionOptions": {"tcpKeepalive": times}}
    assert found.clusters == {name: {**body, **kept} for name, body in plain.clusters.items()}


INCOMING = [
    ('TLSMinVersion = "TLSv1_3"', {"tlsMinimumProtocolVersion": "TLSv1_3"}),
    ('TLSMaxVersion = "TLSv1_2"', {"tlsMaximumProtocolVersion": "TLSv1_2"}),
    (
        'CipherSuites = ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"]',
        {"cipherSuites": ["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305"]},
    ),
]


@pytest.mark.parametrize(("setting", "parameters"), INCOMING, ids=["a", "b", "c"])
def test_tx_11_incoming_tls_parameters(tmp_path: Path, setting: str, parameters: dict[str, Any]) -> None:
    text = f'Kind = "mesh"\nTLS {{ Incoming {{ {setting} }} Outgoing {{ TLSMinVersion = "TLSv1_2" }} }}'
    found = served(tmp_path, BT | {"mesh": text})
    assert chain(found, n("web")) == tcp_chain("web", n("web")) | {"transportSocket": mtls(**parameters)}
    plain = served(tmp_path, BT | {"mesh": ""})
    assert found.clusters == plain.clusters  # what lies outside is no part of the mesh's TLS


def test_tx_12_bind_addresses(tmp_path: Path) -> None:
    binds = (
        '"z-duplicate-of-tagged-wan-addr" = { address = "198.18.0.1" port = 443 }\n'
        'foo = { address = "198.17.2.3" port = 8080 }'
    )
    options = f"envoy_gateway_no_default_bind = true\nenvoy_gateway_bind_tagged_addresses = true\nenvoy_gateway_bind_addresses {{ {binds} }}"
    # An agent tags an address of IPv4 by itself: `lan_ipv4` stands beside the two of the example (GO-06).
    found = served(tmp_path, BT, options)
    assert found.listeners["foo:198.17.2.3:8080"] == listener("foo", "198.17.2.3", 8080, *BASE_CHAINS)
    assert found.listeners["wan:198.18.0.1:443"] == listener("wan", "198.18.0.1", 443, *BASE_CHAINS)
    assert list(found.listeners) == ["foo:198.17.2.3:8080", "lan_ipv4:1.2.3.4:8443", "wan:198.18.0.1:443"]


def test_tx_14_peers(tmp_path: Path) -> None:
    consumers = ", ".join(f'{{ Peer = "{peer}" }}' for peer in PEERS)
    sources = ", ".join(f'{{ Name = "source" Peer = "{peer}" Action = "allow" }}' for peer in PEERS)
    files = {
        "exports": entry(
            "exported-services", "default", f'Services = [{{ Name = "web" Consumers = [{consumers}] }}]'
        ),
        "intentions": entry("service-intentions", "web", f"Sources = [{sources}]"),
    }
    peerings = [{"name": name, "trust_domain": domain, "exports": []} for name, domain in PEERS.items()]
    found = served(tmp_path, BT | files, peerings=peerings)
    principals = [
        {
            "authenticated": {
                "principalName": {
                    "safeRegex": {"regex": f"^spiffe://{domain}/ns/default/dc/[^/]+/svc/source$"}
                }
            }
        }
        for domain in PEERS.values()
    ]
    rules = {
        "policies": {"consul-intentions-layer4": {"permissions": [{"any": True}], "principals": principals}}
    }
    config = DENY_ALL["typedConfig"]
    assert isinstance(config, dict)
    rbac = DENY_ALL | {"typedConfig": config | {"rules": rules}}
    domains = [
        {"name": domain, "trustBundle": {"inlineString": root}}
        for domain, root in (
            *((domain, f"<root of {name}>") for name, domain in PEERS.items()),
            ("t.consul", "<root>"),
        )
    ]
    validator = {
        "customValidatorConfig": {
            "name": "envoy.tls.cert_validator.spiffe",
            "typedConfig": {"@type": f"{TLS}.SPIFFECertValidatorConfig", "trustDomains": domains},
        }
    }
    names = [n("web"), *(f"web.default.default.{peer}.external.t.consul" for peer in PEERS)]
    assert chain(found, n("web")) == {
        "filterChainMatch": {"serverNames": names},
        "filters": [rbac, tcp_proxy("upstream.web.default.default.dc1", n("web"))],
        "transportSocket": mtls(validator),
    }
    assert chain(found, n("api")) == tcp_chain("api", n("api"))


DESTINATIONS = {
    "entry": links(
        "external-IP-TCP",
        "external-hostname-TCP",
        "external-IP-HTTP",
        "external-hostname-HTTP",
        'Name = "external-hostname-with-SNI" CAFile = "cert.pem" SNI = "api.test.com"',
    ),
    "a": destination("external-IP-TCP", 80, "192.168.0.1", "192.168.0.2", "192.168.0.3"),
    "b": destination("external-hostname-TCP", 8089, "api.hashicorp.com", "web.hashicorp.com"),
    "c": destination("external-IP-HTTP", 80, "192.168.0.2", speaks="http"),
    "d": destination("external-hostname-HTTP", 80, "httpbin.org", speaks="http"),
    "e": destination("external-hostname-with-SNI", 80, "api.test.com"),
}


def static(name: str, host: str, port: int, **more: Any) -> dict[str, Any]:
    item = {"endpoint": {"address": {"socketAddress": {"address": host, "portValue": port}}}}
    assigned = {"clusterName": name, "endpoints": [{"lbEndpoints": [item]}]}
    return cluster(name, type="STATIC", loadAssignment=assigned, **more)


def test_tx_15_destinations(tmp_path: Path) -> None:
    found = served(tmp_path, DESTINATIONS, own='mode = "transparent"')
    tcp = [d(f"192-168-0-{number}", "external-IP-TCP") for number in (1, 2, 3)]
    ip, httpbin = d("192-168-0-2", "external-IP-HTTP"), d("httpbin-org", "external-hostname-HTTP")
    api, web = (d(f"{name}-hashicorp-com", "external-hostname-TCP") for name in ("api", "web"))
    sni = d("api-test-com", "external-hostname-with-SNI")
    assert found.clusters == {
        **{name: static(name, f"192.168.0.{number}", 80) for number, name in enumerate(tcp, 1)},
        ip: static(ip, "192.168.0.2", 80),
        api: dns(api, "api.hashicorp.com", 8089, ""),
        web: dns(web, "web.hashicorp.com", 8089, ""),
        httpbin: dns(httpbin, "httpbin.org", 80, ""),
        sni: dns(sni, "api.test.com", 80, "", transportSocket=file_tls("cert.pem", sni="api.test.com")),
    }
    assert chain(found, httpbin) == {
        "filterChainMatch": {"serverNames": [httpbin]},
        "filters": [manager("external-hostname-HTTP", httpbin, HTTP_DENY_ALL, **XFCC)],
        "transportSocket": mtls(),
    }
    assert chain(found, tcp[0]) == tcp_chain("external-IP-TCP", tcp[0])
    assert found.routes == {ip: route(ip), httpbin: route(httpbin)}
    assert found.endpoints == {}
    assert len(found.listeners[LISTENER]["filterChains"]) == 9


def test_tx_16_wildcard_and_explicit(tmp_path: Path) -> None:
    """As a cluster built from nothing: `web` comes after the entry, and so has what `*` says (TE-03)."""
    files = {
        "entry": links('Name = "*" CAFile = "/ca.pem" SNI = "wild.example"', "web", "dest-by-name"),
        "web": instances("web", "10.1.1.1:80", "web.host.example:80"),
        "other": instances("other", "10.9.9.1:81"),
        "other-http": protocol("other"),
        "dest": destination("dest", 443, "a.example.com", "::1", "10.2.2.2", speaks="http2"),
        "dest-by-name": destination("dest-by-name", 443, "b.example.com"),
        "resolver": subsets(
            "other",
            'DefaultSubset = "v2"\nConnectTimeout = "7s"\nRequestTimeout = "9s"',
            v1="Service.Meta.v == 1",
            v2="Service.Meta.v == 2",
        ),
    }
    found = served(tmp_path, files, default_intention_policy="allow")
    socket = {"transportSocket": file_tls("/ca.pem", sni="wild.example")}
    v6, v4, host = (d(name, "dest") for name in ("--1", "10-2-2-2", "a-example-com"))
    others = [n("other"), n("other", "v1"), n("other", "v2")]
    by_name = d("b-example-com", "dest-by-name")
    assert found.clusters == {
        v6: static(v6, "::1", 443, **socket),
        v4: static(v4, "10.2.2.2", 443, **socket),
        host: dns(host, "a.example.com", 443, "", **socket),
        by_name: dns(by_name, "b.example.com", 443, ""),
        **{name: eds(name, **socket) | {"connectTimeout": "7s"} for name in others},
        n("web"): dns(n("web"), "web.host.example", 80, **socket),
    }
    assert found.routes == {
        **{name: route(name) for name in (v6, v4, host)},
        **{name: route(name, autoHostRewrite=True, timeout="9s") for name in others},
    }
    rules = chain(found, n("web"))["filters"][0]["typedConfig"]["rules"]
    assert rules == {"action": "DENY"}
    assert chain(found, host)["filters"][0]["typedConfig"]["http2ProtocolOptions"] == {}


def test_tx_17_strict_dns_and_typed_options(tmp_path: Path) -> None:
    options = (
        'envoy_dns_discovery_type = "STRICT_DNS"\nconnect_timeout_ms = "1500"\nxds_fetch_timeout_ms = 2500\n'
        'envoy_gateway_remote_tcp_enable_keepalive = "true"\nenvoy_gateway_remote_tcp_keepalive_probes = 3'
    )
    rows = ("web.host.example:80", f"zweb.host.example:80 {CRITICAL}", "10.1.1.1:80")
    files = {
        "entry": links("web", "ip"),
        "web": instances("web", *rows),
        "ip": instances("ip", "10.1.1.2:80"),
        "http": protocol("ip"),
    }
    found = served(tmp_path, files, options)
    kept = {"upstreamConnectionOptions": {"tcpKeepalive": {"keepaliveProbes": 3}}}
    name, timeout = n("web"), {"connectTimeout": "1.500s"}
    assert found.clusters[name] == dns(name, "web.host.example", 80, type="STRICT_DNS", **kept) | timeout
    source = {"ads": {}, "resourceApiVersion": "V3", "initialFetchTimeout": "2.500s"}
    assert found.clusters[n("ip")]["edsClusterConfig"] == {"edsConfig": source}
    assert chain(found, n("ip"))["filters"][0]["typedConfig"]["rds"]["configSource"] == source


def test_tx_18_host_names_with_a_subset_of_addresses(tmp_path: Path) -> None:
    files = {
        "entry": links('Name = "hw" DisableAutoHostRewrite = true'),
        "hw": instances("hw", f"h1.example:80 {meta(v='1')}", f"10.1.1.1:80 {meta(v='2')}"),
        "http": protocol("hw"),
        "sub": subsets("hw", 'DefaultSubset = "v2"', v1="Service.Meta.v == 1", v2="Service.Meta.v == 2"),
        "mesh": 'Kind = "mesh"\nValidateClusters = true\nHTTP { SanitizeXForwardedClientCert = true }',
    }
    found = served(tmp_path, files)
    names = [n("hw"), n("hw", "v1"), n("hw", "v2")]
    for name in names[:2]:
        assert found.clusters[name] == dns(name, "h1.example", 80)
    assert found.clusters[names[2]] == eds(names[2])
    assert found.endpoints == {}
    assert found.routes == {name: route(name) | {"validateClusters": True} for name in names}
    assert chain(found, names[0])["filters"] == [manager("hw", names[0], HTTP_DENY_ALL)]


def test_tx_19_a_tokens_are_fatal(tmp_path: Path) -> None:
    files = {
        "gw": gateway(),
        "entry": links("web", "other"),
        "web": instances("web", "10.1.1.1:80"),
        "other": instances("other", "10.1.1.2:80"),
        "http": protocol("web"),
        "provider": 'Kind = "jwt-provider"\nName = "okta"\nJSONWebKeySet { Local { JWKS = "e30=" } }',
        "intentions": entry(
            "service-intentions",
            "web",
            'JWT { Providers = [{ Name = "okta" }] }\nSources = [{ Name = "a" Action = "allow" }]',
        ),
    }
    mesh = mesh_of(tmp_path, {f"dc1/{name}.hcl": text for name, text in files.items()})
    instance = proxy(mesh, "terminating-gateway")
    snapshot = snapshot_of(mesh, instance)
    assert snapshot is not None
    (fault,) = resources_of(snapshot).faults
    assert fault.rule == "jwt-behind-terminating-gateway"
    assert fault.note == "provider specified in intention does not exist. Provider name: okta"
    (rendered,) = render_all(mesh, [instance], Target())
    assert rendered.proxy is None
    assert [each.rule for each in rendered.faults] == ["jwt-behind-terminating-gateway"]


def test_tx_19_b_an_option_that_cannot_be_read(tmp_path: Path) -> None:
    slow = subsets("api", 'ConnectTimeout = "7s"', all="Service.Port == 8081")
    found = served(tmp_path, BT | {"slow": slow}, 'envoy_gateway_remote_tcp_keepalive_probes = "x"')
    assert {name: body["connectTimeout"] for name, body in found.clusters.items()} == {
        **{n(name): "0s" for name in ("cache", "db", "web")},
        n("api"): "7s",
        n("api", "all"): "7s",
    }
    assert [fault.rule for fault in found.faults] == ["setting-unreadable"]
