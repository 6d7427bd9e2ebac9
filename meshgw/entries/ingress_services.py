"""Rules about the services of an ingress gateway's listener (config-entries.md 2.7)."""

from __future__ import annotations

from meshgw.diagnostics.evaluation import each, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.hostnames import is_host
from meshgw.entries.ingress_parts import KIND, IngressListener, IngressService
from meshgw.entries.ingress_sds import SDS_RULES
from meshgw.entries.shared import WILDCARD


def listener_of(report: Report) -> IngressListener:
    """The listener whose service, or host of a service, is being judged."""
    found: IngressListener = report.root.listeners[report.base[1]]
    return found


@rule("ingress-request-headers-on-tcp", on=KIND, consul="request headers only valid for")  # IG-08
def ingress_request_headers_on_tcp(service: IngressService, report: Report) -> None:
    """Request headers on a `tcp` listener.

    Headers are only seen where the listener's protocol is `http`, `http2` or `grpc`.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port = 8080
          Services { Name = "web" RequestHeaders { Set { x-edge = "1" } } }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "web" RequestHeaders { Set { x-edge = "1" } } }
        }
    """
    headers = service.request_headers
    if headers is not None and not headers.empty and listener_of(report).protocol == "tcp":
        report("request headers on a `tcp` listener", at=("RequestHeaders",), part="key", help=_L7)


@rule("ingress-response-headers-on-tcp", on=KIND, consul="response headers only valid for")  # IG-09
def ingress_response_headers_on_tcp(service: IngressService, report: Report) -> None:
    """Response headers on a `tcp` listener.

    Headers are only seen where the listener's protocol is `http`, `http2` or `grpc`.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port = 8080
          Services { Name = "web" ResponseHeaders { Remove = ["server"] } }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "web" ResponseHeaders { Remove = ["server"] } }
        }
    """
    headers = service.response_headers
    if headers is not None and not headers.empty and listener_of(report).protocol == "tcp":
        report("response headers on a `tcp` listener", at=("ResponseHeaders",), part="key", help=_L7)


_L7 = "set the listener's `Protocol` to `http`, `http2` or `grpc`"


@rule("ingress-wildcard-on-tcp", on=KIND, consul="Wildcard service name is only valid")  # IG-10
def ingress_wildcard_on_tcp(service: IngressService, report: Report) -> None:
    """All services on a `tcp` listener.

    A connection says nothing about the service it wants. Listeners of the protocols `http`, `http2` and
    `grpc` can carry `*`, though Consul's message speaks of `http` only.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port = 8080
          Services { Name = "*" }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "grpc"
          Services { Name = "*" }
        }
    """
    if service.name == WILDCARD and listener_of(report).protocol == "tcp":
        report("all services on a `tcp` listener", at=("Name",), help=f"name the service, or {_L7}")


@rule("ingress-hosts-on-tcp", on=KIND, consul="Associating hosts to a service is not supported")  # IG-11
def ingress_hosts_on_tcp(service: IngressService, report: Report) -> None:
    """Host names on a `tcp` listener.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port = 8080
          Services { Name = "web" Hosts = ["web.example.com"] }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "web" Hosts = ["web.example.com"] }
        }
    """
    if service.hosts and listener_of(report).protocol == "tcp":
        report("host names on a `tcp` listener", at=("Hosts",), part="key", help=_L7)


@rule("ingress-service-unnamed", on=KIND, consul="Service name cannot be blank")  # IG-12
def ingress_service_unnamed(service: IngressService, report: Report) -> None:
    """A service of a listener without a name.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Hosts = ["web.example.com"] }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "web" Hosts = ["web.example.com"] }
        }
    """
    if not service.name:
        report("the service has no `Name`", at=("Name",), help='name the service, or `"*"` for all')


@rule("ingress-hosts-for-wildcard", on=KIND, consul="Associating hosts to a wildcard service")  # IG-13
def ingress_hosts_for_wildcard(service: IngressService, report: Report) -> None:
    """Host names for all services.

    Each service of a wildcard is reached as `NAME.ingress.*`.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "*" Hosts = ["*.example.com"] }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "*" }
        }
    """
    if service.name == WILDCARD and service.hosts:
        help_ = "take the hosts out, or name the services"
        report("host names for all services", at=("Hosts",), part="key", help=help_)


