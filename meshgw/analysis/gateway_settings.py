"""Settings of gateways that do not do what they seem to (MG-X of envoy-mesh-gateway.md 17, OG-W01)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from meshgw.diagnostics.model import Location, Related
from meshgw.diagnostics.rules import Report, rule
from meshgw.mesh.model import Instance, Mesh, is_ip
from meshgw.resolve.gateway_options import ALIASES, GatewayOptions, gateway_options
from meshgw.resolve.proxy import EffectiveProxy
from meshgw.schema.spelling import spelling_at
from meshgw.services.model import MESH_GATEWAY, TERMINATING_GATEWAY
from meshgw.snapshot.binds import VIRTUAL_TAG, Bind, bind_list, bind_sources
from meshgw.snapshot.common import proxy_at

_PORTS = range(1, 65536)


@dataclass(frozen=True, slots=True)
class ConfiguredGateway:
    """A gateway, and how its settings are read."""

    proxy: EffectiveProxy
    options: GatewayOptions

    @property
    def instance(self) -> Instance:
        return self.proxy.instance

    @property
    def written(self) -> Mapping[str, Any]:
        """The options of the registration itself."""
        return self.instance.service.proxy.config or {}

    @property
    def words(self) -> str:
        service = self.instance.service
        return f"{service.kind.replace('-', ' ')} `{service.id}` of {self.instance.key}"

    @property
    def binds(self) -> list[Bind]:
        return bind_list(self.instance.service, self.options)

    def place(self, key: str) -> Location | None:
        """Where an option stands: in the registration, else in proxy-defaults, else the registration."""
        service = self.instance.service
        for name in (key, *(alias for alias, canonical in ALIASES.items() if canonical == key)):
            if name in self.written:
                return service.locate(("Proxy", "Config", name))
            general = self.proxy.sources.proxy_defaults
            if general is not None and name in (general.config or {}):
                return general.locate(("Config", name))
        return service.locate()

    def setting(self, key: str, value: Any) -> str:
        """An option with its value, as the registration is written; options have one spelling everywhere."""
        spelling = spelling_at(self.instance.service.locate())
        return replace(spelling, capitals=False).setting(key, value)


def configured(mesh: Mesh) -> Iterator[ConfiguredGateway]:
    """All mesh and terminating gateways of a tree."""
    for instance in mesh.proxies:
        if instance.service.kind in (MESH_GATEWAY, TERMINATING_GATEWAY):
            home = mesh.datacenters[instance.datacenter]
            proxy = proxy_at(home, instance)
            yield ConfiguredGateway(proxy, gateway_options(proxy.config))


@rule("gateway-without-listener", on="gateway")  # MG-X01
def gateway_without_listener(gateway: ConfiguredGateway, report: Report) -> None:
    """A gateway that listens nowhere.

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


@rule("gateway-timeout-zero", on="gateway")  # MG-X02
def gateway_timeout_zero(gateway: ConfiguredGateway, report: Report) -> None:
    """An option of a gateway with a value of the wrong type, without a valid `connect_timeout_ms`.

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


@rule("gateway-bind-refused", on="gateway")  # MG-X04
def gateway_bind_refused(gateway: ConfiguredGateway, report: Report) -> None:
    """A listener of a gateway at something that is no IP address, or at no possible port.

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
        if (is_ip(bind.host) and bind.port in _PORTS) or bind.name.startswith(VIRTUAL_TAG):
            continue  # virtual addresses are told by themselves
        what = f"port {bind.port}" if is_ip(bind.host) else f"`{bind.host}`, which is no IP address"
        report(
            f"Envoy cannot open listener `{bind.name}` of {gateway.words}: {what}",
            location=gateway.place("envoy_gateway_bind_addresses"),
            help="bind an IP address of the host, such as `0.0.0.0`, and a port from 1 to 65535",
        )


@rule("gateway-bind-on-loopback", on="gateway", severity="warning")  # MG-X05
def gateway_bind_on_loopback(gateway: ConfiguredGateway, report: Report) -> None:
    """A further listener of a gateway without an address: it is reached from its own host only.

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


@rule("gateway-default-bind-renamed", on="gateway", severity="warning")  # MG-X07
def gateway_default_bind_renamed(gateway: ConfiguredGateway, report: Report) -> None:
    """A bind address that takes the place of the default listener of a gateway.

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


@rule("gateway-option-not-unset", on="gateway", severity="warning")  # MG-X08
def gateway_option_not_unset(gateway: ConfiguredGateway, report: Report) -> None:
    """An empty option of a gateway's registration that proxy-defaults sets.

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
    general = gateway.proxy.sources.proxy_defaults
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


@rule("gateway-option-twice", on="gateway", severity="warning")  # MG-X09
def gateway_option_twice(gateway: ConfiguredGateway, report: Report) -> None:
    """An option of a gateway by its old and its new name.

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
    config = gateway.proxy.config
    for alias, canonical in ALIASES.items():
        if alias in config and canonical in config:
            report(
                f"`{alias}` of {gateway.words} does not count beside `{canonical}`",
                location=gateway.instance.service.locate(("Proxy", "Config", alias))
                or gateway.place(canonical),
                help=f"keep `{canonical}` only",
            )


@rule("gateway-dns-discovery-unknown", on="gateway", severity="warning")  # MG-X12
def gateway_dns_discovery_unknown(gateway: ConfiguredGateway, report: Report) -> None:
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


CHECKS = (
    gateway_without_listener,
    gateway_timeout_zero,
    gateway_bind_refused,
    gateway_bind_on_loopback,
    gateway_default_bind_renamed,
    gateway_option_not_unset,
    gateway_option_twice,
    gateway_dns_discovery_unknown,
)
