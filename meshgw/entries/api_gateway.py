"""api-gateway (config-entries.md 2.12)."""

from __future__ import annotations

import re
from typing import Self

from meshgw.diagnostics.evaluation import each, first
from meshgw.diagnostics.model import Related
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.api_gateway_parts import Reference, RouteJWT, Status, inherited, jwt_provider_unnamed
from meshgw.entries.base import Entry, config_entry, judged
from meshgw.entries.shared import META, entry_name_missing
from meshgw.entries.tls import TLS_PARAMETERS, TLS_VERSIONS
from meshgw.schema.fields import Block, Layer, block, blocks, integer, obj, replace, text, texts, unsigned32

_CLIENT: frozenset[Layer] = frozenset({"client"})
_LABEL = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"
_LISTENER_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
CERTIFICATE_KINDS = ("inline-certificate", "file-system-certificate")


@block
class APIGatewayTLS(Block):
    """Certificates and TLS parameters of a listener."""

    certificates: tuple[Reference, ...] = blocks(
        "Certificates", Reference, doc="`inline-certificate` (the default) or `file-system-certificate`"
    )
    max_version: str = text("MaxVersion", alias="tls_max_version", alias_layers=_CLIENT, one_of=TLS_VERSIONS)
    min_version: str = text("MinVersion", alias="tls_min_version", alias_layers=_CLIENT, one_of=TLS_VERSIONS)
    cipher_suites: tuple[str, ...] = texts("CipherSuites", alias="cipher_suites", alias_layers=_CLIENT)


@block
class APIGatewayPolicy(Block):
    """What is required of requests: tokens."""

    jwt: RouteJWT | None = obj("JWT", RouteJWT, optional=True)


@block
class APIGatewayListener(Block):
    """A port that the gateway listens on, for one protocol and host name."""

    name: str = text("Name", doc="unique; lower-case letters, digits, `-` and `.`")
    hostname: str = text("Hostname", doc="host name, `*.` may lead it; every one when empty; `http` only")
    port: int = integer("Port", doc="1 to 65535")
    protocol: str = text("Protocol", one_of=("http", "tcp"), any_case=True, doc="`http` or `tcp`")
    tls: APIGatewayTLS = obj("TLS", APIGatewayTLS)
    override: APIGatewayPolicy | None = obj(
        "Override", APIGatewayPolicy, optional=True, doc="wins over what a route requires"
    )
    default: APIGatewayPolicy | None = obj(
        "Default", APIGatewayPolicy, optional=True, doc="for routes that require nothing themselves"
    )
    max_request_headers_kb: int | None = unsigned32(
        "MaxRequestHeadersKB", optional=True, since=(1, 23), doc="largest headers of a request, in KiB"
    )


@config_entry("api-gateway")
class APIGateway(Entry):
    """Listeners through which traffic from outside enters the mesh; routes attach to them."""

    listeners: tuple[APIGatewayListener, ...] = blocks("Listeners", APIGatewayListener, doc="at least one")
    status: Status = obj("Status", Status, doc="Consul's own; discarded")

    def normalize(self) -> Self:
        return replace(
            self,
            listeners=tuple(_normalized(listener, self) for listener in self.listeners),
            status=Status(),
        )


def _normalized(listener: APIGatewayListener, gateway: APIGateway) -> APIGatewayListener:
    certificates = tuple(
        inherited(replace(reference, kind=reference.kind or CERTIFICATE_KINDS[0]), gateway)
        for reference in listener.tls.certificates
    )
    return replace(
        listener,
        protocol=listener.protocol.lower(),
        tls=replace(listener.tls, certificates=certificates),
    )


@rule("api-gateway-without-listeners", on=APIGateway, consul="at least one listener")  # AG-02
def api_gateway_without_listeners(gateway: APIGateway, report: Report) -> None:
    """An API gateway that has no listeners.

    Refused:

        Kind = "api-gateway"
        Name = "gateway"

    Accepted:

        Kind      = "api-gateway"
        Name      = "gateway"
        Listeners = [{ Name = "web", Port = 8080, Protocol = "http" }]
    """
    if not gateway.listeners:
        report("the gateway has no listeners", at=("Listeners",), help="add `Listeners`")


@rule("listener-name-malformed", on=APIGateway, consul="is invalid, must be at least 1 character")  # AG-03
def listener_name_malformed(listener: APIGatewayListener, report: Report) -> None:
    """A listener name that is missing or is no DNS name in lower case.

    A name has lower-case letters, digits and `-`, in labels between dots; `-` neither begins nor ends
    a label.

    Refused:

        Kind      = "api-gateway"
        Name      = "gateway"
        Listeners = [{ Name = "Web_1", Port = 8080, Protocol = "http" }]

    Accepted:

        Kind      = "api-gateway"
        Name      = "gateway"
        Listeners = [{ Name = "web-1", Port = 8080, Protocol = "http" }]
    """
    if not listener.name:
        report("the listener has no `Name`", at=("Name",), help="give it a `Name` such as `web`")
    elif not _LISTENER_NAME.fullmatch(listener.name):
        report(
            f"`{listener.name}` is no name for a listener",
            at=("Name",),
            help="use lower-case letters, digits, `-` and `.`, and begin and end with a letter or digit",
        )


