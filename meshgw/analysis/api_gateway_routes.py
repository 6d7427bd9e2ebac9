"""What becomes of routes that API gateways take (envoy-other-gateways.md 5.2, 5.3, 7)."""

from __future__ import annotations

from collections.abc import Iterator

from meshgw.analysis.api_gateways import AttachedRoute
from meshgw.analysis.gateway_targets import dialed_directly, peer_of_start
from meshgw.chain.api_gateway_rules import HostRule, host_rules
from meshgw.chain.model import DiscoveryChain, RouterNode, SplitterNode
from meshgw.chain.names import node_name, target_id
from meshgw.diagnostics.model import Related
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.http_route import HTTPFilters, HTTPMatch, HTTPRoute, RetryFilter, TimeoutFilter
from meshgw.entries.tcp_route import TCPRoute
from meshgw.mesh.keys import ServiceKey
from meshgw.snapshot.api_gateway_binding import BoundGateway, route_condition, route_services
from meshgw.snapshot.compiling import plain_chain
from meshgw.source.document import Path


def _chains(attached: AttachedRoute) -> Iterator[tuple[ServiceKey, Path, DiscoveryChain]]:
    """The services of a route with their chains, as far as they have some."""
    home = attached.home
    for key, at in route_services(attached.route):
        chain = plain_chain(attached.mesh, home, key)
        if isinstance(chain, DiscoveryChain):
            yield key, at, chain


