"""The worked examples of envoy-sidecar.md 13: small trees, and the resources that Consul makes of them.

The file beside this one has the resources as the specification abbreviates them.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sidecar_trees import DB, HTTP, TRUST_DOMAIN, Tree, entry, instance, rendered

from meshgw.envoy.sidecar_authorization import HEADER_TO_METADATA

EXAMPLES: dict[str, Any] = json.loads(Path(__file__).with_name("worked_examples.json").read_text())
TYPES: dict[str, str] = EXAMPLES["types"]
ROUTER = {"name": "envoy.filters.http.router", "typedConfig": {"@type": "«Router»"}}
GRPC_STATS = {
    "name": "envoy.filters.http.grpc_stats",
    "typedConfig": {"@type": "«FilterConfig»", "statsForAllMethods": True},
}
GRPC_BRIDGE = {
    "name": "envoy.filters.http.grpc_http1_bridge",
    "typedConfig": {"@type": "«grpc_http1_bridge.Config»"},
}
LEAF = {"certificateChain": {"inlineString": "<leaf cert>"}, "privateKey": {"inlineString": "<leaf key>"}}


DBS = (instance("db", 1, "10.10.1.1"), instance("db", 2, "10.10.1.2"))
FAILS = (instance("fail", 1, "10.20.1.1"), instance("fail", 2, "10.20.1.2"))
EMPTY_RESOLVER = 'ConnectTimeout = "33s"'
RING = """
LoadBalancer {
  Policy = "ring_hash"
  RingHashConfig { MinimumRingSize = 20 MaximumRingSize = 30 }
  HashPolicies = [
    { Field = "cookie", FieldValue = "chocolate-chip", Terminal = true },
    { Field = "cookie", FieldValue = "chocolate-chip", CookieConfig { Session = true } },
    { Field = "header", FieldValue = "x-user-id" },
    { Field = "query_parameter", FieldValue = "my-pretty-param" },
    { SourceIP = true, Terminal = true },
  ]
}
"""


def extension(name: str, arguments: str, more: str = "") -> str:
    return f'EnvoyExtensions = [{{ Name = "builtin/{name}"\n{more}\nArguments = {{ {arguments} }} }}]'


def leg(weight: float, service: str, label: str) -> str:
    headers = f'{{ Set = {{ "x-split-leg" = "{label}" }} }}'
    return (
        f'{{ Weight = {weight}, Service = "{service}", RequestHeaders {headers}, ResponseHeaders {headers} }}'
    )


MERGED = Tree(
    proxy="config { local_request_timeout_ms = 0 max_inbound_connections = 5 xds_fetch_timeout_ms = 1500 }",
    upstreams='destination_name = "api" local_bind_port = 9191 config { connect_timeout_ms = 1000 };'
    'destination_name = "db" datacenter = "dc1" local_bind_port = 9192 config { passive_health_check '
    '{ interval = "3s" max_failures = 4 } limits { max_connections = 3 } };'
    'destination_name = "split" local_bind_socket_path = "/tmp/split.sock" local_bind_socket_mode = "640"',
    entries=(
        entry(
            "proxy-defaults",
            "global",
            'Config { protocol = "HTTP" local_request_timeout_ms = 7000 local_idle_timeout_ms = 100 }',
        ),
        entry(
            "service-defaults",
            "web",
            """
            Protocol = "http"
            LocalConnectTimeoutMs = 1234
            UpstreamConfig {
              Defaults {
                Limits { MaxConnections = 11 MaxPendingRequests = 12 }
                PassiveHealthCheck { Interval = "9s" }
              }
              Overrides = [{ Name = "db" Protocol = "tcp" BalanceOutboundConnections = "exact_balance" }]
            }
            """,
        ),
        entry(
            "service-resolver",
            "api",
            """
            RequestTimeout = "3s"
            LoadBalancer {
              Policy = "maglev"
              HashPolicies = [{ Field = "header" FieldValue = "x-u" }]
            }
            """,
        ),
        entry(
            "service-splitter",
            "split",
            """
            Splits = [
              { Weight = 0.53, Service = "api" },
              { Weight = 4.2, Service = "native" },
              { Weight = 95.27 },
            ]
            """,
        ),
        """
        service {
          name = "api"
          port = 9090
          address = "127.0.0.1"
          connect { sidecar_service {
            port = 20001
            weights { passing = 7 warning = 2 }
            check { name = "down" ttl = "1h" status = "critical" }
          } }
        }
        """,
    ),
)
JWT_PROVIDERS = (
    entry(
        "jwt-provider",
        "okta",
        """
        Issuer = "iss1"
        Audiences = ["a1"]
        Locations = [
          { Header { Name = "X-T" ValuePrefix = "Bearer " Forward = true } },
          { QueryParam { Name = "tok" } },
        ]
        Forwarding { HeaderName = "x-f" PadForwardPayloadHeader = true }
        JSONWebKeySet { Remote {
          URI = "https://okta.example:8443/keys"
          RequestTimeoutMs = 1500
          CacheDuration = "5m"
          FetchAsynchronously = true
          UseSNI = true
          RetryPolicy { NumRetries = 2 }
          JWKSCluster { DiscoveryType = "LOGICAL_DNS" ConnectTimeout = "2500ms" }
        } }
        """,
    ),
    entry(
        "jwt-provider",
        "plain",
        """
        Issuer = "iss2"
        JSONWebKeySet { Remote { URI = "http://plain.example/keys" } }
        """,
    ),
    entry(
        "service-intentions",
        "web",
        """
        JWT { Providers = [
          { Name = "okta", VerifyClaims = [{ Path = ["a", "b"], Value = "c" }] }, { Name = "plain" }
        ] }
        Sources = [
          { Name = "db", Permissions = [
            { Action = "deny", HTTP { PathPrefix = "/x" }, JWT { Providers = [{ Name = "okta" }] } }
          ] },
          { Name = "*", Action = "deny" },
        ]
        """,
    ),
    entry("service-defaults", "web", 'Protocol = "grpc"'),
)

CASES: dict[str, Tree] = {
    "X-30": MERGED,
    "X-31": MERGED,
    "X-34": Tree(entries=JWT_PROVIDERS, default="allow", only=(1, 2)),
    "X-02": Tree(
        proxy='config { protocol = "http" local_connect_timeout_ms = 1234 '
        "local_request_timeout_ms = 2345 local_idle_timeout_ms = 3456 }"
    ),
    "X-03": Tree(
        proxy='config { protocol = "grpc" } expose { paths = [{ path = "/healthz" local_path_port = 8090'
        " listener_port = 21500 }] }"
    ),
    "X-04 limit": Tree(proxy="config { max_inbound_connections = 222 }", only=(0,)),
    "X-04 balance": Tree(proxy='config { balance_inbound_connections = "exact_balance" }', only=(1,)),
    "X-04 socket": Tree(proxy='local_service_socket_path = "/tmp/downstream_proxy.sock"', only=(2,)),
    "X-06": Tree(
        upstreams='destination_name = "db" local_bind_socket_mode = "0640" '
        'local_bind_socket_path = "/tmp/service-mesh/client-1/grpc-employee-server"'
    ),
    "X-07": Tree(
        upstreams=DB,
        entries=(
            entry(
                "service-resolver", "db", f'{EMPTY_RESOLVER}\nFailover = {{ "*" = {{ Service = "fail" }} }}'
            ),
        ),
        others=(*DBS, *FAILS),
    ),
    "X-12": Tree(
        upstreams=f'{DB} mesh_gateway {{ mode = "local" }} '
        'config { protocol = "grpc" connect_timeout_ms = 66000 }',
        entries=(HTTP, entry("service-resolver", "db", f'{EMPTY_RESOLVER}\nRequestTimeout = "33s"')),
        others=DBS,
    ),
    "X-13": Tree(
        upstreams=DB,
        entries=(
            HTTP,
            entry(
                "service-splitter",
                "db",
                'Splits = [{ Weight = 95.5, Service = "something-else" }, { Weight = 4.5 }]',
            ),
            entry("service-resolver", "db", RING),
        ),
    ),
    "X-19 path": Tree(
        sidecar='address = "1.2.3.4"',
        proxy='expose { paths = [{ path = "/grpc.health.v1.Health/Check" local_path_port = 9090'
        ' listener_port = 21501 protocol = "http2" }] }',
        only=(0, 1),
    ),
    "X-20": Tree(
        proxy='config { envoy_telemetry_collector_bind_socket_dir = "/tmp/consul/telemetry-collector" }'
    ),
    "X-21": Tree(
        proxy='mode = "transparent"',
        entries=(
            entry("mesh", "mesh", "AllowEnablingPermissiveMutualTLS = true").replace('Name = "mesh"\n', ""),
            entry("service-defaults", "web", 'MutualTLSMode = "permissive"'),
        ),
    ),
    "X-24 stdout": Tree(
        upstreams=DB, entries=(entry("proxy-defaults", "global", "AccessLogs { Enabled = true }"),), only=(0,)
    ),
    "X-24 file": Tree(
        upstreams=DB,
        entries=(
            (
                'Kind = "proxy-defaults"\nName = "global"\nAccessLogs { Enabled = true Type = "file" '
                'Path = "/tmp/accesslog.txt" JSONFormat = "{ \\"custom_start_time\\": \\"%START_TIME%\\" }" }'
            ),
        ),
        only=(1,),
    ),
    "X-24 stderr": Tree(
        upstreams=DB,
        entries=(
            (
                'Kind = "proxy-defaults"\nName = "global"\nAccessLogs { Enabled = true Type = "stderr" '
                'DisableListenerLogs = true TextFormat = "CUSTOM FORMAT %START_TIME%" }'
            ),
        ),
        only=(2,),
    ),
    "X-25 limits": Tree(
        upstreams=f"{DB} config {{ limits {{ max_connections = 0 max_pending_requests = 0"
        " max_concurrent_requests = 0 } }",
        only=(0,),
    ),
    "X-25 health": Tree(
        upstreams=f'{DB} config {{ passive_health_check {{ interval = "10s" max_failures = 5'
        ' enforcing_consecutive_5xx = 80 max_ejection_percent = 100 base_ejection_time = "10s" } }',
        only=(1,),
    ),
    "X-26 ciphers": Tree(
        upstreams=DB,
        entries=(
            (
                'Kind = "mesh"\nTLS { Outgoing { CipherSuites = ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",'
                ' "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"] } }'
            ),
        ),
        only=(0,),
    ),
    "X-26 fetching": Tree(
        upstreams=DB,
        proxy="config { xds_fetch_timeout_ms = 9999 }",
        entries=(entry("service-resolver", "db", EMPTY_RESOLVER),),
        only=(1,),
    ),
    "X-29 lambda": Tree(
        upstreams=DB,
        entries=(
            entry(
                "service-defaults",
                "db",
                extension(
                    "aws/lambda",
                    'ARN = "arn:aws:lambda:us-east-1:111111111111:function:lambda-1234"\n'
                    "PayloadPassthrough = true",
                )
                + '\nProtocol = "http"',
            ),
        ),
        only=(0, 1),
    ),
}


def test_listeners_of_merged_settings(tmp_path: Path) -> None:  # X-30
    found = rendered(MERGED, tmp_path).listeners
    limit, manager = found["public_listener:0.0.0.0:9999"]["filterChains"][0]["filters"]
    assert limit["typedConfig"]["maxConnections"] == "5"
    (host,) = manager["typedConfig"]["routeConfig"]["virtualHosts"]
    assert host["routes"][0]["route"] == {"cluster": "local_app", "timeout": "7s", "idleTimeout": "0.100s"}
    db = found["db?dc=dc1:127.0.0.1:9192"]
    assert db["connectionBalanceConfig"] == {"exactBalance": {}}
    assert db["filterChains"][0]["filters"][0]["typedConfig"]["cluster"].startswith("96f2c150~db.")
    assert found["split:/tmp/split.sock"]["address"] == {"pipe": {"path": "/tmp/split.sock", "mode": 640}}


def test_tokens_of_a_grpc_service(tmp_path: Path) -> None:  # X-34
    (public,) = rendered(CASES["X-34"], tmp_path).listeners.values()
    filters = public["filterChains"][0]["filters"][0]["typedConfig"]["httpFilters"]
    names = [each["name"].rpartition(".")[2] for each in filters]
    assert names == ["grpc_stats", "grpc_http1_bridge", "jwt_authn", "rbac", "router"]
    assert filters[2]["typedConfig"]["providers"] == EXAMPLES["X-34"][0]
    rules = filters[3]["typedConfig"]["rules"]
    assert rules["action"] == "DENY"
    tokens = {
        "orIds": {"ids": [{"andIds": {"ids": [payload("okta", "iss1"), claim()]}}, payload("plain", "iss2")]}
    }
    others = {"andIds": {"ids": [caller("[^/]+"), {"notId": caller("db")}]}}
    assert rules["policies"] == {
        "consul-intentions-layer4": {
            "principals": [{"andIds": {"ids": [others, tokens]}}],
            "permissions": [{"any": True}],
        },
        "consul-intentions-layer7-0": {
            "principals": [{"andIds": {"ids": [caller("db"), tokens]}}],
            "permissions": [
                {
                    "andRules": {
                        "rules": [
                            {"urlPath": {"path": {"prefix": "/x"}}},
                            {"andRules": {"rules": [payload("okta", "iss1"), {"any": True}]}},
                        ]
                    }
                }
            ],
        },
    }


def payload(provider: str, value: str, *path: str) -> dict[str, Any]:
    keys = [{"key": f"jwt_payload_{provider}"}, *({"key": key} for key in path or ("iss",))]
    matched = {"stringMatch": {"exact": value}}
    return {"metadata": {"filter": "envoy.filters.http.jwt_authn", "path": keys, "value": matched}}


def claim() -> dict[str, Any]:
    return payload("okta", "c", "a", "b")


def caller(name: str) -> dict[str, Any]:
    regex = f"^spiffe://{TRUST_DOMAIN}/ns/default/dc/[^/]+/svc/{name}$"
    return {"authenticated": {"principalName": {"safeRegex": {"regex": regex}}}}


@pytest.mark.parametrize("name", CASES)
def test_example(name: str, tmp_path: Path) -> None:
    case = CASES[name]
    lines = EXAMPLES[name.partition(" ")[0]]
    found = rendered(case, tmp_path)
    assert not [fault for fault in found.faults if fault.severity.word == "error"]
    for index in case.only or range(len(lines)):
        expected = expanded(json.loads(re.sub(r"\bTD\b", TRUST_DOMAIN, json.dumps(lines[index]))))
        kind, key = address_of(expected)
        assert dict(found.of_type(kind))[key] == expected


def address_of(body: dict[str, Any]) -> Any:
    if "clusterName" in body:
        return "endpoints", body["clusterName"]
    if "virtualHosts" in body:
        return "routes", body["name"]
    return "listeners" if "filterChains" in body or "filterChain" in body else "clusters", body["name"]


def expanded(value: Any) -> Any:
    """The abbreviations of the specification written out."""
    if isinstance(value, list):
        return [expanded(each) for each in value]
    if isinstance(value, dict):
        return {key: _type(each) if key == "@type" else expanded(each) for key, each in value.items()}
    return _text(value) if isinstance(value, str) and value.startswith("«") else value


def _type(text: str) -> str:
    return f"type.googleapis.com/{TYPES[text[1:-1]]}" if text.startswith("«") else text


def _text(text: str) -> Any:
    inner = text[1:-1]
    word, _, rest = inner.partition(" ")
    match word:
        case "EDS":
            return {"edsConfig": {"ads": {}, "resourceApiVersion": "V3"}}
        case "router":
            return expanded(ROUTER)
        case "grpc_stats":
            return expanded(GRPC_STATS)
        case "grpc_http1_bridge":
            return expanded(GRPC_BRIDGE)
        case "header_to_metadata,":
            return HEADER_TO_METADATA
        case "default":
            return _default_format()
        case "UP":
            return _upstream_socket(rest)
        case "DOWN":
            return _downstream_socket(rest)
    host, _, port = inner.rpartition(":")
    return {"socketAddress": {"address": host, "portValue": int(port)}}


@cache
def _default_format() -> dict[str, str]:
    from meshgw.envoy.access_logs import DEFAULT_FORMAT

    assert len(DEFAULT_FORMAT) == 24
    return DEFAULT_FORMAT


def _upstream_socket(text: str) -> dict[str, Any]:
    found = re.fullmatch(r"sni=(\S*) sans=\[(.*?)\](?: params=(.*))?", text)
    assert found is not None
    sni, sans, params = found.groups()
    matchers = [{"sanType": "URI", "matcher": {"exact": san}} for san in sans.split(", ")]
    context = {
        "tlsParams": json.loads(params) if params else {},
        "tlsCertificates": [LEAF],
        "validationContext": {"trustedCa": {"inlineString": "<root>"}, "matchTypedSubjectAltNames": matchers},
    }
    config = {"@type": _type("«UpstreamTlsContext»"), "commonTlsContext": context, "sni": sni}
    return {"name": "tls", "typedConfig": config}


def _downstream_socket(text: str) -> dict[str, Any]:
    context: dict[str, Any] = {
        "tlsParams": {},
        "tlsCertificates": [LEAF],
        "validationContext": {"trustedCa": {"inlineString": "<root>"}},
    }
    if text:
        context["alpnProtocols"] = text.removeprefix("alpn=").split(",")
    config = {
        "@type": _type("«DownstreamTlsContext»"),
        "commonTlsContext": context,
        "requireClientCertificate": True,
    }
    return {"name": "tls", "typedConfig": config}
