"""Explanations of discovery chains: as a tree, as a graph, as plain data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshgw.chain.model import ResolverNode, RouterNode, SplitterNode, Target
from meshgw.diagnostics.model import Location
from meshgw.entries.base import Entry
from meshgw.output.branches import Branch
from meshgw.output.chain_words import (
    chain_words,
    node_words,
    route_words,
    snis_of,
    split_words,
    target_words,
)
from meshgw.output.graph import Edge, Graph, Vertex
from meshgw.output.json import location_object
from meshgw.snapshot.model import ChainUpstream

_LARGEST = 2_000
"""A tree of more lines than this is cut: nobody reads them, and splitters can make many."""


class _Budget:
    """How many branches may still be drawn."""

    def __init__(self) -> None:
        self.left = _LARGEST

    def take(self) -> bool:
        self.left -= 1
        return self.left >= 0


def chain_tree(upstream: ChainUpstream) -> Branch:
    """Routes, splits with their shares, resolvers, and the targets of each in the order of failover.

    A node that several ways lead to is drawn where it comes first.
    """
    chain = upstream.chain
    drawn: set[str] = set()
    start = _node_branch(upstream, chain.start_node, drawn, _Budget(), "")
    return Branch(chain_words(chain), (start,))


def _node_branch(upstream: ChainUpstream, key: str, drawn: set[str], budget: _Budget, lead: str) -> Branch:
    """A node with everything below it; `lead` is what stands before it on its line."""
    node = upstream.chain.nodes[key]
    if key in drawn:
        return Branch(f"{lead}{node.type} {node.name} (above)")
    drawn.add(key)
    if not budget.take():
        return Branch(f"{lead}…")
    return Branch(f"{lead}{node_words(node)}", tuple(_children(upstream, node, drawn, budget)))


def _children(
    upstream: ChainUpstream, node: RouterNode | SplitterNode | ResolverNode, drawn: set[str], budget: _Budget
) -> Iterator[Branch]:
    match node:
        case RouterNode():
            for number, route in enumerate(node.routes, 1):
                lead = f"{route_words(route, number)} → "
                yield _node_branch(upstream, route.next_node, drawn, budget, lead)
        case SplitterNode():
            for split in node.splits:
                yield _node_branch(upstream, split.next_node, drawn, budget, f"{split_words(split)} → ")
        case ResolverNode():
            yield from map(Branch, _targets(upstream, node))


def _targets(upstream: ChainUpstream, node: ResolverNode) -> Iterator[str]:
    """The targets of a resolver in the order in which they are tried."""
    chain, snis = upstream.chain, snis_of(upstream)
    names = (node.target, *(node.failover.targets if node.failover is not None else ()))
    for number, name in enumerate(names):
        role = "target" if number == 0 else f"failover {number}"
        target = chain.targets[name]
        yield f"{role}: {target_words(target, snis.get(name, target.sni))}"


def chain_graph(upstream: ChainUpstream, caller: str) -> Graph:
    """The chain as a graph that starts at its caller.

    Names of vertices hold the caller and the upstream: what these override shows in the labels.
    """
    chain, snis = upstream.chain, snis_of(upstream)
    within = f"{caller} {upstream.envoy_id} "
    vertices = [Vertex(caller, caller, "round")]
    edges = [Edge(caller, within + chain.start_node, upstream.envoy_id)]
    for key, node in chain.nodes.items():
        vertices.append(Vertex(within + key, node_words(node), "box"))
        edges.extend(_edges(within, key, node))
    for name, target in chain.targets.items():
        vertices.append(Vertex(within + name, target_words(target, snis.get(name, target.sni)), "round"))
    return Graph(tuple(vertices), tuple(edges))


def _edges(within: str, key: str, node: RouterNode | SplitterNode | ResolverNode) -> Iterator[Edge]:
    start = within + key
    match node:
        case RouterNode():
            for number, route in enumerate(node.routes, 1):
                yield Edge(start, within + route.next_node, route_words(route, number))
        case SplitterNode():
            for split in node.splits:
                yield Edge(start, within + split.next_node, split_words(split))
        case ResolverNode():
            yield Edge(start, within + node.target)
            for number, name in enumerate(node.failover.targets if node.failover is not None else (), 1):
                yield Edge(start, within + name, f"failover {number}", dashed=True)


def chain_object(upstream: ChainUpstream) -> dict[str, Any]:
    """The chain as plain data; targets in the order in which a resolver tries them."""
    chain, snis = upstream.chain, snis_of(upstream)
    return {
        "upstream": upstream.envoy_id,
        "service": chain.service,
        "namespace": chain.namespace,
        "partition": chain.partition,
        "datacenter": chain.datacenter,
        "protocol": chain.protocol,
        "default": chain.default,
        "customization_hash": chain.customization_hash or None,
        "start": chain.start_node,
        "nodes": {key: _node_object(node) for key, node in chain.nodes.items()},
        "targets": {
            name: _target_object(target, snis.get(name, target.sni)) for name, target in chain.targets.items()
        },
    }


def _node_object(node: RouterNode | SplitterNode | ResolverNode) -> dict[str, Any]:
    made: dict[str, Any] = {"type": node.type, "name": node.name, "location": _location(node.entry)}
    match node:
        case RouterNode():
            made["routes"] = [
                {"match": route_words(route, number), "next": route.next_node}
                for number, route in enumerate(node.routes, 1)
            ]
        case SplitterNode():
            made["splits"] = [{"weight": split.weight, "next": split.next_node} for split in node.splits]
        case ResolverNode():
            made["default"] = node.default
            made["connect_timeout_ms"] = node.connect_timeout / 1_000_000
            made["request_timeout_ms"] = node.request_timeout / 1_000_000
            made["target"] = node.target
            made["failover"] = list(node.failover.targets) if node.failover is not None else []
            made["failover_mode"] = node.failover.policy_mode if node.failover is not None else None
    if not isinstance(node, RouterNode):
        made["load_balancer"] = node.load_balancer.policy or None if node.load_balancer is not None else None
    return made


def _target_object(target: Target, sni: str) -> dict[str, Any]:
    return {
        "service": target.service,
        "subset": target.subset or None,
        "filter": target.filter or None,
        "only_passing": target.only_passing,
        "namespace": target.namespace,
        "partition": target.partition,
        "datacenter": target.datacenter or None,
        "peer": target.peer or None,
        "external": target.external,
        "mesh_gateway_mode": target.mesh_gateway.mode or None,
        "sni": sni or None,
    }


def _location(entry: Entry | None) -> dict[str, Any] | None:
    location: Location | None = entry.locate(("Name",), "value") if entry is not None else None
    return None if location is None else location_object(location)
