"""The chains of an API gateway's HTTP listener, one for each hostname (discovery-chain.md 9).

Routers of the services behind it are not applied; their splitters and resolvers are. A TCP listener
uses the services' own chains unchanged.
"""

from __future__ import annotations

from collections import ChainMap
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
    Split,
    SplitterNode,
    Target,
)
from meshgw.entries.api_gateway import APIGateway, APIGatewayListener
from meshgw.entries.blocks import EnvoyExtension
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
    services = _Services(chains)
    for hostname, rules in sorted(host_rules(listener.hostname, routes).items()):
        service = virtual_service(gateway.name, listener.name, hostname)
        asked = replace(request, service=service, namespace=gateway.namespace, partition=gateway.partition)
        chain = compile_chain(asked, EntrySet(host_entries(service, gateway, rules)))
        if isinstance(chain, DiscoveryChain):
            chain = _joined(_without_catch_all(chain), services)
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


def _joined(chain: DiscoveryChain, services: _Services) -> DiscoveryChain:
    """Lead routes and splits on into the services' own chains (steps 7, 8)."""
    nodes: dict[str, Node] = {}
    for key, node in chain.nodes.items():
        match node:
            case RouterNode():
                routes = (replace(route, next_node=services.end(route.next_node)) for route in node.routes)
                nodes[key] = replace(node, routes=tuple(routes))
            case SplitterNode():
                # A service without a chain, called like the invented one, went with its catch-all.
                splits = (replace(split, next_node=services.end(split.next_node)) for split in node.splits)
                known = (split for split in splits if split.next_node in chain.nodes or services.has(split))
                nodes[key] = replace(node, splits=tuple(known))
            case _:
                nodes[key] = node
    return replace(
        chain,
        nodes=ChainMap(services.nodes, nodes),
        targets=ChainMap(services.targets, dict(chain.targets)),
        envoy_extensions=(*chain.envoy_extensions, *services.extensions),
    )


class _Services:
    """The chains of a listener's services put together, and where an edge to one of them really leads.

    The first chain that fits decides. Consul compares beginnings of names. That differs from comparing names
    only where the name of a datacenter begins with another's, which cannot happen among the chains of one
    listener. Their nodes are many, and shared by the chains of all host names.
    """

    __slots__ = ("_resolvers", "_splitters", "extensions", "nodes", "targets")

    def __init__(self, chains: Mapping[ServiceKey, DiscoveryChain]) -> None:
        self.nodes: dict[str, Node] = {}
        self.targets: dict[str, Target] = {}
        self.extensions: list[EnvoyExtension] = []
        self._resolvers: dict[str, str] = {}
        self._splitters: dict[str, str] = {}
        for chain in chains.values():
            self.nodes.update(chain.nodes)
            self.targets.update(chain.targets)
            self.extensions.extend(chain.envoy_extensions)
            key = ServiceKey(chain.partition, chain.namespace, chain.service)
            own = f"resolver:{names.target_id(key, '', chain.datacenter, '')}"
            if len(chain.nodes) == 1:
                self._resolvers.setdefault(own, chain.start_node)
            for node_key, node in chain.nodes.items():
                if isinstance(node, SplitterNode):
                    edge = f"resolver:{node.name}.{chain.datacenter}"
                    self._splitters.setdefault(edge, node_key)

    def has(self, split: Split) -> bool:
        """Whether a split leads to one of them."""
        return split.next_node in self.nodes

    def end(self, edge: str) -> str:
        return self._resolvers.get(edge) or self._splitters.get(edge) or edge
