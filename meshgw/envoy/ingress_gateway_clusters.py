"""Clusters of an ingress gateway; its entry limits and watches them (envoy-other-gateways.md 3.6)."""

from __future__ import annotations

from collections.abc import Iterator

from meshgw.envoy.chain_clusters import ChainSettings, chain_clusters
from meshgw.envoy.ingress_gateway_context import IngressContext
from meshgw.envoy.resources import Resource
from meshgw.envoy.sidecar_options import HealthCheck, Limits
from meshgw.mesh.keys import ServiceKey
from meshgw.resolve.ingress_gateway import service_health_check, service_limits
from meshgw.snapshot.ingress_model import ServedService, ServingListener


def ingress_clusters(context: IngressContext) -> Iterator[Resource]:
    """The clusters of each service once, for the first listener that names it (IE-31)."""
    made: set[ServiceKey] = set()
    for listener, service in context.snapshot.served:
        upstream = service.upstream
        if upstream.key not in made:
            made.add(upstream.key)
            yield from chain_clusters(context, upstream, _settings(context, listener, service))


def _settings(context: IngressContext, listener: ServingListener, service: ServedService) -> ChainSettings:
    entry = context.entry
    limits = service_limits(entry, service.block)
    if limits and service.upstream.chain.fails_over:
        # Members have them here; Consul crashes on the cluster that has none (IE-33).
        context.fail(
            "ingress-limits-with-failover",
            f"`{service.upstream.envoy_id}` fails over and has limits of the ingress gateway",
            note="Consul fails on a cluster that fails over and has limits, and serves nothing",
        )
    on_server = context.snapshot.datacenter.registered_with == "server"
    check = service_health_check(entry, service.block, on_server=on_server)
    return ChainSettings(
        origin=context.origin(service),
        protocol=listener.settings.protocol,
        limits=Limits(**limits) if limits else None,
        passive_health_check=HealthCheck(**check) if check else None,
        watches_aggregates=True,
    )
