"""The listener that catches what a transparent proxy's application sends (envoy-sidecar.md 6.6)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Any

from meshgw.envoy import names
from meshgw.envoy.listener_blocks import HTTP_INSPECTOR, ORIGINAL_DST, TLS_INSPECTOR
from meshgw.envoy.network_filters import HTTP_LIKE, http_manager, served_routes, tcp_proxy
from meshgw.envoy.peers import peer_filter
from meshgw.envoy.protojson import addressed
from meshgw.envoy.resources import Resource, ResourceOrigin
from meshgw.envoy.sidecar_context import SidecarContext
from meshgw.envoy.sidecar_destinations import (
    addresses_of,
    destination_cluster,
    shared_ports,
    shared_routes,
)
from meshgw.envoy.sidecar_passthrough import passes_outside, passthrough_name
from meshgw.envoy.sidecar_upstreams import chain_filter
from meshgw.mesh.model import is_ip
from meshgw.snapshot.model import ChainUpstream, DestinationUpstream, Passthrough, PeerUpstream

_LOOPBACK = "127.0.0.1"
_DEFAULT_PORT = 15001


def outbound_listener(context: SidecarContext) -> Iterator[Resource]:
    """In transparent mode: one listener with a filter chain for each address that traffic may go to."""
    proxy = context.snapshot.proxy
    if not proxy.transparent:
        return
    port = proxy.outbound_listener_port or _DEFAULT_PORT
    chains = sorted(_chains(context), key=_order)
    outside = passes_outside(context)
    if not chains and not outside:
        return
    name = f"{names.OUTBOUND_LISTENER}:{_LOOPBACK}:{port}"
    body: dict[str, Any] = {
        "name": name,
        **addressed(_LOOPBACK, port),
        **context.listener_logs,
        "listenerFilters": list(_listener_filters(context)),
        "trafficDirection": "OUTBOUND",
    }
    if chains:
        body["filterChains"] = chains
    if outside:
        body["defaultFilterChain"] = {"filters": [_plain(context, names.ORIGINAL_DESTINATION)]}
    service = context.snapshot.instance.service
    origin = ResourceOrigin(f"transparent mode of {service.id}", service.locate())
    yield Resource("listeners", name, body, origin)


def _chains(context: SidecarContext) -> Iterator[dict[str, Any]]:
    for upstream in context.snapshot.upstreams:
        match upstream:
            case ChainUpstream() if not upstream.explicit:
                yield from _chain_of(context, upstream)
            case PeerUpstream() if not upstream.explicit:
                match = _prefixes(upstream.addresses)
                way = peer_filter(context, upstream) if match else None
                if way is not None:
                    yield {"filterChainMatch": match, "filters": [way]}
            case DestinationUpstream() if upstream.protocol not in HTTP_LIKE:
                yield from _destination_chains(context, upstream)
    yield from _shared_chains(context)
    yield from _passthrough_chains(context)


def _chain_of(context: SidecarContext, upstream: ChainUpstream) -> Iterator[dict[str, Any]]:
    """An inferred upstream by its addresses; without one there is no way to it (LS-42)."""
    if context.settings(upstream).envoy_listener_json and upstream.chain.default:
        return  # a listener of the user's own stands for it (LS-35)
    match = _prefixes(upstream.addresses)
    way = chain_filter(context, upstream) if match else None
    if way is None:
        return
    assumed = context.snapshot.assumed_addresses.get(upstream.envoy_id)
    if assumed:
        context.assume(
            "virtual-ip-assumed",
            f"virtual IP {assumed} is assumed for {upstream.envoy_id}"
            " (set `virtual_ips` in the project file)",
        )
    yield {"filterChainMatch": match, "filters": [way]}


def _prefixes(addresses: Iterable[str]) -> dict[str, Any]:
    """Connections to some IPs; nothing when there is none among the addresses (LS-42)."""
    found = sorted({address for address in addresses if is_ip(address)})
    ranges = [{"addressPrefix": address, "prefixLen": _length(address)} for address in found]
    return {"prefixRanges": ranges} if ranges else {}


def _length(address: str) -> int:
    """The bits of an address; one of IPv4 within IPv6 counts as IPv4."""
    parsed = ipaddress.ip_address(address)
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return 32 if parsed.version == 4 or mapped is not None else 128


def _destination_chains(context: SidecarContext, upstream: DestinationUpstream) -> Iterator[dict[str, Any]]:
    """A destination outside the mesh that does not speak HTTP: by address or by the name in TLS."""
    port = upstream.entry.destination.port if upstream.entry.destination is not None else 0
    for address in addresses_of(upstream):
        match = _prefixes([address]) or {"serverNames": [address]}
        cluster = destination_cluster(context, upstream.key, address)
        yield {
            "filterChainMatch": {**match, "destinationPort": port},
            "filters": [_plain(context, cluster)],
        }


def _shared_chains(context: SidecarContext) -> Iterator[dict[str, Any]]:
    """Destinations that speak HTTP share a chain by port, and are told apart by host name (LS-47)."""
    for port, upstream in shared_ports(context).items():
        name = shared_routes(context, upstream, port)
        way = http_manager(
            upstream.protocol,
            names.stat_prefix("upstream.", name),
            served_routes(name, context.fetch_timeout_ms),
            context.filter_logs,
            tracing=context.tracing,
        )
        yield {"filterChainMatch": {"destinationPort": port}, "filters": [way]}


def _passthrough_chains(context: SidecarContext) -> Iterator[dict[str, Any]]:
    """Instances that are dialed by their own addresses; of two with one address the last counts (LS-48)."""
    owners: dict[str, Passthrough] = {}
    for each in passthroughs_of(context):
        owners.update(dict.fromkeys(each.addresses, each))
    for each in passthroughs_of(context):
        match = _prefixes(address for address in each.addresses if owners[address] is each)
        if match:
            name = names.filter_name(each.service, context.snapshot.datacenter.name)
            prefix = names.stat_prefix("upstream.", name)
            yield {
                "filterChainMatch": match,
                "filters": [tcp_proxy(prefix, passthrough_name(context, each), context.filter_logs)],
            }


def passthroughs_of(context: SidecarContext) -> Iterator[Passthrough]:
    for upstream in context.snapshot.upstreams:
        if isinstance(upstream, ChainUpstream):
            yield from upstream.passthrough


def _plain(context: SidecarContext, cluster: str) -> dict[str, Any]:
    return tcp_proxy(names.stat_prefix("upstream.", cluster), cluster, context.filter_logs)


def _listener_filters(context: SidecarContext) -> Iterator[dict[str, Any]]:
    """What finds out where a connection was to go (LS-45)."""
    found = [each for each in context.snapshot.upstreams if isinstance(each, DestinationUpstream)]
    plain = [each for each in found if each.protocol not in HTTP_LIKE]
    yield ORIGINAL_DST
    if any(not is_ip(address) for each in plain for address in addresses_of(each)):
        yield TLS_INSPECTOR
    if len(plain) < len(found):
        yield HTTP_INSPECTOR


def _order(chain: dict[str, Any]) -> str:
    """Filter chains stand in the order of a text made of their match (LS-43)."""
    match = chain["filterChainMatch"]
    port = f"value:{match['destinationPort']}" if "destinationPort" in match else "<nil>"
    if "prefixRanges" in match:
        first = match["prefixRanges"][0]
        return f"{first['addressPrefix']}/value:{first['prefixLen']}:{port}{port}"
    if "serverNames" in match:
        return f"{match['serverNames'][0]}:{port}"
    return port
