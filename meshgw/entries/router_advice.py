"""What Consul accepts in a service-router and what breaks, or surprises, later."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshgw.diagnostics.evaluation import Step, each
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.header_modifiers import HEADER_ADVICE
from meshgw.entries.regex import report_refused_regex
from meshgw.entries.router_parts import KIND, HeaderMatch, HTTPMatch, QueryParamMatch, Route, RouteDestination
from meshgw.schema.durations import format_duration

_MILLISECOND = 1_000_000


@rule("router-regex-invalid", on=KIND)  # XV-11
def router_regex_invalid(matched: HTTPMatch | HeaderMatch | QueryParamMatch, report: Report) -> None:
    """A regular expression that Envoy refuses.

    Consul stores expressions unseen. Envoy compiles them with RE2, which knows no look-around and no
    back-references, and refuses the whole route configuration of every proxy that calls the service.

    Found:

        Kind = "service-router"
        Name = "web"
        Routes { Match { HTTP { PathRegex = "/(?!admin).*" } } }

    Accepted:

        Kind = "service-router"
        Name = "web"
        Routes { Match { HTTP { PathRegex = "/v[0-9]+/.*" } } }
    """
    report_refused_regex(matched, "PathRegex" if isinstance(matched, HTTPMatch) else "Regex", report)


@rule("router-case-ignored-in-regex", on=KIND, severity="warning")
def router_case_ignored_in_regex(http: HTTPMatch, report: Report) -> None:
    """A route whose regular expression should not mind case.

    `CaseInsensitive` has no effect on `PathRegex`: Envoy's page on routes says that its counterpart is
    ignored for regular expressions.

    Found:

        Kind = "service-router"
        Name = "web"
        Routes { Match { HTTP { PathRegex = "/v[0-9]+" CaseInsensitive = true } } }

    Accepted:

        Kind = "service-router"
        Name = "web"
        Routes { Match { HTTP { PathRegex = "(?i)/v[0-9]+" } } }
    """
    if http.case_insensitive and http.path_regex:
        report(
            "`CaseInsensitive` has no effect on `PathRegex`",
            at=("CaseInsensitive",),
            help="begin the expression with `(?i)`",
        )


@rule("router-route-dead", on=KIND, severity="warning")  # DC-W09
def router_route_dead(router: Any, report: Report) -> None:
    """A route that no request reaches.

    Routes are tried in order and the first that matches is taken. What an earlier route takes as a
    whole never gets to a later one.

    Found:

        Kind = "service-router"
        Name = "web"
        Routes {
          Match       = { HTTP = { PathPrefix = "/" } }
          Destination = { Service = "web" }
        }
        Routes {
          Match       = { HTTP = { PathPrefix = "/admin" } }
          Destination = { Service = "admin" }
        }

    Accepted:

        Kind = "service-router"
        Name = "web"
        Routes {
          Match       = { HTTP = { PathPrefix = "/admin" } }
          Destination = { Service = "admin" }
        }
        Routes {
          Match       = { HTTP = { PathPrefix = "/" } }
          Destination = { Service = "web" }
        }
    """
    taken = _Taken()
    for index, route in enumerate(router.routes):
        http = (route.match.http if route.match else None) or HTTPMatch()
        earlier = taken.by(http)
        if earlier is None:
            taken.add(http, index)
            continue
        report(
            f"no request reaches route {index + 1}: route {earlier + 1} takes them all",
            at=("Routes", index),
            related=report.place(("Routes", earlier), "the route that takes them"),
            help="put the more special route first",
        )


class _Taken:
    """What the routes so far take, and by which of them; looked up without comparing all pairs."""

    def __init__(self) -> None:
        self._same: dict[HTTPMatch, int] = {}
        self._prefixes: dict[tuple[bool, str], int] = {}
        self._lengths: set[int] = set()

    def add(self, http: HTTPMatch, index: int) -> None:
        self._same.setdefault(http, index)
        prefix = http.path_prefix or ("" if http.path_exact or http.path_regex else "/")
        if prefix and not (http.header or http.query_param or http.methods):
            folded = prefix.lower() if http.case_insensitive else prefix
            self._prefixes.setdefault((http.case_insensitive, folded), index)
            self._lengths.add(len(folded))

    def by(self, http: HTTPMatch) -> int | None:
        """The earliest route that takes everything that a match takes."""
        return min(self._candidates(http), default=None)

    def _candidates(self, http: HTTPMatch) -> Iterator[int]:
        if http in self._same:
            yield self._same[http]
        path = http.path_exact or http.path_prefix or "/"
        for length in self._lengths if not http.path_regex else {1} & self._lengths:
            if length <= len(path):
                start = path[:length]
                keys = [(True, start.lower())]
                if not http.case_insensitive or length == 1:
                    keys.append((False, start))
                yield from (self._prefixes[key] for key in keys if key in self._prefixes)


@rule("router-rewrite-double-slash", on=KIND, severity="info")
def router_rewrite_double_slash(route: Route, report: Report) -> None:
    """A rewrite that makes a double slash.

    Only the matched part is replaced: with `/api` → `/` the path `/api/users` becomes `//users`.

    Found:

        Kind = "service-router"
        Name = "web"
        Routes {
          Match       = { HTTP = { PathPrefix = "/api" } }
          Destination = { PrefixRewrite = "/" }
        }

    Accepted:

        Kind = "service-router"
        Name = "web"
        Routes {
          Match       = { HTTP = { PathPrefix = "/api/" } }
          Destination = { PrefixRewrite = "/" }
        }
    """
    prefix = route.match.http.path_prefix if route.match and route.match.http else ""
    rewrite = route.destination.prefix_rewrite if route.destination else ""
    if prefix and not prefix.endswith("/") and rewrite.endswith("/"):
        report(
            f"`{prefix}/x` becomes `{rewrite}/x`",
            at=("Destination", "PrefixRewrite"),
            help=f"match `{prefix}/` as a prefix, and `{prefix}` as an exact path in a route before it",
        )


@rule("router-tenancy-ignored", on=KIND, severity="warning", edition="community")  # D-06
def router_tenancy_ignored(destination: RouteDestination, report: Report) -> None:
    """A namespace or partition of a destination in Community.

    Community keeps and ignores them: the destination is in the default namespace and partition.

    Found:

        Kind = "service-router"
        Name = "web"
        Routes { Destination { Service = "api" Namespace = "shop" } }

    Accepted:

        Kind = "service-router"
        Name = "web"
        Routes { Destination { Service = "api" } }
    """
    for field in ("Namespace", "Partition"):
        value = getattr(destination, destination.attribute_of(field))
        if value.lower() not in ("", "default"):
            report(f"`{field}` is ignored", at=(field,), help="take it out, or use Enterprise")


@rule("router-timeout-tiny", on=KIND, severity="warning")  # D-18
def router_timeout_tiny(destination: RouteDestination, report: Report) -> None:
    """A timeout of less than a millisecond.

    A number without a unit counts nanoseconds.

    Found:

        Kind = "service-router"
        Name = "web"
        Routes { Destination { RequestTimeout = 30 } }

    Accepted:

        Kind = "service-router"
        Name = "web"
        Routes { Destination { RequestTimeout = "30s" } }
    """
    for field in ("RequestTimeout", "IdleTimeout"):
        value = getattr(destination, destination.attribute_of(field))
        if 0 < value < _MILLISECOND:
            report(
                f"`{field}` is {format_duration(value)}",
                at=(field,),
                note="a number without a unit counts nanoseconds",
                help='write a duration with its unit, such as `"30s"`',
            )


@rule("router-timeout-negative", on=KIND, severity="info")  # RT-15
def router_timeout_negative(destination: RouteDestination, report: Report) -> None:
    """A negative timeout.

    It switches the timeout off: Envoy then waits without limit.

    Found:

        Kind = "service-router"
        Name = "web"
        Routes { Destination { RequestTimeout = "-1s" } }

    Accepted:

        Kind = "service-router"
        Name = "web"
        Routes { Destination { RequestTimeout = "30s" } }
    """
    for field in ("RequestTimeout", "IdleTimeout"):
        value = getattr(destination, destination.attribute_of(field))
        if value < 0:
            report(f"`{field}` is negative, so there is no limit", at=(field,))


@rule("router-retries-without-condition", on=KIND, severity="warning")  # RT-16
def router_retries_without_condition(destination: RouteDestination, report: Report) -> None:
    """A number of retries without a condition for them.

    Envoy retries nothing unless it is told what to retry on.

    Found:

        Kind = "service-router"
        Name = "web"
        Routes { Destination { NumRetries = 3 } }

    Accepted:

        Kind = "service-router"
        Name = "web"
        Routes { Destination { NumRetries = 3 RetryOn = ["5xx"] } }
    """
    conditions = (
        destination.retry_on or destination.retry_on_connect_failure or destination.retry_on_status_codes
    )
    if destination.num_retries and not conditions:
        report(
            "`NumRetries` without a condition: nothing is retried",
            at=("NumRetries",),
            help="set `RetryOn`, `RetryOnStatusCodes` or `RetryOnConnectFailure`",
        )


@rule("router-status-code-impossible", on=KIND, severity="warning")
def router_status_code_impossible(destination: RouteDestination, report: Report) -> None:
    """A status code that no answer has.

    Codes have three digits; a wrong one is never met, so nothing is retried for it.

    Found:

        Kind = "service-router"
        Name = "web"
        Routes { Destination { RetryOnStatusCodes = [5033] } }

    Accepted:

        Kind = "service-router"
        Name = "web"
        Routes { Destination { RetryOnStatusCodes = [503] } }
    """
    for index, code in enumerate(destination.retry_on_status_codes):
        if not 100 <= code <= 599:
            report(f"no answer has the status {code}", at=("RetryOnStatusCodes", index))


ADVICE: tuple[Step, ...] = (
    router_route_dead,
    each(
        "Routes",
        each(
            "Match.HTTP",
            router_regex_invalid,
            router_case_ignored_in_regex,
            each("Header", router_regex_invalid),
            each("QueryParam", router_regex_invalid),
        ),
        router_rewrite_double_slash,
        each(
            "Destination",
            router_tenancy_ignored,
            router_timeout_tiny,
            router_timeout_negative,
            router_retries_without_condition,
            router_status_code_impossible,
            *HEADER_ADVICE,
        ),
    ),
)
