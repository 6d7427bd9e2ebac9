"""Destinations outside the mesh, through terminating gateways (envoy-sidecar.md CL-39, 7.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshgw.envoy import names, tls
from meshgw.envoy.cluster_blocks import NO_PANIC, eds_source
from meshgw.envoy.endpoints import load_assignment
from meshgw.envoy.network_filters import HTTP_LIKE
from meshgw.envoy.resources import Resource, ResourceOrigin
from meshgw.envoy.sidecar_context import SidecarContext
from meshgw.mesh.keys import ServiceKey
from meshgw.snapshot.model import DestinationUpstream


def addresses_of(upstream: DestinationUpstream) -> tuple[str, ...]:
    destination = upstream.entry.destination
    return destination.addresses if destination is not None else ()


def destination_cluster(context: SidecarContext, service: ServiceKey, address: str) -> str:
    """The cluster of one address of a destination."""
    snapshot = context.snapshot
    return names.destination_cluster(service, address, snapshot.datacenter.name, snapshot.trust_domain)


def destination_clusters(context: SidecarContext) -> Iterator[Resource]:
    """One cluster for each address of a destination; its gateways are the endpoints of all of them."""
    snapshot = context.snapshot
    for upstream in _destinations(context):
        origin = _origin(upstream)
        identity = names.service_spiffe_id(upstream.key, snapshot.datacenter.name, snapshot.trust_domain)
        for address in addresses_of(upstream):
            name = destination_cluster(context, upstream.key, address)
            body = {
                "name": name,
                "altStatName": name,
                "type": "EDS",
                **eds_source(context.fetch_timeout_ms),
                "connectTimeout": "5s",
                **NO_PANIC,
                "outlierDetection": {},
                "transportSocket": tls.upstream_socket(
                    context.outgoing_tls, tls.trusted(tls.ROOT, [identity]), name
                ),
            }
            yield Resource("clusters", name, body, origin)
            yield Resource("endpoints", name, load_assignment(name, upstream.endpoints), origin)


def shared_ports(context: SidecarContext) -> dict[int, DestinationUpstream]:
    """The ports of destinations that speak HTTP, each with the first service that has it."""
    found: dict[int, DestinationUpstream] = {}
    for upstream in _destinations(context):
        if upstream.protocol in HTTP_LIKE and upstream.entry.destination is not None:
            found.setdefault(upstream.entry.destination.port, upstream)
    return found


def shared_routes(context: SidecarContext, upstream: DestinationUpstream, port: int) -> str:
    """The route configuration of all destinations on a port, named after the first one's tenancy."""
    return destination_cluster(context, upstream.key._replace(name="~http"), str(port))


def destination_routes(context: SidecarContext) -> Iterator[tuple[str, list[dict[str, Any]], ResourceOrigin]]:
    """For each port the name of its route configuration, and a virtual host for each address (RT-25)."""
    for port, first in shared_ports(context).items():
        hosts = [
            _virtual_host(destination_cluster(context, upstream.key, address), address)
            for upstream in _destinations(context)
            if upstream.protocol in HTTP_LIKE and _port(upstream) == port
            for address in addresses_of(upstream)
        ]
        hosts.sort(key=lambda host: str(host["name"]), reverse=True)
        yield shared_routes(context, first, port), hosts, _origin(first)


def _virtual_host(cluster: str, address: str) -> dict[str, Any]:
    routes = [{"match": {"prefix": "/"}, "route": {"cluster": cluster}}]
    return {"name": cluster, "domains": [address], "routes": routes}


def _destinations(context: SidecarContext) -> Iterator[DestinationUpstream]:
    for upstream in context.snapshot.upstreams:
        if isinstance(upstream, DestinationUpstream):
            yield upstream


def _port(upstream: DestinationUpstream) -> int:
    return upstream.entry.destination.port if upstream.entry.destination is not None else 0


def _origin(upstream: DestinationUpstream) -> ResourceOrigin:
    return ResourceOrigin(f"destination {upstream.key.name}", upstream.entry.locate(("Destination",)))
