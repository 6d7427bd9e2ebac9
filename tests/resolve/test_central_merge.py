"""The worked examples of the central merge: entries, a registration, what the proxy becomes (9.6).

Names are those of the document: `PD` proxy-defaults, `SD` service-defaults of web; the registration is
web's sidecar unless a row says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from meshgw.entries.base import Entry
from meshgw.envoy.sidecar_options import sidecar_options, upstream_options
from meshgw.loading.texts import judge_entry_text
from meshgw.mesh.entry_set import EntrySet
from meshgw.mesh.model import Instance, Node
from meshgw.profile import Profile
from meshgw.resolve.proxy import EffectiveProxy, EffectiveUpstream, effective_proxy
from meshgw.resolve.upstreams import mode_of
from meshgw.services.judge import judge_body, judge_service
from meshgw.services.judge_agent import read_agent_file
from meshgw.services.model import Service
from meshgw.source.hcl1 import read_hcl
from meshgw.source.json import read_json

NODE = Node(name="n", datacenter="dc1", address="10.0.0.1")


def entries_of(texts: Iterable[str]) -> list[Entry]:
    found = []
    for text in texts:
        judged = judge_entry_text(text, "x.hcl", Profile())
        assert judged.accepted, judged.diagnostics
        found += judged.entries
    return found


def registered(text: str) -> Service:
    """The proxy of an agent file, or of a body of the API."""
    if text.startswith("{"):
        judged = judge_body(read_json(text, "x.json"), Profile(entry_path="http"))
    else:
        reading = read_agent_file(read_hcl(text, "x.hcl"), Profile())
        assert reading.file is not None, reading.diagnostics
        judged = judge_service(reading.file.services[0], Profile(entry_path="agent"))
    assert judged.accepted, judged.diagnostics
    return judged.services[-1]


def merged(
    entries: Iterable[str], text: str, *, client_agent: bool = False, central: bool = True
) -> EffectiveProxy:
    instance = Instance(
        service=registered(text),
        node=NODE,
        partition="default",
        namespace="default",
        central_config=central,
    )
    return effective_proxy(instance, EntrySet(entries_of(entries)), client_agent=client_agent)


def pd(text: str) -> str:
    return f'Kind = "proxy-defaults"\nName = "global"\n{text}\n'


def sd(text: str, name: str = "web") -> str:
    return f'Kind = "service-defaults"\nName = "{name}"\n{text}\n'


def own(text: str = "") -> str:
    """A registration of web with this in the `proxy` block of its sidecar."""
    sidecar = f"sidecar_service {{ port = 2 proxy {{ {text} }} }}"
    return f'service {{ name = "web" port = 80 connect {{ {sidecar} }} }}'


def upstreams(*items: str) -> str:
    """Upstreams `b` and so on, each with more in its block."""
    blocks = []
    for port, item in enumerate(items, 1):
        name, _, more = item.partition(" ")
        blocks.append(f'upstreams {{ destination_name = "{name}" local_bind_port = {port} {more} }}')
    return " ".join(blocks)


def body(proxy: str) -> str:
    """A registration of web's sidecar by the API."""
    return f'{{"Name": "web", "Port": 80, "Connect": {{"SidecarService": {{"Port": 2, "Proxy": {proxy}}}}}}}'


def one(proxy: EffectiveProxy, name: str, datacenter: str = "", peer: str = "") -> EffectiveUpstream:
    (found,) = (
        upstream
        for upstream in proxy.upstreams
        if (
            upstream.upstream.destination_name,
            upstream.upstream.datacenter,
            upstream.upstream.destination_peer,
        )
        == (name, datacenter, peer)
    )
    return found


def names(proxy: EffectiveProxy) -> list[str]:
    return [upstream.upstream.destination_name for upstream in proxy.upstreams]


@dataclass(frozen=True)
class Up:
    """What of an upstream matters to the examples; limits are (connections, pending)."""

    protocol: str = ""
    timeout: int = 0
    mode: str = ""
    limits: tuple[int | None, int | None] = (None, None)
    failures: int = 0
    balance: str = ""


def seen(upstream: EffectiveUpstream) -> Up:
    options = upstream_options(upstream.config)
    assert not options.bad_keys
    limits, health = options.limits, options.passive_health_check
    if upstream.index is None:
        assert mode_of(upstream.config) == upstream.mode.value
    else:
        assert "mesh_gateway" not in upstream.config
    return Up(
        protocol=options.protocol if "protocol" in {key.lower() for key in upstream.config} else "",
        timeout=options.connect_timeout_ms if "connect_timeout_ms" in upstream.config else 0,
        mode=upstream.mode.value,
        limits=(limits.max_connections, limits.max_pending_requests) if limits is not None else (None, None),
        failures=health.max_failures if health is not None else 0,
        balance=options.balance_outbound_connections,
    )


