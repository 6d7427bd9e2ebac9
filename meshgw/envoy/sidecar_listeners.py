"""Listeners of a sidecar (envoy-sidecar.md 6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from meshgw.envoy.escape_hatches import LISTENER, own_message
from meshgw.envoy.listener_blocks import balance, bind_of
from meshgw.envoy.peers import peer_filter
from meshgw.envoy.resources import Resource
from meshgw.envoy.sidecar_context import SidecarContext
from meshgw.envoy.sidecar_exposed import exposed_listeners
from meshgw.envoy.sidecar_outbound import outbound_listener
from meshgw.envoy.sidecar_public import public_listener
from meshgw.envoy.sidecar_queries import query_filter
from meshgw.envoy.sidecar_upstreams import chain_filter
from meshgw.snapshot.model import ChainUpstream, PeerUpstream, QueryUpstream, Upstream

U = TypeVar("U", PeerUpstream, QueryUpstream)


def sidecar_listeners(context: SidecarContext) -> Iterator[Resource]:
    """The public listener, and one for each upstream that is registered with an address."""
    yield from public_listener(context)
    for upstream in context.snapshot.upstreams:
        match upstream:
            case ChainUpstream():
                yield from _chain_listener(context, upstream)
            case PeerUpstream() if upstream.explicit:
                yield from _own_or_made(context, upstream, peer_filter)
            case QueryUpstream():
                yield from _own_or_made(context, upstream, query_filter)
    yield from outbound_listener(context)
    yield from exposed_listeners(context)


def _chain_listener(context: SidecarContext, upstream: ChainUpstream) -> Iterator[Resource]:
    """Where the application reaches an upstream (6.5); a listener of the user's own comes first (LS-35)."""
    own = context.settings(upstream).envoy_listener_json
    if own and upstream.chain.default:
        yield from _own_listener(context, upstream, own, required=True)
        return
    if own:
        context.warn(
            "escape-hatch-ignored",
            f"`envoy_listener_json` of {upstream.envoy_id} is ignored",
            note="Consul uses it only where no config entry shapes the upstream's chain",
        )
    if upstream.explicit:
        way = chain_filter(context, upstream)
        if way is not None:
            yield upstream_listener(context, upstream, way)


def _own_or_made(
    context: SidecarContext, upstream: U, way: Callable[[SidecarContext, U], dict[str, Any] | None]
) -> Iterator[Resource]:
    """A listener of the user's own, else one whose only filter is what `way` gives (LS-35)."""
    own = context.settings(upstream).envoy_listener_json
    if own:
        yield from _own_listener(context, upstream, own, required=False)
        return
    made = way(context, upstream)
    if made is not None:
        yield upstream_listener(context, upstream, made)


def _own_listener(
    context: SidecarContext, upstream: Upstream, text: str, *, required: bool
) -> Iterator[Resource]:
    body = own_message(
        context, "envoy_listener_json", text, LISTENER, required=required, of=upstream.envoy_id
    )
    if body is not None:
        yield Resource("listeners", body.get("name", ""), body, context.origin(upstream))


def upstream_listener(
    context: SidecarContext, upstream: ChainUpstream | PeerUpstream | QueryUpstream, way: dict[str, Any]
) -> Resource:
    """A listener of an upstream's own; `way` is its only filter."""
    assert upstream.settings is not None
    where, address = bind_of(upstream.settings.upstream)
    name = f"{upstream.envoy_id}:{where}"
    body = {
        "name": name,
        **address,
        **context.listener_logs,
        "filterChains": [{"filters": [way]}],
        **balance(context, context.settings(upstream).balance_outbound_connections),
        "trafficDirection": "OUTBOUND",
    }
    return Resource("listeners", name, body, context.origin(upstream))
