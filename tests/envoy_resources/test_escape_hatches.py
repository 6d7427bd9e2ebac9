"""Resources in the user's own JSON: valid, broken, of another type, and where they are ignored."""

import json
from pathlib import Path
from typing import Any

import pytest
from sidecar_trees import DB, HTTP, Tree, entry, rendered

from meshgw.diagnostics.model import Severity
from meshgw.envoy import messages
from meshgw.envoy.resources import Resources

URL = "type.googleapis.com/"
LISTENER = "envoy.config.listener.v3.Listener"
CLUSTER = "envoy.config.cluster.v3.Cluster"
MANAGER = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
TCP_PROXY = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"
ADDRESS = {"socketAddress": {"address": "127.0.0.1", "portValue": 9999}}


def filter_of(name: str, type_url: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "typed_config": {"@type": URL + type_url, **fields}}


TCP = filter_of("envoy.filters.network.tcp_proxy", TCP_PROXY, cluster="elsewhere", stat_prefix="own")
HTTP_CHAIN = filter_of(
    "envoy.filters.network.http_connection_manager",
    MANAGER,
    stat_prefix="own",
    http_filters=[{"name": "envoy.filters.http.router"}],
)


def listener(*filters: Any, **more: Any) -> str:
    body = {"name": "own", "address": ADDRESS, "filterChains": [{"filters": [each]} for each in filters]}
    return json.dumps({"@type": URL + LISTENER, **body, **more})


def cluster(**more: Any) -> str:
    return json.dumps({"@type": "x/" + CLUSTER, "name": "own", "connect_timeout": "7s", **more})


def hatch(key: str, text: str) -> str:
    return f"config {{ {key} = {json.dumps(text)} }}"


def errors(found: Resources) -> list[str]:
    return [fault.rule for fault in found.faults if fault.severity is Severity.ERROR]


def warnings(found: Resources) -> list[str]:
    return [fault.rule for fault in found.faults if fault.severity is Severity.WARNING]


def filters_of(body: Any, chain: int = 0) -> list[str]:
    return [each["name"].rpartition(".")[2] for each in body["filterChains"][chain]["filters"]]


def test_a_public_listener_is_guarded(tmp_path: Path) -> None:
    found = rendered(Tree(proxy=hatch("envoy_public_listener_json", listener(TCP))), tmp_path)
    assert not errors(found)
    (body,) = found.listeners.values()
    assert filters_of(body) == ["rbac", "tcp_proxy"]
    chain = body["filterChains"][0]
    assert chain["transportSocket"]["typedConfig"]["requireClientCertificate"] is True
    assert chain["filters"][1]["typedConfig"]["statPrefix"] == "own"  # written as Envoy writes it
    assert "trafficDirection" not in body


def test_a_public_http_listener_decides_about_requests(tmp_path: Path) -> None:
    own = hatch("envoy_public_listener_json", listener(HTTP_CHAIN)).replace("{ ", '{ protocol = "http" ', 1)
    found = rendered(Tree(proxy=own), tmp_path)
    (body,) = found.listeners.values()
    assert filters_of(body) == ["http_connection_manager"]
    http_filters = body["filterChains"][0]["filters"][0]["typedConfig"]["httpFilters"]
    assert [each["name"] for each in http_filters] == ["envoy.filters.http.rbac", "envoy.filters.http.router"]


def test_a_chain_without_http_makes_all_decide_about_connections(tmp_path: Path) -> None:
    own = hatch("envoy_public_listener_json", listener(HTTP_CHAIN, TCP))
    found = rendered(Tree(proxy=own.replace("{ ", '{ protocol = "http" ', 1)), tmp_path)
    assert warnings(found) == ["own-listener-without-http"]
    (body,) = found.listeners.values()
    assert [filters_of(body, chain) for chain in (0, 1)] == [
        ["rbac", "http_connection_manager"],
        ["rbac", "tcp_proxy"],
    ]


def test_a_local_cluster_takes_the_place_of_exposed_ones(tmp_path: Path) -> None:
    expose = 'expose { paths = [{ path = "/a" local_path_port = 9 listener_port = 21500 }] }'
    found = rendered(
        Tree(proxy=f"{hatch('envoy_local_cluster_json', cluster(type='STATIC'))} {expose}"), tmp_path
    )
    assert found.clusters == {"own": {"name": "own", "connectTimeout": "7s", "type": "STATIC"}}
    assert found.collisions == ()


