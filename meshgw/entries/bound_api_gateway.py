"""bound-api-gateway (config-entries.md 2.15)."""

from __future__ import annotations

from typing import Any

from meshgw.diagnostics.evaluation import each, until
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.api_gateway_parts import Reference
from meshgw.entries.base import Entry, config_entry, judged
from meshgw.schema.fields import Block, Scalar, block, blocks, mapping, text


@block
class BoundListener(Block):
    """A listener with the routes and certificates that were attached to it."""

    name: str = text("Name")
    routes: tuple[Reference, ...] = blocks("Routes", Reference)
    certificates: tuple[Reference, ...] = blocks("Certificates", Reference)


@config_entry("bound-api-gateway")
class BoundAPIGateway(Entry):
    """What Consul's controller attached to an API gateway. Nobody else may write it."""

    listeners: tuple[BoundListener, ...] = blocks("Listeners", BoundListener)
    services: dict[str, Any] = mapping("Services", Scalar("any"), doc="routes by service")


@rule("bound-api-gateway-written", on=BoundAPIGateway, consul="only writeable by controller")  # BG-01
def bound_api_gateway_written(_gateway: BoundAPIGateway, report: Report) -> None:
    """A bound-api-gateway, which only Consul's own controller may write.

    It says which routes and certificates were attached to an api-gateway entry.

    Refused (http):

        { "Kind": "bound-api-gateway", "Name": "gateway" }

    Accepted:

        Kind      = "api-gateway"
        Name      = "gateway"
        Listeners = [{ Name = "web", Port = 8080, Protocol = "http" }]
    """
    report(
        "a bound-api-gateway is written by Consul itself",
        help="write an `api-gateway` and routes that name it as their parent",
    )


@rule("bound-certificate-kind", on=BoundAPIGateway, consul="unsupported certificate kind")  # BG-02
def bound_certificate_kind(reference: Reference, report: Report) -> None:
    """A certificate of a bound API gateway that is no `inline-certificate`.

    Refused (http):

        {
          "Kind": "bound-api-gateway",
          "Name": "gateway",
          "Listeners": [{ "Certificates": [{ "Kind": "file-system-certificate", "Name": "web" }] }]
        }

    Accepted:

        Kind      = "api-gateway"
        Name      = "gateway"
        Listeners = [{ Name = "web", Port = 8080, Protocol = "http" }]
    """
    if reference.kind != "inline-certificate":
        report(f"`{reference.kind}` cannot be bound as a certificate", at=("Kind",))


@rule("bound-certificate-unnamed", on=BoundAPIGateway, consul="must have a name")  # BG-03
def bound_certificate_unnamed(reference: Reference, report: Report) -> None:
    """A certificate of a bound API gateway without a name.

    Refused (http):

        {
          "Kind": "bound-api-gateway",
          "Name": "gateway",
          "Listeners": [{ "Certificates": [{ "Kind": "inline-certificate" }] }]
        }

    Accepted:

        Kind      = "api-gateway"
        Name      = "gateway"
        Listeners = [{ Name = "web", Port = 8080, Protocol = "http" }]
    """
    if not reference.name:
        report("a certificate without a name", at=("Name",))


@rule("bound-route-kind", on=BoundAPIGateway, consul="unsupported route kind")  # BG-04
def bound_route_kind(reference: Reference, report: Report) -> None:
    """A route of a bound API gateway that is no `http-route` or `tcp-route`.

    Refused (http):

        {
          "Kind": "bound-api-gateway",
          "Name": "gateway",
          "Listeners": [{ "Routes": [{ "Kind": "service-router", "Name": "web" }] }]
        }

    Accepted:

        Kind      = "api-gateway"
        Name      = "gateway"
        Listeners = [{ Name = "web", Port = 8080, Protocol = "http" }]
    """
    if reference.kind not in ("http-route", "tcp-route"):
        report(f"`{reference.kind}` cannot be bound as a route", at=("Kind",))


@rule("bound-route-unnamed", on=BoundAPIGateway, consul="must have a name")  # BG-05
def bound_route_unnamed(reference: Reference, report: Report) -> None:
    """A route of a bound API gateway without a name.

    Refused (http):

        {
          "Kind": "bound-api-gateway",
          "Name": "gateway",
          "Listeners": [{ "Routes": [{ "Kind": "tcp-route" }] }]
        }

    Accepted:

        Kind      = "api-gateway"
        Name      = "gateway"
        Listeners = [{ Name = "web", Port = 8080, Protocol = "http" }]
    """
    if not reference.name:
        report("a route without a name", at=("Name",))


# It is never accepted, so what else is wrong matters only as long as Consul would say it instead.
judged(
    BoundAPIGateway,
    until(
        each(
            "Listeners",
            each("Certificates", bound_certificate_kind, bound_certificate_unnamed),  # BG-02, BG-03
            each("Routes", bound_route_kind, bound_route_unnamed),  # BG-04, BG-05
        ),
        bound_api_gateway_written,  # BG-01
    ),
)
