"""How a proxy's upstreams are called in Envoy (envoy-sidecar.md XV-12)."""

from __future__ import annotations

from meshgw.mesh.keys import ServiceKey
from meshgw.services.model import Upstream


def envoy_id(key: ServiceKey, *, datacenter: str = "", peer: str = "", query: bool = False) -> str:
    """`[prepared_query:]<tenancy><name>[?peer=<peer> | ?dc=<datacenter>]`; default tenancy is left out."""
    head = "prepared_query:" if query else ""
    tail = f"?peer={peer}" if peer else f"?dc={datacenter}" if datacenter else ""
    return f"{head}{tenancy_prefix(key)}{key.name}{tail}"


def tenancy_prefix(key: ServiceKey) -> str:
    if key.partition != "default":
        return f"{key.partition}/{key.namespace}/"
    return "" if key.namespace == "default" else f"{key.namespace}/"


def key_of_upstream(upstream: Upstream) -> ServiceKey:
    return ServiceKey(
        upstream.destination_partition or "default",
        upstream.destination_namespace or "default",
        upstream.destination_name,
    )


def upstream_id(upstream: Upstream) -> str:
    """The Envoy id of a registered upstream."""
    if upstream.destination_type == "prepared_query":
        key = ServiceKey("default", "default", upstream.destination_name)
        return envoy_id(key, datacenter=upstream.datacenter, query=True)
    return envoy_id(key_of_upstream(upstream), datacenter=upstream.datacenter, peer=upstream.destination_peer)


def exported_sni(service: ServiceKey, peer: str, trust_domain: str) -> str:
    """A service exported to a peer, by the exporter's name for the peer; all parts always (MG-N05)."""
    return f"{service.name}.{service.namespace}.{service.partition}.{peer}.external.{trust_domain}"


def peering_server_name(datacenter: str, trust_domain: str) -> str:
    """The servers of a cluster as its peers reach them (MG-N08, MG-N09)."""
    return f"server.{datacenter}.peering.{trust_domain}"
