"""Clusters of an ingress gateway; its entry limits and watches them (envoy-other-gateways.md 3.6)."""

from __future__ import annotations

from collections.abc import Iterator

from meshgw.chain.model import ResolverNode
from meshgw.entries.blocks import PassiveHealthCheck
from meshgw.entries.ingress_parts import IngressDefaults, IngressService
from meshgw.envoy.chain_clusters import ChainSettings, chain_clusters
from meshgw.envoy.ingress_gateway_context import IngressContext
from meshgw.envoy.resources import Resource
from meshgw.envoy.sidecar_options import HealthCheck, Limits
from meshgw.mesh.keys import ServiceKey
from meshgw.snapshot.ingress_model import ServedService, ServingListener
from meshgw.snapshot.model import ChainUpstream

_NOTHING = IngressDefaults()


def ingress_clusters(context: IngressContext) -> Iterator[Resource]:
    """The clusters of each service once, for the first listener that names it (IE-31)."""
    made: set[ServiceKey] = set()
    for listener, service in context.snapshot.served:
        upstream = service.upstream
        if upstream.key not in made:
            made.add(upstream.key)
            yield from chain_clusters(context, upstream, _settings(context, listener, service))


def _settings(context: IngressContext, listener: ServingListener, service: ServedService) -> ChainSettings:
    entry = context.snapshot.entry
    assert entry is not None
    defaults = entry.defaults or _NOTHING
    limits = _limits(defaults, service.block)
    if limits is not None and _fails_over(service.upstream):
        # Members have them here; Consul crashes on the cluster that has none (IE-33).
        context.fail(
            "ingress-limits-with-failover",
            f"`{service.upstream.envoy_id}` fails over and has limits of the ingress gateway",
            note="Consul fails on a cluster that fails over and has limits, and serves nothing",
        )
    return ChainSettings(
        origin=context.origin(service),
        protocol=listener.settings.protocol,
        limits=limits,
        passive_health_check=_health_check(
            defaults.passive_health_check,
            service.block.passive_health_check,
            on_server=context.snapshot.datacenter.registered_with == "server",
        ),
        watches_aggregates=True,
    )


def _fails_over(upstream: ChainUpstream) -> bool:
    return any(
        isinstance(node, ResolverNode) and node.failover is not None for node in upstream.chain.nodes.values()
    )


def _limits(defaults: IngressDefaults, block: IngressService) -> Limits | None:
    """Those of the service, else the defaults; 0 is not set (IE-32)."""
    found = Limits(
        max_connections=block.max_connections or defaults.max_connections or None,
        max_pending_requests=block.max_pending_requests or defaults.max_pending_requests or None,
        max_concurrent_requests=block.max_concurrent_requests or defaults.max_concurrent_requests or None,
    )
    return None if found == Limits() else found


def _health_check(
    defaults: PassiveHealthCheck | None, own: PassiveHealthCheck | None, *, on_server: bool
) -> HealthCheck | None:
    """Field by field from the service, then from the defaults (IE-34).

    A server takes an absent `MaxEjectionPercent` of a block that is there for 0 (GO-13).
    """
    found: dict[str, int] = {}
    for check in (defaults, own):
        if check is not None:
            found |= _set_fields(check, on_server=on_server)
    return HealthCheck(**found) if found else None


def _set_fields(check: PassiveHealthCheck, *, on_server: bool) -> dict[str, int]:
    ejection = check.max_ejection_percent
    values = {
        "interval": check.interval or None,
        "max_failures": check.max_failures or None,
        "enforcing_consecutive_5xx": check.enforcing_consecutive_5xx or None,
        "max_ejection_percent": 0 if ejection is None and on_server else ejection,
        "base_ejection_time": check.base_ejection_time,
    }
    return {name: value for name, value in values.items() if value is not None}