@rule("route-rule-without-services", on=HTTPRoute)  # OG-W16, AE-14
def route_rule_without_services(attached: AttachedRoute, report: Report) -> None:
    """A rule of an http-route that has no services, beside rules that have some.

    Consul accepts the route, and then cannot build what its host names lead to: a gateway that starts gets
    no configuration at all, one that runs keeps its old one.

    Found in a tree:

        == edge.hcl ==
        Kind = "api-gateway"
        Name = "edge"
        Listeners = [{ Name = "web", Port = 8080, Protocol = "http" }]

        == web.hcl ==
        Kind = "http-route"
        Name = "web"
        Rules = [
          { Matches = [{ Path { Match = "prefix", Value = "/none" } }] },
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
    route = attached.route
    if not isinstance(route, HTTPRoute) or route_condition(attached.mesh, attached.home, route) is not None:
        return
    for number, each in enumerate(route.rules):
        if not each.services:
            report(
                f"rule {number + 1} of http-route `{route.name}` has no services",
                location=route.locate(("Rules", number)),
                note="Consul serves the gateway nothing: discovery chain uses inconsistent protocols",
                help="name a service, or take the rule out: what no rule matches is answered with 404",
            )


@rule("route-splits-twice", on=HTTPRoute)  # OG-W17, AE-15
def route_splits_twice(attached: AttachedRoute, report: Report) -> None:
    """A rule of an http-route that divides requests among services of which one has a splitter.

    Consul fails on it, and serves the gateway nothing at all. A rule with a single service may lead to one
    that is split.

    Found in a tree:

        == edge.hcl ==
        Kind = "api-gateway"
        Name = "edge"
        Listeners = [{ Name = "web", Port = 8080, Protocol = "http" }]

        == web.hcl ==
        Kind = "http-route"
        Name = "web"
        Rules = [{ Services = [{ Name = "web", Weight = 90 }, { Name = "web-next", Weight = 10 }] }]
        Parents = [{ Name = "edge" }]

        == splitter.hcl ==
        Kind = "service-splitter"
        Name = "web"
        Splits = [{ Weight = 50 }, { Weight = 50, Service = "web-copy" }]

        == defaults.hcl ==
        Kind = "proxy-defaults"
        Name = "global"
        Config { protocol = "http" }

        == meshgw.yaml ==
        edition: community
        acl: { enabled: false }
    """
    route = attached.route
    if not isinstance(route, HTTPRoute):
        return
    for key, at, chain in _chains(attached):
        node = chain.nodes.get(f"splitter:{node_name(key)}")
        several = len(route.rules[int(at[1])].services) > 1
        if several and isinstance(node, SplitterNode):
            place = node.entry.locate() if node.entry is not None else None
            report(
                f"http-route `{route.name}` divides requests among services, and `{key.name}` divides them "
                "again",
                location=route.locate(at),
                related=[Related(place, "the splitter")] if place is not None else (),
                note="Consul serves the gateway nothing: unexpected splitter destination node type: splitter",
                help=f"lead to `{key.name}` alone and divide in its splitter, or name what it splits into",
            )


@rule("route-past-resolver", on=HTTPRoute)  # AE-15, discovery-chain.md 9 step 7
def route_past_resolver(attached: AttachedRoute, report: Report) -> None:
    """A service of an http-route that has a router, and a resolver that leads elsewhere.

    Behind an API gateway routers of services do not count. But a service that has one is not led on by its
    resolver either: a redirect or a default subset is passed over, and requests go to a cluster that the
    gateway does not have.

    Found in a tree:

        == edge.hcl ==
        Kind = "api-gateway"
        Name = "edge"
        Listeners = [{ Name = "web", Port = 8080, Protocol = "http" }]

        == route.hcl ==
        Kind = "http-route"
        Name = "web"
        Rules = [{ Services = [{ Name = "web" }] }]
        Parents = [{ Name = "edge" }]

        == router.hcl ==
        Kind = "service-router"
        Name = "web"
        Routes = [{ Match { HTTP { PathPrefix = "/admin" } } Destination { Service = "admin" } }]

        == resolver.hcl ==
        Kind = "service-resolver"
        Name = "web"
        Redirect { Service = "web-next" }

        == defaults.hcl ==
        Kind = "proxy-defaults"
        Name = "global"
        Config { protocol = "http" }

        == meshgw.yaml ==
        edition: community
        acl: { enabled: false }
    """
    route = attached.route
    for key, at, chain in _chains(attached) if isinstance(route, HTTPRoute) else ():
        own = {f"splitter:{node_name(key)}", f"resolver:{target_id(key, '', chain.datacenter, '')}"}
        if isinstance(chain.start, RouterNode) and own.isdisjoint(chain.nodes):
            place = chain.start.entry.locate() if chain.start.entry is not None else None
            report(
                f"http-route `{route.name}` leads to `{key.name}`, "
                "whose router keeps its resolver from counting",
                location=route.locate(at),
                related=[Related(place, "the router")] if place is not None else (),
                note="requests go to a cluster that the gateway does not have, and are answered with 503",
                help="lead to the service that its resolver leads to, or take the router away",
            )


@rule("route-filter-ignored", on=HTTPRoute, severity="warning")  # OG-W20
def route_filter_ignored(attached: AttachedRoute, report: Report) -> None:
    """A filter of a service of an http-route that Consul never applies.

    Timeouts and retries count only where they stand in a rule. Where a rule has several services, their
    rewrites and response filters do not count either.

    Found in a tree:

        == edge.hcl ==
        Kind = "api-gateway"
        Name = "edge"
        Listeners = [{ Name = "web", Port = 8080, Protocol = "http" }]

        == web.hcl ==
        Kind = "http-route"
        Name = "web"
        Rules = [{ Services = [{ Name = "web", Filters { TimeoutFilter { RequestTimeout = "9s" } } }] }]
        Parents = [{ Name = "edge" }]

        == defaults.hcl ==
        Kind = "service-defaults"
        Name = "web"
        Protocol = "http"

        == meshgw.yaml ==
        edition: community
        acl: { enabled: false }
    """
    route = attached.route
    for number, each in enumerate(route.rules if isinstance(route, HTTPRoute) else ()):
        for index, service in enumerate(each.services):
            ignored = list(_never_applied(service.filters))
            if len(each.services) > 1:
                ignored += [("Filters", "URLRewrite")] if service.filters.url_rewrite is not None else []
                ignored += [("ResponseFilters",)] if service.response_filters.headers else []
            for path in ignored:
                report(
                    f"`{path[-1]}` of service `{service.name}` in http-route `{route.name}` is not applied",
                    location=route.locate(("Rules", number, "Services", index, *path)),
                    help="write it in the rule",
                )


def _never_applied(filters: HTTPFilters) -> Iterator[Path]:
    if filters.timeout_filter not in (None, TimeoutFilter()):
        yield ("Filters", "TimeoutFilter")
    if filters.retry_filter not in (None, RetryFilter()):
        yield ("Filters", "RetryFilter")


@rule("route-peer-on-tcp", on=TCPRoute)  # OG-W08, IE-12
def route_peer_on_tcp(attached: AttachedRoute, report: Report) -> None:
    """A tcp-route to a service that is redirected to a peer.

    Consul can make no listener for it, and then serves the gateway nothing at all. Peers work as targets of
    a failover, and with http-routes.

    Found in a tree:

        == edge.hcl ==
        Kind = "api-gateway"
        Name = "edge"
        Listeners = [{ Name = "db", Port = 5432, Protocol = "tcp" }]

        == route.hcl ==
        Kind = "tcp-route"
        Name = "db"
        Services = [{ Name = "db" }]
        Parents = [{ Name = "edge" }]

        == db.hcl ==
        Kind = "service-resolver"
        Name = "db"
        Redirect { Service = "db" Peer = "east" }

        == meshgw.yaml ==
        edition: community
        acl: { enabled: false }
        peerings:
          - name: east
            trust_domain: e.consul
            exports: [{ name: db, gateways: [{ address: 198.51.100.7, port: 8443 }] }]
    """
    if not isinstance(attached.route, TCPRoute):
        return
    for key, at, chain in _chains(attached):
        peer, redirect = peer_of_start(chain)
        if peer:
            report(
                f"tcp-route `{attached.route.name}` leads to `{key.name}`, which is redirected to peer "
                f"`{peer}`",
                location=attached.route.locate(at),
                related=redirect,
                note="Consul serves the gateway nothing: cluster name is required for a tcp proxy filter",
                help="make the peer a failover target of a local service, or use an http-route",
            )


@rule("route-dials-directly", on="route", severity="warning", edition="enterprise")  # OG-W14, TP-12
def route_dials_directly(attached: AttachedRoute, report: Report) -> None:
    """A route to a service of another partition whose mesh gateway mode is `local`.

    For an API gateway the target's own settings count, and mode `local` means the mesh gateways of the
    target's partition: the instances are dialed directly, by their LAN addresses.

    Found in a tree:

        == default/edge.hcl ==
        Kind = "api-gateway"
        Name = "edge"
        Listeners = [{ Name = "api", Port = 9999, Protocol = "tcp" }]

        == default/route.hcl ==
        Kind = "tcp-route"
        Name = "api"
        Services = [{ Name = "api", Namespace = "dev", Partition = "api" }]
        Parents = [{ Name = "edge" }]

        == api/api-defaults.hcl ==
        Kind = "service-defaults"
        Name = "api"
        Namespace = "dev"
        Protocol = "tcp"
        MeshGateway { Mode = "local" }
    """
    route = attached.route
    for key, at, chain in _chains(attached):
        for partition in dict.fromkeys(parent.partition for parent in route.parents):
            for target, related in dialed_directly(chain, key, partition):
                report(
                    f"API gateways of partition `{partition}` dial `{target.service}` of partition "
                    f"`{target.partition}` directly, although its mode is `local`",
                    location=route.locate(at),
                    related=related,
                    help="set mode `remote` in the service-defaults of the service",
                )


@rule("route-match-dead", on=HTTPRoute, severity="warning")  # OG-W18, AE-20
def route_match_dead(gateway: BoundGateway, report: Report) -> None:
    """A match of an http-route that never gets a request, because an earlier one takes them all.

    Consul orders the matches under a host name by the length of their paths, then by the numbers of their
    headers and query parameters; neither methods nor the type of path count. What is equal stays in the
    order of routes by name, and of their rules.

    Found in a tree:

        == edge.hcl ==
        Kind = "api-gateway"
        Name = "edge"
        Listeners = [{ Name = "web", Port = 8080, Protocol = "http" }]

        == web.hcl ==
        Kind = "http-route"
        Name = "web"
        Rules = [
          { Matches = [{ Path { Match = "prefix", Value = "/items" } }], Services = [{ Name = "web" }] },
          { Matches = [{ Path { Match = "exact", Value = "/items" } }], Services = [{ Name = "items" }] },
        ]
        Parents = [{ Name = "edge" }]

        == defaults.hcl ==
        Kind = "proxy-defaults"
        Name = "global"
        Config { protocol = "http" }

        == meshgw.yaml ==
        edition: community
        acl: { enabled: false }
    """
    told: set[int] = set()
    for listener in gateway.listeners:
        routes = [route for route in listener.routes if isinstance(route, HTTPRoute)]
        for hostname, rules in host_rules(listener.settings.hostname, routes).items():
            for earlier, dead in _dead(rules):
                if id(dead.match) not in told:
                    told.add(id(dead.match))
                    _tell_dead(earlier, dead, hostname, report)


def _dead(rules: list[HostRule]) -> Iterator[tuple[HostRule, HostRule]]:
    """Matches after one that takes all requests of their path, with that one."""
    taking: dict[tuple[str, str], HostRule] = {}
    for each in rules:
        match = each.match
        path, kind = match.path.value, match.path.match or "prefix"
        earlier = taking.get((path, "prefix")) if kind != "regex" else None
        earlier = earlier or taking.get((path, kind))
        if earlier is not None:
            yield earlier, each
        elif _takes_all(match):
            taking[path, kind] = each


def _takes_all(match: HTTPMatch) -> bool:
    return not (match.headers or match.query or match.method)


def _tell_dead(earlier: HostRule, dead: HostRule, hostname: str, report: Report) -> None:
    first = earlier.route.locate(_place(earlier))
    report(
        f"no request for `{hostname}` gets to `{dead.match.path.value}` of http-route `{dead.route.name}`",
        location=dead.route.locate(_place(dead)),
        related=[Related(first, "this takes them all")] if first is not None else (),
        help="put it before the other one in the same route, or take it out",
    )


def _place(found: HostRule) -> Path:
    """Where a match is written; its rule when it has none of its own."""
    for number, each in enumerate(found.route.rules):
        if each is found.rule:
            indexes = [index for index, match in enumerate(each.matches) if match is found.match]
            return ("Rules", number, *(("Matches", indexes[0]) if indexes else ()))
    raise AssertionError("a rule of another route")


CHECKS = (
    route_rule_without_services,
    route_splits_twice,
    route_past_resolver,
    route_filter_ignored,
    route_peer_on_tcp,
    route_dials_directly,
)
GATEWAY_CHECKS = (route_match_dead,)
