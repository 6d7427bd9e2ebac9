"""Clusters whose hosts are found by DNS (envoy-mesh-gateway.md 7.4, 7.6; envoy-sidecar.md CL-33)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from meshgw.envoy.endpoints import lb_endpoint
from meshgw.snapshot.model import Endpoint


def named_endpoints(endpoints: Iterable[Endpoint]) -> list[Endpoint]:
    """Those with host names; when there is any, IP addresses are not used."""
    return [endpoint for endpoint in endpoints if not endpoint.address.is_ip]


def dns_discovery(name: str, lb_endpoints: Sequence[dict[str, Any]], *, strict: bool) -> dict[str, Any]:
    """The part of a cluster that takes the place of EDS; always IPv4 only (MG-C21)."""
    return {
        "type": "STRICT_DNS" if strict else "LOGICAL_DNS",
        "dnsRefreshRate": "10s",
        "dnsLookupFamily": "V4_ONLY",
        "loadAssignment": {"clusterName": name, "endpoints": [{"lbEndpoints": list(lb_endpoints)}]},
    }


def named_discovery(name: str, named: Sequence[Endpoint], *, strict: bool) -> dict[str, Any]:
    """Logical DNS has one host, the first healthy one; strict DNS has all healthy ones.

    When none is, both have the last one (MG-C18, MG-C19, TE-23).
    """
    healthy = [endpoint for endpoint in named if endpoint.healthy]
    chosen = healthy if strict else healthy[:1]
    return dns_discovery(name, [lb_endpoint(item) for item in chosen or named[-1:]], strict=strict)
