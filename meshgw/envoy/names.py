"""Every name that Consul gives to something in Envoy (envoy-sidecar.md 1.3, envoy-mesh-gateway.md 1)."""

from __future__ import annotations

from meshgw.chain.names import service_sni
from meshgw.mesh.identities import gateway_spiffe_id, service_spiffe_id
from meshgw.mesh.keys import ServiceKey
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
    "destination_cluster",
    "exposed_cluster",
    "gateway_cluster",
    "gateway_spiffe_id",
    "jwks_cluster",
    "jwt_payload",
    "key_text",
    "service_sni",
    "service_spiffe_id",
    "stat_prefix",
]


def filter_name(key: ServiceKey, datacenter: str) -> str:
    """What filters and statistics call a service, where its chain is evaluated."""
    return f"{key.name}.{key.namespace}.{key.partition}.{datacenter}"


def stat_prefix(prefix: str, name: str) -> str:
    """A stat prefix: `:` separates labels in Envoy's statistics, so names lose it."""
    return prefix + name.replace(":", "_")


def jwks_cluster(provider: str) -> str:
    """The cluster of the server that has a JWT provider's keys."""
    return f"jwks_cluster_{provider}"


def jwt_payload(provider: str) -> str:
    """Where Envoy's JWT filter leaves the payload of a valid token."""
    return f"jwt_payload_{provider}"


def exposed_cluster(port: int) -> str:
    """The cluster of an exposed path whose port is not the application's."""
    return f"exposed_cluster_{port}"


def key_text(key: Key) -> str:
    """`<dc>` for the default partition, else `<partition>.<dc>` (MG-N01)."""
    return key.datacenter if key.partition == "default" else f"{key.partition}.{key.datacenter}"


def gateway_cluster(key: Key, trust_domain: str) -> str:
    """The cluster of the mesh gateways of a locality key (MG-N02)."""
    if key.partition == "default":
        return f"{key.datacenter}.internal.{trust_domain}"
    return f"{key.partition}.{key.datacenter}.internal-v1.{trust_domain}"


def destination_cluster(service: ServiceKey, address: str, datacenter: str, trust_domain: str) -> str:
    """One address of a destination outside the mesh, for callers and their gateway (2.7)."""
    plain = address.replace(".", "-").replace(":", "-")
    named = service._replace(name=f"{plain}.{service.name}")
    return f"destination.{service_sni(named, '', datacenter, trust_domain)}"
