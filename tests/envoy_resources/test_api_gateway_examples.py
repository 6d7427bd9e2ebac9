# ruff: noqa: E501  # the examples are those of the specification, line by line
"""The worked examples of envoy-other-gateways.md 8.3, and the rules of its section 5."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from gateway_examples import T, chains, cluster, domains, http_chain, name_of, opened, rules
from harness.ca import self_signed
from shorthand import short
from sidecar_trees import HTTP, entry, instance
from trees import dialed, mesh_of, proxy

from meshgw.commands.rendering import Target, folder_names, identity_of, render_proxy
from meshgw.envoy.proxies import resources_of
from meshgw.envoy.resources import Resources
from meshgw.loading.load import load_tree
from meshgw.loading.options import LoadOptions
from meshgw.mesh.build import build_mesh
from meshgw.snapshot.proxies import snapshot_of

OWN = 'service { name = "api-gateway" kind = "api-gateway" address = "1.2.3.4" port = 9999 }\n'
PARENT = 'Parents = [{ Kind = "api-gateway" Name = "api-gateway" }]'
EVERY_PATH = {"prefix": "/"}


def listener(name: str = "listener", port: int = 8080, protocol: str = "http", more: str = "") -> str:
    return f'{{ Name = "{name}", Port = {port}, Protocol = "{protocol}" {more} }}'


def gateway(*listeners: str) -> str:
    return entry("api-gateway", "api-gateway", f"Listeners = [{', '.join(listeners)}]")


def tcp_route(name: str, service: str, parents: str = PARENT) -> str:
    return entry("tcp-route", name, f'Services = [{{ Name = "{service}" }}]\n{parents}')


def http_route(name: str, *rules: str, hosts: str = "", parents: str = PARENT) -> str:
    names = f"Hostnames = [{hosts}]" if hosts else ""
    return entry("http-route", name, f"{names}\nRules = [{', '.join(rules)}]\n{parents}")


def to(*services: str, path: str = "", match: str = "prefix", more: str = "") -> str:
    """A rule; `services` are names or blocks."""
    listed = ", ".join(f"{{ {each} }}" if "=" in each else f'{{ Name = "{each}" }}' for each in services)
    matched = f'Matches = [{{ Path {{ Match = "{match}" Value = "{path}" }} }}]' if path else ""
    return f"{{ {matched}\n {more}\n Services = [{listed}] }}"


def section(name: str) -> str:
    return PARENT.replace(" }]", f' SectionName = "{name}" }}]')


def inline(name: str, *names: Any, **more: Any) -> str:
    chain, key = self_signed(*names, **more)
    return json.dumps({"Kind": "inline-certificate", "Name": name, "Certificate": chain, "PrivateKey": key})


def tls(*certificates: str, more: str = "") -> str:
    """TLS of a listener; certificates are `KIND NAME`, inline ones by their names alone."""
    kinds = [each.split() if " " in each else ["inline-certificate", each] for each in certificates]
    listed = ", ".join(f'{{ Kind = "{kind}" Name = "{name}" }}' for kind, name in kinds)
    return f"TLS {{ Certificates = [{listed}] {more} }}"


@pytest.fixture
def served(tmp_path: Path):
    """What an API gateway is served; `texts` are entries and registrations."""

    def serve(*texts: str, options: str = "", faults: tuple[str, ...] = (), **said: Any) -> Resources:
        own = OWN.replace(" }\n", f" proxy {{ config {{ {options} }} }} }}\n") if options else OWN
        files = {"dc1/gateway.hcl": own}
        for number, text in enumerate(texts):
            files[f"dc1/{number:02}.{'json' if text.startswith('{') else 'hcl'}"] = text
        mesh = mesh_of(tmp_path, files, **said)
        snapshot = snapshot_of(mesh, proxy(mesh, "api-gateway"))
        assert snapshot is not None
        assert tuple(fault.message for fault in snapshot.faults) == faults
        return resources_of(snapshot)

    return serve


def unjudged(folder: Path, *texts: str) -> Resources:
    """What an API gateway would be served although Consul refuses some of the texts."""
    for number, text in enumerate((OWN, *texts)):
        (folder / f"{number}.{'json' if text.startswith('{') else 'hcl'}").write_text(text)
    project = {"edition": "community", "trust_domain": T}
    mesh = build_mesh(load_tree((str(folder),), LoadOptions(project=project)))
    snapshot = snapshot_of(mesh, proxy(mesh, "api-gateway"))
    assert snapshot is not None
    return resources_of(snapshot)


def hosts(found: Resources, port: int = 8080) -> dict[str, Any]:
    return {host["name"]: host["routes"] for host in found.routes[str(port)]["virtualHosts"]}


def tcp_chain(service: str, prefix: str = "", **more: Any) -> dict[str, Any]:
    prefix = prefix or f"upstream.{service}.default.default.dc1"
    return {"filters": [{"<TCP proxy>": {"statPrefix": prefix, "cluster": name_of(service)}}]} | more


@pytest.mark.parametrize(
    "texts",
    [(), (gateway(listener(protocol="tcp")),), (gateway(listener()),)],
    ids=["no entry", "tcp", "http"],
)
def test_ax_01_nothing_to_do(served, texts: tuple[str, ...]) -> None:
    found = served(*texts)
    assert [found.listeners, found.clusters, found.endpoints, found.routes, found.secrets] == [{}] * 5


def test_ax_01_no_listeners(tmp_path: Path) -> None:
    found = unjudged(tmp_path, gateway(), http_route("r", to("s")))
    assert [found.listeners, found.clusters, found.endpoints, found.routes, found.secrets] == [{}] * 5


def test_ax_02_tcp_route(served) -> None:
    found = served(gateway(listener(protocol="tcp")), tcp_route("r", "tcp-service"))
    name = "tcp-service:1.2.3.4:8080"
    assert short(found.listeners) == {name: opened(name, "1.2.3.4:8080", tcp_chain("tcp-service"))}
    assert short(found.clusters) == {name_of("tcp-service"): cluster("tcp-service")}
    assert found.routes == {}


def test_ax_03_http_route(served) -> None:
    found = served(HTTP, gateway(listener()), http_route("r", to("http-service")))
    name = "http:1.2.3.4:8080"
    assert short(found.listeners) == {name: opened(name, "1.2.3.4:8080", http_chain("8080"))}
    assert found.routes == {
        "8080": {
            "name": "8080",
            "virtualHosts": [
                {
                    "name": "api-gateway-listener-9b9265b",
                    "domains": ["*", "*:8080"],
                    "routes": [{"match": EVERY_PATH, "route": {"cluster": name_of("http-service")}}],
                }
            ],
        }
    }
    assert short(found.clusters) == {name_of("http-service"): cluster("http-service")}


def test_ax_04_both(served) -> None:
    found = served(
        entry("service-defaults", "http-service", 'Protocol = "http"'),
        gateway(listener("listener-tcp", 8080, "tcp"), listener("listener-http", 8081)),
        tcp_route("t", "tcp-service"),
        http_route("h", to("http-service")),
    )
    assert short(found.listeners) == {
        "http:1.2.3.4:8081": opened("http:1.2.3.4:8081", "1.2.3.4:8081", http_chain("8081")),
        "tcp-service:1.2.3.4:8080": opened(
            "tcp-service:1.2.3.4:8080", "1.2.3.4:8080", tcp_chain("tcp-service")
        ),
    }
    assert domains(found, "8081") == {"api-gateway-listener-http-9b9265b": ["*", "*:8081"]}
    assert sorted(found.clusters) == [name_of("http-service"), name_of("tcp-service")]


VERSIONS = 'MinVersion = "TLSv1_2" MaxVersion = "TLSv1_3" CipherSuites = ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"]'
PARAMETERS = {
    "cipherSuites": ["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-CHACHA20-POLY1305"],
    "tlsMaximumProtocolVersion": "TLSv1_3",
    "tlsMinimumProtocolVersion": "TLSv1_2",
}
FILTERS = """Filters {
  Headers = [{ Add { X-Header-Add = "added" } Set { X-Header-Set = "set" } Remove = ["X-Header-Remove"] }]
  RetryFilter { NumRetries = 3 RetryOn = ["cancelled"] RetryOnStatusCodes = [500] RetryOnConnectFailure = true }
  TimeoutFilter { RequestTimeout = "30s" IdleTimeout = "30s" }
}"""
INSPECTED = {"listenerFilters": ["<TLS inspector>"]}


def test_ax_05_filters_inline_certificate_and_parameters(served) -> None:
    found = served(
        HTTP,
        gateway(listener(more=tls("certificate", more=VERSIONS))),
        inline("certificate", "a.example.com"),
        http_route("r", to("service", more=FILTERS)),
        instance("service", 1, "10.10.1.1"),
        instance("service", 2, "10.10.1.2"),
    )
    socket = {"<inline TLS>": {"tlsParams": PARAMETERS, "alpnProtocols": ["http/1.1"]}}
    chain = http_chain("8080", socket=socket, statPrefix="ingress_upstream_certificate")
    name = "http:1.2.3.4:8080"
    assert short(found.listeners) == {name: opened(name, "1.2.3.4:8080", chain, **INSPECTED)}
    route = {
        "match": EVERY_PATH,
        "route": {
            "cluster": name_of("service"),
            "idleTimeout": "30s",
            "retryPolicy": {
                "numRetries": 3,
                "retriableStatusCodes": [500],
                "retryOn": "cancelled,connect-failure,retriable-status-codes",
            },
            "timeout": "30s",
        },
        "requestHeadersToAdd": [
            {"header": {"key": "X-Header-Add", "value": "added"}},
            {
                "appendAction": "OVERWRITE_IF_EXISTS_OR_ADD",
                "header": {"key": "X-Header-Set", "value": "set"},
            },
        ],
        "requestHeadersToRemove": ["X-Header-Remove"],
    }
    assert hosts(found) == {"api-gateway-listener-9b9265b": [route]}
    assert short(found.clusters) == {name_of("service"): cluster("service")}
    assert short(found.endpoints) == {
        name_of("service"): {
            "clusterName": name_of("service"),
            "endpoints": [{"lbEndpoints": ["10.10.1.1:8080 HEALTHY 1", "10.10.1.2:8080 HEALTHY 1"]}],
        }
    }
    assert found.secrets == {}


def test_ax_06_one_timeout(served) -> None:
    idle = 'Filters { TimeoutFilter { IdleTimeout = "30s" } }'
    found = served(HTTP, gateway(listener()), http_route("r", to("service", more=idle)))
    ((route,),) = hosts(found).values()
    assert route["route"] == {"cluster": name_of("service"), "idleTimeout": "30s"}


def test_ax_07_a_certificate_alone(served) -> None:
    found = served(
        HTTP,
        gateway(listener(more=tls("certificate"))),
        inline("certificate", "a.com"),
        http_route("r", to("service")),
    )
    socket = {"<inline TLS>": {"tlsParams": {}, "alpnProtocols": ["http/1.1"]}}
    assert chains(found, "http:1.2.3.4:8080") == [
        http_chain("8080", socket=socket, statPrefix="ingress_upstream_certificate")
    ]


def test_ax_08_tcp_with_certificate(served) -> None:
    found = served(
        gateway(listener(protocol="tcp", more=tls("certificate"))),
        inline("certificate", "a.com"),
        tcp_route("r", "service"),
    )
    chain = tcp_chain(
        "service", "ingress_upstream_certificate", transportSocket={"<inline TLS>": {"tlsParams": {}}}
    )
    name = "service:1.2.3.4:8080"
    assert short(found.listeners) == {name: opened(name, "1.2.3.4:8080", chain, **INSPECTED)}


@pytest.mark.parametrize(("more", "parameters"), [(VERSIONS, PARAMETERS), ("", {})])
def test_ax_09_two_certificates(more: str, parameters: dict[str, Any], tmp_path: Path) -> None:
    found = unjudged(  # Consul refuses a certificate without a common name (IC-08)
        tmp_path,
        gateway(listener(protocol="tcp", more=tls("certificate", "certificate-too", more=more))),
        inline("certificate", "", dns_names=[], addresses=[]),
        inline("certificate-too", "secondcert.com"),
        tcp_route("r", "service"),
    )
    first = {"<inline TLS>": {"tlsParams": parameters}}
    last = {"<built-in TLS>": {"tlsParams": parameters}}
    assert chains(found, "service:1.2.3.4:8080") == [
        tcp_chain(
            "service",
            "ingress_upstream_certificate",
            filterChainMatch={"serverNames": [""]},
            transportSocket=first,
        ),
        tcp_chain("service", "ingress_upstream_default", transportSocket=last),
    ]


def test_ax_10_several_hostnames(served) -> None:
    found = served(
        HTTP,
        gateway(listener("http", more='Hostname = "*.example.com"')),
        http_route("backend-route", to("backend"), hosts='"backend.example.com"'),
        http_route("frontend-route", to("frontend"), hosts='"frontend.example.com"'),
        http_route("generic-route", to("frontend", path="/frontend"), to("backend", path="/backend")),
    )

    def leads(path: str, service: str) -> dict[str, Any]:
        return {"match": {"prefix": path}, "route": {"cluster": name_of(service)}}

    assert found.routes["8080"]["virtualHosts"] == [
        {
            "name": "api-gateway-http-54620b06",
            "domains": ["frontend.example.com", "frontend.example.com:8080"],
            "routes": [leads("/", "frontend")],
        },
        {
            "name": "api-gateway-http-5a84e719",
            "domains": ["backend.example.com", "backend.example.com:8080"],
            "routes": [leads("/", "backend")],
        },
        {
            "name": "api-gateway-http-aa289ce2",
            "domains": ["*.example.com", "*.example.com:8080"],
            "routes": [leads("/frontend", "frontend"), leads("/backend", "backend")],
        },
    ]


AX_11 = """Kind = "http-route"
Name = "r1"
Hostnames = ["b.x.com", "a.x.com", "other.com"]
Rules = [
  {
    Matches = [
      {
        Path { Match = "prefix" Value = "/p" }
        Method = "get"
        Headers = [{ Match = "exact" Name = "h" Value = "v" }, { Match = "present" Name = "q" }]
        Query = [{ Match = "exact" Name = "k" Value = "v" }]
      },
      { Path { Match = "exact" Value = "/longer" } },
    ]
    Filters {
      URLRewrite { Path = "/rw" }
      TimeoutFilter { RequestTimeout = "-1s" IdleTimeout = "5s" }
      Headers = [
        { Add { a = "1" } Set { s = "1" } Remove = ["r1"] },
        { Add { a = "2" b = "1" } Remove = ["r2"] },
      ]
    }
    ResponseFilters { Headers = [{ Add { ra = "1" } }] }
    Services = [
      {
        Name = "a1"
        Filters {
          URLRewrite { Path = "/svc" }
          Headers = [{ Set { s = "svc" } Remove = ["r3"] }]
          RetryFilter { NumRetries = 7 }
        }
      },
    ]
  },
  {
    Filters { RetryFilter { NumRetries = 2 RetryOnConnectFailure = true } }
    Services = [
      {
        Name = "a1"
        Weight = 1
        Filters { Headers = [{ Add { split = "1" } }] }
        ResponseFilters { Headers = [{ Add { lost = "1" } }] }
      },
      { Name = "a2", Weight = 2 },
      { Name = "a2", Weight = 3 },
    ]
  },
]
Parents = [{ Name = "agw" }]
"""


def agw(text: str) -> str:
    """An example's gateway and registration under the name that the example gives."""
    return text.replace("api-gateway", "agw").replace('Kind = "agw"', 'Kind = "api-gateway"')


