"""The listeners of gateways that tell connections apart by SNI (envoy-mesh-gateway.md 4, 5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from meshgw.envoy.context import GatewayContext
from meshgw.envoy.listener_blocks import TLS_INSPECTOR
from meshgw.envoy.network_filters import Logs, tcp_proxy
from meshgw.envoy.protojson import addressed, filter_of
from meshgw.envoy.resources import Resource
from meshgw.snapshot.binds import bind_list
from meshgw.snapshot.model import ProxySnapshot

_SNI_CLUSTER: Final = filter_of(
    "envoy.filters.network.sni_cluster", "envoy.extensions.filters.network.sni_cluster.v3.SniCluster"
)


def bound_listeners(
    context: GatewayContext[ProxySnapshot], chains_of: Callable[[str], list[dict[str, Any]]], **fields: Any
) -> Iterator[Resource]:
    """One listener per bind address; `chains_of` makes its filter chains from its short name."""
    for bind in bind_list(context.snapshot.instance.service, context.options):
        name = f"{bind.name}:{bind.host}:{bind.port}"
        body = {
            "name": name,
            **addressed(bind.host, bind.port),
            **context.listener_logs,
            "listenerFilters": [TLS_INSPECTOR],
            "filterChains": chains_of(bind.name),
            **fields,
        }
        yield Resource("listeners", name, body, context.own_origin(f"bind address `{bind.name}`"))


def sni_chain(stat_prefix: str, logs: Logs) -> dict[str, Any]:
    """What no other chain matches goes to the cluster that is named like the SNI."""
    return {"filters": [_SNI_CLUSTER, tcp_proxy(stat_prefix, "", logs)]}
