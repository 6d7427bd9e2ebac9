"""service-defaults (config-entries.md 2.1)."""

from __future__ import annotations

from typing import Self

from meshgw.diagnostics.evaluation import each, every, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry, config_entry, judged
from meshgw.entries.blocks import (
    EnvoyExtension,
    Expose,
    MeshGatewayConfig,
    TransparentProxyConfig,
    UpstreamConfig,
)
from meshgw.entries.destination_rules import DESTINATION, Destination, destination_addresses_collide
from meshgw.entries.escape_hatch_rules import upstream_escape_hatch_unreadable
from meshgw.entries.extensions.rules import EXTENSION
from meshgw.entries.proxy_rules import (
    exposed_path_invalid,
    mutual_tls_mode_unknown,
    unknown_mesh_gateway_mode,
    unknown_proxy_mode,
)
from meshgw.entries.rate_limit_rules import RATE_LIMITS, RateLimits, rate_limit_regex_invalid
from meshgw.entries.shared import META
from meshgw.entries.upstream_rules import DEFAULTS, EXACT_BALANCE, OVERRIDE
from meshgw.schema.fields import Block, block, blocks, integer, obj, replace, text, unsigned32

PROTOCOLS = ("tcp", "http", "http2", "grpc")


@block
class Upstreams(Block):
    """How the service calls others: its defaults, and exceptions for single upstreams."""

    overrides: tuple[UpstreamConfig, ...] = blocks(
        "Overrides", UpstreamConfig, nulls="refused", doc="settings of single upstreams"
    )
    defaults: UpstreamConfig | None = obj(
        "Defaults", UpstreamConfig, optional=True, doc="settings of all upstreams"
    )


@config_entry("service-defaults")
class ServiceDefaults(Entry):
    """Defaults of a service and its proxies."""

    protocol: str = text(
        "Protocol", one_of=("tcp", "http", "http2", "grpc"), any_case=True, doc="`tcp` when empty"
    )
    mode: str = text("Mode", one_of=("transparent", "direct"), doc="how outbound traffic is caught")
    transparent_proxy: TransparentProxyConfig | None = obj(
        "TransparentProxy", TransparentProxyConfig, optional=True, alias="transparent_proxy"
    )
    mutual_tls_mode: str = text("MutualTLSMode", alias="mutual_tls_mode", one_of=("strict", "permissive"))
    mesh_gateway: MeshGatewayConfig = obj("MeshGateway", MeshGatewayConfig, alias="mesh_gateway")
    expose: Expose = obj("Expose", Expose)
    external_sni: str = text("ExternalSNI", alias="external_sni", doc="SNI of a service outside the mesh")
    upstream_config: Upstreams | None = obj(
        "UpstreamConfig", Upstreams, optional=True, alias="upstream_config"
    )
    destination: Destination | None = obj("Destination", Destination, optional=True)
    max_inbound_connections: int = integer("MaxInboundConnections", alias="max_inbound_connections")
    local_connect_timeout_ms: int = integer("LocalConnectTimeoutMs", alias="local_connect_timeout_ms")
    local_request_timeout_ms: int = integer("LocalRequestTimeoutMs", alias="local_request_timeout_ms")
    balance_inbound_connections: str = text(
        "BalanceInboundConnections", alias="balance_inbound_connections", one_of=("exact_balance",)
    )
    rate_limits: RateLimits | None = obj("RateLimits", RateLimits, optional=True, alias="rate_limits")
    envoy_extensions: tuple[EnvoyExtension, ...] = blocks(
        "EnvoyExtensions", EnvoyExtension, alias="envoy_extensions"
    )
    max_request_headers_kb: int | None = unsigned32(
        "MaxRequestHeadersKB", optional=True, crd=None, since=(1, 23), doc="kilobytes; Envoy's default is 60"
    )

    def normalize(self) -> Self:
        upstreams = self.upstream_config
        if upstreams is not None:
            upstreams = replace(
                upstreams,
                overrides=tuple(_settled(override, self) for override in upstreams.overrides),
                defaults=upstreams.defaults and _plain(upstreams.defaults),
            )
        return replace(self, protocol=self.protocol.lower(), upstream_config=upstreams)


def _plain(upstream: UpstreamConfig) -> UpstreamConfig:
    return replace(
        upstream,
        protocol=upstream.protocol.lower(),
        connect_timeout_ms=max(upstream.connect_timeout_ms, 0),
    )


def _settled(override: UpstreamConfig, entry: ServiceDefaults) -> UpstreamConfig:
    """An override of a service in the entry's own namespace and partition, unless it names others."""
    own = "default" if entry.namespace == "*" else entry.namespace
    return replace(
        _plain(override),
        namespace=override.namespace.lower() or own,
        partition=override.partition.lower() or entry.partition,
    )


