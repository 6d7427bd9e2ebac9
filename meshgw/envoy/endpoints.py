"""Load assignments (envoy-sidecar.md 5.1, envoy-mesh-gateway.md 8)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from meshgw.envoy.protojson import addressed
from meshgw.snapshot.model import Endpoint


def load_assignment(cluster: str, endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """One locality group with an element for each endpoint; `[{}]` when there is none (EP-02)."""
    found = [lb_endpoint(endpoint) for endpoint in endpoints]
    return {"clusterName": cluster, "endpoints": [{"lbEndpoints": found} if found else {}]}


def lb_endpoint(endpoint: Endpoint) -> dict[str, Any]:
    """Address, health and weight, always printed (EP-05)."""
    return {
        "endpoint": addressed(endpoint.address.host, endpoint.address.port),
        "healthStatus": "HEALTHY" if endpoint.healthy else "UNHEALTHY",
        "loadBalancingWeight": endpoint.weight,
    }


def plain_assignment(cluster: str, addresses: Iterable[tuple[str, int]]) -> dict[str, Any]:
    """Addresses without health and weight: servers, the local application."""
    found = [plain_endpoint(host, port) for host, port in addresses]
    return {"clusterName": cluster, "endpoints": [{"lbEndpoints": found} if found else {}]}


def plain_endpoint(host: str, port: int) -> dict[str, Any]:
    """An address without health and weight."""
    return {"endpoint": addressed(host, port)}
