"""Rules about the routes of a service-router (config-entries.md 2.3)."""

from __future__ import annotations

from typing import Any

from meshgw.diagnostics.evaluation import each, first
from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.router_parts import (
    KIND,
    RETRY_CONDITIONS,
    HeaderMatch,
    HTTPMatch,
    QueryParamMatch,
    Route,
    RouteDestination,
)
from meshgw.entries.shared import HTTP_METHODS
from meshgw.schema.suggest import nearest, spelled_otherwise

_PATHS = ("PathExact", "PathPrefix", "PathRegex")
_HEADER_CONDITIONS = ("Present", "Exact", "Prefix", "Suffix", "Regex")
_QUERY_CONDITIONS = ("Present", "Exact", "Regex")


def _set(value: Any, fields: tuple[str, ...]) -> list[str]:
    """Those of the fields that are not empty."""
    return [field for field in fields if getattr(value, value.attribute_of(field))]


def _rooted(http: HTTPMatch, field: str, report: Report) -> None:
    path = getattr(http, http.attribute_of(field))
    if path and not path.startswith("/"):
        report(f"the path `{path}` does not begin with `/`", at=(field,), help=f"write `/{path}`")


@rule("router-path-exact-relative", on=KIND, consul="PathExact doesn't start with '/'")  # SR-03
def router_path_exact_relative(http: HTTPMatch, report: Report) -> None:
    """An exact path that does not begin with a slash.

    Refused:

        Kind = "service-router"
        Name = "web"
        Routes { Match { HTTP { PathExact = "admin" } } }

    Accepted:

        Kind = "service-router"
        Name = "web"
        Routes { Match { HTTP { PathExact = "/admin" } } }
    """
    _rooted(http, "PathExact", report)


@rule("router-path-prefix-relative", on=KIND, consul="PathPrefix doesn't start with '/'")  # SR-04
def router_path_prefix_relative(http: HTTPMatch, report: Report) -> None:
    """A path prefix that does not begin with a slash.

    Refused:

        Kind = "service-router"
        Name = "web"
        Routes { Match { HTTP { PathPrefix = "admin" } } }

    Accepted:

        Kind = "service-router"
        Name = "web"
        Routes { Match { HTTP { PathPrefix = "/admin" } } }
    """
    _rooted(http, "PathPrefix", report)


@rule("router-paths-combined", on=KIND, consul="at most one of PathExact")  # SR-05
def router_paths_combined(http: HTTPMatch, report: Report) -> None:
    """A route with several conditions on the path.

    Refused:

        Kind = "service-router"
        Name = "web"
        Routes { Match { HTTP { PathExact = "/admin" PathPrefix = "/admin/" } } }

    Accepted:

        Kind = "service-router"
        Name = "web"
        Routes { Match { HTTP { PathExact = "/admin" } } }
        Routes { Match { HTTP { PathPrefix = "/admin/" } } }
    """
    found = _set(http, _PATHS)
    if len(found) > 1:
        both = " and ".join(f"`{field}`" for field in found)
        report(f"{both} are set", at=(found[1],), help="make a route of each")


@rule("router-header-unnamed", on=KIND, consul="missing required Name field")  # SR-06
def router_header_unnamed(header: HeaderMatch, report: Report) -> None:
    """A condition on a header that has no name.

    Refused:

        Kind = "service-router"
        Name = "web"
        Routes { Match { HTTP { Header = [{ Present = true }] } } }

    Accepted:

        Kind = "service-router"
        Name = "web"
        Routes { Match { HTTP { Header = [{ Name = "x-debug", Present = true }] } } }
    """
    if not header.name:
        report("the header of a condition has no `Name`", at=("Name",), help="set `Name`")


def _one_condition(value: Any, fields: tuple[str, ...], report: Report) -> None:
    found = _set(value, fields)
    if not found:
        choices = ", ".join(f"`{field}`" for field in fields)
        report(f"no condition for `{value.name}`", help=f"set one of: {choices}")
    elif len(found) > 1:
        both = " and ".join(f"`{field}`" for field in found)
        report(f"{both} are set for `{value.name}`", at=(found[1],), help="keep one of them")


@rule("router-header-not-one-condition", on=KIND, consul="should only contain one of Present")  # SR-07
def router_header_not_one_condition(header: HeaderMatch, report: Report) -> None:
    """A header with no condition, or with several.

    `Invert` turns a condition round and is none itself; `Present = false` is none either.

    Refused:

        Kind = "service-router"
        Name = "web"
        Routes { Match { HTTP { Header = [{ Name = "x-debug", Invert = true }] } } }

    Accepted:

        Kind = "service-router"
        Name = "web"
        Routes { Match { HTTP { Header = [{ Name = "x-debug", Present = true, Invert = true }] } } }
    """
    _one_condition(header, _HEADER_CONDITIONS, report)


@rule("router-query-unnamed", on=KIND, consul="missing required Name field")  # SR-08
def router_query_unnamed(query: QueryParamMatch, report: Report) -> None:
    """A condition on a query parameter that has no name.

    Refused:

        Kind = "service-router"
        Name = "web"
        Routes { Match { HTTP { QueryParam = [{ Present = true }] } } }

    Accepted:

        Kind = "service-router"
        Name = "web"
        Routes { Match { HTTP { QueryParam = [{ Name = "debug", Present = true }] } } }
    """
    if not query.name:
        report("the query parameter of a condition has no `Name`", at=("Name",), help="set `Name`")