def named(tmp_path: Path, *texts: str) -> Resources:
    files = {"dc1/gateway.hcl": agw(OWN).replace('kind = "agw"', 'kind = "api-gateway"')}
    files |= {f"dc1/{number}.hcl": text for number, text in enumerate(texts)}
    mesh = mesh_of(tmp_path, files)
    snapshot = snapshot_of(mesh, proxy(mesh, "agw"))
    assert snapshot is not None
    assert snapshot.faults == ()
    return resources_of(snapshot)


def test_ax_11_rule_order_filters_and_splits(tmp_path: Path) -> None:
    entered = agw(gateway(listener("h1", 29501, more='Hostname = "*.x.com"')))
    found = named(tmp_path, HTTP, entered, AX_11)
    changed = {
        "route": {
            "cluster": name_of("a1"),
            "prefixRewrite": "/svc",
            "timeout": "0s",
            "idleTimeout": "5s",
        },
        "requestHeadersToAdd": [
            {"header": {"key": "a", "value": "2"}},
            {"header": {"key": "b", "value": "1"}},
            {"header": {"key": "s", "value": "svc"}, "appendAction": "OVERWRITE_IF_EXISTS_OR_ADD"},
        ],
        "responseHeadersToAdd": [{"header": {"key": "ra", "value": "1"}}],
        "requestHeadersToRemove": ["r1", "r2", "r3"],
    }
    match = {
        "prefix": "/p",
        "headers": [
            {"name": "h", "stringMatch": {"exact": "v"}},
            {"name": "q", "presentMatch": True},
            {"name": ":method", "stringMatch": {"safeRegex": {"regex": "GET"}}},
        ],
        "queryParameters": [{"name": "k", "stringMatch": {"exact": "v"}}],
    }
    legs = [
        {
            "name": name_of("a1"),
            "weight": 1666,
            "requestHeadersToAdd": [{"header": {"key": "split", "value": "1"}}],
        },
        {"name": name_of("a2"), "weight": 3333},
        {"name": name_of("a2"), "weight": 5000},
    ]
    split = {
        "weightedClusters": {"clusters": legs},
        "retryPolicy": {"retryOn": "connect-failure", "numRetries": 2},
    }
    expected = [
        {"match": {"path": "/longer"}, **changed},
        {"match": match, **changed},
        {"match": EVERY_PATH, "route": split},
    ]
    made = hosts(found, 29501)
    assert domains(found, "29501")["agw-h1-9fb3909e"] == ["a.x.com", "a.x.com:29501"]
    assert made["agw-h1-9fb3909e"] == expected
    assert list(made.values()) == [expected, expected]  # b.x.com too, and other.com not


