"""http-route (config-entries.md 2.13)."""

from __future__ import annotations

from dataclasses import field
from typing import Self

from meshgw.diagnostics.evaluation import each, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.api_gateway_parts import (
    PARENTS,
    Reference,
    RouteJWT,
    Status,
    inherited,
    inherited_parents,
    jwt_provider_unnamed,
)
from meshgw.entries.base import Entry, config_entry, judged
from meshgw.entries.hostnames import is_host
from meshgw.entries.shared import HTTP_METHODS, META, HeaderModifiers, entry_name_missing
from meshgw.schema.fields import (
    Block,
    ListOf,
    Scalar,
    block,
    blocks,
    boolean,
    duration,
    integer,
    obj,
    replace,
    tenancy,
    text,
    texts,
    typed,
    unsigned32,
)  # fmt: skip

HEADER_MATCHES = ("exact", "prefix", "suffix", "present", "regex")
QUERY_MATCHES = ("exact", "present", "regex")
PATH_MATCHES = ("exact", "prefix", "regex")


@block
class URLRewrite(Block):
    """Replaces the part of the path that matched."""

    path: str = text("Path")


@block
class RetryFilter(Block):
    """When and how often a request is sent again."""

    num_retries: int = unsigned32("NumRetries")
    retry_on: tuple[str, ...] = texts("RetryOn")
    retry_on_status_codes: tuple[int, ...] = typed("RetryOnStatusCodes", ListOf(Scalar("uint32")), ())
    retry_on_connect_failure: bool = boolean("RetryOnConnectFailure")


@block
class TimeoutFilter(Block):
    """How long a request and an idle stream may take, in nanoseconds."""

    request_timeout: int = duration("RequestTimeout")
    idle_timeout: int = duration("IdleTimeout")


@block
class HTTPFilters(Block):
    """What is done to a request on its way."""

    headers: tuple[HeaderModifiers, ...] = blocks("Headers", HeaderModifiers)
    url_rewrite: URLRewrite | None = obj("URLRewrite", URLRewrite, optional=True)
    retry_filter: RetryFilter | None = obj("RetryFilter", RetryFilter, optional=True)
    timeout_filter: TimeoutFilter | None = obj("TimeoutFilter", TimeoutFilter, optional=True)
    jwt: RouteJWT | None = obj("JWT", RouteJWT, optional=True)


@block
class HTTPResponseFilters(Block):
    """What is done to a response on its way back."""

    headers: tuple[HeaderModifiers, ...] = blocks("Headers", HeaderModifiers)


@block
class HTTPHeaderMatch(Block):
    """A header that a request must have."""

    match: str = text("Match", one_of=HEADER_MATCHES)
    name: str = text("Name", doc="required")
    value: str = text("Value")


@block
class HTTPQueryMatch(Block):
    """A query parameter that a request must have."""

    match: str = text("Match", one_of=QUERY_MATCHES)
    name: str = text("Name", doc="required")
    value: str = text("Value")


@block
class HTTPPathMatch(Block):
    """The path that a request must have; without `Match` every path."""

    match: str = text("Match", one_of=PATH_MATCHES)
    value: str = text("Value", doc="replaced by `/` when `Match` is empty")
    replaced: str = field(default="", compare=False, repr=False)  # the value that normalization replaced


@block
class HTTPMatch(Block):
    """Conditions that a request must all meet."""

    headers: tuple[HTTPHeaderMatch, ...] = blocks("Headers", HTTPHeaderMatch)
    method: str = text("Method", one_of=HTTP_METHODS, any_case=True, doc="every method when empty")
    path: HTTPPathMatch = obj("Path", HTTPPathMatch)
    query: tuple[HTTPQueryMatch, ...] = blocks("Query", HTTPQueryMatch)


@block
class HTTPService(Block):
    """A service that gets a share of the requests."""

    name: str = text("Name")
    weight: int = integer(
        "Weight", default=1, doc="share relative to the others; 1 when absent, 0 or negative"
    )
    filters: HTTPFilters = obj("Filters", HTTPFilters)
    response_filters: HTTPResponseFilters = obj("ResponseFilters", HTTPResponseFilters)
    partition: str = tenancy("Partition", doc="the entry's own when empty (Enterprise)")
    namespace: str = tenancy("Namespace", doc="the entry's own when empty (Enterprise)")


@block
class HTTPRouteRule(Block):
    """What happens to the requests that match."""

    filters: HTTPFilters = obj("Filters", HTTPFilters)
    response_filters: HTTPResponseFilters = obj("ResponseFilters", HTTPResponseFilters)
    matches: tuple[HTTPMatch, ...] = blocks("Matches", HTTPMatch, doc="one of these must hold")
    services: tuple[HTTPService, ...] = blocks("Services", HTTPService)


