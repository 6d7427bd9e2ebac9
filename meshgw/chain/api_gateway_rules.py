"""The rules of http-routes as the router and splitters of an API gateway's host (9, steps 1–4)."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from meshgw.chain.flattening import single
from meshgw.entries.base import Entry
from meshgw.entries.http_route import HTTPMatch, HTTPPathMatch, HTTPRoute, HTTPRouteRule, HTTPService
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.entries.service_router import (
    HeaderMatch,
    QueryParamMatch,
    Route,
    RouteDestination,
    RouteMatch,
    ServiceRouter,
)
from meshgw.entries.service_router import HTTPMatch as RouterMatch
from meshgw.entries.service_splitter import ServiceSplitter, Split
from meshgw.entries.shared import HeaderModifiers
from meshgw.mesh.keys import ServiceKey

_ANY_PATH = HTTPMatch(path=HTTPPathMatch(match="prefix", value="/"))


def effective_hostnames(listener: str, route: Sequence[str]) -> tuple[str, ...]:
    """The hostnames that a route serves on a listener; an empty listener hostname is `*`.

    A wildcard is compared as a plain suffix, as Consul does: `*.x.com` also matches `foox.com`.
    """
    hostname = listener or "*"
    if not route:
        return (hostname,)
    if "*" not in hostname:
        return tuple(name for name in route if name == hostname)
    suffix = hostname.removeprefix("*").removeprefix(".")
    return tuple(name for name in route if name.endswith(suffix))


def virtual_service(gateway: str, listener: str, hostname: str) -> str:
    """The name of the invented service that stands for a hostname: `<gateway>-<listener>-<CRC-32>`."""
    return f"{gateway}-{listener}-{zlib.crc32(hostname.encode()):x}"


@dataclass(frozen=True, slots=True)
class HostRule:
    """One rule of a route for one of its matches."""

    route: HTTPRoute
    rule: HTTPRouteRule
    match: HTTPMatch


def host_rules(listener: str, routes: Iterable[HTTPRoute]) -> dict[str, list[HostRule]]:
    """The rules under each hostname, in the order in which requests are compared with them."""
    found: dict[str, list[HostRule]] = {}
    for route in routes:
        rules = [
            HostRule(route, rule, match) for rule in route.rules for match in rule.matches or (_ANY_PATH,)
        ]
        for hostname in effective_hostnames(listener, route.hostnames):
            found.setdefault(hostname, []).extend(rules)
    for rules in found.values():
        rules.sort(key=_precedence)
    return found


def _precedence(host_rule: HostRule) -> tuple[int, int, int]:
    """Longer paths, then more headers, then more query parameters; the type of path does not count."""
    match = host_rule.match
    return (-len(match.path.value), -len(match.headers), -len(match.query))


def host_entries(name: str, gateway: Entry, rules: Sequence[HostRule]) -> list[Entry]:
    """The router, splitters and service-defaults that are invented for one hostname."""
    own = ServiceKey(gateway.partition, gateway.namespace, name)
    routes: list[Route] = []
    splitters: list[Entry] = []
    speaking: dict[ServiceKey, None] = {own: None}
    for index, host_rule in enumerate(rules):
        services = host_rule.rule.services
        speaking.update((_key(host_rule, service), None) for service in services)
        if len(services) == 1:
            routes.append(_route(host_rule, _to_service(host_rule, services[0])))
            continue
        virtual = f"{name}-{index}"
        routes.append(_route(host_rule, _to_virtual(host_rule, virtual, gateway)))
        if services:  # without services the chain fails, as nothing says that the virtual one is HTTP
            key = own._replace(name=virtual)
            speaking[key] = None
            splits = tuple(_splits(host_rule))
            splitters.append(
                ServiceSplitter(
                    name=key.name, namespace=key.namespace, partition=key.partition, splits=splits
                )
            )
    defaults = [
        ServiceDefaults(name=key.name, namespace=key.namespace, partition=key.partition, protocol="http")
        for key in speaking
    ]
    router = ServiceRouter(
        name=own.name, namespace=own.namespace, partition=own.partition, routes=tuple(routes)
    )
    return [router, *splitters, *defaults]


def _key(host_rule: HostRule, service: HTTPService) -> ServiceKey:
    route = host_rule.route
    return ServiceKey(
        service.partition or route.partition, service.namespace or route.namespace, service.name
    )


def _route(host_rule: HostRule, destination: RouteDestination) -> Route:
    return Route(match=RouteMatch(http=_match(host_rule.match)), destination=destination)


def _match(match: HTTPMatch) -> RouterMatch:
    path = match.path.value
    return RouterMatch(
        path_exact=path if match.path.match == "exact" else "",
        path_prefix=path if match.path.match == "prefix" else "",
        path_regex=path if match.path.match == "regex" else "",
        header=tuple(
            HeaderMatch(
                name=header.name,
                present=header.match == "present",
                exact=header.value if header.match == "exact" else "",
                prefix=header.value if header.match == "prefix" else "",
                suffix=header.value if header.match == "suffix" else "",
                regex=header.value if header.match == "regex" else "",
            )
            for header in match.headers
        ),
        query_param=tuple(
            QueryParamMatch(
                name=query.name,
                present=query.match == "present",
                exact=query.value if query.match == "exact" else "",
                regex=query.value if query.match == "regex" else "",
            )
            for query in match.query
        ),
        methods=(match.method,) if match.method else (),
    )


def _to_service(host_rule: HostRule, service: HTTPService) -> RouteDestination:
    """The only service of a rule: its own filters stand over the rule's."""
    key, rule = _key(host_rule, service), host_rule.rule
    rewrite = service.filters.url_rewrite or rule.filters.url_rewrite
    return _destination(
        rule,
        key,
        request_headers=_merged((*rule.filters.headers, *service.filters.headers)),
        response_headers=_merged((*rule.response_filters.headers, *service.response_filters.headers)),
        prefix_rewrite="" if rewrite is None else rewrite.path,
    )


