"""Transparent mode: filter chains, passthrough and destinations, from small trees (X-15–X-18, X-33, X-43)."""

import json
from pathlib import Path
from typing import Any

import pytest
from sidecar_trees import Tree, entry, instance, rendered

from meshgw.envoy.resources import Resources

TRANSPARENT = entry("proxy-defaults", "global", 'Mode = "transparent"')
MESH_ONLY = 'Kind = "mesh"\nTransparentProxy { MeshDestinationsOnly = true }\n'


def outbound(found: Resources, port: int = 15001) -> dict[str, Any]:
    return dict(found.listeners[f"outbound_listener:127.0.0.1:{port}"])


def summary(found: Resources, port: int = 15001) -> list[tuple[Any, ...]]:
    """Each filter chain: addresses, port, names, and where it goes."""
    return [
        (
            *(each["addressPrefix"] for each in chain["filterChainMatch"].get("prefixRanges", ())),
            *chain["filterChainMatch"].get("serverNames", ()),
            chain["filterChainMatch"].get("destinationPort", 0),
            _target(chain["filters"][0]["typedConfig"]).removesuffix(".default.dc1.internal.td.consul"),
        )
        for chain in outbound(found, port).get("filterChains", ())
    ]


def _target(config: dict[str, Any]) -> str:
    if "routeConfig" in config:
        config = config["routeConfig"]["virtualHosts"][0]["routes"][0]["route"]
    return str(config.get("cluster") or config["rds"]["routeConfigName"])


def allow(*names: str) -> tuple[str, ...]:
    return tuple(
        entry("service-intentions", name, 'Sources = [{ Name = "web", Action = "allow" }]') for name in names
    )


def destination(name: str, addresses: list[str], port: int, protocol: str = "tcp") -> str:
    body = f'Protocol = "{protocol}"\nDestination {{ Addresses = {json.dumps(addresses)} Port = {port} }}'
    return entry("service-defaults", name, body)


def gateway(*services: str) -> tuple[str, ...]:
    listed = ", ".join(f'{{ Name = "{name}" }}' for name in services)
    kind = entry("terminating-gateway", "gateway", f"Services = [{listed}]")
    return (
        kind,
        'service { name = "gateway" kind = "terminating-gateway" port = 8443 address = "172.168.0.1" }',
    )


def test_inferred_upstreams_by_virtual_ip(tmp_path: Path) -> None:
    """`hidden` is denied by default, `lonely` has an entry and no instance."""
    case = Tree(
        entries=(TRANSPARENT, entry("service-resolver", "lonely"), *allow("google", "lonely")),
        others=(instance("google", 1, "9.9.9.9", 9090), instance("hidden", 1, "9.9.9.8")),
    )
    found = rendered(case, tmp_path)
    assert [row[-1] for row in summary(found)] == ["lonely", "google"]
    assert [row[0][:6] for row in summary(found)] == ["240.0."] * 2
    assert found.endpoints["lonely.default.dc1.internal.td.consul"]["endpoints"] == [{}]
    assert not any("hidden" in name for name in found.clusters)
    assert {fault.rule for fault in found.faults} == {"virtual-ip-assumed"}
    assert "defaultFilterChain" in outbound(found)


def test_only_destinations_of_the_mesh(tmp_path: Path) -> None:
    found = rendered(Tree(entries=(TRANSPARENT, MESH_ONLY), default="allow"), tmp_path)
    assert "original-destination" not in found.clusters
    assert not any(name.startswith("outbound_listener") for name in found.listeners)


def test_tcp_destinations(tmp_path: Path) -> None:
    case = Tree(
        entries=(
            TRANSPARENT,
            MESH_ONLY,
            destination("google", ["www.google.com", "api.google.com"], 443),
            destination("kafka", ["192.168.2.1", "192.168.2.2"], 9093),
            *allow("google", "kafka"),
            *gateway("google", "kafka"),
        )
    )
    found = rendered(case, tmp_path)
    assert summary(found) == [
        ("192.168.2.1", 9093, "destination.192-168-2-1.kafka"),
        ("192.168.2.2", 9093, "destination.192-168-2-2.kafka"),
        ("api.google.com", 443, "destination.api-google-com.google"),
        ("www.google.com", 443, "destination.www-google-com.google"),
    ]
    names = [each["name"].rpartition(".")[2] for each in outbound(found)["listenerFilters"]]
    assert names == ["original_dst", "tls_inspector"]
    (group,) = found.endpoints["destination.192-168-2-1.kafka.default.dc1.internal.td.consul"]["endpoints"]
    address = group["lbEndpoints"][0]["endpoint"]["address"]["socketAddress"]
    assert address == {"address": "172.168.0.1", "portValue": 8443}
    assert (
        "circuitBreakers"
        not in found.clusters["destination.www-google-com.google.default.dc1.internal.td.consul"]
    )


