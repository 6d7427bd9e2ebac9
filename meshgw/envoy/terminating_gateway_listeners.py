"""Listeners of a terminating gateway: mutual TLS and intentions of each service (2.3, 2.4)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshgw.envoy import names, rbac, tls
from meshgw.envoy.gateway_listeners import bound_listeners, sni_chain
from meshgw.envoy.network_filters import (
    CALLER_DETAILS,
    HTTP_LIKE,
    http_manager,
    sanitizes,
    served_routes,
    tcp_proxy,
)
from meshgw.envoy.rbac_principals import Identities
from meshgw.envoy.resources import Resource
from meshgw.envoy.terminating_gateway_context import TerminatingContext
from meshgw.resolve.intentions import wanted_providers
from meshgw.snapshot.model import PeerBundle
from meshgw.snapshot.names import exported_sni
from meshgw.snapshot.terminating_model import AnyRepresented


def terminating_listeners(context: TerminatingContext) -> Iterator[Resource]:
    """One listener per bind address; all have the same filter chains apart from the last (TE-11)."""
    chains = [chain for service in context.snapshot.services for chain in _chains(context, service)]
    chains.sort(key=_first_server_name)

    def chains_of(listener: str) -> list[dict[str, Any]]:
        prefix = names.stat_prefix("terminating_gateway.", listener)
        return [*chains, sni_chain(prefix, context.filter_logs)]

    return bound_listeners(context, chains_of, trafficDirection="INBOUND")


def _first_server_name(chain: dict[str, Any]) -> str:
    """Chains are sorted by it alone (TE-12); code points sort as UTF-8 bytes do."""
    name: str = chain["filterChainMatch"]["serverNames"][0]
    return name


def _chains(context: TerminatingContext, service: AnyRepresented) -> Iterator[dict[str, Any]]:
    """A chain for the service and each of its subsets or addresses; they differ by their cluster only."""
    rules = _authorization(context, service)
    socket = tls.downstream_socket(
        tls.incoming(context.snapshot.mesh_entry),
        tls.callers_trust(context.snapshot.trust_domain, _told_apart(context, service)),
        alpn=(),
    )
    for cluster in context.clusters_of(service).values():
        yield {
            "filterChainMatch": {"serverNames": [cluster, *_peer_names(context, service)]},
            "filters": list(_filters(context, service, cluster, rules)),
            "transportSocket": socket,
        }


def _told_apart(context: TerminatingContext, service: AnyRepresented) -> tuple[PeerBundle, ...]:
    """The peers whose callers come here by themselves: over TCP, and nothing but that (TE-13, TE-14)."""
    return service.bundles if context.protocol(service) == "tcp" else ()


def _peer_names(context: TerminatingContext, service: AnyRepresented) -> Iterator[str]:
    for bundle in _told_apart(context, service):
        yield exported_sni(service.link.key, bundle.peer, context.snapshot.trust_domain)


def _filters(
    context: TerminatingContext, service: AnyRepresented, cluster: str, rules: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    name = names.filter_name(service.link.key, context.datacenter)
    prefix, protocol = names.stat_prefix("upstream.", name), context.protocol(service)
    if protocol not in HTTP_LIKE:
        yield from rules
        yield tcp_proxy(prefix, cluster, context.filter_logs)
        return
    yield http_manager(
        protocol,
        prefix,
        served_routes(cluster, context.fetch_timeout_ms),
        context.filter_logs,
        filters=rules,
        tracing=context.tracing,
        **({} if sanitizes(context.snapshot.mesh_entry) else CALLER_DETAILS),
    )


def _authorization(context: TerminatingContext, service: AnyRepresented) -> list[dict[str, Any]]:
    """The filter that decides about connections or requests; none when tokens are asked for (TE-18)."""
    snapshot, http = context.snapshot, context.protocol(service) in HTTP_LIKE
    identities = Identities.of(snapshot.trust_domain, snapshot.key.partition, service.bundles)
    allow = snapshot.datacenter.default_allow
    if not http:
        return [rbac.network_filter(service.intentions, identities, default_allow=allow)]
    for _, provider in wanted_providers(service.intentions):
        context.fail(
            "jwt-behind-terminating-gateway",
            f"an intention for `{service.link.key.name}` asks for tokens of `{provider}`, "
            "and terminating gateways know no JWT providers",
            note=f"provider specified in intention does not exist. Provider name: {provider}",
        )
        return []
    return [rbac.http_filter(service.intentions, identities, {}, default_allow=allow)]
