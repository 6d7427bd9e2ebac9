"""Filters of listeners, changed by extensions (envoy-sidecar.md 10)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from meshgw.entries.extensions.ext_authz import InsertOptions
from meshgw.envoy.extensions.subject import INBOUND, ExtensionError, direction_of, with_body
from meshgw.envoy.network_filters import HTTP_MANAGER, ROUTER, TCP_PROXY
from meshgw.envoy.resources import Resource
from meshgw.envoy.tree_walk import member, spelling

Filter = Mapping[str, Any]
Chain = Mapping[str, Any]

ROUTER_NAME: Final[str] = str(ROUTER["name"])


def change_chains(listener: Resource, change: Callable[[Chain], Chain]) -> Resource:
    """Change every filter chain of a listener but the default one.

    An `ExtensionError` of a chain is one of the listener's, except that one changed chain is enough
    for a listener that callers meet (EE-07).
    """
    key = spelling(listener.body, "filter_chains")
    chains = listener.body.get(key)
    if not isinstance(chains, list):
        return listener
    made, failures = [], []
    for chain in chains:
        try:
            made.append(change(chain))
        except ExtensionError as error:
            failures.append(error)
            made.append(chain)
    if failures and (direction_of(listener) != INBOUND or len(failures) == len(chains)):
        raise failures[0]
    return with_body(listener, **{key: made})


def change_managers(chain: Chain, change: Callable[[Filter], Filter]) -> Chain:
    """Change the configuration of every HTTP connection manager of a chain."""
    return {**chain, "filters": [_changed(each, change) for each in filters_of(chain)]}


def _changed(each: Filter, change: Callable[[Filter], Filter]) -> Filter:
    config = member(each, "typed_config")
    if member(each, "name") != HTTP_MANAGER or not isinstance(config, Mapping):
        return each
    return {**each, spelling(each, "typed_config"): change(config)}


def filters_of(chain: Chain) -> list[Filter]:
    found = member(chain, "filters")
    return found if isinstance(found, list) else []


def http_filters_of(manager: Filter) -> list[Filter]:
    found = member(manager, "http_filters")
    return found if isinstance(found, list) else []


def before_routers(manager: Filter, new: Filter) -> Filter:
    """A connection manager with a filter before each router."""
    filters: list[Filter] = []
    for each in http_filters_of(manager):
        filters += [new, each] if member(each, "name") == ROUTER_NAME else [each]
    return {**manager, spelling(manager, "http_filters"): filters}


def insert_http(chain: Chain, new: Filter, options: InsertOptions | None = None) -> Chain:
    """Put a filter into the first connection manager, before its router unless told otherwise.

    Raises `ExtensionError` without a connection manager or a place.
    """
    filters = filters_of(chain)
    for index, each in enumerate(filters):
        config = member(each, "typed_config")
        if member(each, "name") == HTTP_MANAGER and isinstance(config, Mapping):
            inner = _inserted(http_filters_of(config), new, options or InsertOptions(), ROUTER_NAME)
            manager = {**config, spelling(config, "http_filters"): inner}
            changed = {**each, spelling(each, "typed_config"): manager}
            return {**chain, "filters": [*filters[:index], changed, *filters[index + 1 :]]}
    raise ExtensionError("a filter chain has no HTTP connection manager")


def insert_network(chain: Chain, new: Filter, options: InsertOptions | None = None) -> Chain:
    """Put a filter among the network filters, before the TCP proxy unless told otherwise.

    Raises `ExtensionError` without a place.
    """
    return {**chain, "filters": _inserted(filters_of(chain), new, options or InsertOptions(), TCP_PROXY)}


def _inserted(filters: list[Filter], new: Filter, options: InsertOptions, default: str) -> list[Filter]:
    at = _place(filters, options, default)
    return [*filters[:at], new, *filters[at:]]


def _place(filters: list[Filter], options: InsertOptions, default: str) -> int:
    location = options.location or "BeforeFirstMatch"
    if location == "First":
        return 0
    if location == "Last":
        return len(filters)
    name = options.filter_name if options.location else default
    found = [index for index, each in enumerate(filters) if member(each, "name") == name]
    places = {
        "BeforeFirstMatch": lambda: found[0],
        "AfterFirstMatch": lambda: found[0] + 1,
        "BeforeLastMatch": lambda: found[-1],
        "AfterLastMatch": lambda: found[-1] + 1,
    }
    if location not in places:
        raise ExtensionError(f"no place is called `{location}`")
    if not found:
        raise ExtensionError(f"a filter chain has no filter `{name}`")
    return places[location]()
