"""Listeners and filter chains of a mesh gateway (envoy-mesh-gateway.md 4, 5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from meshgw.envoy import names
from meshgw.envoy.access_logs import filter_logs, listener_logs
from meshgw.envoy.gateway_options import GatewayOptions, gateway_options
from meshgw.envoy.protojson import addressed, filter_of
from meshgw.envoy.resources import Resource, ResourceOrigin
from meshgw.snapshot.model import MeshGatewaySnapshot

_ANY = "0.0.0.0"  # noqa: S104  # what Consul binds when a gateway has no address
_LOOPBACK = "127.0.0.1"
_TCP_PROXY = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy"

TLS_INSPECTOR = filter_of(
    "envoy.filters.listener.tls_inspector",
    "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector",
)
_SNI_CLUSTER = filter_of(
    "envoy.filters.network.sni_cluster", "envoy.extensions.filters.network.sni_cluster.v3.SniCluster"
)


class Bind(NamedTuple):
    """A listener to open. `name` is its short name `<L>` in stat prefixes."""

    name: str
    address: str
    port: int


def gateway_listeners(snapshot: MeshGatewaySnapshot) -> Iterator[Resource]:
    """One listener per bind address; all have the same filter chains apart from their short name."""
    logs = snapshot.proxy.access_logs
    for bind in bind_list(snapshot, gateway_options(snapshot.proxy.config)):
        host = bind.address or (_ANY if bind.name == "default" else _LOOPBACK)
        name = f"{bind.name}:{host}:{bind.port}"
        body = {
            "name": name,
            **addressed(host, bind.port),
            **listener_logs(logs),
            "listenerFilters": [TLS_INSPECTOR],
            "filterChains": list(_filter_chains(snapshot, bind.name)),
        }
        origin = ResourceOrigin(f"bind address `{bind.name}`", snapshot.instance.location)
        yield Resource("listeners", name, body, origin)


def bind_list(snapshot: MeshGatewaySnapshot, options: GatewayOptions) -> list[Bind]:
    """Where the gateway listens: sorted by name, each address and port once (MG-L01–MG-L05)."""
    service = snapshot.instance.service
    found: list[Bind] = []
    if not options.no_default_bind:
        found.append(Bind("default", service.address or _ANY, service.port))
    if options.bind_tagged_addresses:
        found.extend(Bind(tag, item.address, item.port) for tag, item in service.tagged_addresses.items())
    found.extend(Bind(name, item.address, item.port) for name, item in options.bind_addresses.items())
    found.sort(key=lambda bind: bind.name)
    seen: dict[tuple[str, int], Bind] = {}
    for bind in found:
        seen.setdefault((bind.address, bind.port), bind)
    return list(seen.values())


def _filter_chains(snapshot: MeshGatewaySnapshot, listener: str) -> Iterator[dict[str, Any]]:
    """The chains in Consul's order (MG-F01); Envoy chooses by the most specific server name."""
    yield from _remote_chains(snapshot, listener)
    yield _catch_all(snapshot, listener)


def _remote_chains(snapshot: MeshGatewaySnapshot, listener: str) -> Iterator[dict[str, Any]]:
    for remote in snapshot.remote_keys:
        cluster = names.gateway_cluster(remote.key, snapshot.trust_domain)
        prefix = names.stat_prefix("mesh_gateway_remote.", f"{listener}.{names.key_text(remote.key)}")
        yield tcp_chain(snapshot, [f"*.{cluster}"], cluster, prefix)


def tcp_chain(
    snapshot: MeshGatewaySnapshot, server_names: list[str], cluster: str, prefix: str
) -> dict[str, Any]:
    """Connections whose SNI matches are passed on undecrypted (MG-F02)."""
    return {
        "filterChainMatch": {"serverNames": server_names},
        "filters": [_tcp_proxy(snapshot, cluster, prefix)],
    }


def _catch_all(snapshot: MeshGatewaySnapshot, listener: str) -> dict[str, Any]:
    """Anything else goes to the cluster that is named like the SNI (MG-F14)."""
    prefix = names.stat_prefix("mesh_gateway_local.", listener)
    return {"filters": [_SNI_CLUSTER, _tcp_proxy(snapshot, "", prefix)]}


def _tcp_proxy(snapshot: MeshGatewaySnapshot, cluster: str, prefix: str) -> dict[str, Any]:
    return filter_of(
        "envoy.filters.network.tcp_proxy",
        _TCP_PROXY,
        cluster=cluster,
        statPrefix=prefix,
        **filter_logs(snapshot.proxy.access_logs),
    )