A3 = (
    entry(
        "service-splitter",
        "a3",
        'Splits = [{ Weight = 90 ServiceSubset = "v1" }, { Weight = 10 ServiceSubset = "v2" }]',
    ),
    entry(
        "service-resolver",
        "a3",
        'Subsets { v1 { Filter = "Service.Meta.v == 1" } v2 { Filter = "Service.Meta.v == 2" } }',
    ),
    entry(
        "service-router",
        "a2",
        'Routes = [{ Match { HTTP { PathPrefix = "/x" } } Destination { Service = "a1" } }]',
    ),
)


def test_ax_12_splitter_retries_and_shadowing(tmp_path: Path) -> None:
    again = 'Filters { RetryFilter { RetryOn = ["5xx", "connect-failure"] RetryOnConnectFailure = true RetryOnStatusCodes = [500, 503] } }'
    own = 'Name = "a3" Filters { URLRewrite { Path = "/" } Headers = [{ Set { z = "z" } }] }'
    found = named(
        tmp_path,
        HTTP,
        *A3,
        agw(gateway(listener("h2", 29503))),
        agw(
            http_route(
                "r2",
                to("a3", path="/a3"),
                to(own, path="/a3b", more=again),
                to("a1", "a2", path="/zero"),
                to("a2", path="/re.*", match="regex"),
            )
        ),
    )
    split = {
        "clusters": [
            {"name": name_of("a3", "v1."), "weight": 9000},
            {"name": name_of("a3", "v2."), "weight": 1000},
        ]
    }
    even = [{"name": name_of("a1"), "weight": 5000}, {"name": name_of("a2"), "weight": 5000}]
    policy = {"retryOn": "5xx,connect-failure,retriable-status-codes", "retriableStatusCodes": [500, 503]}
    header = {"header": {"key": "z", "value": "z"}, "appendAction": "OVERWRITE_IF_EXISTS_OR_ADD"}
    assert hosts(found, 29503) == {
        "agw-h2-9b9265b": [
            {"match": {"prefix": "/zero"}, "route": {"weightedClusters": {"clusters": even}}},
            {"match": {"safeRegex": {"regex": "/re.*"}}, "route": {"cluster": name_of("a2")}},
            {
                "match": {"prefix": "/a3b"},
                "route": {"weightedClusters": split, "prefixRewrite": "/", "retryPolicy": policy},
                "requestHeadersToAdd": [header],
            },
            {"match": {"prefix": "/a3"}, "route": {"weightedClusters": split}},
        ]
    }
    assert sorted(found.clusters) == [
        name_of("a1"),
        name_of("a2"),
        name_of("a3", "v1."),
        name_of("a3", "v2."),
    ]


