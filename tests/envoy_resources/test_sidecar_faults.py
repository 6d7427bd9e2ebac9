"""What Consul would serve nothing for or leave out (envoy-sidecar.md 11), and where resources come from."""

from pathlib import Path

import pytest
from sidecar_trees import DB, Tree, entry, rendered

TOKENS = entry(
    "service-intentions",
    "web",
    'JWT { Providers = [{ Name = "login" }] }\nSources = [{ Name = "a", Action = "allow" }]',
)
WEB_HTTP = entry("service-defaults", "web", 'Protocol = "http"')

CASES = {
    "RB-32": (Tree(entries=(TOKENS, WEB_HTTP)), [("jwt-provider-missing", "error")]),
    "RB-32 of a TCP service": (Tree(entries=(TOKENS,)), []),
    "LS-33": (
        Tree(
            upstreams=DB,
            entries=(
                entry("proxy-defaults", "global", 'Config { protocol = "foo" }'),
                entry("service-resolver", "db", 'ConnectTimeout = "9s"'),
            ),
        ),
        [("routes-of-tcp-upstream", "error")],
    ),
    "LS-01": (
        Tree(proxy='config { balance_inbound_connections = "sometimes" }'),
        [("balance-unknown", "warning")],
    ),
    "X-32": (
        Tree(proxy='config { bind_port = "abc" protocol = "HTTP" }'),
        [("setting-unreadable", "warning")],
    ),
    "CL-51": (
        Tree(
            entries=(
                entry("jwt-provider", "p", 'JSONWebKeySet { Remote { URI = "https://a.example:99999/k" } }'),
            )
        ),
        [("jwks-uri-unusable", "warning")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_faults(name: str, tmp_path: Path) -> None:
    case, expected = CASES[name]
    found = rendered(case, tmp_path)
    assert [(fault.rule, fault.severity.word) for fault in found.faults] == expected


def test_a_value_of_another_type_leaves_no_defaults(tmp_path: Path) -> None:
    found = rendered(CASES["X-32"][0], tmp_path)
    assert found.clusters["local_app"]["connectTimeout"] == "0s"
    filters = found.listeners["public_listener:0.0.0.0:9999"]["filterChains"][0]["filters"]
    assert [each["name"].rpartition(".")[2] for each in filters] == ["rbac", "tcp_proxy"]


def test_where_resources_come_from(tmp_path: Path) -> None:
    case = Tree(
        upstreams=DB,
        entries=(
            entry("proxy-defaults", "global", 'Config { protocol = "http" }'),
            entry("service-resolver", "db", 'RequestTimeout = "9s"'),
        ),
    )
    found = rendered(case, tmp_path)
    text = {key: origin.text for key, origin in found.origins.items()}
    assert text["listeners", "db:127.0.0.1:9191"] == "upstream db of web-sidecar-proxy"
    assert text["routes", "db"] == "service-resolver db, for upstream db"
    assert text["clusters", "local_app"] == "application of web-sidecar-proxy"
    assert all(origin.location is not None for origin in found.origins.values())