def test_resources_of_an_upstream(tmp_path: Path) -> None:
    both = (
        f"config {{ envoy_listener_json = {json.dumps(listener(TCP))}"
        f" envoy_cluster_json = {json.dumps(cluster(type='EDS'))} }}"
    )
    found = rendered(Tree(upstreams=f"{DB} {both}"), tmp_path)
    assert not found.faults
    assert "db:127.0.0.1:9191" not in found.listeners
    assert found.listeners["own"]["filterChains"][0]["filters"][0]["typedConfig"]["cluster"] == "elsewhere"
    assert (
        found.clusters["own"]["transportSocket"]["typedConfig"]["sni"] == "db.default.dc1.internal.td.consul"
    )
    assert found.endpoints == {"own": {"clusterName": "own", "endpoints": [{}]}}


def test_upstreams_that_entries_shape_keep_their_own(tmp_path: Path) -> None:
    both = (
        f"config {{ envoy_listener_json = {json.dumps(listener(TCP))}"
        f" envoy_cluster_json = {json.dumps(cluster())} }}"
    )
    shaped = entry("service-resolver", "db", 'ConnectTimeout = "9s"')
    found = rendered(Tree(upstreams=f"{DB} {both}", entries=(shaped,)), tmp_path)
    assert warnings(found) == ["escape-hatch-ignored"] * 2
    assert "db:127.0.0.1:9191" in found.listeners
    assert "own" not in found.clusters


PUBLIC, LOCAL, TRACING = (
    "envoy_public_listener_json",
    "envoy_local_cluster_json",
    "envoy_listener_tracing_json",
)


@pytest.mark.parametrize(
    ("key", "text", "rules"),
    [
        (PUBLIC, "{", ["escape-hatch-unreadable"]),
        (PUBLIC, "[]", ["escape-hatch-unreadable"]),
        (PUBLIC, '{"name": "own"}', ["escape-hatch-unreadable"]),
        (PUBLIC, cluster(), ["escape-hatch-unreadable"]),
        (PUBLIC, listener(TCP, colour="red"), ["escape-hatch-unreadable"]),
        (PUBLIC, listener(filter_of("x", "envoy.no.such.Message")), ["escape-hatch-unreadable"]),
        (PUBLIC, '{"a":' * 5000 + "1" + "}" * 5000, ["escape-hatch-unreadable"]),
        (LOCAL, "{", ["escape-hatch-unreadable"]),
        (LOCAL, cluster(type="NONE"), ["escape-hatch-unreadable"]),
        (TRACING, "{", []),
        (TRACING, listener(), []),
    ],
)
def test_what_cannot_be_read(key: str, text: str, rules: list[str], tmp_path: Path) -> None:
    """Consul then serves nothing; only tracing is left out (PK-27)."""
    found = rendered(Tree(proxy=hatch(key, text), entries=(HTTP,)), tmp_path)
    assert errors(found) == rules
    assert warnings(found) == ([] if rules else ["escape-hatch-unreadable"])


@pytest.mark.parametrize(
    ("upstream", "key", "stops"),
    [
        (DB, "envoy_listener_json", True),
        (DB, "envoy_cluster_json", True),
        (f'{DB} destination_type = "prepared_query"', "envoy_listener_json", False),
        (f'{DB} destination_type = "prepared_query"', "envoy_cluster_json", True),
    ],
)
def test_what_cannot_be_read_of_an_upstream(upstream: str, key: str, stops: bool, tmp_path: Path) -> None:
    found = rendered(Tree(upstreams=f"{upstream} {hatch(key, '{')}"), tmp_path)
    assert bool(errors(found)) == stops
    assert bool(warnings(found)) != stops


def test_without_envoys_definitions_the_text_is_passed_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(messages, "messages_known", lambda: False)
    found = rendered(Tree(proxy=hatch(PUBLIC, listener(TCP, colour="red"))), tmp_path)
    assert warnings(found) == ["escape-hatch-not-checked"]
    assert found.listeners["own"]["colour"] == "red"