def test_http_destinations_share_a_port(tmp_path: Path) -> None:
    case = Tree(
        entries=(
            TRANSPARENT,
            destination("google", ["www.google.com"], 443, "http"),
            destination("kafka", ["192.168.2.1"], 9093, "http"),
            destination("kafka2", ["192.168.2.2", "192.168.2.3"], 9093, "http"),
            *allow("google", "kafka", "kafka2"),
            *gateway("google", "kafka", "kafka2"),
        )
    )
    found = rendered(case, tmp_path)
    assert summary(found) == [(443, "destination.443.~http"), (9093, "destination.9093.~http")]
    hosts = found.routes["destination.9093.~http.default.dc1.internal.td.consul"]["virtualHosts"]
    assert [host["domains"] for host in hosts] == [["192.168.2.3"], ["192.168.2.2"], ["192.168.2.1"]]
    names = [each["name"].rpartition(".")[2] for each in outbound(found)["listenerFilters"]]
    assert names == ["original_dst", "http_inspector"]


def dialed(name: str, number: int, address: str, version: str = "") -> str:
    body = json.loads(instance(name, number, address))
    body["Service"]["Proxy"]["TransparentProxy"] = {"DialedDirectly": True}
    body["Service"]["Meta"] = {"version": version}
    return json.dumps(body)


def test_directly_dialed_instances(tmp_path: Path) -> None:
    case = Tree(
        entries=(
            TRANSPARENT,
            entry("service-resolver", "mongo", 'ConnectTimeout = "33s"'),
            *allow("mongo", "kafka"),
        ),
        others=(
            dialed("mongo", 1, "10.10.10.10"),
            instance("mongo", 2, "10.10.10.11"),
            dialed("mongo", 3, "10.10.10.12"),
            dialed("kafka", 1, "9.9.9.9"),
        ),
    )
    found = rendered(case, tmp_path)
    direct = [row for row in summary(found) if row[-1].startswith("passthrough")]
    assert direct == [
        ("10.10.10.10", "10.10.10.12", 0, "passthrough~mongo"),
        ("9.9.9.9", 0, "passthrough~kafka"),
    ]
    assert found.clusters["passthrough~mongo.default.dc1.internal.td.consul"]["connectTimeout"] == "33s"
    assert found.clusters["passthrough~kafka.default.dc1.internal.td.consul"]["connectTimeout"] == "5s"


def test_subsets_that_are_dialed_directly_are_put_together(tmp_path: Path) -> None:
    case = Tree(
        entries=(
            TRANSPARENT,
            MESH_ONLY,
            entry("service-defaults", "kafka", 'Protocol = "http"'),
            entry(
                "service-resolver",
                "kafka",
                'ConnectTimeout = "2s"\nSubsets = { v1 = { Filter = "Service.Meta.version == 1" },'
                ' v2 = { Filter = "Service.Meta.version == 2" } }',
            ),
            entry(
                "service-splitter",
                "kafka",
                'Splits = [{ Weight = 50, ServiceSubset = "v1" }, { Weight = 50, ServiceSubset = "v2" }]',
            ),
            *allow("kafka"),
        ),
        others=(dialed("kafka", 1, "10.9.9.8", "1"), dialed("kafka", 2, "10.9.9.9", "2")),
    )
    found = rendered(case, tmp_path)
    assert ("10.9.9.8", "10.9.9.9", 0, "passthrough~kafka") in summary(found)
    assert found.clusters["passthrough~kafka.default.dc1.internal.td.consul"]["connectTimeout"] == "5s"
    assert "passthrough-varies" in [fault.rule for fault in found.faults]


def test_an_upstream_with_a_port_of_its_own_has_no_filter_chain(tmp_path: Path) -> None:  # US-03
    case = Tree(
        upstreams='destination_name = "db" local_bind_port = 9302',
        entries=(TRANSPARENT, *allow("db")),
        others=(instance("db", 1, "10.1.1.1"),),
    )
    found = rendered(case, tmp_path)
    assert "db:127.0.0.1:9302" in found.listeners
    assert summary(found) == []


@pytest.mark.parametrize(
    ("default", "entries", "expected"),
    [
        ("deny", (), []),
        ("allow", (), ["api", "db"]),
        ("allow", ('{ Name = "web", Action = "deny" }',), ["db"]),
        ("deny", ('{ Name = "web", Action = "allow" }',), ["api"]),
        ("deny", ('{ Name = "*", Action = "allow" }',), ["api"]),
        (
            "deny",
            ('{ Name = "web", Permissions = [{ Action = "deny", HTTP { PathPrefix = "/" } }] }',),
            ["api"],
        ),
    ],
)
def test_intentions_make_upstreams(
    default: str, entries: tuple[str, ...], expected: list[str], tmp_path: Path
) -> None:
    sources = [entry("service-intentions", "api", f"Sources = [{text}]") for text in entries]
    case = Tree(
        entries=(TRANSPARENT, entry("service-defaults", "api", 'Protocol = "http"'), *sources),
        others=(instance("api", 1, "10.1.1.1"), instance("db", 1, "10.1.1.2")),
        default=default,
    )
    found = rendered(case, tmp_path)
    assert sorted(row[-1] for row in summary(found)) == expected
