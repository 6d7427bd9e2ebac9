"""SPIFFE ids: the identities in certificates of the mesh (envoy-sidecar.md XV-19)."""

from __future__ import annotations

from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Key


def service_spiffe_id(service: ServiceKey, datacenter: str, trust_domain: str) -> str:
    """The identity in a service's certificate."""
    part = _partition_part(service.partition)
    return f"spiffe://{trust_domain}{part}/ns/{service.namespace}/dc/{datacenter}/svc/{service.name}"


def gateway_spiffe_id(key: Key, trust_domain: str) -> str:
    """The identity in a mesh gateway's certificate (MG-N11)."""
    return f"spiffe://{trust_domain}{_partition_part(key.partition)}/gateway/mesh/dc/{key.datacenter}"


def _partition_part(partition: str) -> str:
    return "" if partition in ("", "default") else f"/ap/{partition.lower()}"