@config_entry("http-route")
class HTTPRoute(Entry):
    """Leads HTTP requests from listeners of API gateways to services."""

    parents: tuple[Reference, ...] = blocks("Parents", Reference, doc="gateways; a section is a listener")
    rules: tuple[HTTPRouteRule, ...] = blocks("Rules", HTTPRouteRule)
    hostnames: tuple[str, ...] = texts("Hostnames", doc="host names without `*`; every one when empty")
    status: Status = obj("Status", Status, doc="Consul's own; discarded")

    def normalize(self) -> Self:
        return replace(
            self,
            parents=inherited_parents(self.parents, self),
            rules=tuple(_normalized_rule(rule, self) for rule in self.rules),
            status=Status(),
        )


def _normalized_rule(rule: HTTPRouteRule, route: HTTPRoute) -> HTTPRouteRule:
    return replace(
        rule,
        matches=tuple(_normalized_match(match) for match in rule.matches),
        services=tuple(
            inherited(replace(service, weight=max(service.weight, 1)), route) for service in rule.services
        ),
    )


def _normalized_match(match: HTTPMatch) -> HTTPMatch:
    path = match.path if match.path.match else _every_path(match.path.value)
    return replace(match, method=match.method.upper(), path=path)


def _every_path(written: str) -> HTTPPathMatch:
    return HTTPPathMatch(match="prefix", value="/", replaced=written)


def _one_of(words: tuple[str, ...]) -> str:
    return f"one of: {', '.join(words)}"


@rule("route-hostname-malformed", on=HTTPRoute, consul="must be a valid DNS hostname")  # HR-01
def route_hostname_malformed(hostname: str, report: Report) -> None:
    """A host name that has an empty label or one longer than 63 bytes.

    Consul checks nothing else about it: spaces, ports and capitals pass (and never match).

    Refused:

        Kind      = "http-route"
        Name      = "route"
        Hostnames = ["web..example.com"]

    Accepted:

        Kind      = "http-route"
        Name      = "route"
        Hostnames = ["web.example.com"]
    """
    if not is_host(hostname):
        what = f"`{hostname}` is no host name" if hostname else "an empty host name"
        report(what, help=None if hostname else "take `Hostnames` out to take every host")


@rule("route-hostname-wildcard", on=HTTPRoute, consul="must not be a wildcard")  # HR-02
def route_hostname_wildcard(hostname: str, report: Report) -> None:
    """A `*` in a host name of a route.

    Only a listener of the gateway may have a wildcard.

    Refused:

        Kind      = "http-route"
        Name      = "route"
        Hostnames = ["*.example.com"]

    Accepted:

        Kind      = "http-route"
        Name      = "route"
        Hostnames = ["web.example.com"]
    """
    if "*" in hostname:
        report(
            f"`*` in the host name `{hostname}` of a route",
            help="name each host, or give the listener the wildcard and take `Hostnames` out",
        )


@rule("route-method-unknown", on=HTTPRoute, consul="Method contains an invalid method")  # HR-06
def route_method_unknown(match: HTTPMatch, report: Report) -> None:
    """A match on a method that HTTP does not have.

    Any case is fine; Consul makes it upper case.

    Refused:

        Kind = "http-route"
        Name = "route"
        Rules { Matches { Method = "FETCH" } }

    Accepted:

        Kind = "http-route"
        Name = "route"
        Rules { Matches { Method = "get" } }
    """
    if match.method and match.method not in HTTP_METHODS:
        report(f"`{match.method}` is no HTTP method", at=("Method",), help=_one_of(HTTP_METHODS))


@rule("route-query-unnamed", on=HTTPRoute, consul="missing required Name field")  # HR-07
def route_query_unnamed(match: HTTPQueryMatch, report: Report) -> None:
    """A match on a query parameter that does not say which.

    Refused:

        Kind = "http-route"
        Name = "route"
        Rules { Matches { Query { Match = "exact" Value = "beta" } } }

    Accepted:

        Kind = "http-route"
        Name = "route"
        Rules { Matches { Query { Name = "channel" Match = "exact" Value = "beta" } } }
    """
    if not match.name:
        report("a query match without `Name`", at=("Name",), help="set `Name` to the query parameter")


@rule(
    "route-query-match-unknown",
    on=HTTPRoute,
    consul="match type should be one of present, exact, or regex",
)  # HR-08
def route_query_match_unknown(match: HTTPQueryMatch, report: Report) -> None:
    """A match on a query parameter of an unknown type.

    There is no default, and case matters.

    Refused:

        Kind = "http-route"
        Name = "route"
        Rules { Matches { Query { Name = "channel" Match = "prefix" Value = "b" } } }

    Accepted:

        Kind = "http-route"
        Name = "route"
        Rules { Matches { Query { Name = "channel" Match = "regex" Value = "b.*" } } }
    """
    if match.match not in QUERY_MATCHES:
        what = f"`{match.match}` is no match on a query parameter" if match.match else "no type of match"
        report(what, at=("Match",), help=_one_of(QUERY_MATCHES))


