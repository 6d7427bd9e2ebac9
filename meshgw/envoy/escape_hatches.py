"""Resources that users write themselves in Envoy's own JSON (envoy-sidecar.md 6.3, 4.7, 9.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from meshgw.envoy.context import ProxyContext
from meshgw.envoy.messages import MessageFault, read_message
from meshgw.envoy.network_filters import HTTP_LIKE, HTTP_MANAGER
from meshgw.envoy.resources import Resource
from meshgw.envoy.sidecar_context import SidecarContext
from meshgw.envoy.tree_walk import member, spelling
from meshgw.snapshot.model import ProxySnapshot, Upstream

LISTENER: Final = "envoy.config.listener.v3.Listener"
CLUSTER: Final = "envoy.config.cluster.v3.Cluster"
TRACING: Final = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.Tracing"
_MANAGER_TYPE = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
_MANAGER_NAMES: Final = (HTTP_MANAGER, "envoy.http_connection_manager")


def own_message(
    context: ProxyContext[ProxySnapshot], key: str, text: str, expected: str, *, required: bool, of: str = ""
) -> dict[str, Any] | None:
    """The message of an escape hatch; `None` when it cannot be read, which stops all when it is required."""
    found = read_message(text, expected)
    where = f"`{key}`{f' of {of}' if of else ''}"
    if isinstance(found, MessageFault):
        report = context.fail if required else context.warn
        report("escape-hatch-unreadable", f"{where} cannot be read: {found.text}")
        return None
    if not found.checked:
        context.warn(
            "escape-hatch-not-checked",
            f"{where} was not checked, and is passed on as it is",
            note="Envoy's message definitions are not installed: the extra `envoy`",
        )
    return dict(found.body)


def own_cluster(
    context: SidecarContext, upstream: Upstream, text: str, socket: Mapping[str, Any]
) -> Iterator[Resource]:
    """A cluster of the user's own in the place of an upstream's, with the TLS of that one (CL-34, CL-41)."""
    body = own_message(context, "envoy_cluster_json", text, CLUSTER, required=True, of=upstream.envoy_id)
    if body is not None:
        body.pop(spelling(body, "transport_socket"), None)
        body["transportSocket"] = socket
        yield Resource("clusters", body.get("name", ""), body, context.origin(upstream))


def guarded_listener(
    listener: Mapping[str, Any],
    protocol: str,
    socket: Mapping[str, Any],
    http_filters: list[dict[str, Any]],
    network_filter: dict[str, Any],
) -> tuple[dict[str, Any], bool]:
    """A public listener of the user's own, with TLS and authorization forced on every filter chain.

    Requests are decided about where all chains have a connection manager; otherwise connections are.
    The second value says that a chain of an HTTP service has none (LS-21).
    """
    key = spelling(listener, "filter_chains")
    given = listener.get(key)
    chains = [dict(chain) for chain in given if isinstance(chain, Mapping)] if isinstance(given, list) else []
    for chain in chains:
        chain.pop(spelling(chain, "transport_socket"), None)
        chain["transportSocket"] = socket
    lacking = False
    by_request = protocol in HTTP_LIKE
    if by_request:
        changed = [_with_http_filters(chain, http_filters) for chain in chains]
        lacking = any(chain is None for chain in changed)
        chains = [new or old for new, old in zip(changed, chains, strict=True)]
    if lacking or not by_request:
        chains = [chain | {"filters": [network_filter, *_filters(chain)]} for chain in chains]
    found = dict(listener)
    if chains:
        found[key] = chains
    return found, lacking


def _filters(chain: Mapping[str, Any]) -> list[Any]:
    found = chain.get("filters")
    return found if isinstance(found, list) else []


def _with_http_filters(chain: Mapping[str, Any], http_filters: list[dict[str, Any]]) -> dict[str, Any] | None:
    """A chain whose first connection manager begins with some filters; `None` without a usable one."""
    filters = list(_filters(chain))
    for index, each in enumerate(filters):
        if member(each, "name") not in _MANAGER_NAMES:
            continue
        config = member(each, "typed_config")
        if not isinstance(config, Mapping) or not str(config.get("@type", "")).endswith(f"/{_MANAGER_TYPE}"):
            return None
        key = spelling(config, "http_filters")
        given = config.get(key)
        manager = {**config, key: [*http_filters, *(given if isinstance(given, list) else [])]}
        filters[index] = {**each, spelling(each, "typed_config"): manager}
        return {**chain, "filters": filters}
    return None