@rule("defaults-name-missing", on=ServiceDefaults, consul="Name is required")  # SD-01
def defaults_name_missing(defaults: ServiceDefaults, report: Report) -> None:
    """Defaults of a service without its name.

    Refused:

        Kind     = "service-defaults"
        Protocol = "http"

    Accepted:

        Kind     = "service-defaults"
        Name     = "web"
        Protocol = "http"
    """
    if not defaults.name:
        report("the entry has no `Name`", at=("Name",), help="set `Name` to the service")


@rule("defaults-name-wildcard", on=ServiceDefaults, consul="and not a wildcard")  # SD-02
def defaults_name_wildcard(defaults: ServiceDefaults, report: Report) -> None:
    """Defaults of all services in an entry for one.

    Refused:

        Kind     = "service-defaults"
        Name     = "*"
        Protocol = "http"

    Accepted:

        Kind   = "proxy-defaults"
        Name   = "global"
        Config { protocol = "http" }
    """
    if defaults.name == "*":
        report(
            "the entry is about one service, not `*`",
            at=("Name",),
            help="use `proxy-defaults` for all services",
        )


@rule(
    "inbound-balance-unknown", on=ServiceDefaults, consul="invalid value for balance_inbound_connections"
)  # SD-04
def inbound_balance_unknown(defaults: ServiceDefaults, report: Report) -> None:
    """A way to spread inbound connections that does not exist.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        BalanceInboundConnections = "exact"

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        BalanceInboundConnections = "exact_balance"
    """
    if defaults.balance_inbound_connections not in ("", EXACT_BALANCE):
        report(
            f"connections cannot be balanced by `{defaults.balance_inbound_connections}`",
            at=("BalanceInboundConnections",),
            help=f"write `{EXACT_BALANCE}` or leave it out",
        )


@rule("service-protocol-unknown", on=ServiceDefaults, consul="invalid value for protocol")  # SD-05
def service_protocol_unknown(defaults: ServiceDefaults, report: Report) -> None:
    """A protocol that the mesh does not know.

    Upper and lower case are the same.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        Protocol = "https"

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        Protocol = "http"
    """
    if defaults.protocol and defaults.protocol not in PROTOCOLS:
        report(
            f"no protocol is called `{defaults.protocol}`",
            at=("Protocol",),
            note="TLS is the mesh's own" if defaults.protocol in ("https", "tls") else None,
            help=f"one of: {', '.join(PROTOCOLS)}",
        )


@rule("upstreams-with-destination", on=ServiceDefaults, consul="mutually exclusive")  # SD-06
def upstreams_with_destination(defaults: ServiceDefaults, report: Report) -> None:
    """Upstreams of a destination outside the mesh.

    What is outside the mesh calls nobody through it. Even empty blocks count.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {}
        Destination { Addresses = ["db.example.com"], Port = 443 }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        Destination { Addresses = ["db.example.com"], Port = 443 }
    """
    if defaults.upstream_config is not None and defaults.destination is not None:
        report(
            "the entry has both `UpstreamConfig` and `Destination`",
            at=("UpstreamConfig",),
            part="key",
            help="keep the one that this service needs",
        )


judged(
    ServiceDefaults,
    first(
        defaults_name_missing,  # SD-01
        defaults_name_wildcard,  # SD-02
        mutual_tls_mode_unknown,  # SD-33
        every(
            META,  # SD-03
            inbound_balance_unknown,  # SD-04
            service_protocol_unknown,  # SD-05
            first(
                upstreams_with_destination,  # SD-06
                every(
                    each("UpstreamConfig.Overrides", OVERRIDE, all_items=True),  # SD-07…09, SD-13…20
                    each("UpstreamConfig.Defaults", DEFAULTS),  # SD-10…20
                    each("Destination", DESTINATION),  # SD-21…24
                    each("RateLimits", RATE_LIMITS),  # SD-25, SD-27…32
                    each("EnvoyExtensions", EXTENSION, all_items=True),  # SD-26
                ),
            ),
        ),
    ),
    unknown_proxy_mode,
    each("MeshGateway", unknown_mesh_gateway_mode),
    each("UpstreamConfig.Defaults.MeshGateway", unknown_mesh_gateway_mode),
    each("UpstreamConfig.Overrides", each("MeshGateway", unknown_mesh_gateway_mode)),
    each("UpstreamConfig.Defaults", upstream_escape_hatch_unreadable),
    each("UpstreamConfig.Overrides", upstream_escape_hatch_unreadable),
    each("Expose.Paths", exposed_path_invalid),
    each("Destination", destination_addresses_collide),
    each("RateLimits.InstanceLevel.Routes", rate_limit_regex_invalid),
)