TRANSPARENT = 'Mode = "transparent"\n'
HTTP = 'Config { protocol = "http" }\n'


def mesh(mode: str) -> str:
    return f'MeshGateway {{ Mode = "{mode}" }}\n'


def own_mesh(mode: str) -> str:
    return f'mesh_gateway {{ mode = "{mode}" }}\n'


def defaults(text: str, *overrides: str) -> str:
    head = f"Defaults {{ {text} }}" if text else ""
    items = ", ".join(f"{{ {item} }}" for item in overrides)
    return f"UpstreamConfig {{ {head}\n{f'Overrides = [{items}]' if items else ''} }}\n"


FILL = [
    (  # 112
        'a = 1\nb = true\nc = "x"\nd { x = 1 y = 2 }\nl = [1, 2]\nn = 5\nz = 0',
        '{"a": 2, "b": false, "c": "", "d": {"y": 3}, "l": [9], "n": null}',
        {"a": 2, "b": True, "c": "x", "d": {"x": 1, "y": 3}, "l": [9], "n": 5, "z": 0},
    ),
    (  # 112
        'd { x = 1 }\ne = "s"\nl = [1, 2]\nem { q = 1 }',
        '{"d": "str", "e": {"k": 1}, "l": "scalar", "em": {}}',
        {"d": "str", "e": {"k": 1}, "l": "scalar", "em": {"q": 1}},
    ),
    ("l = [1, 2]\nf = 1.5", '{"l": [], "f": 0}', {"l": [1, 2], "f": 1.5}),  # 113
]


@pytest.mark.parametrize(("central", "registration", "expected"), FILL)
def test_fill(central: str, registration: str, expected: dict[str, Any]) -> None:  # 112, 113
    found = merged([pd(f"Config {{\n{central}\n}}")], body(f'{{"Config": {registration}}}'))
    assert found.config == expected


@pytest.mark.parametrize(("registration", "protocol"), [("", "grpc"), ('config { protocol = "tcp" }', "tcp")])
def test_protocol_of_a_proxy(registration: str, protocol: str) -> None:  # 114
    found = merged([pd(HTTP), sd('Protocol = "grpc"')], own(registration))
    assert sidecar_options(found.config).protocol == protocol


def test_a_protocol_in_another_case_stands_beside() -> None:  # 115
    found = merged([pd(HTTP)], own('config { Protocol = "grpc" }'))
    assert found.config == {"Protocol": "grpc", "protocol": "http"}
    assert sidecar_options(found.config).protocol == "http"


def test_inbound_settings() -> None:  # 116
    central = [
        pd("Config {\nmax_inbound_connections = 7\nlocal_connect_timeout_ms = 5\n}"),
        sd(
            "MaxInboundConnections = 3\nLocalConnectTimeoutMs = 11\nLocalRequestTimeoutMs = 12\n"
            'BalanceInboundConnections = "exact_balance"'
        ),
    ]
    assert merged(central, own()).config == {
        "max_inbound_connections": 3,
        "local_connect_timeout_ms": 11,
        "local_request_timeout_ms": 12,
        "balance_inbound_connections": "exact_balance",
    }


@pytest.mark.parametrize(
    ("registration", "paths"),
    [
        ("", ["/sd"]),
        ('expose { checks = false paths = [{ path = "/l" listener_port = 3 local_path_port = 3 }] }', ["/l"]),
    ],
)
def test_exposed_paths(registration: str, paths: list[str]) -> None:  # 117
    def exposed(path: str, port: int) -> str:
        return f'Paths = [{{ Path = "{path}" ListenerPort = {port} LocalPathPort = {port} }}]'

    central = [
        pd(f"Expose {{ Checks = true\n{exposed('/pd', 1)} }}"),
        sd(f"Expose {{ {exposed('/sd', 2)} }}"),
    ]
    found = merged(central, own(registration)).expose
    assert (found.checks, [path.path for path in found.paths]) == (True, paths)


@pytest.mark.parametrize(
    ("registration", "expected"),
    [
        ("", ("direct", 1, True)),
        (
            'mode = "direct" transparent_proxy { outbound_listener_port = 9 dialed_directly = false }',
            ("direct", 9, True),
        ),
    ],
)
def test_modes(registration: str, expected: tuple[str, int, bool]) -> None:  # 118
    central = [
        pd(TRANSPARENT + "TransparentProxy { OutboundListenerPort = 1 DialedDirectly = true }"),
        sd('Mode = "direct"'),
    ]
    found = merged(central, own(registration))
    assert (found.mode, found.outbound_listener_port, found.dialed_directly) == expected


