"""Rules that service-defaults and proxy-defaults share: modes of proxies and gateways, exposed paths."""

from __future__ import annotations

from typing import Protocol

from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.blocks import ExposePath, MeshGatewayConfig
from meshgw.schema.suggest import nearest

MUTUAL_TLS_MODES = ("strict", "permissive")
GATEWAY_MODES = ("none", "local", "remote")
PROXY_MODES = ("transparent", "direct")
_EXPOSE_PROTOCOLS = ("http", "http2")
_LAST_PORT = 65535


class ProxySettings(Protocol):
    """The fields of `ServiceDefaults` and `ProxyDefaults` that these rules read."""

    @property
    def mode(self) -> str: ...
    @property
    def mutual_tls_mode(self) -> str: ...


@rule("mutual-tls-mode-unknown", on="defaults", consul="Invalid MutualTLSMode")  # SD-33, PD-14
def mutual_tls_mode_unknown(defaults: ProxySettings, report: Report) -> None:
    """A mutual TLS mode that does not exist.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        MutualTLSMode = "on"

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        MutualTLSMode = "strict"
    """
    if defaults.mutual_tls_mode and defaults.mutual_tls_mode not in MUTUAL_TLS_MODES:
        report(
            f"no mutual TLS mode is called `{defaults.mutual_tls_mode}`",
            at=("MutualTLSMode",),
            help=_one_of(defaults.mutual_tls_mode, MUTUAL_TLS_MODES),
        )


@rule("unknown-mesh-gateway-mode", on="defaults")
def unknown_mesh_gateway_mode(gateway: MeshGatewayConfig, report: Report) -> None:
    """A mesh gateway mode that does not exist.

    Consul takes any text here without a word. Proxies then use no gateway at all: calls to other
    datacenters and partitions go to the instances themselves, which they cannot reach.

    Found:

        Kind = "service-defaults"
        Name = "web"
        MeshGateway { Mode = "locall" }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        MeshGateway { Mode = "local" }
    """
    if gateway.mode and gateway.mode not in GATEWAY_MODES:
        report(
            f"no mesh gateway mode is called `{gateway.mode}`",
            at=("Mode",),
            note="Consul accepts it and then uses no mesh gateway",
            help=_one_of(gateway.mode, GATEWAY_MODES),
        )


@rule("unknown-proxy-mode", on="defaults")
def unknown_proxy_mode(defaults: ProxySettings, report: Report) -> None:
    """A proxy mode that does not exist.

    Consul takes any text here without a word, and no proxy becomes transparent.

    Found:

        Kind = "service-defaults"
        Name = "web"
        Mode = "Transparent"

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        Mode = "transparent"
    """
    if defaults.mode and defaults.mode not in PROXY_MODES:
        report(
            f"no proxy mode is called `{defaults.mode}`",
            at=("Mode",),
            note="Consul accepts it and no proxy becomes transparent",
            help=_one_of(defaults.mode, PROXY_MODES),
        )


@rule("exposed-path-invalid", on="defaults")
def exposed_path_invalid(path: ExposePath, report: Report) -> None:
    """An exposed path that no request can have, or that no proxy can open.

    Consul stores any path, port and protocol. Envoy refuses ports that do not exist, and a path without a
    leading slash matches nothing.

    Found:

        Kind = "service-defaults"
        Name = "web"
        Expose {
          Paths = [{ Path = "healthz", ListenerPort = 21500, LocalPathPort = 8080 }]
        }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        Expose {
          Paths = [{ Path = "/healthz", ListenerPort = 21500, LocalPathPort = 8080 }]
        }
    """
    if not path.path.startswith("/"):
        report(f"the path `{path.path}` does not begin with `/`", at=("Path",), help=f"write `/{path.path}`")
    if path.protocol and path.protocol.lower() not in _EXPOSE_PROTOCOLS:
        report(
            f"paths cannot be exposed for protocol `{path.protocol}`",
            at=("Protocol",),
            help=f"one of: {', '.join(_EXPOSE_PROTOCOLS)}",
        )
    for key, port in (("ListenerPort", path.listener_port), ("LocalPathPort", path.local_path_port)):
        if not 1 <= port <= _LAST_PORT:
            report(f"{port} is no port", at=(key,), help="a port from 1 to 65535")


def _one_of(word: str, known: tuple[str, ...]) -> str:
    close = nearest(word, known)
    return f"did you mean `{close}`?" if close else f"one of: {', '.join(known)}"
