"""Listeners and filter chains of a mesh gateway (envoy-mesh-gateway.md 4, 5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshgw.envoy import names
from meshgw.envoy.gateway_listeners import bound_listeners, sni_chain
from meshgw.envoy.mesh_gateway_context import MeshGatewayContext
from meshgw.envoy.mesh_gateway_exports import exported_chains
from meshgw.envoy.network_filters import tcp_proxy
from meshgw.envoy.resources import Resource


def gateway_listeners(context: MeshGatewayContext) -> Iterator[Resource]:
    """One listener per bind address; all have the same filter chains apart from their short name."""
    exported = list(exported_chains(context))
    return bound_listeners(context, lambda listener: [*exported, *_filter_chains(context, listener)])


def _filter_chains(context: MeshGatewayContext, listener: str) -> Iterator[dict[str, Any]]:
    """The chains in Consul's order (MG-F01); Envoy chooses by the most specific server name."""
    yield from _remote_chains(context, listener)
    yield from _server_chains(context, listener)
    yield from _peering_chains(context, listener)
    yield _catch_all(context, listener)


def _remote_chains(context: MeshGatewayContext, listener: str) -> Iterator[dict[str, Any]]:
    """Other partitions and datacenters (MG-F03)."""
    for remote in context.snapshot.remote_keys:
        cluster = context.gateway_cluster(remote)
        prefix = names.stat_prefix("mesh_gateway_remote.", f"{listener}.{names.key_text(remote.key)}")
        yield _tcp_chain(context, f"*.{cluster}", cluster, prefix)


def _server_chains(context: MeshGatewayContext, listener: str) -> Iterator[dict[str, Any]]:
    """Servers of other datacenters, and each own one (MG-F04, MG-F05)."""
    if not context.snapshot.wan_federation:
        return
    for known in context.snapshot.gateway_keys:
        if known.key.datacenter != context.datacenter:
            cluster = context.servers_name(known.key.datacenter)
            prefix = names.stat_prefix("mesh_gateway_remote.", f"{listener}.{names.key_text(known.key)}")
            yield _tcp_chain(context, f"*.{cluster}", cluster, prefix)
    for server in context.snapshot.servers:
        name = context.server_name(server.name)
        prefix = names.stat_prefix("mesh_gateway_local_server.", f"{listener}.{context.datacenter}")
        yield _tcp_chain(context, name, name, prefix)


def _peering_chains(context: MeshGatewayContext, listener: str) -> Iterator[dict[str, Any]]:
    """The control plane of peerings: own servers, then those of the peers it dials (MG-F06, MG-F07)."""
    if context.snapshot.peering_servers is not None:
        name = context.peering_servers_name
        prefix = names.stat_prefix("mesh_gateway_local_peering_server.", f"{listener}.{context.datacenter}")
        yield _tcp_chain(context, name, name, prefix)
    for peering in context.snapshot.outbound_peerings:
        name = peering.server_name
        prefix = names.stat_prefix("mesh_gateway_remote_peering_servers.", name)
        yield _tcp_chain(context, name, name, prefix)


def _tcp_chain(context: MeshGatewayContext, server_name: str, cluster: str, prefix: str) -> dict[str, Any]:
    """Connections whose SNI matches are passed on undecrypted (MG-F02)."""
    return {
        "filterChainMatch": {"serverNames": [server_name]},
        "filters": [tcp_proxy(prefix, cluster, context.filter_logs)],
    }


def _catch_all(context: MeshGatewayContext, listener: str) -> dict[str, Any]:
    """Anything else (MG-F14)."""
    return sni_chain(names.stat_prefix("mesh_gateway_local.", listener), context.filter_logs)
