"""What worked examples of gateways for clients outside the mesh consist of (envoy-other-gateways.md 8)."""

from __future__ import annotations

from typing import Any

from shorthand import short
from trees import TRUST_DOMAIN

from meshgw.envoy.resources import Resources

T = TRUST_DOMAIN


def cluster(name: str = "db", service: str = "", **more: Any) -> dict[str, Any]:
    """The usual cluster of a service, with what differs."""
    service = service or name
    full = name if "~" in name else f"{name}.default.dc1.internal.{T}"
    return {
        "name": full,
        "transportSocket": {"<UP>": {"sni": f"{service}.default.dc1.internal.{T}", "san": [san(service)]}},
        "type": "EDS",
        "connectTimeout": "5s",
        "altStatName": full,
        "circuitBreakers": {},
        "commonLbConfig": {"healthyPanicThreshold": {}},
        "edsClusterConfig": "<EDS>",
        "outlierDetection": {},
    } | more


def san(service: str, datacenter: str = "dc1") -> str:
    return f"spiffe://{T}/ns/default/dc/{datacenter}/svc/{service}"


def name_of(service: str = "db", prefix: str = "") -> str:
    return f"{prefix}{service}.default.dc1.internal.{T}"


def http_chain(
    routes: str, names: list[str] | None = None, socket: Any = None, **more: Any
) -> dict[str, Any]:
    way = {"<HCM>": {"statPrefix": f"ingress_upstream_{routes}", "rds": {"routeConfigName": routes}} | more}
    match = {"filterChainMatch": {"serverNames": names}} if names else {}
    return match | {"filters": [way]} | ({"transportSocket": socket} if socket else {})


def opened(name: str, address: str, *chains: Any, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "address": address,
        "trafficDirection": "OUTBOUND",
        "filterChains": list(chains),
    } | more


def chains(found: Resources, name: str) -> list[Any]:
    return short(found.listeners[name]["filterChains"])


def domains(found: Resources, routes: str) -> dict[str, list[str]]:
    return {each["name"]: each["domains"] for each in found.routes[routes]["virtualHosts"]}


def rules(found: Resources) -> list[tuple[str, str]]:
    return [(fault.rule, fault.note or "") for fault in found.faults]
