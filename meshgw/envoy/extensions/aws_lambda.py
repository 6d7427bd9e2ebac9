"""builtin/aws/lambda: a function in the place of an upstream (EE-50, EE-51)."""

from __future__ import annotations

from typing import Any

from meshgw.entries.extensions.aws_lambda import LambdaArguments
from meshgw.envoy.endpoints import plain_assignment
from meshgw.envoy.extensions.chains import Chain, Filter, before_routers, change_chains, change_managers
from meshgw.envoy.extensions.subject import (
    OUTBOUND,
    ExtendedUpstream,
    ExtensionError,
    ResourceBook,
    direction_of,
    with_body,
)
from meshgw.envoy.names import OUTBOUND_LISTENER
from meshgw.envoy.protojson import filter_of, typed
from meshgw.envoy.resources import Resource
from meshgw.envoy.tree_walk import member

_FILTER_TYPE = "envoy.extensions.filters.http.aws_lambda.v3.Config"
_TLS = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext"
_HTTPS = 443
_ARN_PARTS = 6  # arn:partition:service:region:account:resource


def apply_lambda(upstream: ExtendedUpstream, arguments: LambdaArguments, book: ResourceBook) -> None:
    """Call a function where the proxy would call an upstream."""
    region = region_of(arguments.arn)
    book.change(
        "clusters",
        lambda cluster: lambda_cluster(cluster, region) if upstream.owns_cluster(cluster.name) else cluster,
    )
    called = lambda_filter(arguments)

    def calling(manager: Filter) -> Filter:
        return {**before_routers(manager, called), "stripAnyHostPort": True}

    def extended(chain: Chain) -> Chain:
        return change_managers(chain, calling)

    book.change("listeners", lambda listener: _extended(upstream, listener, extended))
    if upstream.behind:
        book.change("routes", lambda route: _own_host(route) if upstream.owns_cluster(route.name) else route)
    book.resources = [each for each in book.resources if not _is_left_over(upstream, each)]


def _is_left_over(upstream: ExtendedUpstream, resource: Resource) -> bool:
    """A load assignment that no cluster asks for any more."""
    return resource.type == "endpoints" and upstream.owns_cluster(resource.name)


def _own_host(routes: Resource) -> Resource:
    """Routes that leave the host name alone; the connection manager takes its port away."""
    hosts = [
        {**host, "routes": [_without_rewrite(route) for route in host["routes"]]}
        for host in routes.body["virtualHosts"]
    ]
    return with_body(routes, virtualHosts=hosts)


def _without_rewrite(route: dict[str, Any]) -> dict[str, Any]:
    action = {key: value for key, value in route["route"].items() if key != "autoHostRewrite"}
    return {**route, "route": action}


def _extended(upstream: ExtendedUpstream, listener: Resource, extended: Any) -> Resource:
    """The upstream's own listener, or its chain of the one that a transparent proxy has for all."""
    if direction_of(listener) != OUTBOUND:
        return listener
    if upstream.owns_listener(listener.name):
        return change_chains(listener, extended)
    if not upstream.behind and listener.name.partition(":")[0] != OUTBOUND_LISTENER:
        return listener
    is_for = _is_called if upstream.behind else _is_for
    return change_chains(listener, lambda chain: extended(chain) if is_for(upstream, chain) else chain)


def _is_for(upstream: ExtendedUpstream, chain: Chain) -> bool:
    ranges = member(member(chain, "filter_chain_match"), "prefix_ranges")
    found = [member(each, "address_prefix") for each in ranges] if isinstance(ranges, list) else []
    return any(address in upstream.addresses for address in found)


def _is_called(upstream: ExtendedUpstream, chain: Chain) -> bool:
    found = member(member(chain, "filter_chain_match"), "server_names")
    return isinstance(found, list) and any(name in upstream.snis for name in found)


def region_of(arn: str) -> str:
    """The region in a function's ARN. Raises `ExtensionError` for a text that is none."""
    parts = arn.split(":", _ARN_PARTS - 1)
    if len(parts) < _ARN_PARTS or parts[0] != "arn":
        raise ExtensionError("its `ARN` is not of the form `arn:aws:lambda:REGION:ACCOUNT:function:NAME`")
    return parts[3]


def lambda_cluster(cluster: Resource, region: str) -> Resource:
    """A cluster of AWS that keeps name and timeout of the one it replaces."""
    body = {
        "name": cluster.name,
        "connectTimeout": cluster.body["connectTimeout"],
        "type": "LOGICAL_DNS",
        "dnsLookupFamily": "V4_ONLY",
        "metadata": {"filterMetadata": {"com.amazonaws.lambda": {"egress_gateway": True}}},
        "loadAssignment": plain_assignment(cluster.name, [(f"lambda.{region}.amazonaws.com", _HTTPS)]),
        "transportSocket": {"name": "tls", "typedConfig": typed(_TLS, sni="*.amazonaws.com")},
    }
    return Resource(cluster.type, cluster.name, body, cluster.origin)


def lambda_filter(arguments: LambdaArguments) -> dict[str, Any]:
    """The filter that turns requests into calls of the function."""
    found: dict[str, Any] = {"arn": arguments.arn}
    if arguments.payload_passthrough:
        found["payloadPassthrough"] = True
    if arguments.invocation_mode.lower() == "asynchronous":
        found["invocationMode"] = "ASYNCHRONOUS"
    return filter_of("envoy.filters.http.aws_lambda", _FILTER_TYPE, **found)


__all__ = ["apply_lambda", "lambda_cluster", "lambda_filter", "region_of"]
