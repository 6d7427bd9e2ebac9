"""Clusters and load assignments of a mesh gateway (envoy-mesh-gateway.md 7, 8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshgw.chain.names import service_sni
from meshgw.entries.service_resolver import ServiceResolver
from meshgw.envoy import names
from meshgw.envoy.cluster_blocks import eds_source
from meshgw.envoy.endpoints import load_assignment
from meshgw.envoy.gateway_options import GatewayOptions, fetch_timeout_ms, gateway_options
from meshgw.envoy.protojson import duration, milliseconds
from meshgw.envoy.resources import Resource, ResourceOrigin
from meshgw.snapshot.instances import subset_of
from meshgw.snapshot.model import CarriedService, MeshGatewaySnapshot
from meshgw.snapshot.pools import endpoint


def gateway_clusters(snapshot: MeshGatewaySnapshot) -> Iterator[Resource]:
    """Clusters with their load assignments, in generation order (MG-O02)."""
    options = gateway_options(snapshot.proxy.config)
    yield from _remote_clusters(snapshot, options)
    for service in snapshot.carried:
        yield from _carried_clusters(snapshot, options, service)


def _remote_clusters(snapshot: MeshGatewaySnapshot, options: GatewayOptions) -> Iterator[Resource]:
    for remote in snapshot.remote_keys:
        name = names.gateway_cluster(remote.key, snapshot.trust_domain)
        origin = ResourceOrigin(f"mesh gateways of {remote.key}", remote.instances[0].location)
        endpoints = [endpoint(gateway, snapshot.key) for gateway in remote.instances]
        yield Resource("clusters", name, eds_cluster(snapshot, name, options.connect_timeout_ms), origin)
        yield Resource("endpoints", name, load_assignment(name, endpoints), origin)


def _carried_clusters(
    snapshot: MeshGatewaySnapshot, options: GatewayOptions, service: CarriedService
) -> Iterator[Resource]:
    """The service and each of its subsets, reached by the SNI of their callers (C05, C06)."""
    resolver = snapshot.datacenter.entries.resolver(service.key)
    for subset in ("", *(sorted(resolver.subsets) if resolver is not None else ())):
        name = service_sni(service.key, subset, snapshot.key.datacenter, snapshot.trust_domain)
        label = f"subset {subset} of " if subset else ""
        origin = ResourceOrigin(f"{label}service {service.key.name}", service.endpoints[0].location)
        body = eds_cluster(snapshot, name, options.connect_timeout_ms)
        yield Resource("clusters", name, body | _resolver_settings(resolver), origin)
        yield Resource("endpoints", name, _assignment(snapshot, service, resolver, subset, name), origin)


def _assignment(
    snapshot: MeshGatewaySnapshot,
    service: CarriedService,
    resolver: ServiceResolver | None,
    subset: str,
    name: str,
) -> dict[str, Any]:
    """A subset's endpoints; the unnamed cluster has those of the default subset (E06, E07)."""
    chosen = None
    if resolver is not None:
        chosen = resolver.subsets.get(subset or resolver.default_subset)
    instances = subset_of(service.endpoints, chosen.filter if chosen else "")
    only_passing = chosen is not None and chosen.only_passing
    found = [endpoint(item, snapshot.key, only_passing=only_passing) for item in instances]
    return load_assignment(name, found)


def _resolver_settings(resolver: ServiceResolver | None) -> dict[str, Any]:
    """What a resolver changes on the clusters of its service (MG-C05, MG-C14)."""
    if resolver is None:
        return {}
    found: dict[str, Any] = {}
    if resolver.connect_timeout > 0:
        found["connectTimeout"] = duration(resolver.connect_timeout)
    balancer = resolver.load_balancer
    if balancer is not None and balancer.policy == "random":
        found["lbPolicy"] = "RANDOM"
    if balancer is not None and balancer.policy == "least_request":
        found["lbPolicy"] = "LEAST_REQUEST"
        if balancer.least_request_config is not None:
            found["leastRequestLbConfig"] = {"choiceCount": balancer.least_request_config.choice_count}
    return found


def eds_cluster(snapshot: MeshGatewaySnapshot, name: str, timeout_ms: int) -> dict[str, Any]:
    """A cluster that passes bytes through: no TLS, no panic threshold of its own (7.2)."""
    return {
        "name": name,
        "type": "EDS",
        "connectTimeout": milliseconds(timeout_ms),
        **eds_source(fetch_timeout_ms(snapshot.proxy.config)),
        "outlierDetection": {},
        **_limits(snapshot),
    }


def _limits(snapshot: MeshGatewaySnapshot) -> dict[str, Any]:
    """Circuit breakers from the upstream defaults of the gateway's own service-defaults (MG-C13)."""
    entry = snapshot.proxy.sources.service_defaults
    defaults = entry.upstream_config.defaults if entry is not None and entry.upstream_config else None
    if defaults is None or defaults.limits is None:
        return {}
    values = {
        "maxConnections": defaults.limits.max_connections,
        "maxPendingRequests": defaults.limits.max_pending_requests,
        "maxRequests": defaults.limits.max_concurrent_requests,
    }
    threshold = {name: value for name, value in values.items() if value is not None}
    return {"circuitBreakers": {"thresholds": [threshold]}}
