"""Every place of a setting: what stands there, and why it does not count (service-registration.md 5, 9.6)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meshgw.loading.load import load_tree
from meshgw.loading.options import LoadOptions
from meshgw.mesh.build import build_mesh
from meshgw.mesh.model import Mesh
from meshgw.resolve.proxy import effective_proxy, sources_of
from meshgw.resolve.settings import proxy_setting, upstream_setting

PD = 'Kind = "proxy-defaults"\nName = "global"\n'
SD = 'Kind = "service-defaults"\nName = "web"\n'
WEB = 'service {{ name = "web" port = 80 connect {{ sidecar_service {{ port = 2000 proxy {{ {0} }} }} }} }}'
UP = 'upstreams {{ destination_name = "b" local_bind_port = 1 {0} }}'


def mesh_of(folder: Path, texts: list[str]) -> Mesh:
    for number, text in enumerate(texts):
        (folder / f"{number}.hcl").write_text(text)
    loaded = load_tree((str(folder),), LoadOptions())
    assert not [found for found in loaded.diagnostics if found.refused], loaded.diagnostics
    return build_mesh(loaded)


def shown(resolved: Any) -> list[str]:
    """The layers that say something, the strongest first: `→ 7`, `0 (cannot lower: …)`."""
    lines = []
    for layer in resolved.layers:
        if layer.value is None:
            continue
        mark = "→ " if any(layer is winner for winner in resolved.winners) else ""
        lines.append(f"{mark}{layer.value}" + (f" ({layer.why.split(':')[0]})" if layer.why else ""))
        assert layer.location is not None
    return lines


def proxy_layers(folder: Path, name: str, own: str, entries: list[str]) -> tuple[Any, list[str]]:
    mesh = mesh_of(folder, [WEB.format(own), *entries])
    [proxy] = mesh.proxies
    setting = proxy_setting(name)
    assert setting is not None
    found = setting.of(sources_of(proxy, mesh.datacenters["dc1"].entries))
    return found.value, shown(found)


@pytest.mark.parametrize(
    ("name", "own", "entries", "value", "layers"),
    [
        # 114
        (
            "protocol",
            "",
            [PD + 'Config { protocol = "http" }', SD + 'Protocol = "grpc"'],
            "grpc",
            ["→ grpc", "http"],
        ),
        (
            "protocol",
            'config { protocol = "tcp" }',
            [PD + 'Config { protocol = "http" }', SD + 'Protocol = "grpc"'],
            "tcp",
            ["→ tcp", "grpc", "http"],
        ),
        # 115
        (
            "protocol",
            'config { Protocol = "grpc" }',
            [PD + 'Config { protocol = "http" }'],
            "http",
            ["→ http", "grpc (`protocol` is read in its place)"],
        ),
        (
            "protocol",
            'config { protocol = "" }',
            [PD + 'Config { protocol = "http" }'],
            "http",
            [" (cannot lower)", "→ http"],
        ),
        ("protocol", "", [], None, []),
        # 116
        (
            "config.max_inbound_connections",
            "",
            [PD + "Config { max_inbound_connections = 7 }", SD + "MaxInboundConnections = 3"],
            3,
            ["→ 3", "7"],
        ),
        ("config.local_request_timeout_ms", "", [SD + "LocalRequestTimeoutMs = 12"], 12, ["→ 12"]),
        # 112, 113: fill
        (
            "config.l",
            "config { l = [] }",
            [PD + "Config { l = [1, 2] }"],
            [1, 2],
            ["[] (cannot lower)", "→ [1, 2]"],
        ),
        ("config.l", "config { l = [9, 8] }", [PD + "Config { l = [1, 2] }"], [9, 8], ["→ [9, 8]", "[1, 2]"]),
        ("config.f", "config { f = 0 }", [PD + "Config { f = 1.5 }"], 1.5, ["0 (cannot lower)", "→ 1.5"]),
        ("config.z", "", [PD + "Config { z = 0 }"], 0, ["→ 0"]),
        ("config.z", "config { z = 0 }", [], 0, ["→ 0"]),
        # 117
        (
            "expose.checks",
            "expose { checks = false }",
            [PD + "Expose { Checks = true }"],
            True,
            ["False (cannot lower)", "→ True"],
        ),
        (
            "expose.checks",
            "expose { checks = false }",
            [],
            False,
            ["False (an empty value counts as not set)"],
        ),
        # 118
        (
            "mode",
            'mode = "direct"',
            [PD + 'Mode = "transparent"', SD + 'Mode = "direct"'],
            "direct",
            ["→ direct", "direct", "transparent"],
        ),
        (
            "outbound_listener_port",
            "transparent_proxy { outbound_listener_port = 9 }",
            [PD + 'Mode = "transparent"\nTransparentProxy { OutboundListenerPort = 1 }'],
            9,
            ["→ 9", "1"],
        ),
        (
            "dialed_directly",
            "transparent_proxy { dialed_directly = false }",
            [PD + 'Mode = "transparent"\nTransparentProxy { DialedDirectly = true }'],
            True,
            ["False (cannot lower)", "→ True"],
        ),
        # 119
        (
            "mesh_gateway.mode",
            'mesh_gateway { mode = "none" }',
            [PD + 'MeshGateway { Mode = "local" }', SD + 'MeshGateway { Mode = "remote" }'],
            "none",
            ["→ none", "remote", "local"],
        ),
        # 120, without a body of the API
        (
            "access_logs.type",
            "",
            [PD + 'AccessLogs { Enabled = true Type = "file" Path = "/x" }'],
            "file",
            ["→ file"],
        ),
        # mutual TLS mode: a registration has none
        ("mutual_tls_mode", "", [PD + 'MutualTLSMode = "strict"'], "strict", ["→ strict"]),
        # 140: entries of other names are not the service's
        ("protocol", "", ['Kind = "service-defaults"\nName = "WEB"\nProtocol = "grpc"'], None, []),
    ],
)
def test_proxy(
    *, tmp_path: Path, name: str, own: str, entries: list[str], value: Any, layers: list[str]
) -> None:
    assert proxy_layers(tmp_path, name, own, entries) == (value, layers)


DEFAULTS = SD + "UpstreamConfig {{ Defaults {{ {0} }} }}"


@pytest.mark.parametrize(
    ("name", "own", "entries", "client", "value", "layers"),
    [
        # 123: the upstream's own service-defaults
        (
            "protocol",
            "",
            [PD + 'Config { protocol = "http" }', 'Kind = "service-defaults"\nName = "b"\nProtocol = "grpc"'],
            False,
            "grpc",
            ["→ grpc", "http"],
        ),
        # 124: upstream defaults beat them
        (
            "protocol",
            "",
            [
                DEFAULTS.format('Protocol = "http2"'),
                'Kind = "service-defaults"\nName = "b"\nProtocol = "grpc"',
            ],
            False,
            "http2",
            ["→ http2", "grpc"],
        ),
        # 125, 133: of two overrides for one upstream the last
        (
            "connect_timeout_ms",
            "",
            [
                SD
                + "UpstreamConfig { Defaults { ConnectTimeoutMs = 100 } "
                + 'Overrides = [{ Name = "b" ConnectTimeoutMs = 200 }] }'
            ],
            False,
            200,
            ["→ 200", "100"],
        ),
        (
            "limits",
            "",
            [
                SD
                + "UpstreamConfig { Defaults { Limits { MaxConnections = 5 } } "
                + 'Overrides = [{ Name = "b" Limits { MaxPendingRequests = 6 } }] }'
            ],
            False,
            {"MaxPendingRequests": 6},
            ["→ {'MaxPendingRequests': 6}", "{'MaxConnections': 5}"],
        ),
        # 126
        (
            "connect_timeout_ms",
            "config { connect_timeout_ms = 0 }",
            [SD + 'UpstreamConfig { Overrides = [{ Name = "b" ConnectTimeoutMs = 5 }] }'],
            False,
            5,
            ["0 (cannot lower)", "→ 5"],
        ),
        # never from proxy-defaults
        (
            "connect_timeout_ms",
            "",
            [PD + "Config { connect_timeout_ms = 5 }"],
            False,
            None,
            ["5 (not applicable)"],
        ),
        # 134: whole with a server agent, key by key with a client agent
        (
            "limits",
            "config { limits { max_connections = 1 } }",
            [DEFAULTS.format("Limits { MaxConnections = 5 MaxPendingRequests = 6 }")],
            False,
            {"max_connections": 1},
            ["→ {'max_connections': 1}", "{'MaxConnections': 5, 'MaxPendingRequests': 6}"],
        ),
        (
            "limits",
            "config { limits { max_connections = 1 } }",
            [DEFAULTS.format("Limits { MaxConnections = 5 MaxPendingRequests = 6 }")],
            True,
            {"max_connections": 1, "MaxConnections": 5, "MaxPendingRequests": 6},
            ["→ {'max_connections': 1}", "→ {'MaxConnections': 5, 'MaxPendingRequests': 6}"],
        ),
        # 131: central configuration never sets a peer's protocol
        (
            "protocol",
            'destination_peer = "east"',
            [PD + 'Config { protocol = "http" }', DEFAULTS.format('Protocol = "http2"')],
            False,
            None,
            ["http2 (not applicable)", "http (not applicable)"],
        ),
        # 132: prepared queries
        (
            "protocol",
            'destination_type = "prepared_query"',
            [PD + 'Config { protocol = "http" }'],
            False,
            None,
            ["http (not applicable)"],
        ),
        # 136
        (
            "config.mesh_gateway",
            'config { mesh_gateway { Mode = "remote" } }',
            [],
            False,
            None,
            ["{'Mode': 'remote'} (not applicable)"],
        ),
    ],
)
def test_upstream(
    *, tmp_path: Path, name: str, own: str, entries: list[str], client: bool, value: Any, layers: list[str]
) -> None:
    mesh = mesh_of(tmp_path, [WEB.format(UP.format(own)), *entries])
    [proxy] = mesh.proxies
    effective = effective_proxy(proxy, mesh.datacenters["dc1"].entries, client_agent=client)
    setting = upstream_setting(name)
    assert setting is not None
    found = setting.of(effective.sources, effective.upstreams[0], client_agent=client)
    assert (found.value, shown(found)) == (value, layers)


def test_extensions_are_joined(tmp_path: Path) -> None:
    lua = (
        'EnvoyExtensions = [{{ Name = "builtin/lua" Arguments = {{ '
        'ProxyType = "connect-proxy" Listener = "{0}" Script = "x" }} }}]'
    )
    value, _ = proxy_layers(
        tmp_path, "envoy_extensions", "", [PD + lua.format("inbound"), SD + lua.format("outbound")]
    )
    assert [found.arguments["Listener"] for found in value] == ["inbound", "outbound"]


def test_an_unknown_name_is_no_setting() -> None:
    assert proxy_setting("protocl") is None
    assert upstream_setting("mode") is None
    assert proxy_setting("config.") is None


def test_central_configuration_that_is_switched_off(tmp_path: Path) -> None:
    agent = 'node_name = "n"\nenable_central_service_config = false'
    mesh = mesh_of(tmp_path, [WEB.format('mode = "direct"'), PD + 'Mode = "transparent"', agent])
    [proxy] = mesh.proxies
    sources = sources_of(proxy, mesh.datacenters["dc1"].entries)
    for name in ("mode", "protocol", "mesh_gateway.mode"):
        setting = proxy_setting(name)
        assert setting is not None
        _, *central = setting.of(sources).layers
        assert {layer.why for layer in central} == {"`enable_central_service_config` of the agent is false"}
