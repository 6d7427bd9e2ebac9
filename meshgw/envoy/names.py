"""Every name that Consul gives to something in Envoy (envoy-sidecar.md 1.3, envoy-mesh-gateway.md 1)."""

from __future__ import annotations

from meshgw.chain.model import ServiceKey
from meshgw.chain.names import service_sni
from meshgw.mesh.model import Key

LOCAL_APP = "local_app"
PUBLIC_LISTENER = "public_listener"
OUTBOUND_LISTENER = "outbound_listener"
ORIGINAL_DESTINATION = "original-destination"

__all__ = [
    "LOCAL_APP",
    "ORIGINAL_DESTINATION",
    "OUTBOUND_LISTENER",
    "PUBLIC_LISTENER",
    "gateway_cluster",
    "gateway_spiffe_id",
    "key_text",
    "service_sni",
    "service_spiffe_id",
    "stat_prefix",
]


def stat_prefix(prefix: str, name: str) -> str:
    """A stat prefix: `:` separates labels in Envoy's statistics, so names lose it."""
    return prefix + name.replace(":", "_")


def key_text(key: Key) -> str:
    """`<dc>` for the default partition, else `<partition>.<dc>` (MG-N01)."""
    return key.datacenter if key.partition == "default" else f"{key.partition}.{key.datacenter}"


def gateway_cluster(key: Key, trust_domain: str) -> str:
    """The cluster of the mesh gateways of a locality key (MG-N02)."""
    if key.partition == "default":
        return f"{key.datacenter}.internal.{trust_domain}"
    return f"{key.partition}.{key.datacenter}.internal-v1.{trust_domain}"


def _partition_part(partition: str) -> str:
    return "" if partition in ("", "default") else f"/ap/{partition.lower()}"


def service_spiffe_id(service: ServiceKey, datacenter: str, trust_domain: str) -> str:
    """The identity in a service's certificate (XV-19)."""
    part = _partition_part(service.partition)
    return f"spiffe://{trust_domain}{part}/ns/{service.namespace}/dc/{datacenter}/svc/{service.name}"


def gateway_spiffe_id(key: Key, trust_domain: str) -> str:
    """The identity in a mesh gateway's certificate (MG-N11)."""
    return f"spiffe://{trust_domain}{_partition_part(key.partition)}/gateway/mesh/dc/{key.datacenter}"
