"""What `explain` says of a setting is what merging gives: values follow from layers, and agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from meshgw.entries.blocks import (
    AccessLogs,
    EnvoyExtension,
    Expose,
    ExposePath,
    MeshGatewayConfig,
    PassiveHealthCheck,
    TransparentProxyConfig,
    UpstreamConfig,
    UpstreamLimits,
)
from meshgw.entries.proxy_defaults import ProxyDefaults
from meshgw.entries.service_defaults import ServiceDefaults, Upstreams
from meshgw.envoy.sidecar_options import Reader
from meshgw.mesh.entry_set import EntrySet
from meshgw.mesh.model import Instance, Node
from meshgw.resolve.proxy import EffectiveProxy, effective_proxy
from meshgw.resolve.settings import (
    PROXY_SETTINGS,
    UPSTREAM_SETTINGS,
    proxy_setting,
    upstream_setting,
)
from meshgw.services.model import CONNECT_PROXY, Proxy, Service, Upstream

modes = st.sampled_from(["", "", "none", "local", "remote"])
protocols = st.sampled_from(["", "", "http", "grpc", "TCP"])
scalars = st.sampled_from([None, "", 0, False, [], {}, 7, "x", True, {"a": 1}, {"a": 0, "b": {"c": ""}}, [1]])
gateways = modes.map(lambda mode: MeshGatewayConfig(mode=mode))
PROXY_KEYS = (
    "protocol", "Protocol", "PROTOCOL", "max_inbound_connections", "local_connect_timeout_ms",
    "local_request_timeout_ms", "balance_inbound_connections", "mesh_gateway", "foo", "Foo",
)  # fmt: skip
UPSTREAM_KEYS = (
    "protocol", "Protocol", "connect_timeout_ms", "ConnectTimeoutMs", "Connect_Timeout_MS", "limits",
    "Limits", "passive_health_check", "PassiveHealthCheck", "balance_outbound_connections",
    "envoy_listener_json", "EnvoyClusterJSON", "envoy_cluster_json", "mesh_gateway", "foo",
)  # fmt: skip


def maps(keys: tuple[str, ...]) -> st.SearchStrategy[Any]:
    limits = st.dictionaries(
        st.sampled_from(["MaxConnections", "max_connections", "Interval"]),
        st.sampled_from([0, 3]),
        max_size=2,
    )
    return st.none() | st.dictionaries(st.sampled_from(keys), scalars | limits, max_size=5)


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


transparency = st.builds(
    TransparentProxyConfig, outbound_listener_port=st.sampled_from([0, 9]), dialed_directly=st.booleans()
)
paths = st.lists(st.builds(ExposePath, path=st.sampled_from(["/a", "/b"])), max_size=2).map(tuple)
exposes = st.builds(Expose, checks=st.booleans(), paths=paths)
logs = st.builds(
    AccessLogs,
    enabled=st.booleans(),
    disable_listener_logs=st.booleans(),
    type=st.sampled_from(["", "file"]),
    path=st.sampled_from(["", "/x"]),
    json_format=st.sampled_from(["", "{}"]),
    text_format=st.sampled_from(["", "t"]),
)
extensions = st.lists(
    st.builds(EnvoyExtension, name=st.sampled_from(["builtin/lua", "builtin/aws/lambda"])), max_size=2
).map(tuple)
blocks = {
    "envoy_listener_json": st.sampled_from(["", "{}"]),
    "envoy_cluster_json": st.sampled_from(["", "{}"]),
    "protocol": protocols,
    "connect_timeout_ms": st.sampled_from([0, 5]),
    "limits": optional(st.builds(UpstreamLimits, max_connections=st.sampled_from([None, 0, 5]))),
    "passive_health_check": optional(st.builds(PassiveHealthCheck, max_failures=st.sampled_from([0, 3]))),
    "mesh_gateway": gateways,
    "balance_outbound_connections": st.sampled_from(["", "exact_balance"]),
}
names = st.sampled_from(["api", "db"])
overrides = st.builds(
    UpstreamConfig,
    name=names,
    namespace=st.just("default"),
    partition=st.just("default"),
    peer=st.sampled_from(["", "east"]),
    **blocks,
)
general = st.builds(
    ProxyDefaults,
    name=st.just("global"),
    namespace=st.just("default"),
    partition=st.just("default"),
    mode=st.sampled_from(["", "direct", "transparent"]),
    transparent_proxy=optional(transparency),
    mutual_tls_mode=st.sampled_from(["", "permissive"]),
    config=maps(PROXY_KEYS),
    mesh_gateway=gateways,
    expose=exposes,
    access_logs=optional(logs),
    envoy_extensions=extensions,
)


def service_defaults(name: str) -> st.SearchStrategy[ServiceDefaults]:
    return st.builds(
        ServiceDefaults,
        name=st.just(name),
        namespace=st.just("default"),
        partition=st.just("default"),
        protocol=protocols,
        mode=st.sampled_from(["", "direct", "transparent"]),
        transparent_proxy=optional(transparency),
        mutual_tls_mode=st.sampled_from(["", "strict"]),
        mesh_gateway=gateways,
        expose=exposes,
        max_inbound_connections=st.sampled_from([-1, 0, 3]),
        local_connect_timeout_ms=st.sampled_from([0, 11]),
        balance_inbound_connections=st.sampled_from(["", "exact_balance"]),
        envoy_extensions=extensions,
        upstream_config=optional(
            st.builds(
                Upstreams,
                defaults=optional(st.builds(UpstreamConfig, **blocks)),
                overrides=st.lists(overrides, max_size=3).map(tuple),
            )
        ),
    )


upstreams = st.builds(
    Upstream,
    destination_type=st.sampled_from(["service", "service", "prepared_query"]),
    destination_name=names,
    destination_namespace=st.just("default"),
    destination_partition=st.just("default"),
    destination_peer=st.sampled_from(["", "", "east"]),
    config=maps(UPSTREAM_KEYS),
    mesh_gateway=gateways,
)
registrations = st.builds(
    Proxy,
    destination_service_name=st.just("web"),
    mode=st.sampled_from(["", "direct", "transparent"]),
    transparent_proxy=transparency,
    config=maps(PROXY_KEYS),
    upstreams=st.lists(upstreams, max_size=3).map(tuple),
    mesh_gateway=gateways,
    expose=exposes,
    access_logs=logs,
    envoy_extensions=extensions,
)


def merged(proxy: Proxy, entries: list[Any], *, client_agent: bool, central: bool) -> EffectiveProxy:
    service = Service(name="web-sidecar-proxy", id="web-sidecar-proxy", kind=CONNECT_PROXY, proxy=proxy)
    node = Node(name="n", datacenter="dc1", address="10.0.0.1")
    instance = Instance(
        service=service, node=node, partition="default", namespace="default", central_config=central
    )
    return effective_proxy(instance, EntrySet(entries), client_agent=client_agent)


def reading(config: Mapping[str, Any], *keys: str) -> Any:
    """What Envoy's setup reads of a merged map."""
    return Reader(config).find(*keys)


