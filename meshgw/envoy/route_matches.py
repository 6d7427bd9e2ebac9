"""Which requests a route is for (envoy-sidecar.md 7.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from meshgw.entries.router_parts import HeaderMatch, HTTPMatch, QueryParamMatch, RouteMatch

ANY_PATH: Final = {"prefix": "/"}


def route_match(match: RouteMatch | None) -> dict[str, Any]:
    """Every request without a match; otherwise all conditions must hold."""
    if match is None or match.http is None:
        return dict(ANY_PATH)
    http = match.http
    found = _path(http)
    if http.case_insensitive:
        found["caseSensitive"] = False
    headers = [*_headers(http), *_methods(http)]
    if headers:
        found["headers"] = headers
    parameters = list(_parameters(http))
    if parameters:
        found["queryParameters"] = parameters
    return found


def _path(http: HTTPMatch) -> dict[str, Any]:
    if http.path_exact:
        return {"path": http.path_exact}
    if http.path_prefix:
        return {"prefix": http.path_prefix}
    if http.path_regex:
        return {"safeRegex": {"regex": http.path_regex}}
    return dict(ANY_PATH)


def _headers(http: HTTPMatch) -> Iterator[dict[str, Any]]:
    for header in http.header:
        condition = _condition(header)
        if condition is not None:
            named: dict[str, Any] = {"name": header.name} if header.name else {}
            yield named | condition | ({"invertMatch": True} if header.invert else {})


def _condition(header: HeaderMatch | QueryParamMatch) -> dict[str, Any] | None:
    """The first condition that is set; one without any is skipped (RT-10)."""
    if header.exact:
        return {"stringMatch": {"exact": header.exact}}
    if header.regex:
        return {"stringMatch": {"safeRegex": {"regex": header.regex}}}
    if isinstance(header, HeaderMatch) and header.prefix:
        return {"stringMatch": {"prefix": header.prefix}}
    if isinstance(header, HeaderMatch) and header.suffix:
        return {"stringMatch": {"suffix": header.suffix}}
    return {"presentMatch": True} if header.present else None


def _methods(http: HTTPMatch) -> Iterator[dict[str, Any]]:
    if http.methods:
        yield method_match(http.methods)


def method_match(methods: tuple[str, ...]) -> dict[str, Any]:
    """Any of some methods."""
    return {"name": ":method", "stringMatch": {"safeRegex": {"regex": "|".join(methods)}}}


def _parameters(http: HTTPMatch) -> Iterator[dict[str, Any]]:
    for parameter in http.query_param:
        condition = _condition(parameter)
        if condition is not None:
            named: dict[str, Any] = {"name": parameter.name} if parameter.name else {}
            yield named | condition