FILES = """Kind = "file-system-certificate"
Name = "fc1"
Certificate = "/etc/ssl/fc1.pem"
PrivateKey = "/etc/ssl/fc1.key"
"""
TWO = "two.example.com", ["two2.example.com"], ["10.0.0.1"]


def test_ax_13_certificates(served) -> None:
    found = served(
        HTTP,
        gateway(
            listener("h2", 29503, more=tls("ic1", "ic2")),
            listener("h3", 29504, more=tls("file-system-certificate fc1", more='MinVersion = "TLSv1_2"')),
            listener("h4", 29505, more='TLS { MinVersion = "TLSv1_3" }'),
        ),
        inline("ic1", "one.example.com"),
        inline("ic2", *TWO),
        FILES,
        http_route("r", to("a1")),
    )

    def chain(kind: str, port: int, name: str, names: list[str] | None = None, **context: Any):
        socket = {kind: {"tlsParams": {}, "alpnProtocols": ["http/1.1"]} | context}
        return http_chain(str(port), names, socket, statPrefix=f"ingress_upstream_{name}")

    assert chains(found, "http:1.2.3.4:29503") == [
        chain("<inline TLS>", 29503, "ic2", ["two.example.com", "two2.example.com", "10.0.0.1"]),
        chain("<built-in TLS>", 29503, "default"),
    ]
    assert chains(found, "http:1.2.3.4:29504") == [
        chain("<SDS TLS>", 29504, "fc1", secret="fc1", tlsParams={"tlsMinimumProtocolVersion": "TLSv1_2"})
    ]
    assert chains(found, "http:1.2.3.4:29505") == [
        chain("<built-in TLS>", 29505, "29505", tlsParams={"tlsMinimumProtocolVersion": "TLSv1_3"})
    ]
    inspected = {name: "listenerFilters" in body for name, body in found.listeners.items()}
    assert inspected == {
        "http:1.2.3.4:29503": True,
        "http:1.2.3.4:29504": True,
        "http:1.2.3.4:29505": False,
    }
    assert found.secrets == {
        "fc1": {
            "name": "fc1",
            "tlsCertificate": {
                "certificateChain": {"filename": "/etc/ssl/fc1.pem"},
                "privateKey": {"filename": "/etc/ssl/fc1.key"},
            },
        }
    }


