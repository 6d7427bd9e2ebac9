"""Mesh gateways that cannot be reached as they are used (topology.md 10)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from meshgw.analysis.call_places import upstream_location
from meshgw.diagnostics.model import Related
from meshgw.diagnostics.rules import Report, rule
from meshgw.mesh.model import Instance
from meshgw.schema.spelling import spelling_at
from meshgw.snapshot.calls import Call, Calls
from meshgw.snapshot.path import Hop


@dataclass(frozen=True, slots=True)
class GatewayUse:
    """A gateway that a call dials from another partition or datacenter."""

    gateway: Instance
    hop: Hop
    call: Call


def gateways_in_use(calls: Calls) -> Iterator[GatewayUse]:
    """Each gateway once, with the first call that dials its WAN address."""
    seen: set[tuple[str, ...]] = set()
    for call in calls.all:
        for hop in call.path.hops:
            if hop.role == "destination" or hop.network != "WAN":
                continue
            for gateway in hop.instances:
                if gateway.identity not in seen:
                    seen.add(gateway.identity)
                    yield GatewayUse(gateway, hop, call)


@rule("gateway-private-wan-address", on="mesh-gateway", severity="warning")  # TP-03
def gateway_private_wan_address(use: GatewayUse, report: Report) -> None:
    """A mesh gateway without a WAN address that others could reach.

    From another partition or datacenter its tagged address `wan` is dialed. Without one it is the
    service address, here a private one: connections time out unless the networks are one.

    Found in a tree:

        == api/mesh-gateway.hcl ==
        service {
          name = "mesh-gateway"
          kind = "mesh-gateway"
          address = "10.2.0.1"
          port = 8443
        }
    """
    address = use.gateway.wan
    if "wan" in use.gateway.service.tagged_addresses or not _private(address.host):
        return
    upstream = upstream_location(use.call)
    wan = {"wan": {"address": "…", "port": address.port}}
    report(
        f"mesh gateway `{use.gateway.service.id}` of {use.gateway.key} has no `wan` address: "
        f"{use.call.words} dials {address} ({address.source}), which is private",
        location=use.gateway.location,
        related=[Related(upstream, "the upstream that goes through it")] if upstream else (),
        help=f"add `{spelling_at(use.gateway.location).setting('tagged_addresses', wan)}`",
    )


def _private(host: str) -> bool:
    """Whether an address lies in the private ranges of RFC 1918 (or their IPv6 counterpart)."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    networks = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "127.0.0.0/8")
    return any(address in ipaddress.ip_network(network) for network in networks)


@rule("gateway-unhealthy", on="mesh-gateway", severity="warning")  # TP-15
def gateway_unhealthy(use: GatewayUse, report: Report) -> None:
    """A path through mesh gateways of which none is healthy.

    Servers look for gateways that are not critical, and proxies find no usable hop.

    Found in a tree:

        == api/mesh-gateway.hcl ==
        service {
          name = "mesh-gateway"
          kind = "mesh-gateway"
          address = "10.2.0.1"
          port = 8443
          tagged_addresses { wan = { address = "198.51.100.2", port = 8443 } }
          check { name = "ready" ttl = "48h" status = "critical" }
        }
    """
    if all("critical" in gateway.statuses for gateway in use.hop.instances):
        report(
            f"{use.call.words} goes through {use.gateway.key}, whose mesh gateways are all critical",
            location=use.gateway.location,
            help="take away the `status` of the check, or register another gateway there",
        )


CHECKS = (gateway_private_wan_address, gateway_unhealthy)
