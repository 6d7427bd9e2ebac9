"""proxy-defaults (config-entries.md 2.2)."""

from __future__ import annotations

from typing import Any, Self

from meshgw.diagnostics.evaluation import each, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.access_log_rules import ACCESS_LOGS
from meshgw.entries.base import Entry, config_entry, judged
from meshgw.entries.blocks import (
    AccessLogs,
    EnvoyExtension,
    Expose,
    MeshGatewayConfig,
    TransparentProxyConfig,
)
from meshgw.entries.escape_hatch_rules import config_escape_hatch_unreadable
from meshgw.entries.extensions.rules import EXTENSION
from meshgw.entries.proxy_rules import (
    exposed_path_invalid,
    mutual_tls_mode_unknown,
    unknown_mesh_gateway_mode,
    unknown_proxy_mode,
)
from meshgw.entries.shared import META
from meshgw.entries.tenancy_rules import entry_namespace_not_default
from meshgw.schema.convert import MismatchError, weak_string
from meshgw.schema.fields import Block, Layer, block, blocks, obj, opaque, replace, text, texts

GLOBAL = "global"
_SERVER: frozenset[Layer] = frozenset({"server"})
_FAILOVER_MODES = ("sequential", "order-by-locality")
_LOCALITY_MODES = ("none", "failover")
_SOCKET_FOLDER = "envoy_hcp_metrics_bind_socket_dir"
_LONGEST_FOLDER = 70


@block
class FailoverPolicy(Block):
    """How the targets of failovers are ordered."""

    mode: str = text("Mode", one_of=_FAILOVER_MODES)
    regions: tuple[str, ...] = texts("Regions", doc="regions in order of preference")


@block
class PrioritizeByLocality(Block):
    """Whether near instances are preferred (Enterprise)."""

    mode: str = text("Mode", one_of=_LOCALITY_MODES)


@config_entry("proxy-defaults")
class ProxyDefaults(Entry):
    """Defaults of all proxies of a partition."""

    mode: str = text("Mode", one_of=("transparent", "direct"), doc="how outbound traffic is caught")
    transparent_proxy: TransparentProxyConfig | None = obj(
        "TransparentProxy", TransparentProxyConfig, optional=True, alias="transparent_proxy"
    )
    mutual_tls_mode: str = text("MutualTLSMode", alias="mutual_tls_mode", one_of=("strict", "permissive"))
    config: dict[str, Any] | None = opaque("Config", doc="opaque settings of proxies, such as `protocol`")
    mesh_gateway: MeshGatewayConfig = obj("MeshGateway", MeshGatewayConfig, alias="mesh_gateway")
    expose: Expose = obj("Expose", Expose)
    access_logs: AccessLogs | None = obj("AccessLogs", AccessLogs, optional=True, alias="access_logs")
    envoy_extensions: tuple[EnvoyExtension, ...] = blocks(
        "EnvoyExtensions", EnvoyExtension, alias="envoy_extensions"
    )
    failover_policy: FailoverPolicy | None = obj(
        "FailoverPolicy", FailoverPolicy, optional=True, alias="failover_policy"
    )
    prioritize_by_locality: PrioritizeByLocality | None = obj(
        "PrioritizeByLocality", PrioritizeByLocality, optional=True, alias="prioritize_by_locality"
    )
    protocol: str = text("Protocol", layers=_SERVER, crd=None, doc="overwritten with `Config.protocol`")

    def normalize(self) -> Self:
        return replace(self, name=self.name or GLOBAL, protocol=protocol_of(self.config) or "")


def protocol_key(config: dict[str, Any] | None) -> str | None:
    """The key of an opaque `Config` that holds the protocol: `protocol`, else a case variant of it."""
    if not config:
        return None
    if "protocol" in config:
        return "protocol"
    return next((key for key in sorted(config) if key.lower() == "protocol"), None)


def protocol_of(config: dict[str, Any] | None) -> str | None:
    """The protocol as it is written, empty when there is none, `None` when it is no string."""
    key = protocol_key(config)
    if config is None or key is None:
        return ""
    try:
        return weak_string(config[key])
    except MismatchError:
        return None


@rule("proxy-defaults-name", on=ProxyDefaults, consul='only "global" is supported')  # PD-01
def proxy_defaults_name(defaults: ProxyDefaults, report: Report) -> None:
    """Defaults of all proxies that are not called `global`.

    There is one such entry in a partition; the name may be left out.

    Refused:

        Kind = "proxy-defaults"
        Name = "web"

    Accepted:

        Kind = "proxy-defaults"
        Name = "global"
    """
    if defaults.name != GLOBAL:
        report(
            f"the entry is called `{defaults.name}`, not `{GLOBAL}`",
            at=("Name",),
            help=f"write `{GLOBAL}`; settings of one service go to its `service-defaults`",
        )