def test_ax_15_two_listeners_on_one_port(served) -> None:  # AE-21, AE-30
    shared = 'Hostname = "*.x.com"'
    found = served(
        HTTP,
        gateway(listener("h1", 29501, more=shared), listener("h5", 29501, more=shared)),
        http_route("first", to("a1"), hosts='"a.x.com"', parents=section("h1")),
        http_route("both", to("a2"), hosts='"b.x.com"'),
    )
    assert list(found.listeners) == ["http:1.2.3.4:29501"]
    assert list(domains(found, "29501").values()) == [["b.x.com", "b.x.com:29501"]]
    assert next(iter(domains(found, "29501"))).startswith("api-gateway-h5-")
    assert found.collisions == (("routes", "29501"),)
    assert sorted(found.clusters) == [name_of("a1"), name_of("a2")]


def test_ax_16_a_rule_without_services(served) -> None:  # AE-14
    route = http_route("r", to("a1"), to(path="/none"))
    found = served(
        HTTP,
        gateway(listener("h4")),
        route,
        faults=("a rule of http-route `r` has no services, so no chain can be made for the host `*`",),
    )
    assert found.routes == {}


def test_ax_16_a_split_service_among_several(served) -> None:  # AE-15
    served(
        HTTP,
        *A3,
        gateway(listener()),
        http_route("r", to("a3", "a1")),
        faults=(
            (
                "a rule for `*` divides requests among services one of which divides them again: "
                "unexpected splitter destination node type: splitter"
            ),
        ),
    )


