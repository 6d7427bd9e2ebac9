"""Clusters whose hosts are found by DNS (envoy-mesh-gateway.md 7.4, 7.6; envoy-sidecar.md CL-33)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

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
