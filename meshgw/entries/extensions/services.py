"""Where ext-authz and otel-access-logging send their calls (config-entries.md 2.0.4, 2.0.5)."""

from __future__ import annotations

import re

from meshgw.diagnostics.evaluation import every, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.extensions.arguments import CONNECT_PROXY, DIRECTIONS
from meshgw.schema.durations import DurationError, parse_duration
from meshgw.schema.fields import Block, block, blocks, obj, text

_PORT = re.compile(r"[+-]?[0-9]{1,19}")
_LOCAL = ("localhost", "127.0.0.1", "::1")


@block
class ServiceName(Block):
    """A service of the mesh."""

    name: str = text("Name")
    namespace: str = text("Namespace")
    partition: str = text("Partition")


@block
class Target(Block):
    """A service of the mesh, or an address on the proxy's own host."""

    service: ServiceName = obj("Service", ServiceName)
    uri: str = text("URI")
    timeout: str = text("Timeout")


@block
class Metadata(Block):
    """A pair of metadata that goes with gRPC calls."""

    key: str = text("Key")
    value: str = text("Value")


@block
class GrpcService(Block):
    """A gRPC service that an extension calls."""

    target: Target | None = obj("Target", Target, optional=True)
    authority: str = text("Authority")
    initial_metadata: tuple[Metadata, ...] = blocks("InitialMetadata", Metadata)


@rule("extension-target-missing", on="extension", consul="Target must be set")  # EX-33
def extension_target_missing(service: GrpcService, report: Report) -> None:
    """A service of an extension that does not say where it is.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name      = "builtin/ext-authz"
          Arguments = { Config = { GrpcService = { Authority = "authz" } } }
        }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name      = "builtin/ext-authz"
          Arguments = { Config = { GrpcService = { Target = { URI = "127.0.0.1:9191" } } } }
        }]
    """
    if service.target is None:
        report(
            "the service has no `Target`", at=("Target",), help="add a `Target` with a `Service` or a `URI`"
        )


@rule(
    "extension-target-not-one", on="extension", consul="exactly one of Target.Service or Target.URI"
)  # EX-34
def extension_target_not_one(target: Target, report: Report) -> None:
    """A target that is both a service of the mesh and an address, or neither.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name      = "builtin/ext-authz"
          Arguments = { Config = { GrpcService = { Target = { Timeout = "1s" } } } }
        }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name      = "builtin/ext-authz"
          Arguments = { Config = { GrpcService = { Target = { Service = { Name = "authz" } } } } }
        }]
    """
    if bool(target.service.name) == bool(target.uri):
        both = "both `Service.Name` and `URI`" if target.uri else "neither `Service.Name` nor `URI`"
        report(f"the target has {both}", help="set one of them")


@rule("extension-target-uri-invalid", on="extension", consul="invalid format for Target.URI")  # EX-35
def extension_target_uri_invalid(target: Target, report: Report) -> None:
    """An address that is not a host and a port.

    A scheme in front of it is ignored.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name      = "builtin/ext-authz"
          Arguments = { Config = { GrpcService = { Target = { URI = "localhost" } } } }
        }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name      = "builtin/ext-authz"
          Arguments = { Config = { GrpcService = { Target = { URI = "localhost:9191" } } } }
        }]
    """
    if target.uri and _host_of(target.uri) is None:
        report(f"`{target.uri}` is no `HOST:PORT`", at=("URI",), help="write the host, a colon and the port")


@rule("extension-target-uri-not-local", on="extension", consul="invalid host for Target.URI")  # EX-36
def extension_target_uri_not_local(target: Target, report: Report) -> None:
    """An address that is not on the proxy's own host.

    Services elsewhere are called through the mesh, by their name.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name      = "builtin/ext-authz"
          Arguments = { Config = { GrpcService = { Target = { URI = "10.0.0.1:9191" } } } }
        }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name      = "builtin/ext-authz"
          Arguments = { Config = { GrpcService = { Target = { URI = "127.0.0.1:9191" } } } }
        }]
    """
    host = _host_of(target.uri) if target.uri else None
    if host is not None and host not in _LOCAL:
        report(
            f"`{host}` is not the proxy's own host",
            at=("URI",),
            help=f"one of: {', '.join(_LOCAL)}; name another service in `Service`",
        )


