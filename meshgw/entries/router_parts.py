"""The blocks of service-router (config-entries.md 2.3)."""

from __future__ import annotations

from meshgw.entries.shared import HTTP_METHODS, HeaderModifiers
from meshgw.schema.fields import (
    Block,
    ListOf,
    Scalar,
    block,
    blocks,
    boolean,
    duration,
    obj,
    text,
    texts,
    typed,
    unsigned32,
)

KIND = "service-router"

RETRY_CONDITIONS = (
    "5xx",
    "gateway-error",
    "reset",
    "connect-failure",
    "envoy-ratelimited",
    "retriable-4xx",
    "refused-stream",
    "cancelled",
    "deadline-exceeded",
    "internal",
    "resource-exhausted",
    "unavailable",
)


@block
class HeaderMatch(Block):
    """A condition on one header: exactly one of present, exact, prefix, suffix, regex."""

    name: str = text("Name", doc="the header")
    present: bool = boolean("Present")
    exact: str = text("Exact")
    prefix: str = text("Prefix")
    suffix: str = text("Suffix")
    regex: str = text("Regex", doc="RE2")
    invert: bool = boolean("Invert", doc="the condition must not hold")


@block
class QueryParamMatch(Block):
    """A condition on one query parameter: exactly one of present, exact, regex."""

    name: str = text("Name", doc="the query parameter")
    present: bool = boolean("Present")
    exact: str = text("Exact")
    regex: str = text("Regex", doc="RE2")


@block
class HTTPMatch(Block):
    """Conditions on an HTTP request; all must hold."""

    path_exact: str = text("PathExact", alias="path_exact", doc="begins with `/`")
    path_prefix: str = text("PathPrefix", alias="path_prefix", doc="begins with `/`")
    path_regex: str = text("PathRegex", alias="path_regex", doc="RE2")
    case_insensitive: bool = boolean("CaseInsensitive", alias="case_insensitive", doc="exact and prefix only")
    header: tuple[HeaderMatch, ...] = blocks("Header", HeaderMatch)
    query_param: tuple[QueryParamMatch, ...] = blocks("QueryParam", QueryParamMatch, alias="query_param")
    methods: tuple[str, ...] = texts(
        "Methods", one_of=HTTP_METHODS, any_case=True, doc="any of them; all when empty"
    )


@block
class RouteMatch(Block):
    """Which requests a route is for."""

    http: HTTPMatch | None = obj("HTTP", HTTPMatch, optional=True)


@block
class RouteDestination(Block):
    """Where a route's requests go, and how."""

    service: str = text("Service", doc="the service; the entry's own name when empty")
    service_subset: str = text("ServiceSubset", alias="service_subset", doc="a subset of its resolver")
    namespace: str = text("Namespace", doc="the service's namespace (Enterprise)")
    partition: str = text("Partition", doc="the service's partition (Enterprise)")
    prefix_rewrite: str = text("PrefixRewrite", alias="prefix_rewrite", doc="replaces the matched path")
    request_timeout: int = duration("RequestTimeout", alias="request_timeout")
    idle_timeout: int = duration("IdleTimeout", alias="idle_timeout")
    num_retries: int = unsigned32("NumRetries", alias="num_retries")
    retry_on_connect_failure: bool = boolean("RetryOnConnectFailure", alias="retry_on_connect_failure")
    retry_on_status_codes: tuple[int, ...] = typed(
        "RetryOnStatusCodes", ListOf(Scalar("uint32")), (), alias="retry_on_status_codes"
    )
    retry_on: tuple[str, ...] = texts("RetryOn", alias="retry_on", one_of=RETRY_CONDITIONS)
    request_headers: HeaderModifiers | None = obj(
        "RequestHeaders", HeaderModifiers, optional=True, alias="request_headers"
    )
    response_headers: HeaderModifiers | None = obj(
        "ResponseHeaders", HeaderModifiers, optional=True, alias="response_headers"
    )


@block
class Route(Block):
    """Requests that match go to the destination; the first matching route counts."""

    match: RouteMatch | None = obj("Match", RouteMatch, optional=True, doc="every request when absent")
    destination: RouteDestination | None = obj("Destination", RouteDestination, optional=True)
