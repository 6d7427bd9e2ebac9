"""Central configuration that stops registrations."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshgw.analysis.validate import validate_tree
from meshgw.loading.load import load_tree
from meshgw.loading.options import LoadOptions

GENERAL = 'Kind = "proxy-defaults"\nName = "global"\n'
AGENT = 'node_name = "n"\nadvertise_addr = "10.0.0.1"\n'


def rules(folder: Path, files: dict[str, str]) -> list[str]:
    for name, text in files.items():
        (folder / name).write_text(text)
    report = validate_tree(load_tree((str(folder),), LoadOptions()))
    assert all(found.location is not None for found in report.diagnostics)
    return [found.rule for found in report.diagnostics]


@pytest.mark.parametrize(
    ("config", "bad"),
    [
        ('connect_timeout_ms = "5s"', True),
        ("connect_timeout_ms = 5000", False),
        ('connect_timeout_ms = "5000"', False),
        ('ConnectTimeoutMs = "5s"', True),
        ('CONNECT_TIMEOUT_MS = "5s"', True),
        ('limits = "x"', True),
        ("limits = { max_connections = 5 }", False),
        ('limits = { max_connections = "many" }', True),
        ('passive_health_check = { interval = "often" }', True),
        ('passive_health_check = { interval = "5s" }', False),
        ('mesh_gateway = "local"', True),
        ('mesh_gateway = { mode = "local" }', False),
        ('name = ["a", "b"]', True),
        ("peer = {}", True),
        ('envoy_listener_json = "{}"', False),
        ('foo = { bar = "5s" }', False),
        ('local_connect_timeout_ms = "5s"', False),
    ],
)
def test_config_of_proxy_defaults(tmp_path: Path, config: str, bad: bool) -> None:  # RG-48
    found = rules(tmp_path, {"general.hcl": f"{GENERAL}Config {{ {config} }}\n"})
    assert found == ["proxy-defaults-config-unreadable"] * bad


TRANSPARENT = 'Mode = "transparent"\n'
LOCAL = 'MeshGateway { Mode = "local" }\n'


def gateway(kind: str = "mesh-gateway", proxy: str = "") -> str:
    return f'service {{ name = "gw" kind = "{kind}" port = 8443 {f"proxy {{ {proxy} }}" if proxy else ""} }}'


def defaults_of(name: str, more: str) -> str:
    return f'Kind = "service-defaults"\nName = "{name}"\n{more}'


UPSTREAM_DEFAULTS = "UpstreamConfig { Defaults { ConnectTimeoutMs = 5 } }\n"
CATALOG = (
    '{"Node": "n", "Address": "10.0.0.1", "Service": {"Service": "gw", "Kind": "mesh-gateway", "Port": 1}}'
)
GATEWAYS = {
    "both in proxy-defaults": ({"g.hcl": GENERAL + TRANSPARENT + LOCAL, "s.hcl": gateway()}, True),
    "transparent alone": ({"g.hcl": GENERAL + TRANSPARENT, "s.hcl": gateway()}, False),
    "mode alone": ({"g.hcl": GENERAL + LOCAL, "s.hcl": gateway()}, False),
    "by the gateway's own defaults": (
        {"d.hcl": defaults_of("gw", TRANSPARENT + UPSTREAM_DEFAULTS), "s.hcl": gateway()},
        True,
    ),
    "of another service": (
        {"d.hcl": defaults_of("api", TRANSPARENT + UPSTREAM_DEFAULTS), "s.hcl": gateway()},
        False,
    ),
    "own mode": (
        {"g.hcl": GENERAL + LOCAL, "s.hcl": gateway(proxy='mode = "transparent"')},
        True,
    ),
    "own mode direct": (
        {"g.hcl": GENERAL + TRANSPARENT + LOCAL, "s.hcl": gateway(proxy='mode = "direct"')},
        False,
    ),
    "own gateway mode": (
        {"g.hcl": GENERAL + TRANSPARENT, "s.hcl": gateway(proxy='mesh_gateway { mode = "local" }')},
        True,
    ),
    "Config of proxy-defaults": (
        {"g.hcl": GENERAL + TRANSPARENT + 'Config { mesh_gateway { mode = "local" } }', "s.hcl": gateway()},
        True,
    ),
    "another kind": (
        {"g.hcl": GENERAL + TRANSPARENT + LOCAL, "s.hcl": gateway("terminating-gateway")},
        True,
    ),
    "no central configuration": (
        {
            "g.hcl": GENERAL + TRANSPARENT + LOCAL,
            "s.hcl": f"{AGENT}enable_central_service_config = false\n{gateway()}",
        },
        False,
    ),
    "in the catalog": ({"g.hcl": GENERAL + TRANSPARENT + LOCAL, "s.json": CATALOG}, False),
}


@pytest.mark.parametrize("name", GATEWAYS)
def test_gateways_with_upstreams(tmp_path: Path, name: str) -> None:  # RG-49
    files, bad = GATEWAYS[name]
    assert ("gateway-given-upstreams" in rules(tmp_path, files)) == bad


def test_the_same_value_in_a_registration_is_left_out(tmp_path: Path) -> None:  # 138
    upstream = (
        'upstreams { destination_name = "web" local_bind_port = 1 config { connect_timeout_ms = "5s" } }'
    )
    text = f'service {{ name = "web" port = 80 connect {{ sidecar_service {{ proxy {{ {upstream} }} }} }} }}'
    (tmp_path / "web.hcl").write_text(text)
    tree = load_tree((str(tmp_path),), LoadOptions())
    assert [found.rule for found in tree.diagnostics] == ["config-value-unreadable"]
    assert all(found.accepted for found in tree.inputs)