def _host_of(uri: str) -> str | None:
    """The host of `[SCHEME://]HOST:PORT`; `None` when it has no such form."""
    host, colon, port = uri.rpartition("://")[2].rpartition(":")
    if not colon or not _PORT.fullmatch(port):
        return None
    return host or "localhost"


@rule("extension-target-timeout-invalid", on="extension", consul="failed to parse Target.Timeout")  # EX-37
def extension_target_timeout_invalid(target: Target, report: Report) -> None:
    """A timeout of a target that is no duration.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name      = "builtin/ext-authz"
          Arguments = { Config = { GrpcService = { Target = { URI = "localhost:1", Timeout = "5" } } } }
        }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name      = "builtin/ext-authz"
          Arguments = { Config = { GrpcService = { Target = { URI = "localhost:1", Timeout = "5s" } } } }
        }]
    """
    fault = duration_fault(target.timeout)
    if fault:
        report(
            f"`{target.timeout}` is no duration", at=("Timeout",), note=fault, help='write "5s", with a unit'
        )


def duration_fault(text: str) -> str | None:
    """Why an optional duration cannot be read, in Consul's words."""
    if not text:
        return None
    try:
        parse_duration(text)
    except DurationError as fault:
        return str(fault)
    return None


TARGET = every(
    first(
        extension_target_not_one,  # EX-34
        extension_target_uri_invalid,  # EX-35
        extension_target_uri_not_local,  # EX-36
    ),
    extension_target_timeout_invalid,  # EX-37
)


@block
class ListenerArguments(Block):
    """What the extensions for listeners of sidecars have in common."""

    proxy_type: str = text("ProxyType")
    listener_type: str = text("ListenerType")


@rule(
    "extension-proxy-type-unsupported", on="extension", consul="unsupported ProxyType"
)  # EX-30, EX-40, EX-51
def extension_proxy_type_unsupported(arguments: ListenerArguments, report: Report) -> None:
    """An extension for a kind of proxy that it does not work on.

    `builtin/ext-authz`, `builtin/otel-access-logging` and `builtin/wasm` work on sidecars only.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/ext-authz"
          Arguments = {
            ProxyType = "api-gateway"
            Config    = { GrpcService = { Target = { URI = "127.0.0.1:9191" } } }
          }
        }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/ext-authz"
          Arguments = {
            ProxyType = "connect-proxy"
            Config    = { GrpcService = { Target = { URI = "127.0.0.1:9191" } } }
          }
        }]
    """
    if arguments.proxy_type not in ("", CONNECT_PROXY):
        report(
            f"the extension does not work on `{arguments.proxy_type}`",
            at=("ProxyType",),
            help=f"write `{CONNECT_PROXY}` or leave it out",
        )


@rule("extension-listener-type-unknown", on="extension", consul="unexpected ListenerType")  # EX-31, EX-41
def extension_listener_type_unknown(arguments: ListenerArguments, report: Report) -> None:
    """An extension for a listener that does not exist.

    Refused:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/ext-authz"
          Arguments = {
            ListenerType = "Inbound"
            Config       = { GrpcService = { Target = { URI = "127.0.0.1:9191" } } }
          }
        }]

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        EnvoyExtensions = [{
          Name = "builtin/ext-authz"
          Arguments = {
            ListenerType = "inbound"
            Config       = { GrpcService = { Target = { URI = "127.0.0.1:9191" } } }
          }
        }]
    """
    if arguments.listener_type not in ("", *DIRECTIONS):
        report(
            f"no listener is called `{arguments.listener_type}`",
            at=("ListenerType",),
            help="write `inbound` or `outbound`",
        )
