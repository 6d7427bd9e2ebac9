"""Options of mesh gateways that do not do what they seem to (envoy-mesh-gateway.md 17)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from meshgw.diagnostics.model import Location, Related
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.filters import FilterError
from meshgw.mesh.model import Instance, Mesh, is_ip
from meshgw.resolve.gateway_options import ALIASES, GatewayOptions, gateway_options
from meshgw.schema.spelling import spelling_at
from meshgw.services.model import MESH_GATEWAY
from meshgw.snapshot.binds import Bind, bind_list, bind_sources
from meshgw.snapshot.mesh_gateway import WAN_FEDERATION_META, mesh_gateway_snapshot
from meshgw.snapshot.model import MeshGatewaySnapshot

_PORTS = range(1, 65536)


@dataclass(frozen=True, slots=True)
class Gateway:
    """A mesh gateway with what it knows and how its options are read."""

    snapshot: MeshGatewaySnapshot
    options: GatewayOptions

    @property
    def instance(self) -> Instance:
        return self.snapshot.instance

    @property
    def written(self) -> Mapping[str, Any]:
        """The options of the registration itself."""
        return self.instance.service.proxy.config or {}

    @property
    def words(self) -> str:
        return f"mesh gateway `{self.instance.service.id}` of {self.instance.key}"

    @property
    def binds(self) -> list[Bind]:
        return bind_list(self.instance.service, self.options)

    def place(self, key: str) -> Location | None:
        """Where an option stands: in the registration, else in proxy-defaults, else the registration."""
        service = self.instance.service
        for name in (key, *(alias for alias, canonical in ALIASES.items() if canonical == key)):
            if name in self.written:
                return service.locate(("Proxy", "Config", name))
            general = self.snapshot.proxy.sources.proxy_defaults
            if general is not None and name in (general.config or {}):
                return general.locate(("Config", name))
        return service.locate()

    def setting(self, key: str, value: Any) -> str:
        """An option with its value, as the registration is written; options have one spelling everywhere."""
        spelling = spelling_at(self.instance.service.locate())
        return replace(spelling, capitals=False).setting(key, value)


def gateways(mesh: Mesh) -> Iterator[Gateway]:
    """All mesh gateways of a tree whose subsets can be evaluated."""
    for instance in mesh.proxies:
        if instance.service.kind == MESH_GATEWAY:
            try:
                snapshot = mesh_gateway_snapshot(mesh, instance)
            except FilterError:
                continue  # told where the filter stands
            yield Gateway(snapshot, gateway_options(snapshot.proxy.config))


@rule("gateway-without-listener", on="mesh-gateway")  # MG-X01
def gateway_without_listener(gateway: Gateway, report: Report) -> None:
    """A mesh gateway that listens nowhere.

    Its default listener is switched off and nothing takes its place. Envoy then waits for listeners for
    ever.

    Found in a tree (federation):

        == dc1/mesh-gateway.hcl ==
        service {
          name = "mesh-gateway"
          kind = "mesh-gateway"
          address = "10.1.0.1"
          port = 8443
          meta { "consul-wan-federation" = "1" }
          tagged_addresses { wan = { address = "198.51.100.1", port = 8443 } }
          proxy { config { envoy_gateway_no_default_bind = true } }
        }
    """
    if not gateway.binds:
        report(
            f"{gateway.words} listens nowhere",
            location=gateway.place("envoy_gateway_no_default_bind"),
            help=f"add `{gateway.setting('envoy_gateway_bind_tagged_addresses', True)}` or "
            "`envoy_gateway_bind_addresses`",
        )


@rule("gateway-timeout-zero", on="mesh-gateway")  # MG-X02
def gateway_timeout_zero(gateway: Gateway, report: Report) -> None:
    """An option of a mesh gateway with a value of the wrong type, without a valid `connect_timeout_ms`.

    One option that cannot be read makes Consul leave out its defaults: every cluster gets a timeout of
    0, which Envoy refuses.

    Found in a tree (federation):

        == dc1/mesh-gateway.hcl ==
        service {
          name = "mesh-gateway"
          kind = "mesh-gateway"
          address = "10.1.0.1"
          port = 8443
          meta { "consul-wan-federation" = "1" }
          tagged_addresses { wan = { address = "198.51.100.1", port = 8443 } }
          proxy { config { connect_timeout_ms = "5s" } }
        }
    """
    bad = gateway.options.bad_keys
    if bad and gateway.options.connect_timeout_ms < 1:
        report(
            f"`{bad[0]}` of {gateway.words} cannot be read: every cluster gets a timeout of 0, and Envoy "
            "refuses them",
            location=gateway.place(bad[0]),
            help="write a number, without a unit, for `connect_timeout_ms`",
        )


@rule("gateway-bind-refused", on="mesh-gateway")  # MG-X04
def gateway_bind_refused(gateway: Gateway, report: Report) -> None:
    """A listener of a mesh gateway at something that is no IP address, or at no possible port.

    Found in a tree (federation):

        == dc1/mesh-gateway.hcl ==
        service {
          name = "mesh-gateway"
          kind = "mesh-gateway"
          address = "10.1.0.1"
          port = 8443
          meta { "consul-wan-federation" = "1" }
          tagged_addresses { wan = { address = "198.51.100.1", port = 8443 } }
          proxy { config { envoy_gateway_bind_addresses { lan = { address = "gw.example", port = 443 } } } }
        }
    """
    for bind in gateway.binds:
        if is_ip(bind.host) and bind.port in _PORTS:
            continue
        what = f"port {bind.port}" if is_ip(bind.host) else f"`{bind.host}`, which is no IP address"
        report(
            f"Envoy cannot open listener `{bind.name}` of {gateway.words}: {what}",
            location=gateway.place("envoy_gateway_bind_addresses"),
            help="bind an IP address of the host, such as `0.0.0.0`, and a port from 1 to 65535",
        )


@rule("gateway-bind-on-loopback", on="mesh-gateway", severity="warning")  # MG-X05
def gateway_bind_on_loopback(gateway: Gateway, report: Report) -> None:
    """A further listener of a mesh gateway without an address: it is reached from its own host only.

    Found in a tree (federation):

        == dc1/mesh-gateway.hcl ==
        service {
          name = "mesh-gateway"
          kind = "mesh-gateway"
          address = "10.1.0.1"
          port = 8443
          meta { "consul-wan-federation" = "1" }
          tagged_addresses { wan = { address = "198.51.100.1", port = 8443 } }
          proxy { config { envoy_gateway_bind_addresses { all = { port = 9443 } } } }
        }
    """
    for bind in gateway.binds:
        if not bind.address:
            report(
                f"listener `{bind.name}` of {gateway.words} has no address: it listens on 127.0.0.1",
                location=gateway.place("envoy_gateway_bind_addresses"),
                help=f"write `{gateway.setting('address', '0.0.0.0')}`",  # noqa: S104  # what to bind, not a bind
            )


@rule("gateway-default-bind-renamed", on="mesh-gateway", severity="warning")  # MG-X07
def gateway_default_bind_renamed(gateway: Gateway, report: Report) -> None:
    """A bind address that takes the place of the default listener of a mesh gateway.

    Of several names for one address and port the first one stays, and names listener and metrics.

    Found in a tree (federation):

        == dc1/mesh-gateway.hcl ==
        service {
          name = "mesh-gateway"
          kind = "mesh-gateway"
          address = "10.1.0.1"
          port = 8443
          meta { "consul-wan-federation" = "1" }
          tagged_addresses { wan = { address = "198.51.100.1", port = 8443 } }
          proxy { config { envoy_gateway_bind_addresses { all = { address = "10.1.0.1", port = 8443 } } } }
        }
    """
    sources = list(bind_sources(gateway.instance.service, gateway.options))
    if gateway.options.no_default_bind or any(bind.name == "default" for bind in gateway.binds):
        return
    default = sources[0]
    other = next(bind.name for bind in gateway.binds if bind[1:] == default[1:])
    report(
        f"listener `default` of {gateway.words} is called `{other}`: both are {default.address}:"
        f"{default.port}",
        location=gateway.place("envoy_gateway_bind_addresses"),
        help=f"take `{other}` away, or set `{gateway.setting('envoy_gateway_no_default_bind', True)}`",
    )


@rule("gateway-option-not-unset", on="mesh-gateway", severity="warning")  # MG-X08
def gateway_option_not_unset(gateway: Gateway, report: Report) -> None:
    """An empty option of a mesh gateway's registration that proxy-defaults sets.

    `false`, 0 and empty texts count as absent: the value of proxy-defaults applies.

    Found in a tree (federation):

        == dc1/proxy-defaults.hcl ==
        Kind = "proxy-defaults"
        Name = "global"
        Config { envoy_gateway_remote_tcp_enable_keepalive = true }

        == dc1/mesh-gateway.hcl ==
        service {
          name = "mesh-gateway"
          kind = "mesh-gateway"
          address = "10.1.0.1"
          port = 8443
          meta { "consul-wan-federation" = "1" }
          tagged_addresses { wan = { address = "198.51.100.1", port = 8443 } }
          proxy { config { envoy_gateway_remote_tcp_enable_keepalive = false } }
        }
    """
    general = gateway.snapshot.proxy.sources.proxy_defaults
    for key, value in gateway.written.items():
        central = (general.config or {}).get(key) if general is not None else None
        if value or not central or general is None:
            continue
        place = general.locate(("Config", key))
        report(
            f"`{key}` of {gateway.words} does not count: proxy-defaults sets it",
            location=gateway.place(key),
            related=[Related(place, "this applies")] if place is not None else (),
            help="take it out of proxy-defaults, and set it where it is wanted",
        )


@rule("gateway-option-twice", on="mesh-gateway", severity="warning")  # MG-X09
def gateway_option_twice(gateway: Gateway, report: Report) -> None:
    """An option of a mesh gateway by its old and its new name.

    The new name wins, whatever the old one says and wherever it stands.

    Found in a tree (federation):

        == dc1/mesh-gateway.hcl ==
        service {
          name = "mesh-gateway"
          kind = "mesh-gateway"
          address = "10.1.0.1"
          port = 8443
          meta { "consul-wan-federation" = "1" }
          tagged_addresses { wan = { address = "198.51.100.1", port = 8443 } }
          proxy { config {
            envoy_gateway_no_default_bind = false
            envoy_mesh_gateway_no_default_bind = true
          } }
        }
    """
    config = gateway.snapshot.proxy.config
    for alias, canonical in ALIASES.items():
        if alias in config and canonical in config:
            report(
                f"`{alias}` of {gateway.words} does not count beside `{canonical}`",
                location=gateway.instance.service.locate(("Proxy", "Config", alias))
                or gateway.place(canonical),
                help=f"keep `{canonical}` only",
            )


@rule("gateway-dns-discovery-unknown", on="mesh-gateway", severity="warning")  # MG-X12
def gateway_dns_discovery_unknown(gateway: Gateway, report: Report) -> None:
    """A kind of DNS discovery that Consul does not know.

    Found in a tree (federation):

        == dc1/mesh-gateway.hcl ==
        service {
          name = "mesh-gateway"
          kind = "mesh-gateway"
          address = "10.1.0.1"
          port = 8443
          meta { "consul-wan-federation" = "1" }
          tagged_addresses { wan = { address = "198.51.100.1", port = 8443 } }
          proxy { config { envoy_dns_discovery_type = "strict" } }
        }
    """
    kind = gateway.options.dns_discovery_type
    if kind.lower() not in ("", "strict_dns", "logical_dns"):
        report(
            f"`{kind}` is no kind of DNS discovery: {gateway.words} uses logical DNS",
            location=gateway.place("envoy_dns_discovery_type"),
            help="write `STRICT_DNS` or `LOGICAL_DNS`",
        )


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
    gateway_without_listener,
    gateway_timeout_zero,
    gateway_bind_refused,
    gateway_bind_on_loopback,
    gateway_default_bind_renamed,
    gateway_option_not_unset,
    gateway_option_twice,
    gateway_dns_discovery_unknown,
    federation_flag_ignored,
    gateway_addresses_unused,
    gateway_keepalive_off,
    hashing_ignored_at_gateway,
    carried_instance_with_host_name,
    server_without_grpc_port,
    peer_address_unreadable,
)