def test_ax_16_a_certificate_in_files_beside_another(served) -> None:  # AE-33
    found = served(
        HTTP,
        gateway(listener(more=tls("ic2", "file-system-certificate fc1"))),
        inline("ic2", *TWO),
        FILES,
        http_route("r", to("a1")),
    )
    matches = [
        (next(iter(chain["transportSocket"])), chain.get("filterChainMatch"))
        for chain in chains(found, "http:1.2.3.4:8080")
    ]
    names = {"serverNames": ["two.example.com", "two2.example.com", "10.0.0.1"]}
    assert matches == [("<inline TLS>", names), ("<SDS TLS>", None), ("<built-in TLS>", None)]


def test_ax_17_shadowing_and_an_empty_rewrite(served) -> None:  # AE-20
    rewritten = 'Filters { URLRewrite { Path = "/rw" } }'
    found = served(
        HTTP,
        gateway(listener()),
        http_route(
            "r",
            to('Name = "a1" Filters { URLRewrite { Path = "" } }', more=rewritten),
            to("a1", path="/ab", match="exact", more=rewritten),
            to("a1", path="/abc"),
        ),
    )
    ((*routes,),) = hosts(found).values()
    assert [(route["match"], route["route"].get("prefixRewrite")) for route in routes] == [
        ({"prefix": "/abc"}, None),
        ({"path": "/ab"}, "/rw"),
        ({"prefix": "/"}, None),
    ]


def test_a_host_that_two_certificates_have_is_nobodys(served) -> None:  # AE-31
    found = served(
        HTTP,
        gateway(listener(more=tls("a", "b"))),
        inline("a", "a.com", ["shared.com"]),
        inline("b", "b.com", ["shared.com", "own.com"]),
        http_route("r", to("a1")),
    )
    names = [
        chain.get("filterChainMatch", {}).get("serverNames") for chain in chains(found, "http:1.2.3.4:8080")
    ]
    assert names == [["a.com"], ["b.com", "own.com"], None]


def test_tls_parameters_leak_to_listeners_after(served) -> None:  # AE-36
    found = served(
        HTTP,
        gateway(
            listener("b", 8081, more=tls("c", more='MinVersion = "TLSv1_3"')),
            listener("a", 8080, more=tls("c", more='MinVersion = "TLSv1_2"')),
            listener("d", 8083, more='TLS { MaxVersion = "TLSv1_2" }'),
            listener("e", 8084, more=tls("c", more='MaxVersion = "TLSv1_3"')),
        ),
        inline("c", "a.com"),
        http_route("r", to("a1")),
    )

    def parameters(port: int) -> dict[str, Any]:
        (chain,) = chains(found, f"http:1.2.3.4:{port}")
        (context,) = chain["transportSocket"].values()
        return context["tlsParams"]

    lowest = {"tlsMinimumProtocolVersion": "TLSv1_2"}
    assert [parameters(port) for port in (8080, 8081, 8083, 8084)] == [
        lowest,
        lowest,
        {"tlsMaximumProtocolVersion": "TLSv1_2"},
        lowest | {"tlsMaximumProtocolVersion": "TLSv1_3"},
    ]


def test_a_key_in_the_text_of_the_certificate_is_not_served(served) -> None:
    chain, key = self_signed("a.com")
    pasted = {"Kind": "inline-certificate", "Name": "c", "Certificate": chain + key, "PrivateKey": key}
    found = served(HTTP, gateway(listener(more=tls("c"))), json.dumps(pasted), http_route("r", to("a1")))
    text = json.dumps(dict(found.listeners))
    assert json.dumps(chain)[1:-1] in text
    assert "PRIVATE KEY" not in text


@pytest.mark.parametrize("target", ["xds", "static", "files"])
def test_private_keys_are_nowhere_in_any_target(target: str, tmp_path: Path) -> None:
    chain, key = self_signed("a.com")
    text = json.dumps({"Kind": "inline-certificate", "Name": "c", "Certificate": chain, "PrivateKey": key})
    entries = (HTTP, gateway(listener(more=tls("c"))), http_route("r", to("a1")))
    files = {f"dc1/{number}.hcl": each for number, each in enumerate((OWN, *entries))}
    mesh = mesh_of(tmp_path, files | {"dc1/c.json": text})
    gateway_ = proxy(mesh, "api-gateway")
    rendered = render_proxy(mesh, gateway_, Target(name=target), folder_names(mesh)[identity_of(gateway_)])
    assert rendered.proxy is not None
    written = json.dumps(dict(rendered.proxy.files))
    assert key.splitlines()[1] not in written
    assert ("<private key>" in written) == (target == "xds")
    file = "inline/dc1/default/default/c.key"
    assert (f'"filename": "certs/{file}"' in written) == (target != "xds")
    listed = [(found.path, found.kind, found.spiffe_ids) for found in rendered.proxy.certificates]
    assert ((file, "key", ()) in listed) == (target != "xds")


def test_secrets_of_listeners_that_are_not_ready(served) -> None:  # AE-43
    found = served(gateway(listener(more=tls("file-system-certificate fc1"))), FILES)
    assert found.listeners == {}
    assert list(found.secrets) == ["fc1"]