def _to_virtual(host_rule: HostRule, virtual: str, gateway: Entry) -> RouteDestination:
    rule = host_rule.rule
    rewrite = rule.filters.url_rewrite
    return _destination(
        rule,
        ServiceKey(gateway.partition, gateway.namespace, virtual),
        request_headers=_merged(rule.filters.headers),
        response_headers=_merged(rule.response_filters.headers),
        prefix_rewrite="" if rewrite is None else rewrite.path,
    )


def _destination(
    rule: HTTPRouteRule,
    key: ServiceKey,
    *,
    request_headers: HeaderModifiers | None,
    response_headers: HeaderModifiers | None,
    prefix_rewrite: str,
) -> RouteDestination:
    retry, timeout = rule.filters.retry_filter, rule.filters.timeout_filter
    return RouteDestination(
        service=key.name,
        namespace=key.namespace,
        partition=key.partition,
        prefix_rewrite=prefix_rewrite,
        request_timeout=0 if timeout is None else timeout.request_timeout,
        idle_timeout=0 if timeout is None else timeout.idle_timeout,
        num_retries=0 if retry is None else retry.num_retries,
        retry_on=() if retry is None else retry.retry_on,
        retry_on_status_codes=() if retry is None else retry.retry_on_status_codes,
        retry_on_connect_failure=retry is not None and retry.retry_on_connect_failure,
        request_headers=request_headers,
        response_headers=response_headers,
    )


def _merged(filters: Sequence[HeaderModifiers]) -> HeaderModifiers | None:
    """Header filters one after another: later values win, removals add up, twice if named twice."""
    if not filters:
        return None
    return HeaderModifiers(
        add={name: value for each in filters for name, value in each.add.items()},
        set={name: value for each in filters for name, value in each.set.items()},
        remove=tuple(name for each in filters for name in each.remove),
    )


def _splits(host_rule: HostRule) -> Iterator[Split]:
    """The services of a rule with their shares; response headers and rewrites of them do not count."""
    services = host_rule.rule.services
    total = sum(service.weight for service in services)
    for service in services:
        key = _key(host_rule, service)
        yield Split(
            weight=single(single(single(service.weight) / single(total)) * 100),
            service=key.name,
            namespace=key.namespace,
            partition=key.partition,
            request_headers=_merged(service.filters.headers),
        )
