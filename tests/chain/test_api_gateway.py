"""Chains of API gateway listeners."""

from __future__ import annotations

import pytest
from chains import chain_of, nodes_of, pd, request, resolver, router, sd, splitter

from meshgw.chain.api_gateway import host_chains
from meshgw.chain.api_gateway_rules import effective_hostnames, virtual_service
from meshgw.chain.model import ChainError, DiscoveryChain
from meshgw.entries.api_gateway import APIGateway, APIGatewayListener
from meshgw.entries.http_route import (
    HTTPFilters,
    HTTPHeaderMatch,
    HTTPMatch,
    HTTPPathMatch,
    HTTPResponseFilters,
    HTTPRoute,
    HTTPRouteRule,
    HTTPService,
    RetryFilter,
    TimeoutFilter,
    URLRewrite,
)
from meshgw.entries.shared import HeaderModifiers

GATEWAY = APIGateway(name="gw", namespace="default", partition="default")
LISTENER = APIGatewayListener(name="web", protocol="http", port=8080)
VIRTUAL = "gw-web-9b9265b"


def match(path: str = "/", kind: str = "prefix", headers: int = 0) -> HTTPMatch:
    return HTTPMatch(
        path=HTTPPathMatch(match=kind, value=path),
        headers=tuple(HTTPHeaderMatch(match="present", name=f"x-{n}") for n in range(headers)),
    )


def service(name: str, weight: int = 1, **more) -> HTTPService:
    return HTTPService(name=name, weight=weight, **more)


def route(*rules: HTTPRouteRule, hostnames: tuple[str, ...] = (), name: str = "r") -> HTTPRoute:
    return HTTPRoute(name=name, namespace="default", partition="default", rules=rules, hostnames=hostnames)


def rule(*services: HTTPService, matches: tuple[HTTPMatch, ...] = (), **more) -> HTTPRouteRule:
    return HTTPRouteRule(services=services, matches=matches, **more)


def hosts(routes, entries=(), services=("web", "api"), listener=LISTENER):
    general = [pd("http"), *entries]
    own = [chain_of(general, request(name)) for name in services]
    chains = {next(iter(chain.targets.values())).key._replace(name=chain.service): chain for chain in own}
    return {found.hostname: found for found in host_chains(GATEWAY, listener, routes, chains, request())}


def only(routes, entries=(), services=("web", "api")) -> DiscoveryChain:
    (found,) = hosts(routes, entries, services).values()
    assert isinstance(found.chain, DiscoveryChain), found.chain
    assert found.service == VIRTUAL
    return found.chain


@pytest.mark.parametrize(
    ("listener", "names", "expected"),
    [
        ("", (), ("*",)),
        ("", ("a.com", "b.com"), ("a.com", "b.com")),
        ("*.x.com", (), ("*.x.com",)),
        ("*.x.com", ("a.x.com", "x.com", "foox.com", "y.com"), ("a.x.com", "x.com", "foox.com")),
        ("a.x.com", ("a.x.com", "b.x.com"), ("a.x.com",)),
        ("a.x.com", ("b.x.com",), ()),
    ],
)
def test_effective_hostnames(listener, names, expected) -> None:
    assert effective_hostnames(listener, names) == expected


def test_the_name_of_the_invented_service() -> None:
    assert virtual_service("gw", "web", "*") == VIRTUAL


def test_one_service_and_no_catch_all() -> None:
    chain = only([route(rule(service("web"), matches=(match("/a"),)))], services=("web",))
    assert nodes_of(chain) == {
        f"router:{VIRTUAL}.default.default": "/a -> resolver:web.default.default.dc1",
        "resolver:web.default.default.dc1": "5s default",
    }


def test_rules_are_sorted_by_path_headers_and_query_whatever_the_type_of_path() -> None:
    chain = only(
        [
            route(rule(service("web"), matches=(match("/a", "exact"), match("/a", headers=1)))),
            route(rule(service("api"), matches=(match("/ab"),)), name="s"),
            route(rule(service("api")), name="t"),
        ]
    )
    order = [
        (found.definition.match.http.path_exact or found.definition.match.http.path_prefix, found.next_node)
        for found in chain.start.routes
    ]
    web, api = "resolver:web.default.default.dc1", "resolver:api.default.default.dc1"
    assert order == [("/ab", api), ("/a", web), ("/a", web), ("/", api)]
    assert len(chain.start.routes[1].definition.match.http.header) == 1


