"""Routes from discovery chains, for every kind of proxy that routes requests (envoy-sidecar.md 7)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeAlias

from meshgw.chain.model import DiscoveryChain, Node, ResolverNode, RouterNode, SplitterNode
from meshgw.entries.mesh import Mesh as MeshEntry
from meshgw.entries.resolver_parts import CookieConfig, HashPolicy, LoadBalancer
from meshgw.entries.router_parts import RouteDestination
from meshgw.entries.shared import HeaderModifiers
from meshgw.envoy.chain_upstreams import cluster_of_target
from meshgw.envoy.context import ProxyContext
from meshgw.envoy.protojson import duration
from meshgw.envoy.route_matches import ANY_PATH, route_match
from meshgw.envoy.split_weights import envoy_weight
from meshgw.snapshot.model import ChainUpstream, ProxySnapshot

ClusterOf: TypeAlias = Callable[[str], str | None]
"""From the id of a chain's target to its cluster; `None` for one that this proxy has no cluster for."""


def upstream_routes(
    context: ProxyContext[ProxySnapshot], upstream: ChainUpstream
) -> list[dict[str, Any]] | None:
    """The routes of an upstream's chain; `None` when a splitter has no leg with a cluster (RT-18)."""
    cluster_of = partial(cluster_of_target, upstream)
    for node in upstream.chain.reached:
        if isinstance(node, SplitterNode) and not _legs(upstream.chain, node, cluster_of):
            context.fail(
                "split-without-clusters",
                f"no leg of the splitter `{node.name}` leads to a cluster",
                note="number of clusters in splitter must be > 0",
            )
            return None
    return list(chain_routes(upstream.chain, cluster_of))


def route_configuration(
    name: str, hosts: list[dict[str, Any]], mesh_entry: MeshEntry | None
) -> dict[str, Any]:
    """A route configuration; the mesh entry decides whether Envoy checks its clusters (RT-02)."""
    checked = {"validateClusters": True} if mesh_entry is not None and mesh_entry.validate_clusters else {}
    return {"name": name, "virtualHosts": hosts, **checked}


