"""service-router (config-entries.md 2.3): where requests go by path, header, query and method."""

from __future__ import annotations

from typing import Self

from meshgw.diagnostics.evaluation import each, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.base import Entry, config_entry, judged
from meshgw.entries.router_advice import ADVICE
from meshgw.entries.router_parts import (
    RETRY_CONDITIONS,
    HeaderMatch,
    HTTPMatch,
    QueryParamMatch,
    Route,
    RouteDestination,
    RouteMatch,
)
from meshgw.entries.router_rules import ROUTE_RULES
from meshgw.entries.shared import META
from meshgw.schema.fields import blocks, replace

__all__ = [
    "RETRY_CONDITIONS",
    "HTTPMatch",
    "HeaderMatch",
    "QueryParamMatch",
    "Route",
    "RouteDestination",
    "RouteMatch",
    "ServiceRouter",
]


@config_entry("service-router")
class ServiceRouter(Entry):
    """Sends the requests of a service to services or subsets by path, header, query and method."""

    routes: tuple[Route, ...] = blocks("Routes", Route, doc="in the order in which they are tried")

    def normalize(self) -> Self:
        return replace(self, routes=tuple(_settled(route) for route in self.routes))


def _settled(route: Route) -> Route:
    """A route with its methods in upper case.

    An empty tenancy of its destination is the router's; it is filled in when the chain is compiled.
    """
    if route.match is None or route.match.http is None or not route.match.http.methods:
        return route
    http = replace(route.match.http, methods=tuple(method.upper() for method in route.match.http.methods))
    return replace(route, match=replace(route.match, http=http))


@rule("router-unnamed", on=ServiceRouter, consul="Name is required")  # SR-01
def router_unnamed(router: ServiceRouter, report: Report) -> None:
    """A router without a name.

    The name is the service whose requests are routed.

    Refused:

        Kind   = "service-router"
        Routes = [{ Destination = { Service = "api" } }]

    Accepted:

        Kind   = "service-router"
        Name   = "web"
        Routes = [{ Destination = { Service = "api" } }]
    """
    if not router.name:
        report("the router has no `Name`", at=("Name",), help="set `Name` to the service it routes")


judged(
    ServiceRouter,
    first(
        router_unnamed,  # SR-01
        META,  # SR-02
        each("Routes", ROUTE_RULES),  # SR-03 ... SR-13
    ),
    *ADVICE,
)