FIELDS = {
    "mesh_gateway.mode": lambda proxy: proxy.mesh_gateway_mode,
    "mode": lambda proxy: proxy.mode,
    "transparent_proxy.outbound_listener_port": lambda proxy: proxy.outbound_listener_port,
    "transparent_proxy.dialed_directly": lambda proxy: proxy.dialed_directly,
    "expose.checks": lambda proxy: proxy.expose.checks,
    "expose.paths": lambda proxy: proxy.expose.paths,
    "access_logs.enabled": lambda proxy: proxy.access_logs.enabled,
    "access_logs.disable_listener_logs": lambda proxy: proxy.access_logs.disable_listener_logs,
    "access_logs.type": lambda proxy: proxy.access_logs.type,
    "access_logs.path": lambda proxy: proxy.access_logs.path,
    "access_logs.json_format": lambda proxy: proxy.access_logs.json_format,
    "access_logs.text_format": lambda proxy: proxy.access_logs.text_format,
    "envoy_extensions": lambda proxy: proxy.envoy_extensions,
    "mutual_tls_mode": lambda proxy: proxy.mutual_tls_mode,
    "protocol": lambda proxy: reading(proxy.config, "protocol"),
}
CAMEL = {
    "connect_timeout_ms": "ConnectTimeoutMs",
    "balance_outbound_connections": "BalanceOutboundConnections",
    "envoy_listener_json": "EnvoyListenerJSON",
    "envoy_cluster_json": "EnvoyClusterJSON",
    "passive_health_check": "PassiveHealthCheck",
}


def same(resolved: Any, expected: Any, what: str) -> None:
    assert resolved.value == expected, what
    if not resolved.joined and resolved.winner is not None:
        assert resolved.winner.value == expected, what
    for layer in resolved.layers:
        assert layer.counts != bool(layer.why), layer


@settings(max_examples=200, deadline=None)
@given(
    proxy=registrations,
    general=optional(general),
    own=optional(service_defaults("web")),
    other=service_defaults("api"),
    client_agent=st.booleans(),
    central=st.sampled_from([True, True, True, False]),
)
def test_settings_agree_with_merging(*, proxy, general, own, other, client_agent, central) -> None:
    entries = [entry for entry in (general, own, other) if entry is not None]
    effective = merged(proxy, entries, client_agent=client_agent, central=central)
    for name, read in FIELDS.items():
        same(proxy_setting(name).of(effective.sources), read(effective), name)
    for key in PROXY_KEYS:
        expected = reading(effective.config, key)
        same(proxy_setting(f"config.{key}").of(effective.sources), expected, key)
    for upstream in effective.upstreams:
        found = upstream_setting("mesh_gateway.mode").of(effective.sources, upstream)
        same(found, upstream.mode.value, "mode")
        for key in (*CAMEL, "protocol", "limits", "foo"):
            keys = (CAMEL[key], key) if key in CAMEL else (key,)
            expected = reading(upstream.config, *keys)
            found = upstream_setting(key if key != "foo" else "config.foo").of(
                effective.sources, upstream, client_agent=client_agent
            )
            same(found, expected, f"{key} of {upstream}")


def test_every_setting_is_compared() -> None:
    named = {*FIELDS, *(f"config.{key}" for key in PROXY_KEYS)}
    assert {setting.name for setting in PROXY_SETTINGS} <= named
    assert {setting.name for setting in UPSTREAM_SETTINGS} == {
        *CAMEL,
        "protocol",
        "limits",
        "mesh_gateway.mode",
    }