@rule(
    "router-query-not-one-condition",
    on=KIND,
    consul="should only contain one of Present, Exact, or Regex",
)  # SR-09
def router_query_not_one_condition(query: QueryParamMatch, report: Report) -> None:
    """A query parameter with no condition, or with several.

    Refused:

        Kind = "service-router"
        Name = "web"
        Routes { Match { HTTP { QueryParam = [{ Name = "debug", Exact = "1", Present = true }] } } }

    Accepted:

        Kind = "service-router"
        Name = "web"
        Routes { Match { HTTP { QueryParam = [{ Name = "debug", Exact = "1" }] } } }
    """
    _one_condition(query, _QUERY_CONDITIONS, report)


@rule("router-method-unknown", on=KIND, consul="contains an invalid method")  # SR-10
def router_method_unknown(http: HTTPMatch, report: Report) -> None:
    """A method that HTTP does not have.

    Case does not matter.

    Refused:

        Kind = "service-router"
        Name = "web"
        Routes { Match { HTTP { Methods = ["FETCH"] } } }

    Accepted:

        Kind = "service-router"
        Name = "web"
        Routes { Match { HTTP { Methods = ["get"] } } }
    """
    for index, method in enumerate(http.methods):
        if method not in HTTP_METHODS:
            close = nearest(method, HTTP_METHODS)
            help_ = f"did you mean `{close}`?" if close else "one of: " + ", ".join(HTTP_METHODS)
            report(f"no HTTP method is called `{method}`", at=("Methods", index), help=help_)


@rule("router-method-twice", on=KIND, consul="more than once")  # SR-11
def router_method_twice(http: HTTPMatch, report: Report) -> None:
    """A method that is listed twice.

    Case does not matter.

    Refused:

        Kind = "service-router"
        Name = "web"
        Routes { Match { HTTP { Methods = ["get", "GET"] } } }

    Accepted:

        Kind = "service-router"
        Name = "web"
        Routes { Match { HTTP { Methods = ["GET"] } } }
    """
    seen: dict[str, int] = {}
    for index, method in enumerate(http.methods):
        first_index = seen.setdefault(method, index)
        if first_index != index and method in HTTP_METHODS:
            report(
                f"`{method}` is listed twice",
                at=("Methods", index),
                related=report.place((*report.base, "Methods", first_index), "the first one"),
                help="take one out",
            )


@rule("router-rewrite-without-path", on=KIND, consul="cannot make use of PrefixRewrite")  # SR-12
def router_rewrite_without_path(route: Route, report: Report) -> None:
    """A rewrite of the path in a route that does not match an exact path or a prefix.

    The matched part of the path is what is replaced; a regular expression has none.

    Refused:

        Kind = "service-router"
        Name = "web"
        Routes {
          Match       = { HTTP = { PathRegex = "/v[0-9]+/.*" } }
          Destination = { PrefixRewrite = "/" }
        }

    Accepted:

        Kind = "service-router"
        Name = "web"
        Routes {
          Match       = { HTTP = { PathPrefix = "/v1/" } }
          Destination = { PrefixRewrite = "/" }
        }
    """
    if route.destination is None or not route.destination.prefix_rewrite:
        return
    http = route.match.http if route.match else None
    if http is None or not (http.path_exact or http.path_prefix):
        report(
            "`PrefixRewrite` in a route without `PathExact` or `PathPrefix`",
            at=("Destination", "PrefixRewrite"),
            help="match the path with `PathPrefix` or `PathExact`",
        )


@rule("router-retry-condition-unknown", on=KIND, consul="invalid retry condition")  # SR-13
def router_retry_condition_unknown(destination: RouteDestination, report: Report) -> None:
    """A condition for retries that does not exist.

    Conditions are Envoy's, as far as Consul knows them, in lower case.

    Refused:

        Kind = "service-router"
        Name = "web"
        Routes { Destination { RetryOn = ["5XX"] } }

    Accepted:

        Kind = "service-router"
        Name = "web"
        Routes { Destination { RetryOn = ["5xx"] } }
    """
    for index, condition in enumerate(destination.retry_on):
        if condition not in RETRY_CONDITIONS:
            close = (*spelled_otherwise(condition, RETRY_CONDITIONS), nearest(condition, RETRY_CONDITIONS))[0]
            known = ", ".join(f"`{name}`" for name in RETRY_CONDITIONS)
            report(
                f"no retry condition is called `{condition}`",
                at=("RetryOn", index),
                help=f"did you mean `{close}`?" if close else f"one of: {known}",
            )


ROUTE_RULES = first(
    each(
        "Match.HTTP",
        router_path_exact_relative,  # SR-03
        router_path_prefix_relative,  # SR-04
        router_paths_combined,  # SR-05
        each("Header", router_header_unnamed, router_header_not_one_condition),  # SR-06, SR-07
        each("QueryParam", router_query_unnamed, router_query_not_one_condition),  # SR-08, SR-09
        router_method_unknown,  # SR-10
        router_method_twice,  # SR-11
    ),
    router_rewrite_without_path,  # SR-12
    each("Destination", router_retry_condition_unknown),  # SR-13
)
