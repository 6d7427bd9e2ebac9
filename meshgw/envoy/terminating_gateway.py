"""The resources of a terminating gateway (envoy-other-gateways.md 2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from meshgw.envoy import names
from meshgw.envoy.certificates import LinkedLeaf
from meshgw.envoy.resources import Resource, Resources
from meshgw.envoy.terminating_gateway_clusters import terminating_clusters
from meshgw.envoy.terminating_gateway_context import TerminatingContext
from meshgw.envoy.terminating_gateway_extensions import with_extensions
from meshgw.envoy.terminating_gateway_listeners import terminating_listeners
from meshgw.envoy.terminating_gateway_routes import terminating_routes
from meshgw.snapshot.terminating_model import TerminatingGatewaySnapshot

BUILDERS: tuple[Callable[[TerminatingContext], Iterator[Resource]], ...] = (
    terminating_listeners,
    terminating_routes,
    terminating_clusters,
)
"""What is made, in Consul's order (XV-01)."""


def terminating_gateway_resources(snapshot: TerminatingGatewaySnapshot) -> Resources:
    """Everything that Consul serves to a terminating gateway; with an error among the faults, nothing."""
    context = TerminatingContext(snapshot)
    made = [resource for build in BUILDERS for resource in build(context)]
    return Resources.of(with_extensions(context, made), context.faults)


def linked_leafs(snapshot: TerminatingGatewaySnapshot) -> Iterator[LinkedLeaf]:
    """The certificates that a terminating gateway shows to callers: one for each service."""
    context = TerminatingContext(snapshot)
    for service in snapshot.services:
        key = service.link.key
        yield LinkedLeaf(
            namespace=key.namespace,
            service=key.name,
            spiffe_id=names.service_spiffe_id(key, context.datacenter, snapshot.trust_domain),
            server_names=tuple(context.clusters_of(service).values()),
        )