@pytest.mark.parametrize(("registration", "mode"), [("", "remote"), (own_mesh("none"), "none")])
def test_mesh_gateway_mode_of_a_proxy(registration: str, mode: str) -> None:  # 119
    assert merged([pd(mesh("local")), sd(mesh("remote"))], own(registration)).mesh_gateway_mode == mode


def test_access_logs() -> None:  # 120
    central = pd('AccessLogs { Enabled = true Type = "file" Path = "/x" JSONFormat = "{}" }')
    logs = merged([central], body('{"AccessLogs": {"Type": "stderr", "TextFormat": "t"}}')).access_logs
    assert (logs.enabled, logs.type, logs.path, logs.json_format, logs.text_format) == (
        True,
        "stderr",
        "/x",
        "{}",
        "t",
    )


LIMITS = "Limits { MaxConnections = 5 }"
ROW_124 = defaults(
    'Protocol = "http2" ConnectTimeoutMs = 100 Limits { MaxConnections = 5 MaxPendingRequests = 5 } '
    'PassiveHealthCheck { MaxFailures = 3 } MeshGateway { Mode = "local" } '
    'BalanceOutboundConnections = "exact_balance"'
)
ALL_OF_124 = Up("http2", 100, "local", (5, 5), 3, "exact_balance")
ROW_125 = sd(
    defaults(
        'ConnectTimeoutMs = 100 Limits { MaxConnections = 5 } MeshGateway { Mode = "local" }',
        'Name = "b" ConnectTimeoutMs = 200 Limits { MaxPendingRequests = 6 } MeshGateway { Mode = "remote" }',
    )
)
ROW_126 = sd(
    defaults("", 'Name = "b" MeshGateway { Mode = "remote" } Protocol = "http" ConnectTimeoutMs = 5')
)

UPSTREAMS = {
    "121": ([pd(HTTP + mesh("local"))], upstreams("b"), {"b": Up("http", mode="local")}),
    "122": (
        [pd('Config { mesh_gateway { mode = "remote" } }')],
        upstreams("b"),
        {"b": Up(mode="remote")},
    ),
    "123": (
        [pd(HTTP), sd('Protocol = "grpc"\n' + mesh("remote"), "b")],
        upstreams("b"),
        {"b": Up("grpc")},
    ),
    "124": (
        [sd(ROW_124), sd('Protocol = "grpc"', "b")],
        upstreams("b", "c config { connect_timeout_ms = 7 }"),
        {"b": ALL_OF_124, "c": replace(ALL_OF_124, timeout=7)},
    ),
    "125": (
        [ROW_125],
        own_mesh("none") + upstreams("b", "c"),
        {"b": Up(timeout=200, mode="remote", limits=(None, 6)), "c": Up("", 100, "none", (5, None))},
    ),
    "126": (
        [ROW_126],
        upstreams('b mesh_gateway { mode = "none" } config { protocol = "grpc" connect_timeout_ms = 0 }'),
        {"b": Up("grpc", 5, "none")},
    ),
    "127": (
        [sd(mesh("remote") + defaults('MeshGateway { Mode = "local" }'))],
        upstreams("b"),
        {"b": Up(mode="local")},
    ),
    "130 none": ([sd(defaults("", 'Name = "b" ConnectTimeoutMs = 5'))], "", {}),
    "130 another": ([sd(defaults("", 'Name = "b" ConnectTimeoutMs = 5'))], upstreams("c"), {"c": Up()}),
    "132": (
        [pd(HTTP + mesh("local"))],
        upstreams('b destination_type = "prepared_query"'),
        {"b": Up()},
    ),
    "133": (
        [
            sd(
                defaults(
                    "", 'Name = "b" ConnectTimeoutMs = 1', 'Name = "b" ConnectTimeoutMs = 2 Protocol = "http"'
                )
            )
        ],
        upstreams("b"),
        {"b": Up("http", 2)},
    ),
    "135 local": (
        [pd(mesh("local")), sd(defaults("ConnectTimeoutMs = 5"))],
        upstreams("b"),
        {"b": Up(timeout=5, mode="local")},
    ),
    # Consul keeps `local` here in its store; what is declared is compiled without that memory (RG-W17)
    "135 remote": (
        [pd(mesh("remote")), sd(defaults("ConnectTimeoutMs = 5"))],
        upstreams("b"),
        {"b": Up(timeout=5, mode="remote")},
    ),
    "136": (
        [pd(mesh("local"))],
        upstreams('b config { mesh_gateway { Mode = "remote" } }'),
        {"b": Up(mode="local")},
    ),
    "141": (
        [sd(TRANSPARENT + defaults('MeshGateway { Mode = "local" }'))],
        own_mesh("remote"),
        {"*": Up(mode="remote")},
    ),
}


@pytest.mark.parametrize("row", UPSTREAMS)
def test_upstreams(row: str) -> None:
    entries, registration, expected = UPSTREAMS[row]
    found = merged(entries, own(registration))
    assert {upstream.upstream.destination_name: seen(upstream) for upstream in found.upstreams} == expected


