"""Clusters and load assignments of a terminating gateway (envoy-other-gateways.md 2.5–2.7)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from meshgw.entries.service_resolver import ServiceResolver
from meshgw.envoy import tls
from meshgw.envoy.cluster_blocks import eds_discovery, http2_upstream, keepalive, load_balancer
from meshgw.envoy.dns_clusters import dns_discovery, named_discovery, named_endpoints
from meshgw.envoy.endpoints import load_assignment, plain_assignment, plain_endpoint
from meshgw.envoy.protojson import duration, milliseconds
from meshgw.envoy.resources import Resource
from meshgw.envoy.terminating_gateway_context import TerminatingContext
from meshgw.mesh.model import is_ip
from meshgw.snapshot.model import Endpoint
from meshgw.snapshot.terminating_model import Represented, RepresentedDestination, RepresentedService


def terminating_clusters(context: TerminatingContext) -> Iterator[Resource]:
    """A cluster for each service, subset and address of a destination, and what is served beside it."""
    for service in context.snapshot.services:
        if isinstance(service, RepresentedService):
            yield from _service_clusters(context, service)
        else:
            yield from _destination_clusters(context, service)


def _service_clusters(context: TerminatingContext, service: RepresentedService) -> Iterator[Resource]:
    """By DNS when an instance has a host name (TE-23), else by EDS; a default subset counts there only."""
    named = named_endpoints(service.endpoints)
    settings = _settings(context, service)
    for subset, name in context.clusters_of(service).items():
        origin = context.origin_of(service, subset)
        body = {"name": name, **settings}
        endpoints = service.carried.subsets[subset] if subset else service.carried.endpoints
        if named:
            hosts = named_endpoints(endpoints) if subset else named
            yield Resource("clusters", name, body | _discovery(context, name, hosts), origin)
        else:
            found = eds_discovery(context.fetch_timeout_ms)
            yield Resource("clusters", name, body | found, origin)
            yield Resource("endpoints", name, load_assignment(name, endpoints), origin)


def _discovery(context: TerminatingContext, name: str, hosts: Sequence[Endpoint]) -> dict[str, Any]:
    """A subset without a host name waits for endpoints that nobody serves (TE-24)."""
    if not hosts:
        return eds_discovery(context.fetch_timeout_ms)
    return named_discovery(name, hosts, strict=context.options.strict_dns)


def _settings(context: TerminatingContext, service: RepresentedService) -> dict[str, Any]:
    """What the clusters of a service and its subsets have in common."""
    resolver = service.carried.resolver
    return {
        "connectTimeout": _connect_timeout(context, resolver),
        "outlierDetection": {},
        **_tls(service),
        **load_balancer(resolver.load_balancer if resolver is not None else None),
        **(http2_upstream() if context.speaks_http2(service) else {}),
        **keepalive(context.options),
    }


def _connect_timeout(context: TerminatingContext, resolver: ServiceResolver | None) -> str:
    if resolver is not None and resolver.connect_timeout > 0:
        return duration(resolver.connect_timeout)
    return milliseconds(context.options.connect_timeout_ms)


def _tls(service: Represented) -> dict[str, Any]:
    """TLS towards the service; only a CA turns it on (TE-20)."""
    settings = service.link.settings
    if not settings.ca_file:
        return {}
    socket = tls.outside_socket(settings.ca_file, settings.cert_file, settings.key_file, settings.sni)
    return {"transportSocket": socket}


def _destination_clusters(context: TerminatingContext, service: RepresentedDestination) -> Iterator[Resource]:
    """Neither HTTP/2 nor keepalive nor anything of a resolver (TE-40, TE-41)."""
    port = service.destination.port
    for address, name in context.clusters_of(service).items():
        body = {
            "name": name,
            "connectTimeout": milliseconds(context.options.connect_timeout_ms),
            "outlierDetection": {},
            **_tls(service),
        }
        if is_ip(address):
            found = {"type": "STATIC", "loadAssignment": plain_assignment(name, [(address, port)])}
        else:
            found = dns_discovery(name, [plain_endpoint(address, port)], strict=False)
        yield Resource("clusters", name, body | found, context.origin_of(service, address))