@rule("route-header-unnamed", on=HTTPRoute, consul="missing required Name field")  # HR-09
def route_header_unnamed(match: HTTPHeaderMatch, report: Report) -> None:
    """A match on a header that does not say which.

    Refused:

        Kind = "http-route"
        Name = "route"
        Rules { Matches { Headers { Match = "exact" Value = "beta" } } }

    Accepted:

        Kind = "http-route"
        Name = "route"
        Rules { Matches { Headers { Name = "x-channel" Match = "exact" Value = "beta" } } }
    """
    if not match.name:
        report("a header match without `Name`", at=("Name",), help="set `Name` to the header")


@rule(
    "route-header-match-unknown",
    on=HTTPRoute,
    consul="match type should be one of present, exact, prefix",
)  # HR-10
def route_header_match_unknown(match: HTTPHeaderMatch, report: Report) -> None:
    """A match on a header of an unknown type.

    There is no default, and case matters.

    Refused:

        Kind = "http-route"
        Name = "route"
        Rules { Matches { Headers { Name = "x-channel" Match = "contains" Value = "b" } } }

    Accepted:

        Kind = "http-route"
        Name = "route"
        Rules { Matches { Headers { Name = "x-channel" Match = "prefix" Value = "b" } } }
    """
    if match.match not in HEADER_MATCHES:
        what = f"`{match.match}` is no match on a header" if match.match else "no type of match"
        report(what, at=("Match",), help=_one_of(HEADER_MATCHES))


@rule("route-path-relative", on=HTTPRoute, consul="type match doesn't start with '/'")  # HR-11
def route_path_relative(path: HTTPPathMatch, report: Report) -> None:
    """An exact path or a prefix that does not begin with `/`.

    Refused:

        Kind = "http-route"
        Name = "route"
        Rules { Matches { Path { Match = "prefix" Value = "v1" } } }

    Accepted:

        Kind = "http-route"
        Name = "route"
        Rules { Matches { Path { Match = "prefix" Value = "/v1" } } }
    """
    if path.match in ("exact", "prefix") and not path.value.startswith("/"):
        what = f"`{path.value}` does not begin with `/`" if path.value else "the path has no `Value`"
        report(what, at=("Value",), help=f"write `/{path.value}`")


@rule(
    "route-path-match-unknown", on=HTTPRoute, consul="match type should be one of exact, prefix, or regex"
)  # HR-12
def route_path_match_unknown(path: HTTPPathMatch, report: Report) -> None:
    """A match on the path of an unknown type.

    Without a type every path matches, whatever the value; case matters.

    Refused:

        Kind = "http-route"
        Name = "route"
        Rules { Matches { Path { Match = "Exact" Value = "/v1" } } }

    Accepted:

        Kind = "http-route"
        Name = "route"
        Rules { Matches { Path { Match = "exact" Value = "/v1" } } }
    """
    if path.match not in PATH_MATCHES:
        report(f"`{path.match}` is no match on a path", at=("Match",), help=_one_of(PATH_MATCHES))


@rule("route-path-value-unused", on=HTTPRoute, severity="warning")  # D-38
def route_path_value_unused(path: HTTPPathMatch, report: Report) -> None:
    """A path to match without a type of match.

    Consul takes the match for one of every path: it replaces the value by the prefix `/`.

    Found:

        Kind = "http-route"
        Name = "route"
        Rules { Matches { Path { Value = "/v1" } } }

    Accepted:

        Kind = "http-route"
        Name = "route"
        Rules { Matches { Path { Match = "prefix" Value = "/v1" } } }
    """
    if path.replaced not in ("", "/"):
        report(
            f"the path `{path.replaced}` is not looked at: `Match` is missing, so every path matches",
            at=("Value",),
            help='set `Match` to "prefix", "exact" or "regex"',
        )


judged(
    HTTPRoute,
    first(
        each("Hostnames", route_hostname_malformed, route_hostname_wildcard),  # HR-01, HR-02
        PARENTS,  # HR-03, HR-04
        META,  # HR-05
        each(
            "Rules",
            each("Filters.JWT.Providers", jwt_provider_unnamed),  # HR-14
            each(
                "Matches",
                route_method_unknown,  # HR-06
                each("Query", route_query_unnamed, route_query_match_unknown),  # HR-07, HR-08
                each("Headers", route_header_unnamed, route_header_match_unknown),  # HR-09, HR-10
                each("Path", route_path_relative, route_path_match_unknown),  # HR-11, HR-12
            ),
            each("Services", each("Filters.JWT.Providers", jwt_provider_unnamed)),  # HR-14
        ),
        entry_name_missing,  # XG-01
    ),
    each("Rules", each("Matches", each("Path", route_path_value_unused))),
)
