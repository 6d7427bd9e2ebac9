"""What keeps routes from the listeners of API gateways (envoy-other-gateways.md 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.api_gateway import APIGateway
from meshgw.mesh.model import Datacenter, Mesh
from meshgw.snapshot.api_gateway_binding import (
    BoundGateway,
    Condition,
    Route,
    bound_gateway,
    names_gateway,
    protocol_of_route,
    route_condition,
    route_services,
    routes_in_order,
    service_condition,
)


@dataclass(frozen=True, slots=True)
class AttachedRoute:
    """A route that names some gateway, in one datacenter."""

    mesh: Mesh
    home: Datacenter
    route: Route


def bound_gateways(mesh: Mesh) -> Iterator[BoundGateway]:
    """Every API gateway with what is bound to it."""
    for home in mesh.datacenters.values():
        for entry in home.entries.of_kind(APIGateway):
            yield bound_gateway(mesh, home, entry)


def attached_routes(mesh: Mesh) -> Iterator[AttachedRoute]:
    """The routes that are meant for a gateway."""
    for home in mesh.datacenters.values():
        for route in routes_in_order(home):
            if route.parents:
                yield AttachedRoute(mesh, home, route)


def _tell(condition: Condition, report: Report, message: str, help: str) -> None:
    report(message, location=condition.entry.locate(condition.at), note=_note(condition), help=help)


def _note(condition: Condition) -> str:
    words = f": {condition.message}" if condition.message else ""
    return f"Consul's condition is {condition.reason}{words}"


@rule("api-gateway-certificate-missing", on=APIGateway, severity="warning")  # AE-01
def api_gateway_certificate_missing(gateway: BoundGateway, report: Report) -> None:
    """A certificate of an API gateway's listener that is not in the tree.

    Consul accepts the entry, but not the gateway: as long as one certificate is missing, no route is bound
    to any of its listeners.

    Found in a tree:

        == edge.hcl ==
        Kind = "api-gateway"
        Name = "edge"
        Listeners = [{
          Name     = "web"
          Port     = 8443
          Protocol = "http"
          TLS { Certificates = [{ Kind = "inline-certificate", Name = "shop" }] }
        }]

        == meshgw.yaml ==
        edition: community
        acl: { enabled: false }
    """
    for condition in gateway.conditions:
        if condition.reason == "InvalidCertificateRef":
            _, index, _, _, number = condition.at
            reference = gateway.entry.listeners[int(index)].tls.certificates[int(number)]
            _tell(
                condition,
                report,
                f"there is no {reference.kind} `{reference.name}`, so API gateway `{gateway.entry.name}` "
                "opens no listener",
                "add the entry, or take the reference out; a certificate in files of the gateway's host "
                "is a `file-system-certificate`",
            )


@rule("api-gateway-provider-missing", on=APIGateway, severity="warning", edition="enterprise")  # 4.1
def api_gateway_provider_missing(gateway: BoundGateway, report: Report) -> None:
    """A JWT provider of an API gateway's listener that is not in the tree.

    Consul then binds no route to any listener of the gateway.

    Found in a tree:

        == edge.hcl ==
        Kind = "api-gateway"
        Name = "edge"
        Listeners = [{
          Name     = "web"
          Port     = 8080
          Protocol = "http"
          Default { JWT { Providers = [{ Name = "okta" }] } }
        }]

        == meshgw.yaml ==
        edition: enterprise
        acl: { enabled: false }
    """
    for condition in gateway.conditions:
        if condition.reason == "InvalidJWTProviderRef":
            _tell(
                condition,
                report,
                f"a JWT provider is missing, so API gateway `{gateway.entry.name}` opens no listener",
                "add the jwt-provider entry, or take the reference out",
            )


@rule("api-gateway-routes-conflict", on=APIGateway)  # AE-07
def api_gateway_routes_conflict(gateway: BoundGateway, report: Report) -> None:
    """A `tcp` listener of an API gateway with more than one route.

    Consul binds them all, and then does not open the listener.

    Found in a tree:

        == edge.hcl ==
        Kind = "api-gateway"
        Name = "edge"
        Listeners = [{ Name = "db", Port = 5432, Protocol = "tcp" }]

        == db.hcl ==
        Kind = "tcp-route"
        Name = "db"
        Services = [{ Name = "db" }]
        Parents = [{ Name = "edge" }]

        == vault.hcl ==
        Kind = "tcp-route"
        Name = "vault"
        Services = [{ Name = "vault" }]
        Parents = [{ Name = "edge" }]

        == meshgw.yaml ==
        edition: community
        acl: { enabled: false }
    """
    for listener in gateway.listeners:
        if listener.conflicted:
            names = ", ".join(f"`{route.name}`" for route in listener.routes)
            report(
                f"listener `{listener.settings.name}` of API gateway `{gateway.entry.name}` has several "
                f"routes: {names}",
                location=gateway.entry.locate(("Listeners", listener.index)),
                note="Consul's condition is RouteConflict, and it does not open the listener",
                help="name another listener in `SectionName` of the routes' `Parents`",
            )


@rule("route-not-bound", on="route")  # 4.3
def route_not_bound(gateway: BoundGateway, report: Report) -> None:
    """A route that no listener of the gateway it names takes.

    A listener takes routes of its own protocol, and an http-route only if one of its host names fits the
    listener's.

    Found in a tree:

        == edge.hcl ==
        Kind = "api-gateway"
        Name = "edge"
        Listeners = [{ Name = "web", Port = 8080, Protocol = "http", Hostname = "*.example.com" }]

        == web.hcl ==
        Kind = "http-route"
        Name = "web"
        Hostnames = ["shop.example.org"]
        Rules = [{ Services = [{ Name = "web" }] }]
        Parents = [{ Name = "edge" }]

        == defaults.hcl ==
        Kind = "service-defaults"
        Name = "web"
        Protocol = "http"

        == meshgw.yaml ==
        edition: community
        acl: { enabled: false }
    """
    for condition in gateway.conditions:
        if condition.reason == "FailedToBind" and not condition.follows:
            route = condition.entry
            _tell(
                condition,
                report,
                f"{route.kind} `{route.name}` is not bound to API gateway `{gateway.entry.name}` as it says",
                "name a listener of the route's protocol in `SectionName`, and host names that the "
                "listener serves",
            )


@rule("route-gateway-missing", on="route", severity="warning")  # 4.3
def route_gateway_missing(attached: AttachedRoute, report: Report) -> None:
    """A route whose parent is no API gateway of the tree.

    Found in a tree:

        == db.hcl ==
        Kind = "tcp-route"
        Name = "db"
        Services = [{ Name = "db" }]
        Parents = [{ Name = "edge" }]

        == meshgw.yaml ==
        edition: community
        acl: { enabled: false }
    """
    gateways = list(attached.home.entries.of_kind(APIGateway))
    for number, parent in enumerate(attached.route.parents):
        if not any(names_gateway(parent, gateway) for gateway in gateways):
            report(
                f"there is no api-gateway `{parent.name}` for {attached.route.kind} `{attached.route.name}`",
                location=attached.route.locate(("Parents", number)),
                note="Consul's condition is GatewayNotFound: gateway was not found",
                help="add the api-gateway entry, or correct the name (and namespace) of the parent",
            )


@rule("route-not-accepted", on="route")  # 4.2
def route_not_accepted(attached: AttachedRoute, report: Report) -> None:
    """A route that leads to nothing, or to a service of another protocol.

    An http-route may lead to services whose protocol is exactly `http`, a tcp-route to one whose protocol
    is `tcp`; `grpc` and `http2` are not possible.

    Found in a tree:

        == edge.hcl ==
        Kind = "api-gateway"
        Name = "edge"
        Listeners = [{ Name = "web", Port = 8080, Protocol = "http" }]

        == web.hcl ==
        Kind = "http-route"
        Name = "web"
        Rules = [{ Services = [{ Name = "web" }] }]
        Parents = [{ Name = "edge" }]

        == meshgw.yaml ==
        edition: community
        acl: { enabled: false }
    """
    condition = route_condition(attached.mesh, attached.home, attached.route)
    if condition is None:
        return
    protocol = protocol_of_route(attached.route)
    if condition.reason == "NoUpstreamServicesTargeted":
        what, advice = "has no services", "name a service in it"
    else:
        what = "leads to a service that it cannot reach"
        advice = f"set `Protocol` to `{protocol}` in the service-defaults of the service, or lead elsewhere"
    message = f"{attached.route.kind} `{attached.route.name}` {what}, so no listener takes it"
    _tell(condition, report, message, advice)


@rule("route-service-unsuitable", on="route", severity="warning")  # OG-W15, AE-03
def route_service_unsuitable(attached: AttachedRoute, report: Report) -> None:
    """A service that a route could not lead to alone; the last service of the route hides it.

    Consul judges a route by the last of its services. The others may have another protocol, or no chain at
    all, and requests to them fail.

    Found in a tree:

        == edge.hcl ==
        Kind = "api-gateway"
        Name = "edge"
        Listeners = [{ Name = "web", Port = 8080, Protocol = "http" }]

        == web.hcl ==
        Kind = "http-route"
        Name = "web"
        Rules = [
          { Matches = [{ Path { Match = "prefix", Value = "/other" } }], Services = [{ Name = "other" }] },
          { Services = [{ Name = "web" }] },
        ]
        Parents = [{ Name = "edge" }]

        == defaults.hcl ==
        Kind = "service-defaults"
        Name = "web"
        Protocol = "http"

        == meshgw.yaml ==
        edition: community
        acl: { enabled: false }
    """
    mesh, home, route = attached.mesh, attached.home, attached.route
    if route_condition(mesh, home, route) is not None:
        return
    for key, at in route_services(route):
        condition = service_condition(mesh, home, route, key, at)
        if condition is not None:
            _tell(
                condition,
                report,
                f"{route.kind} `{route.name}` is accepted for its last service, but cannot lead to "
                f"`{key.name}`",
                f"set `Protocol` to `{protocol_of_route(route)}` in the service-defaults of `{key.name}`",
            )


GATEWAY_CHECKS = (
    api_gateway_certificate_missing,
    api_gateway_provider_missing,
    api_gateway_routes_conflict,
    route_not_bound,
)
ROUTE_CHECKS = (route_gateway_missing, route_not_accepted, route_service_unsuitable)
