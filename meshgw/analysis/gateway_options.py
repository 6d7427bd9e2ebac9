"""Options of mesh gateways that do not do what they seem to (envoy-mesh-gateway.md 17)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from meshgw.analysis.gateway_settings import ConfiguredGateway
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.filters import FilterError
from meshgw.mesh.model import Mesh
from meshgw.resolve.gateway_options import gateway_options
from meshgw.services.model import MESH_GATEWAY
from meshgw.snapshot.mesh_gateway import WAN_FEDERATION_META, mesh_gateway_snapshot
from meshgw.snapshot.model import MeshGatewaySnapshot


@dataclass(frozen=True, slots=True)
class Gateway(ConfiguredGateway):
    """A mesh gateway with what it knows."""

    snapshot: MeshGatewaySnapshot


def gateways(mesh: Mesh) -> Iterator[Gateway]:
    """All mesh gateways of a tree whose subsets can be evaluated."""
    for instance in mesh.proxies:
        if instance.service.kind == MESH_GATEWAY:
            try:
                snapshot = mesh_gateway_snapshot(mesh, instance)
            except FilterError:
                continue  # told where the filter stands
            proxy = snapshot.proxy
            yield Gateway(proxy, gateway_options(proxy.config), snapshot)


@rule("federation-flag-ignored", on="mesh-gateway", severity="warning", edition="enterprise")  # MG-X19
def federation_flag_ignored(gateway: Gateway, report: Report) -> None:
    """The meta flag of WAN federation on a mesh gateway outside the default partition.

    Found in a tree:

        == api/mesh-gateway.hcl ==
        service {
          name = "mesh-gateway"
          kind = "mesh-gateway"
          address = "10.2.0.1"
          port = 8443
          meta { "consul-wan-federation" = "1" }
          tagged_addresses { wan = { address = "198.51.100.2", port = 8443 } }
        }
    """
    service = gateway.instance.service
    if gateway.instance.partition != "default" and service.meta.get(WAN_FEDERATION_META) == "1":
        report(
            f"{gateway.words} cannot serve WAN federation: only the default partition is federated",
            location=service.locate(("Meta", WAN_FEDERATION_META)),
            help=f"take `{WAN_FEDERATION_META}` away",
        )


@rule("gateway-addresses-unused", on="mesh-gateway", severity="warning")  # TP-13, MG-X21
def gateway_addresses_unused(gateway: Gateway, report: Report) -> None:
    """Mesh gateways of one partition of which some are known by host name.

    Then only those are used by other gateways, and with logical DNS only the first of them.

    Found in a tree (federation):

        == dc2/second-gateway.hcl ==
        service {
          id = "mesh-gateway-2"
          name = "mesh-gateway"
          kind = "mesh-gateway"
          address = "10.2.0.2"
          port = 8443
          meta { "consul-wan-federation" = "1" }
          tagged_addresses { wan = { address = "gateways.example.com", port = 8443 } }
        }
    """
    for remote in gateway.snapshot.remote_keys:
        named = [found for found in remote.endpoints if not found.address.is_ip]
        used = len(named) if gateway.options.strict_dns else 1
        if not named or used == len(remote.endpoints):
            continue
        unused = next(
            found for found in remote.endpoints if found.address.is_ip or found is not named[0]
        ).instance
        report(
            f"{gateway.words} uses {used} of the {len(remote.endpoints)} mesh gateways of {remote.key}: "
            f"{named[0].address} has a host name",
            location=unused.location if unused is not None else gateway.instance.location,
            help="give all of them IP addresses, or all host names and the dialing gateway "
            f"`{gateway.setting('envoy_dns_discovery_type', 'STRICT_DNS')}`",
        )


@rule("gateway-keepalive-off", on="mesh-gateway", severity="info")  # MG-X23
def gateway_keepalive_off(gateway: Gateway, report: Report) -> None:
    """Keepalive numbers of a mesh gateway that does not use keepalive.

    Found in a tree (federation):

        == dc1/mesh-gateway.hcl ==
        service {
          name = "mesh-gateway"
          kind = "mesh-gateway"
          address = "10.1.0.1"
          port = 8443
          meta { "consul-wan-federation" = "1" }
          tagged_addresses { wan = { address = "198.51.100.1", port = 8443 } }
          proxy { config { envoy_gateway_remote_tcp_keepalive_time = 60 } }
        }
    """
    options = gateway.options
    numbers = {
        "time": options.keepalive_time,
        "interval": options.keepalive_interval,
        "probes": options.keepalive_probes,
    }
    for name in (name for name, value in numbers.items() if value and not options.keepalive):
        report(
            f"`envoy_gateway_remote_tcp_keepalive_{name}` of {gateway.words} has no effect",
            location=gateway.place(f"envoy_gateway_remote_tcp_keepalive_{name}"),
            help=f"set `{gateway.setting('envoy_gateway_remote_tcp_enable_keepalive', True)}`",
        )


@rule("hashing-ignored-at-gateway", on="mesh-gateway", severity="info")  # MG-X13
def hashing_ignored_at_gateway(gateway: Gateway, report: Report) -> None:
    """A hashing load balancer of a service that is reached through mesh gateways.

    A gateway passes bytes on and cannot hash: it spreads connections over all instances.

    Found in a tree (federation):

        == dc1/pages-resolver.hcl ==
        Kind = "service-resolver"
        Name = "pages"
        LoadBalancer { Policy = "maglev" HashPolicies = [{ SourceIP = true }] }
    """
    for service in gateway.snapshot.carried:
        balancer = service.resolver.load_balancer if service.resolver is not None else None
        if (
            balancer is not None
            and balancer.policy in ("ring_hash", "maglev")
            and service.resolver is not None
        ):
            report(
                f"{gateway.words} does not use `{balancer.policy}` for `{service.key.name}`",
                location=service.resolver.locate(("LoadBalancer", "Policy")),
                help="use `least_request`, `random` or `round_robin`, or do without mesh gateways",
            )


@rule("carried-instance-with-host-name", on="service")  # MG-X10
def carried_instance_with_host_name(gateway: Gateway, report: Report) -> None:
    """A sidecar whose address is a host name, behind a mesh gateway.

    Envoy takes IP addresses only there, and refuses all instances of the service.

    Found in a tree (federation):

        == dc2/api.hcl ==
        service {
          name = "api"
          port = 9090
          address = "api.example.com"
          connect { sidecar_service { port = 20000 } }
        }
    """
    for service in gateway.snapshot.carried:
        for endpoint in service.endpoints:
            if not endpoint.address.is_ip and endpoint.instance is not None:
                report(
                    f"Envoy refuses the address {endpoint.address} of `{endpoint.instance.service.id}`, "
                    f"which {gateway.words} dials",
                    location=endpoint.instance.location,
                    help="register it with an IP address",
                )


@rule("server-without-grpc-port", on="mesh-gateway", severity="warning")  # MG-X20
def server_without_grpc_port(gateway: Gateway, report: Report) -> None:
    """A server that peers cannot reach through mesh gateways: its gRPC TLS port is off.

    Found in a tree (peering):

        == meshgw.yaml ==
        edition: community
        acl: { enabled: true, default_policy: deny }
        datacenters:
          east:
            trust_domain: 3d0f5a4e-11c2-4b7a-9f68-5c9e0a7b2d14.consul
            servers: [{ name: east-1, address: 10.1.0.1, grpc_tls_port: -1 }]
          west: { trust_domain: c81e728d-9d4c-4f63-a6f0-67f89cc14862.consul }
        peerings:
          - { east: cloud-west, west: cloud-east, accepted_by: east }
        tenancy:
          - { path: "{datacenter}/**" }

        == east/mesh.hcl ==
        Kind = "mesh"
        Peering { PeerThroughMeshGateways = true }
    """
    servers, entry = gateway.snapshot.peering_servers, gateway.snapshot.mesh_entry
    if servers is None or entry is None:
        return
    usable = {server.name for server in servers}
    for server in gateway.snapshot.datacenter.servers:
        if server.name not in usable and not server.read_replica:
            report(
                f"{gateway.words} cannot take peers to server {server.name}: it has no gRPC TLS port",
                location=entry.locate(("Peering", "PeerThroughMeshGateways")),
                help="set `ports { grpc_tls = 8503 }` on the server, and `grpc_tls_port` in the project file",
            )


@rule("peer-address-unreadable", on="peering")  # MG-X11
def peer_address_unreadable(gateway: Gateway, report: Report) -> None:
    """An address of a peer's servers without a port.

    Consul takes it for an empty host name, and Envoy refuses the cluster.

    Found in a tree (peering):

        == meshgw.yaml ==
        edition: community
        acl: { enabled: true, default_policy: deny }
        datacenters:
          east: { trust_domain: 3d0f5a4e-11c2-4b7a-9f68-5c9e0a7b2d14.consul }
          west: { trust_domain: c81e728d-9d4c-4f63-a6f0-67f89cc14862.consul }
        peerings:
          - { east: cloud-west, west: cloud-east, accepted_by: east }
          - name: north
            datacenter: west
            trust_domain: 8f14e45f-ceea-467f-a3d3-9fd6a2b4c5e6.consul
            addresses: ["198.51.100.77"]
        tenancy:
          - { path: "{datacenter}/**" }

        == west/mesh.hcl ==
        Kind = "mesh"
        Peering { PeerThroughMeshGateways = true }
    """
    for peering in gateway.snapshot.outbound_peerings:
        if ("", 0) in peering.addresses:
            report(
                f"an address of {peering.server_name} has no port: Envoy refuses the cluster",
                location=gateway.instance.location,
                help="write HOST:PORT in `addresses` of the peering in the project file",
            )


CHECKS = (
    federation_flag_ignored,
    gateway_addresses_unused,
    gateway_keepalive_off,
    hashing_ignored_at_gateway,
    carried_instance_with_host_name,
    server_without_grpc_port,
    peer_address_unreadable,
)