@rule("listener-name-twice", on=APIGateway, consul="found multiple listeners with the name")  # AG-04
def listener_name_twice(listener: APIGatewayListener, report: Report) -> None:
    """Two listeners of one name.

    Routes choose a listener by its name.

    Refused:

        Kind = "api-gateway"
        Name = "gateway"
        Listeners = [
          { Name = "web", Port = 8080, Protocol = "http" },
          { Name = "web", Port = 8081, Protocol = "http" },
        ]

    Accepted:

        Kind = "api-gateway"
        Name = "gateway"
        Listeners = [
          { Name = "web", Port = 8080, Protocol = "http" },
          { Name = "admin", Port = 8081, Protocol = "http" },
        ]
    """
    gateway: APIGateway = report.root
    index = report.base[-1]
    assert isinstance(index, int)
    for earlier in range(index):
        if gateway.listeners[earlier].name == listener.name:
            report(
                f"a second listener is called `{listener.name}`",
                at=("Name",),
                related=_listener_at(gateway, earlier),
                help="give each listener a name of its own",
            )
            return


def _listener_at(gateway: APIGateway, index: int) -> list[Related]:
    """The place of a listener, by its name."""
    place = gateway.locate(("Listeners", index, "Name"))
    return [Related(place, "the first one")] if place else []


@rule("listeners-not-mergeable", on=APIGateway, consul="cannot be merged")  # AG-05
def listeners_not_mergeable(gateway: APIGateway, report: Report) -> None:
    """Two listeners on one port that differ in host name or protocol.

    Several listeners may share a port when both are equal.

    Refused:

        Kind = "api-gateway"
        Name = "gateway"
        Listeners = [
          { Name = "web", Port = 8080, Protocol = "http", Hostname = "web.example.com" },
          { Name = "api", Port = 8080, Protocol = "http", Hostname = "api.example.com" },
        ]

    Accepted:

        Kind = "api-gateway"
        Name = "gateway"
        Listeners = [
          { Name = "web", Port = 8080, Protocol = "http", Hostname = "web.example.com" },
          { Name = "api", Port = 8081, Protocol = "http", Hostname = "api.example.com" },
        ]
    """
    on_port: dict[int, int] = {}
    for index, listener in enumerate(gateway.listeners):
        previous = on_port.get(listener.port)
        on_port[listener.port] = index
        if previous is None:
            continue
        other = gateway.listeners[previous]
        if listener.protocol != other.protocol:
            what, field = "protocol", "Protocol"
        elif listener.hostname != other.hostname:
            what, field = "host name", "Hostname"
        else:
            continue
        report(
            f"listeners `{other.name}` and `{listener.name}` share port {listener.port} but not their {what}",
            at=("Listeners", index, field),
            related=_listener_at(gateway, previous),
            help="give one of them another port",
        )


@rule("listener-protocol-unsupported", on=APIGateway, consul="unsupported listener protocol")  # AG-06
def listener_protocol_unsupported(listener: APIGatewayListener, report: Report) -> None:
    """A listener protocol other than `http` and `tcp`.

    There is no default.

    Refused:

        Kind      = "api-gateway"
        Name      = "gateway"
        Listeners = [{ Name = "web", Port = 8080, Protocol = "grpc" }]

    Accepted:

        Kind      = "api-gateway"
        Name      = "gateway"
        Listeners = [{ Name = "web", Port = 8080, Protocol = "http" }]
    """
    if not listener.protocol:
        report("the listener has no `Protocol`", at=("Protocol",), help="write `http` or `tcp`")
    elif listener.protocol not in ("http", "tcp"):
        report(
            f"`{listener.protocol}` is no protocol of an API gateway's listener",
            at=("Protocol",),
            help="write `http` or `tcp`; `http` takes gRPC and HTTP/2 too",
        )


@rule(
    "tcp-listener-with-hostname",
    on=APIGateway,
    consul="hostname specification is not supported when using TCP",
)  # AG-07
def tcp_listener_with_hostname(listener: APIGatewayListener, report: Report) -> None:
    """A host name on a listener for plain TCP, where no host is known.

    Refused:

        Kind      = "api-gateway"
        Name      = "gateway"
        Listeners = [{ Name = "db", Port = 5432, Protocol = "tcp", Hostname = "db.example.com" }]

    Accepted:

        Kind      = "api-gateway"
        Name      = "gateway"
        Listeners = [{ Name = "db", Port = 5432, Protocol = "tcp" }]
    """
    if listener.protocol == "tcp" and listener.hostname:
        report(
            f"host name `{listener.hostname}` on a listener for TCP",
            at=("Hostname",),
            help="take `Hostname` out, or make the protocol `http`",
        )


