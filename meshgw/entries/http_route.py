"""http-route (config-entries.md 2.13)."""

from __future__ import annotations

from meshgw.entries.api_gateway_parts import Reference, RouteJWT, Status
from meshgw.entries.base import Entry, config_entry
from meshgw.entries.shared import HTTP_METHODS, HeaderModifiers
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


@block
class HTTPMatch(Block):
    """Conditions that a request must all meet."""

    headers: tuple[HTTPHeaderMatch, ...] = blocks("Headers", HTTPHeaderMatch)
    method: str = text("Method", one_of=HTTP_METHODS, doc="every method when empty")
    path: HTTPPathMatch = obj("Path", HTTPPathMatch)
    query: tuple[HTTPQueryMatch, ...] = blocks("Query", HTTPQueryMatch)


@block
class HTTPService(Block):
    """A service that gets a share of the requests."""

    name: str = text("Name")
    weight: int = integer("Weight", doc="share relative to the others; 1 when absent, 0 or negative")
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