def test_several_services_share_by_weight() -> None:
    chain = only(
        [route(rule(service("web", 1), service("api", 2), service("db", 3)))], services=("web", "api", "db")
    )
    (only_route,) = chain.start.routes
    legs = chain.nodes[only_route.next_node]
    assert legs.name == f"{VIRTUAL}-0.default.default"
    assert [int(split.weight * 100) for split in legs.splits] == [1666, 3333, 5000]
    assert [split.next_node.split(".")[0] for split in legs.splits] == [
        "resolver:web",
        "resolver:api",
        "resolver:db",
    ]


def test_splitters_and_resolvers_of_services_count_and_routers_do_not() -> None:
    entries = [
        splitter("web", (50, "web"), (50, "db")),
        router("api", ("/x", "db")),
        resolver("pay", redirect={"service": "pay-next"}),
    ]
    rules = [rule(service(name), matches=(match(f"/{name}"),)) for name in ("web", "api", "pay")]
    chain = only([route(*rules)], entries, ("web", "api", "pay"))
    assert [found.next_node for found in chain.start.routes] == [
        "splitter:web.default.default",
        "resolver:api.default.default.dc1",
        "resolver:pay-next.default.default.dc1",
    ]
    assert "router:api.default.default" in chain.nodes  # merged in, and nothing leads there


def test_a_rule_without_services_makes_the_chain_fail() -> None:
    (found,) = hosts([route(rule(service("web")), rule(matches=(match("/none"),)))]).values()
    assert isinstance(found.chain, ChainError)
    assert found.chain.consul == (
        f'discovery chain "{VIRTUAL}" uses inconsistent protocols; service "{VIRTUAL}-0" has "tcp" '
        'which is not "http"'
    )


def test_filters_of_rule_and_service() -> None:
    def headers(**values: str) -> HeaderModifiers:
        return HeaderModifiers(set={name.replace("_", "-"): value for name, value in values.items()})

    filters = HTTPFilters(
        headers=(headers(a="rule", b="first"), headers(b="second")),
        url_rewrite=URLRewrite(path="/rule"),
        retry_filter=RetryFilter(num_retries=3, retry_on=("5xx",)),
        timeout_filter=TimeoutFilter(request_timeout=7, idle_timeout=8),
    )
    own = service(
        "web",
        filters=HTTPFilters(headers=(headers(a="service"),), url_rewrite=URLRewrite(path="")),
        response_filters=HTTPResponseFilters(headers=(headers(r="service"),)),
    )
    chain = only([route(rule(own, filters=filters))], services=("web",))
    to = chain.start.routes[0].definition.destination
    assert to.request_headers.set == {"a": "service", "b": "second"}
    assert to.response_headers.set == {"r": "service"}
    assert to.prefix_rewrite == ""
    assert (to.num_retries, to.retry_on, to.request_timeout, to.idle_timeout) == (3, ("5xx",), 7, 8)
    several = only([route(rule(own, service("api"), filters=filters))])
    outer = several.start.routes[0]
    assert outer.definition.destination.prefix_rewrite == "/rule"
    assert outer.definition.destination.request_headers.set == {"a": "rule", "b": "second"}
    leg = several.nodes[outer.next_node].splits[0].definition
    assert leg.request_headers.set == {"a": "service"}
    assert leg.response_headers is None


def test_one_chain_for_each_hostname() -> None:
    found = hosts(
        [
            route(rule(service("web")), hostnames=("a.com", "b.com")),
            route(rule(service("api"), matches=(match("/api"),)), hostnames=("b.com",), name="s"),
        ]
    )
    assert {host: len(one.chain.start.routes) for host, one in found.items()} == {"a.com": 1, "b.com": 2}
    assert len({one.service for one in found.values()}) == 2


def test_a_service_without_a_chain_that_is_called_like_the_invented_one() -> None:
    chain = only([route(rule(service(VIRTUAL), service("web")))], services=("web",))
    (only_route,) = chain.start.routes
    legs = chain.nodes[only_route.next_node]
    assert [split.next_node for split in legs.splits] == ["resolver:web.default.default.dc1"]


def test_nothing_without_chains() -> None:
    assert host_chains(GATEWAY, LISTENER, [route(rule(service("web")))], {}, request()) == []


def test_grpc_services_speak_http_to_the_gateway() -> None:
    chain = only([route(rule(service("web")))], [sd("web", "grpc")], services=("web",))
    assert chain.protocol == "http"
