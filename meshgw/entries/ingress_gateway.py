"""ingress-gateway (config-entries.md 2.7): services that plain clients outside the mesh can call."""

from __future__ import annotations

from typing import Self

from meshgw.diagnostics.evaluation import each, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry, config_entry, judged
from meshgw.entries.ingress_advice import ADVICE
from meshgw.entries.ingress_parts import (
    PROTOCOLS,
    GatewaySDS,
    IngressDefaults,
    IngressListener,
    IngressService,
    IngressServiceTLS,
    IngressTLS,
)
from meshgw.entries.ingress_services import SERVICE_RULES
from meshgw.entries.shared import META, WILDCARD, entry_name_missing
from meshgw.entries.tls import TLS_PARAMETERS
from meshgw.schema.fields import blocks, obj, replace
from meshgw.schema.suggest import nearest

__all__ = [
    "PROTOCOLS",
    "WILDCARD",
    "GatewaySDS",
    "IngressDefaults",
    "IngressGateway",
    "IngressListener",
    "IngressService",
    "IngressServiceTLS",
    "IngressTLS",
]


@config_entry("ingress-gateway")
class IngressGateway(Entry):
    """Lets clients outside the mesh call services in it."""

    tls: IngressTLS = obj("TLS", IngressTLS, doc="for all listeners without their own")
    listeners: tuple[IngressListener, ...] = blocks("Listeners", IngressListener, doc="may be empty")
    defaults: IngressDefaults | None = obj("Defaults", IngressDefaults, optional=True)

    def normalize(self) -> Self:
        return replace(self, listeners=tuple(_settled(listener, self) for listener in self.listeners))


def _settled(listener: IngressListener, gateway: IngressGateway) -> IngressListener:
    """A listener with its protocol in lower case, and the tenancy of its services."""
    return replace(
        listener,
        protocol=listener.protocol.lower() or "tcp",
        services=tuple(
            replace(
                service,
                namespace=service.namespace.lower() or gateway.namespace,
                partition=service.partition.lower() or gateway.partition,
            )
            for service in listener.services
        ),
    )


@rule("ingress-port-twice", on=IngressGateway, consul="declared on two listeners")  # IG-03
def ingress_port_twice(listener: IngressListener, report: Report) -> None:
    """Two listeners on one port.

    A listener without a port is on port 0.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port = 8080
          Services { Name = "web" }
        }
        Listeners {
          Port = 8080
          Services { Name = "api" }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port = 8080
          Services { Name = "web" }
        }
        Listeners {
          Port = 8081
          Services { Name = "api" }
        }
    """
    earlier = report.met(listener.port)
    if earlier is not None:
        report(
            f"a second listener on port {listener.port}",
            at=("Port",),
            related=report.place((*earlier[:2], "Port"), "the first one"),
            help="give each listener its own `Port`",
        )


@rule("ingress-protocol-unknown", on=IngressGateway, consul="is an unsupported protocol")  # IG-04
def ingress_protocol_unknown(listener: IngressListener, report: Report) -> None:
    """A listener whose protocol is none of `tcp`, `http`, `http2` and `grpc`.

    The protocol may be written in any case, and is `tcp` when it is left out.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "https"
          Services { Name = "web" }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "web" }
        }
    """
    if listener.protocol not in PROTOCOLS:
        close = nearest(listener.protocol, PROTOCOLS)
        report(
            f"`{listener.protocol}` is no protocol of an ingress listener",
            at=("Protocol",),
            help=f"did you mean `{close}`?" if close else f"one of: {', '.join(PROTOCOLS)}",
        )


@rule(
    "ingress-listener-without-services", on=IngressGateway, consul="No service declared for listener"
)  # IG-05
def ingress_listener_without_services(listener: IngressListener, report: Report) -> None:
    """A listener without services.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners { Port = 8080 }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port = 8080
          Services { Name = "web" }
        }
    """
    if not listener.services:
        report(
            f"the listener on port {listener.port} has no services",
            at=("Services",),
            help="name the services behind it, or take the listener out",
        )


@rule(
    "ingress-several-services-on-tcp",
    on=IngressGateway,
    consul="Multiple services per listener are only supported",
)  # IG-06
def ingress_several_services_on_tcp(listener: IngressListener, report: Report) -> None:
    """More than one service on a `tcp` listener.

    A connection says nothing about the service it wants.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port = 8080
          Services { Name = "web" }
          Services { Name = "api" }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "web" }
          Services { Name = "api" }
        }
    """
    if listener.protocol == "tcp" and len(listener.services) > 1:
        report(
            f"{len(listener.services)} services on the `tcp` listener on port {listener.port}",
            at=("Services", 1),
            help="give each service its own listener, or set `Protocol` to `http`, `http2` or `grpc`",
        )


judged(
    IngressGateway,
    first(
        META,  # IG-01
        each("TLS", TLS_PARAMETERS),  # IG-02
        each(
            "Listeners",
            ingress_port_twice,  # IG-03
            ingress_protocol_unknown,  # IG-04
            ingress_listener_without_services,  # IG-05
            ingress_several_services_on_tcp,  # IG-06
            each("TLS", TLS_PARAMETERS),  # IG-07
            each("Services", SERVICE_RULES),  # IG-08 ... IG-25
        ),
        entry_name_missing,  # XG-01
    ),
    *ADVICE,
)