def test_a_gateway_that_is_not_accepted_has_nothing(served) -> None:  # AE-01
    found = served(
        HTTP,
        gateway(listener(), listener("other", 8081, more=tls("nosuch", "file-system-certificate fc1"))),
        FILES,
        http_route("r", to("a1")),
    )
    assert [found.listeners, found.clusters, found.routes] == [{}] * 3
    assert list(found.secrets) == ["fc1"]


def test_a_conflicted_listener_is_not_served(served) -> None:  # AE-07
    found = served(gateway(listener("t", protocol="tcp")), tcp_route("a", "a"), tcp_route("b", "b"))
    assert [found.listeners, found.clusters] == [{}, {}]


def test_tcp_listeners_of_one_port(served) -> None:  # AE-30
    found = served(
        gateway(listener("a", protocol="tcp"), listener("b", protocol="tcp")),
        tcp_route("a", "one", section("a")),
        tcp_route("b", "two", section("b")),
    )
    assert list(found.listeners) == ["one:1.2.3.4:8080", "two:1.2.3.4:8080"]


def test_a_tcp_service_redirected_to_a_peer(served) -> None:  # IE-12
    redirect = entry("service-resolver", "db", 'Redirect { Service = "db" Peer = "east" }')
    found = served(
        redirect,
        gateway(listener(protocol="tcp")),
        tcp_route("r", "db"),
        peerings=[{"name": "east", "trust_domain": "east.consul"}],
    )
    assert rules(found) == [("api-gateway-peer-on-tcp", "cluster name is required for a tcp proxy filter")]
    assert found.listeners == {}


def test_resolvers_of_services_count_but_for_request_timeouts(served) -> None:  # AE-23
    found = served(
        HTTP,
        entry("service-resolver", "a1", 'RequestTimeout = "22s" ConnectTimeout = "7s"'),
        entry("service-resolver", "a2", 'Redirect { Service = "a4" }'),
        entry("service-resolver", "a5", 'Failover { "*" { Service = "a6" } }'),
        gateway(listener()),
        http_route("r", to("a1", path="/1"), to("a2", path="/2"), to("a5", path="/5")),
    )
    ((*routes,),) = hosts(found).values()
    assert [route["route"] for route in routes] == [{"cluster": name_of(name)} for name in ("a1", "a4", "a5")]
    assert found.clusters[name_of("a1")]["connectTimeout"] == "7s"
    assert found.clusters[name_of("a5")]["lbPolicy"] == "CLUSTER_PROVIDED"
    assert "outlierDetection" not in found.clusters[name_of("a5")]


def test_a_router_keeps_the_resolver_of_its_service_from_counting(served) -> None:  # AE-15
    found = served(
        HTTP,
        A3[2],
        entry("service-resolver", "a2", 'Redirect { Service = "a4" }'),
        gateway(listener()),
        http_route("r", to("a2")),
    )
    ((route,),) = hosts(found).values()
    assert route["route"] == {"cluster": name_of("a2")}
    assert sorted(found.clusters) == [name_of("a1"), name_of("a4")]


def test_a_service_without_a_chain_has_routes_and_no_cluster(tmp_path: Path) -> None:  # AE-03, AE-42
    found = unjudged(  # Consul refuses to write a circle
        tmp_path,
        HTTP,
        entry("service-resolver", "broken", 'Redirect { Service = "loop" }'),
        entry("service-resolver", "loop", 'Redirect { Service = "broken" }'),
        gateway(listener()),
        http_route("r", to("broken", path="/broken"), to("a1")),
    )
    ((*routes,),) = hosts(found).values()
    assert [route["route"]["cluster"] for route in routes] == [name_of("broken"), name_of("a1")]
    assert list(found.clusters) == [name_of("a1")]
    assert [fault.rule for fault in found.faults] == ["chain-missing"]


def test_mesh_entry(served) -> None:  # 1.6
    mesh = 'Kind = "mesh"\nValidateClusters = true\nTLS { Outgoing { TLSMinVersion = "TLSv1_3" } Incoming { TLSMinVersion = "TLSv1_2" } }\n'
    found = served(HTTP, mesh, gateway(listener()), http_route("r", to("a1")))
    assert found.routes["8080"]["validateClusters"] is True
    assert chains(found, "http:1.2.3.4:8080") == [http_chain("8080")]
    socket = short(found.clusters[name_of("a1")]["transportSocket"])
    assert socket["<UP>"]["tlsParams"] == {"tlsMinimumProtocolVersion": "TLSv1_3"}


def test_bind_addresses(served) -> None:  # GO-04
    options = 'envoy_gateway_bind_addresses { a { address = "5.6.7.8" port = 1 } b { address = "5.6.7.8" port = 2 } }'
    found = served(HTTP, gateway(listener()), http_route("r", to("a1")), options=options)
    assert list(found.listeners) == ["http:1.2.3.4:8080", "http:5.6.7.8:8080"]
    assert found.collisions == ()