@rule(
    "ingress-wildcard-namespace",
    on=KIND,
    consul="Wildcard namespace is not supported for ingress",
    edition="enterprise",
)  # IG-14
def ingress_wildcard_namespace(service: IngressService, report: Report) -> None:
    """A service in all namespaces.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "web" Namespace = "*" }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "web" Namespace = "shop" }
        }
    """
    if service.namespace == WILDCARD:
        report("the namespace of a service is a wildcard", at=("Namespace",), help="name the namespace")


@rule("ingress-service-twice", on=KIND, consul="cannot be added multiple times")  # IG-15
def ingress_service_twice(service: IngressService, report: Report) -> None:
    """A service that stands twice on one listener.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "web" Hosts = ["a.example.com"] }
          Services { Name = "web" Hosts = ["b.example.com"] }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "web" Hosts = ["a.example.com", "b.example.com"] }
        }
    """
    earlier = report.met((report.base[1], service.partition, service.namespace, service.name))
    if earlier is not None:
        report(
            f"the service `{service.name}` a second time on this listener",
            related=report.place(earlier, "the first one"),
            help="write it once, with all of its hosts",
        )


@rule("ingress-host-twice", on=KIND, consul="Hosts must be unique within a specific listener")  # IG-22
def ingress_host_twice(host: str, report: Report) -> None:
    """A host name that stands twice on one listener.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "web" Hosts = ["example.com"] }
          Services { Name = "api" Hosts = ["example.com"] }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "web" Hosts = ["example.com"] }
          Services { Name = "api" Hosts = ["api.example.com"] }
        }
    """
    earlier = report.met((report.base[1], host))
    if earlier is not None:
        report(
            f"the host `{host}` a second time on this listener",
            related=report.place(earlier, "the first one"),
            help="a host leads to one service; split its requests with a service-router",
        )


@rule("ingress-any-host-with-tls", on=KIND, consul="Host '*' is not allowed when TLS is enabled")  # IG-23
def ingress_any_host_with_tls(host: str, report: Report) -> None:
    """The host `*` on a gateway that serves TLS.

    The hosts stand in the gateway's certificate, and `*` is no name that could.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        TLS { Enabled = true }
        Listeners {
          Port     = 8443
          Protocol = "http"
          Services { Name = "web" Hosts = ["*"] }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        TLS { Enabled = true }
        Listeners {
          Port     = 8443
          Protocol = "http"
          Services { Name = "web" Hosts = ["*.example.com"] }
        }
    """
    if host == WILDCARD and report.root.tls.enabled:
        report(
            "the host `*` on a gateway that serves TLS",
            related=report.place(("TLS", "Enabled"), "TLS for all listeners"),
            help="write the host names, such as `*.example.com`",
        )


@rule("ingress-host-invalid", on=KIND, consul="must be a valid DNS hostname")  # IG-24
def ingress_host_invalid(host: str, report: Report) -> None:
    """A host that is no DNS name.

    Labels have 1 to 63 bytes and stand between single dots.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "web" Hosts = ["web..example.com"] }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "web" Hosts = ["web.example.com"] }
        }
    """
    if host != WILDCARD and not is_host(host):
        report(f"`{host}` is no DNS name" if host else "a host is empty", help="labels between single dots")


@rule(
    "ingress-host-wildcard-inside",
    on=KIND,
    consul="a wildcard specifier is only allowed as the leftmost label",
)  # IG-25
def ingress_host_wildcard_inside(host: str, report: Report) -> None:
    """A host with a `*` that is not its whole first label.

    Refused:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "web" Hosts = ["web.*.example.com"] }
        }

    Accepted:

        Kind = "ingress-gateway"
        Name = "edge"
        Listeners {
          Port     = 8080
          Protocol = "http"
          Services { Name = "web" Hosts = ["*.example.com"] }
        }
    """
    if host != WILDCARD and WILDCARD in host.removeprefix("*."):
        report(f"the host `{host}` has a wildcard inside", help="only the whole first label can be `*`")


SERVICE_RULES = first(
    ingress_request_headers_on_tcp,  # IG-08
    ingress_response_headers_on_tcp,  # IG-09
    ingress_wildcard_on_tcp,  # IG-10
    ingress_hosts_on_tcp,  # IG-11
    ingress_service_unnamed,  # IG-12
    ingress_hosts_for_wildcard,  # IG-13
    ingress_wildcard_namespace,  # IG-14
    ingress_service_twice,  # IG-15
    SDS_RULES,  # IG-16 ... IG-21
    each(
        "Hosts",
        ingress_host_twice,  # IG-22
        ingress_any_host_with_tls,  # IG-23
        ingress_host_invalid,  # IG-24
        ingress_host_wildcard_inside,  # IG-25
    ),
)
