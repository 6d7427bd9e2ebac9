"""Listeners of a sidecar (envoy-sidecar.md 6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshgw.envoy.listener_blocks import balance, bind_of
from meshgw.envoy.peers import peer_filter
from meshgw.envoy.resources import Resource
from meshgw.envoy.sidecar_context import SidecarContext
from meshgw.envoy.sidecar_public import public_listener
from meshgw.envoy.sidecar_upstreams import chain_filter
from meshgw.snapshot.model import ChainUpstream, PeerUpstream, QueryUpstream


def sidecar_listeners(context: SidecarContext) -> Iterator[Resource]:
    """The public listener, and one for each upstream that is registered with an address."""
    yield public_listener(context)
    for upstream in context.snapshot.upstreams:
        if isinstance(upstream, ChainUpstream) and upstream.explicit:
            yield from _chain_listener(context, upstream)
        elif isinstance(upstream, PeerUpstream) and upstream.explicit:
            yield from _peer_listener(context, upstream)


def _chain_listener(context: SidecarContext, upstream: ChainUpstream) -> Iterator[Resource]:
    """Where the application reaches an upstream (6.5)."""
    way = chain_filter(context, upstream)
    if way is not None:
        yield upstream_listener(context, upstream, way)


def _peer_listener(context: SidecarContext, upstream: PeerUpstream) -> Iterator[Resource]:
    way = peer_filter(context, upstream)
    if way is not None:
        yield upstream_listener(context, upstream, way)


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