def test_own_extensions(served) -> None:  # 1.8
    extension = """EnvoyExtensions = [{ Name = "builtin/lua" Arguments {
      ProxyType = "api-gateway" Listener = "outbound" Script = "function envoy_on_request(handle) end" } }]"""
    found = served(
        HTTP,
        gateway(listener()),
        http_route("r", to("a1")),
        entry("service-defaults", "api-gateway", extension),
    )
    (chain,) = found.listeners["http:1.2.3.4:8080"]["filterChains"]
    filters = chain["filters"][0]["typedConfig"]["httpFilters"]
    assert [each["name"] for each in filters] == ["envoy.filters.http.lua", "envoy.filters.http.router"]


def test_where_resources_come_from(served) -> None:
    found = served(
        HTTP,
        gateway(listener(more=tls("file-system-certificate fc1"))),
        FILES,
        http_route("r", to("a1")),
    )
    own = "listener listener of api-gateway api-gateway"
    service = "service a1 of http-route r"
    assert {key: origin.text for key, origin in found.origins.items()} == {
        ("listeners", "http:1.2.3.4:8080"): own,
        ("routes", "8080"): own,
        ("clusters", name_of("a1")): service,
        ("endpoints", name_of("a1")): service,
        ("secrets", "fc1"): "file-system-certificate fc1",
    }
    assert all(origin.location is not None for origin in found.origins.values())


ENTERPRISE = {
    "dc1/default/gw.hcl": 'service { name = "edge" kind = "api-gateway" address = "1.2.3.4" port = 9999 namespace = "ops" }',
    "dc1/default/agent.hcl": 'node_name = "n1" bind_addr = "10.1.0.1"',
    "dc1/default/entry.hcl": 'Kind = "api-gateway"\nName = "edge"\nNamespace = "ops"\nListeners = [{ Name = "web", Port = 8080, Protocol = "http" TLS { Certificates = [{ Name = "c" }] } }]\n',
    "dc1/default/route.hcl": """
      Kind = "http-route"
      Name = "r"
      Namespace = "dev"
      Rules = [{ Services = [{ Name = "api", Partition = "ap1" }, { Name = "web" }] }]
      Parents = [{ Name = "edge", Namespace = "ops" }]
    """,
    "dc1/default/certificate.json": inline("c", "a.com").replace("{", '{"Namespace": "ops", ', 1),
    "dc1/default/defaults.hcl": HTTP,
    "dc1/ap1/defaults.hcl": HTTP + 'MeshGateway { Mode = "local" }\n',
    "dc1/ap1/agent.hcl": 'node_name = "n2" bind_addr = "10.2.0.1" partition = "ap1"',
    "dc1/ap1/api.hcl": 'services { name = "api" namespace = "dev" port = 80 connect { sidecar_service { port = 21000 } } }\n'
    'services { name = "mesh-gateway" kind = "mesh-gateway" address = "10.2.0.9" port = 8443 }',
    "dc1/ap1/exports.hcl": 'Kind = "exported-services"\nName = "ap1"\nServices = [{ Name = "api", Namespace = "dev", Consumers = [{ Partition = "default" }] }]',
}


def enterprise(folder: Path, **changed: str) -> Resources:
    files = ENTERPRISE | {f"dc1/default/{name}.hcl": text for name, text in changed.items()}
    mesh = mesh_of(folder, files, edition="enterprise", acl={"enabled": True, "default_policy": "deny"})
    snapshot = snapshot_of(mesh, proxy(mesh, "edge"))
    assert snapshot is not None
    assert snapshot.faults == ()
    return resources_of(snapshot)


def test_other_namespaces_and_partitions(tmp_path: Path) -> None:  # 5.3, IE-36
    found = enterprise(tmp_path)
    (host,) = found.routes["8080"]["virtualHosts"]
    assert host["name"] == "ops/edge-web-9b9265b"
    (route,) = host["routes"]
    legs = [leg["name"] for leg in route["route"]["weightedClusters"]["clusters"]]
    assert sorted(legs) == sorted(found.clusters)
    (name,) = [each for each in found.clusters if each.startswith("api.dev.ap1")]
    assert dialed(found, name) == ["10.2.0.1:21000"]
    (chain,) = chains(found, "http:1.2.3.4:8080")
    assert list(chain["transportSocket"]) == ["<inline TLS>"]


TOKENS = 'Kind = "jwt-provider"\nName = "okta"\nIssuer = "i"\nJSONWebKeySet { Local { Filename = "/k" } }\n'


def test_tokens_that_requests_need_are_never_left_out(tmp_path: Path) -> None:  # 5.8
    needed = ENTERPRISE["dc1/default/entry.hcl"].replace(
        "TLS {", 'Default { JWT { Providers = [{ Name = "okta" }] } } TLS {'
    )
    found = enterprise(tmp_path, entry=needed, provider=TOKENS)
    assert [fault.rule for fault in found.faults] == ["api-gateway-jwt"]


def test_without_its_providers_a_gateway_has_nothing(tmp_path: Path) -> None:  # 4.1
    needed = ENTERPRISE["dc1/default/entry.hcl"].replace(
        "TLS {", 'Default { JWT { Providers = [{ Name = "okta" }] } } TLS {'
    )
    found = enterprise(tmp_path, entry=needed)
    assert [found.listeners, found.clusters, found.faults] == [{}, {}, ()]