@rule("listener-port-out-of-range", on=APIGateway, consul="not in the range 1-65535")  # AG-08
def listener_port_out_of_range(listener: APIGatewayListener, report: Report) -> None:
    """A listener port outside 1 to 65535.

    Refused:

        Kind      = "api-gateway"
        Name      = "gateway"
        Listeners = [{ Name = "web", Port = 80800, Protocol = "http" }]

    Accepted:

        Kind      = "api-gateway"
        Name      = "gateway"
        Listeners = [{ Name = "web", Port = 8080, Protocol = "http" }]
    """
    if listener.port == 0:
        report("the listener has no `Port`", at=("Port",), help="a port from 1 to 65535")
    elif not 1 <= listener.port <= 65535:
        report(f"port {listener.port} is not between 1 and 65535", at=("Port",))


@rule("listener-hostname-wildcard", on=APIGateway, consul="only allowed as the left-most label")  # AG-09
def listener_hostname_wildcard(listener: APIGatewayListener, report: Report) -> None:
    """A `*` in a listener's host name elsewhere than as its first label.

    A lone `*` is refused too: a listener without a host name takes every host.

    Refused:

        Kind      = "api-gateway"
        Name      = "gateway"
        Listeners = [{ Name = "web", Port = 8080, Protocol = "http", Hostname = "web.*.com" }]

    Accepted:

        Kind      = "api-gateway"
        Name      = "gateway"
        Listeners = [{ Name = "web", Port = 8080, Protocol = "http", Hostname = "*.example.com" }]
    """
    if "*" in listener.hostname.removeprefix("*."):
        lone = listener.hostname == "*"
        report(
            f"`*` may only be the first label of a host name, not in `{listener.hostname}`",
            at=("Hostname",),
            help="take `Hostname` out to take every host" if lone else "write it as `*.example.com`",
        )


@rule("certificate-kind-unsupported", on=APIGateway, consul="unsupported certificate kind")  # AG-10
def certificate_kind_unsupported(reference: Reference, report: Report) -> None:
    """A certificate that is no `inline-certificate` and no `file-system-certificate`.

    Refused:

        Kind = "api-gateway"
        Name = "gateway"
        Listeners = [{
          Name = "web", Port = 8443, Protocol = "http"
          TLS = { Certificates = [{ Kind = "certificate", Name = "web" }] }
        }]

    Accepted:

        Kind = "api-gateway"
        Name = "gateway"
        Listeners = [{
          Name = "web", Port = 8443, Protocol = "http"
          TLS = { Certificates = [{ Kind = "file-system-certificate", Name = "web" }] }
        }]
    """
    if reference.kind not in CERTIFICATE_KINDS:
        report(
            f"`{reference.kind}` is no kind of certificate",
            at=("Kind",),
            help=f"one of: {', '.join(CERTIFICATE_KINDS)}",
        )


@rule("certificate-unnamed", on=APIGateway, consul="certificate reference must have a name")  # AG-11
def certificate_unnamed(reference: Reference, report: Report) -> None:
    """A reference to a certificate that does not say which.

    Refused:

        Kind = "api-gateway"
        Name = "gateway"
        Listeners = [{
          Name = "web", Port = 8443, Protocol = "http"
          TLS = { Certificates = [{ Kind = "inline-certificate" }] }
        }]

    Accepted:

        Kind = "api-gateway"
        Name = "gateway"
        Listeners = [{
          Name = "web", Port = 8443, Protocol = "http"
          TLS = { Certificates = [{ Kind = "inline-certificate", Name = "web" }] }
        }]
    """
    if not reference.name:
        report(
            "a certificate without a name",
            at=("Name",),
            help=f"set `Name` to that of an {reference.kind} entry",
        )


judged(
    APIGateway,
    first(
        META,  # AG-01
        api_gateway_without_listeners,  # AG-02
        each("Listeners", listener_name_malformed, listener_name_twice),  # AG-03, AG-04
        listeners_not_mergeable,  # AG-05
        each(
            "Listeners",
            listener_protocol_unsupported,  # AG-06
            tcp_listener_with_hostname,  # AG-07
            listener_port_out_of_range,  # AG-08
            listener_hostname_wildcard,  # AG-09
            each("TLS.Certificates", certificate_kind_unsupported, certificate_unnamed),  # AG-10, AG-11
            each("TLS", TLS_PARAMETERS),  # AG-12
            each("Override.JWT.Providers", jwt_provider_unnamed),  # AG-14
            each("Default.JWT.Providers", jwt_provider_unnamed),  # AG-14
        ),
        entry_name_missing,  # XG-01
    ),
)