@rule("config-protocol-not-string", on=ProxyDefaults, consul="expected type 'string'")  # PD-02
def config_protocol_not_string(defaults: ProxyDefaults, report: Report) -> None:
    """A default protocol that is no string.

    Refused:

        Kind = "proxy-defaults"
        Name = "global"
        Config {
          protocol { name = "http" }
        }

    Accepted:

        Kind = "proxy-defaults"
        Name = "global"
        Config {
          protocol = "http"
        }
    """
    key = protocol_key(defaults.config)
    if key is not None and protocol_of(defaults.config) is None:
        report(f"`Config.{key}` wants a string", at=("Config", key), help="write one protocol")


@rule("metrics-socket-path-too-long", on=ProxyDefaults, consul="exceeds max 70")  # PD-09
def metrics_socket_path_too_long(defaults: ProxyDefaults, report: Report) -> None:
    """A folder of metrics sockets whose path is too long.

    Names of sockets are limited by the operating system; 70 bytes remain for the folder.

    Refused:

        Kind = "proxy-defaults"
        Name = "global"
        Config {
          envoy_hcp_metrics_bind_socket_dir = "/%{70 x a}"
        }

    Accepted:

        Kind = "proxy-defaults"
        Name = "global"
        Config {
          envoy_hcp_metrics_bind_socket_dir = "/var/run/envoy"
        }
    """
    folder = (defaults.config or {}).get(_SOCKET_FOLDER)
    if isinstance(folder, str) and len(folder.encode()) > _LONGEST_FOLDER:
        report(
            f"a path of {len(folder.encode())} bytes; at most {_LONGEST_FOLDER}",
            at=("Config", _SOCKET_FOLDER),
        )


@rule(
    "proxy-failover-mode-unknown", on="proxy-defaults", consul="Failover-policy mode must be one of"
)  # PD-11
def proxy_failover_mode_unknown(policy: FailoverPolicy, report: Report) -> None:
    """An order of failover targets that does not exist.

    Refused:

        Kind = "proxy-defaults"
        Name = "global"
        FailoverPolicy { Mode = "random" }

    Accepted:

        Kind = "proxy-defaults"
        Name = "global"
        FailoverPolicy { Mode = "order-by-locality" }
    """
    if policy.mode and policy.mode not in _FAILOVER_MODES:
        report(
            f"failover targets cannot be ordered by `{policy.mode}`",
            at=("Mode",),
            help=f"one of: {', '.join(_FAILOVER_MODES)}",
        )


@rule(
    "proxy-locality-in-community",
    on="proxy-defaults",
    consul="Prioritize-by-locality requires Consul Enterprise",
    edition="community",
)  # PD-12
def proxy_locality_in_community(locality: PrioritizeByLocality, report: Report) -> None:
    """Preference of near instances in Community.

    Refused:

        Kind = "proxy-defaults"
        Name = "global"
        PrioritizeByLocality { Mode = "failover" }

    Accepted:

        Kind = "proxy-defaults"
        Name = "global"
    """
    if locality.mode:
        report("near instances are preferred in Enterprise only", at=("Mode",), help="take the block out")


@rule(
    "proxy-locality-mode-unknown",
    on="proxy-defaults",
    consul="Prioritize-by-locality",
    edition="enterprise",
    inferred=True,
)  # PD-13
def proxy_locality_mode_unknown(locality: PrioritizeByLocality, report: Report) -> None:
    """A preference of near instances that does not exist.

    Refused:

        Kind = "proxy-defaults"
        Name = "global"
        PrioritizeByLocality { Mode = "nearest" }

    Accepted:

        Kind = "proxy-defaults"
        Name = "global"
        PrioritizeByLocality { Mode = "failover" }
    """
    if locality.mode and locality.mode not in _LOCALITY_MODES:
        report(
            f"no such mode is called `{locality.mode}`",
            at=("Mode",),
            help=f"one of: {', '.join(_LOCALITY_MODES)}",
        )


judged(
    ProxyDefaults,
    first(
        proxy_defaults_name,  # PD-01
        config_protocol_not_string,  # PD-02
        each("AccessLogs", ACCESS_LOGS),  # PD-03…07
        META,  # PD-08
        metrics_socket_path_too_long,  # PD-09
        each("EnvoyExtensions", EXTENSION, all_items=True),  # PD-10
        each("FailoverPolicy", proxy_failover_mode_unknown),  # PD-11
        each(
            "PrioritizeByLocality", proxy_locality_in_community, proxy_locality_mode_unknown
        ),  # PD-12, PD-13
        mutual_tls_mode_unknown,  # PD-14
        entry_namespace_not_default,  # PD-15
    ),
    unknown_proxy_mode,
    each("MeshGateway", unknown_mesh_gateway_mode),
    config_escape_hatch_unreadable,
    each("Expose.Paths", exposed_path_invalid),
)