def test_a_mode_in_the_config_of_proxy_defaults_is_not_the_proxys() -> None:  # 122
    entries, registration, _ = UPSTREAMS["122"]
    assert merged(entries, own(registration)).mesh_gateway_mode == ""


def test_the_mode_of_upstream_defaults_is_not_the_proxys() -> None:  # 127
    entries, registration, _ = UPSTREAMS["127"]
    assert merged(entries, own(registration)).mesh_gateway_mode == "remote"


def test_upstreams_of_a_transparent_proxy() -> None:  # 128
    entries = [
        pd(TRANSPARENT + HTTP + mesh("local")),
        sd(
            defaults(
                "ConnectTimeoutMs = 100", 'Name = "b" ConnectTimeoutMs = 200', 'Name = "x" Protocol = "grpc"'
            )
        ),
        sd('Protocol = "http2"', "x"),
    ]
    found = merged(entries, own(upstreams("b")))
    assert {upstream.upstream.destination_name: seen(upstream) for upstream in found.upstreams} == {
        "b": Up("http", 200, "local"),
        "*": Up("", 100, "local"),
        "x": Up("grpc", 100, "local"),
    }
    assert {one(found, name).upstream.centrally_configured for name in ("*", "x")} == {True}


@pytest.mark.parametrize(("entries", "protocol"), [([], "http"), ([sd('Protocol = "grpc"', "x")], "grpc")])
def test_an_override_of_an_inferred_upstream(entries: list[str], protocol: str) -> None:  # 128b
    general = [pd(TRANSPARENT + HTTP), sd(defaults("", 'Name = "x" ConnectTimeoutMs = 200'))]
    assert seen(one(merged([*general, *entries], own()), "x")) == Up(protocol, 200)


@pytest.mark.parametrize(
    ("general", "expected"),
    [
        (TRANSPARENT, []),
        (TRANSPARENT + HTTP, []),
        (TRANSPARENT + mesh("local"), ["*"]),
    ],
)
def test_the_wildcard_needs_a_setting(general: str, expected: list[str]) -> None:  # 129
    assert names(merged([pd(general)], own())) == expected


@pytest.mark.parametrize(("config", "protocol"), [("", ""), (' config { protocol = "grpc" }', "grpc")])
def test_an_upstream_at_a_peer(config: str, protocol: str) -> None:  # 131
    entries = [
        pd(HTTP + mesh("local")),
        sd('Protocol = "grpc"', "b"),
        sd(defaults("", 'Name = "b" Peer = "east" ConnectTimeoutMs = 5 Protocol = "http2"')),
    ]
    found = merged(entries, own(upstreams('b destination_peer = "east"' + config)))
    assert seen(one(found, "b", peer="east")) == Up(protocol, 5, "local")


@pytest.mark.parametrize(
    ("written", "client_agent", "expected"),
    [
        ("max_connections = 1", True, (5, 6)),
        ("max_connections = 1", False, (1, None)),
        ("MaxConnections = 1", True, (1, 6)),
        ("MaxConnections = 1", False, (1, None)),
    ],
)
def test_limits(written: str, client_agent: bool, expected: tuple[int | None, int | None]) -> None:  # 134
    central = sd(defaults("Limits { MaxConnections = 5 MaxPendingRequests = 6 }"))
    found = merged(
        [central], own(upstreams(f"b config {{ limits {{ {written} }} }}")), client_agent=client_agent
    )
    assert seen(one(found, "b")).limits == expected


@pytest.mark.parametrize("central", [True, False])
def test_central_configuration_switched_off(central: bool) -> None:  # 139
    found = merged([pd(HTTP + mesh("local"))], own(upstreams("b")), central=central)
    assert found.config == ({"protocol": "http"} if central else {})
    assert seen(one(found, "b")) == (Up("http", mode="local") if central else Up())


def test_own_extensions_survive_without_central_configuration() -> None:  # 5.3
    registration = body('{"EnvoyExtensions": [{"Name": "builtin/lua", "Arguments": {"Script": "x"}}]}')
    counts = [len(merged([], registration, central=central).envoy_extensions) for central in (True, False)]
    assert counts == [0, 1]


@pytest.mark.parametrize("name", ["web-sidecar-proxy", "WEB"])
def test_entries_of_other_names(name: str) -> None:  # 140
    assert merged([sd('Protocol = "grpc"', name)], own()).config == {}


def test_one_service_in_two_datacenters() -> None:  # 142
    found = merged([pd(HTTP)], own(upstreams("b", 'b datacenter = "dc2"')))
    assert [seen(one(found, "b", datacenter)).protocol for datacenter in ("", "dc2")] == ["http", "http"]
