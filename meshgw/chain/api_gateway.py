"""The chains of an API gateway's HTTP listener, one for each hostname (discovery-chain.md 9).

Routers of the services behind it are not applied; their splitters and resolvers are. A TCP listener
uses the services' own chains unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from meshgw.chain import names
from meshgw.chain.api_gateway_rules import host_entries, host_rules, virtual_service
from meshgw.chain.compile import compile_chain
from meshgw.chain.model import (
    ChainError,
    CompileRequest,
    DiscoveryChain,
    Node,
    RouterNode,
    SplitterNode,
)
from meshgw.entries.api_gateway import APIGateway, APIGatewayListener
from meshgw.entries.http_route import HTTPRoute
from meshgw.mesh.entry_set import EntrySet
from meshgw.mesh.keys import ServiceKey


@dataclass(frozen=True, slots=True)
class HostChain:
    """What a hostname of a listener leads to, under the name of the service invented for it."""

    hostname: str
    service: str
    chain: DiscoveryChain | ChainError


def host_chains(
    gateway: APIGateway,
    listener: APIGatewayListener,
    routes: Iterable[HTTPRoute],
    chains: Mapping[ServiceKey, DiscoveryChain],
    request: CompileRequest,
) -> list[HostChain]:
    """The chains of an HTTP listener by hostname, in alphabetical order.

    `routes` are those bound to the listener, in their order; `chains` the compiled chains of the
    services they name. `request` gives datacenter, trust domain and edition. Without any chain there
    is nothing to lead to, and the result is empty.
    """
    if not chains:
        return []
    found = []
    for hostname, rules in sorted(host_rules(listener.hostname, routes).items()):
        service = virtual_service(gateway.name, listener.name, hostname)
        asked = replace(request, service=service, namespace=gateway.namespace, partition=gateway.partition)
        chain = compile_chain(asked, EntrySet(host_entries(service, gateway, rules)))
        if isinstance(chain, DiscoveryChain):
            chain = _joined(_without_catch_all(chain), chains)
        found.append(HostChain(hostname, service, chain))
    return found


def _without_catch_all(chain: DiscoveryChain) -> DiscoveryChain:
    """Take the automatic last route away: what no rule matches is answered with 404 (step 6)."""
    start = chain.start
    if not isinstance(start, RouterNode):
        return chain
    prefix = f"resolver:{start.name}"
    nodes: dict[str, Node] = {key: node for key, node in chain.nodes.items() if not key.startswith(prefix)}
    routes = tuple(route for route in start.routes if not route.next_node.startswith(prefix))
    nodes[start.key] = replace(start, routes=routes)
    return replace(chain, nodes=nodes)


def _joined(chain: DiscoveryChain, chains: Mapping[ServiceKey, DiscoveryChain]) -> DiscoveryChain:
    """Lead routes and splits on into the services' own chains (steps 7, 8)."""
    ends = _Ends(chains)
    nodes: dict[str, Node] = {}
    for key, node in chain.nodes.items():
        match node:
            case RouterNode():
                routes = (replace(route, next_node=ends.of(route.next_node)) for route in node.routes)
                nodes[key] = replace(node, routes=tuple(routes))
            case SplitterNode():
                splits = (replace(split, next_node=ends.of(split.next_node)) for split in node.splits)
                nodes[key] = replace(node, splits=tuple(splits))
            case _:
                nodes[key] = node
    targets = dict(chain.targets)
    extensions = list(chain.envoy_extensions)
    for service_chain in chains.values():
        nodes.update(service_chain.nodes)
        targets.update(service_chain.targets)
        extensions.extend(service_chain.envoy_extensions)
    return replace(chain, nodes=nodes, targets=targets, envoy_extensions=tuple(extensions))


class _Ends:
    """Where an edge to an invented resolver really leads; the first chain that fits decides.

    Consul compares beginnings of names. That differs from comparing names only where the name of a
    datacenter begins with another's, which cannot happen among the chains of one listener.
    """

    __slots__ = ("_resolvers", "_splitters")

    def __init__(self, chains: Mapping[ServiceKey, DiscoveryChain]) -> None:
        self._resolvers: dict[str, str] = {}
        self._splitters: dict[str, str] = {}
        for chain in chains.values():
            key = ServiceKey(chain.partition, chain.namespace, chain.service)
            own = f"resolver:{names.target_id(key, '', chain.datacenter, '')}"
            if len(chain.nodes) == 1:
                self._resolvers.setdefault(own, chain.start_node)
            for node_key, node in chain.nodes.items():
                if isinstance(node, SplitterNode):
                    edge = f"resolver:{node.name}.{chain.datacenter}"
                    self._splitters.setdefault(edge, node_key)

    def of(self, edge: str) -> str:
        return self._resolvers.get(edge) or self._splitters.get(edge) or edge