def virtual_host(name: str, domains: list[str], routes: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Requests to some host names; a peer without roots can leave it without routes (RT-04)."""
    return {"name": name, "domains": domains, **more, **({"routes": routes} if routes else {})}


def chain_routes(chain: DiscoveryChain, cluster_of: ClusterOf) -> Iterator[dict[str, Any]]:
    """The routes of a chain, in the order in which they are tried (RT-03, RT-04)."""
    start = chain.start
    if isinstance(start, RouterNode):
        for route in start.routes:
            action = _action(chain, chain.nodes[route.next_node], cluster_of)
            if action is None:
                continue
            destination = route.definition.destination or RouteDestination()
            yield {
                "match": route_match(route.definition.match),
                "route": action | _destination_action(destination),
                **_header_changes(destination.request_headers, destination.response_headers),
            }
        return
    action = _action(chain, start, cluster_of)
    if action is None:
        return
    if isinstance(start, ResolverNode) and start.request_timeout:
        action["timeout"] = _timeout(start.request_timeout)
    yield {"match": dict(ANY_PATH), "route": action}


def _action(chain: DiscoveryChain, node: Node, cluster_of: ClusterOf) -> dict[str, Any] | None:
    """Where requests go: a cluster, or several by weight."""
    if isinstance(node, SplitterNode):
        return {"weightedClusters": {"clusters": _legs(chain, node, cluster_of)}} | hashing(
            node.load_balancer
        )
    assert isinstance(node, ResolverNode)
    cluster = cluster_of(node.target)
    return None if cluster is None else {"cluster": cluster} | hashing(node.load_balancer)


def _legs(chain: DiscoveryChain, node: SplitterNode, cluster_of: ClusterOf) -> list[dict[str, Any]]:
    legs = []
    for split in node.splits:
        following = chain.nodes[split.next_node]
        assert isinstance(following, ResolverNode)
        cluster = cluster_of(following.target)
        if cluster is not None:
            changes = _header_changes(split.definition.request_headers, split.definition.response_headers)
            legs.append({"name": cluster, "weight": envoy_weight(split.weight), **changes})
    return legs


def _destination_action(destination: RouteDestination) -> dict[str, Any]:
    """What a route says about its requests: path, timeouts, retries (RT-15, RT-16)."""
    found: dict[str, Any] = {}
    if destination.prefix_rewrite:
        found["prefixRewrite"] = destination.prefix_rewrite
    if destination.request_timeout:
        found["timeout"] = _timeout(destination.request_timeout)
    if destination.idle_timeout:
        found["idleTimeout"] = _timeout(destination.idle_timeout)
    retries = _retry_policy(destination)
    return found if retries is None else found | {"retryPolicy": retries}


def _timeout(nanoseconds: int) -> str:
    """A negative timeout switches it off."""
    return duration(max(nanoseconds, 0))


def _retry_policy(destination: RouteDestination) -> dict[str, Any] | None:
    codes = destination.retry_on_status_codes
    connect = destination.retry_on_connect_failure
    if not (destination.num_retries > 0 or connect or destination.retry_on or codes):
        return None
    conditions = list(destination.retry_on)
    if connect and "connect-failure" not in conditions:
        conditions.append("connect-failure")
    if codes:
        conditions.append("retriable-status-codes")
    found: dict[str, Any] = {}
    if conditions:
        found["retryOn"] = ",".join(conditions)
    if destination.num_retries > 0:
        found["numRetries"] = destination.num_retries
    if codes:
        found["retriableStatusCodes"] = list(codes)
    return found


def _header_changes(request: HeaderModifiers | None, response: HeaderModifiers | None) -> dict[str, Any]:
    """Headers that are added, set and removed on the way (RT-17)."""
    return header_changes(request, "request") | header_changes(response, "response")


def header_changes(modifiers: HeaderModifiers | None, of: str) -> dict[str, Any]:
    """The changes of one side, `of` the `request` or the `response`."""
    if modifiers is None:
        return {}
    added: list[dict[str, Any]] = [
        {"header": _header(key, value)} for key, value in sorted(modifiers.add.items())
    ]
    added += [
        {"appendAction": "OVERWRITE_IF_EXISTS_OR_ADD", "header": _header(key, value)}
        for key, value in sorted(modifiers.set.items())
    ]
    found: dict[str, Any] = {f"{of}HeadersToAdd": added} if added else {}
    if modifiers.remove:
        found[f"{of}HeadersToRemove"] = list(modifiers.remove)
    return found


def _header(key: str, value: str) -> dict[str, str]:
    return ({"key": key} if key else {}) | ({"value": value} if value else {})


def hashing(balancer: LoadBalancer | None) -> dict[str, Any]:
    """What of a request chooses the instance, for balancers that hash (RT-19)."""
    if balancer is None or balancer.policy not in ("ring_hash", "maglev") or not balancer.hash_policies:
        return {}
    return {"hashPolicy": [_hash_policy(policy) for policy in balancer.hash_policies]}


def _hash_policy(policy: HashPolicy) -> dict[str, Any]:
    found = _hashed(policy)
    return found | {"terminal": True} if policy.terminal else found


def _hashed(policy: HashPolicy) -> dict[str, Any]:
    if policy.source_ip:
        return {"connectionProperties": {"sourceIp": True}}
    name = policy.field_value
    match policy.field:
        case "header":
            return {"header": {"headerName": name}}
        case "cookie":
            return {"cookie": {"name": name, **_cookie(policy.cookie_config)}}
        case "query_parameter":
            return {"queryParameter": {"name": name}}
        case _:
            return {}


def _cookie(config: CookieConfig | None) -> dict[str, Any]:
    if config is None:
        return {}
    found = {"path": config.path} if config.path else {}
    if config.session:
        return found | {"ttl": "0s"}
    return found | {"ttl": duration(config.ttl)} if config.ttl else found
