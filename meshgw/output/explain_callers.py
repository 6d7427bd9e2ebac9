"""Who calls a service: by which chain, and with which intention."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from meshgw.analysis.exposures import Exposure
from meshgw.chain.model import DiscoveryChain, ResolverNode, RouterNode
from meshgw.diagnostics.model import Location
from meshgw.output.chain_words import route_words, split_words
from meshgw.output.graph import Edge, Graph, Vertex
from meshgw.output.json import location_object
from meshgw.output.text import Paint
from meshgw.output.visible import columns, visible
from meshgw.snapshot.calls import Call
from meshgw.snapshot.model import ChainUpstream

_VERDICTS = {"allow": "allowed", "deny": "denied", "conditional": "allowed on conditions"}


def callers_text(calls: Sequence[Call], paint: Paint) -> str:
    """One line a caller: its upstream, the way through the chain, the intention, and whether it works."""
    if not calls:
        return "no sidecar of the tree calls it\n"
    rows = [
        (visible(caller_words(call)), visible(_upstream_words(call)), _permission(call)) for call in calls
    ]
    widths = [max(columns(row[column]) for row in rows) for column in range(3)]
    lines = ["called by"]
    for call, row in zip(calls, rows, strict=True):
        cells = (cell + " " * (width - columns(cell)) for cell, width in zip(row, widths, strict=True))
        verdict = paint("works", "strong") if call.works else paint("does not work", "error")
        lines.append(f"  {'  '.join(cells)}  {verdict}")
    return "\n".join(lines) + "\n"


def exposures_text(found: Sequence[Exposure]) -> str:
    """By whom else a service is reached, one line each; empty when by nobody."""
    if not found:
        return ""
    width = max(columns(visible(one.words)) for one in found)
    lines = ["reached through"]
    for one in found:
        words = visible(one.words)
        at = visible(str(one.location)) if one.location is not None else ""
        lines.append(f"  {words}{' ' * (width - columns(words))}  {at}".rstrip())
    return "\n".join(lines) + "\n"


def exposure_objects(found: Sequence[Exposure]) -> list[dict[str, Any]]:
    """The same for programs."""
    return [
        {"by": one.words, "datacenter": one.datacenter, "location": _location(one.location)} for one in found
    ]


def caller_words(call: Call) -> str:
    """A caller with its tenancy: `default/dev/web`."""
    where = call.caller
    return f"{where.partition}/{where.namespace}/{where.destination}"


def _upstream_words(call: Call) -> str:
    upstream, way = call.upstream, way_to(call)
    routed = isinstance(upstream, ChainUpstream) and not upstream.chain.default
    target = f" → {call.target.target.id}" if routed else ""
    return f"upstream {upstream.envoy_id}{target}" + (f" ({way})" if way else "")


def way_to(call: Call) -> str:
    """The choices of the chain that lead to the call's target, failovers last; empty without choices."""
    if not isinstance(call.upstream, ChainUpstream):
        return ""
    found = sorted(_ways(call.upstream.chain, call.target.target.id), key=lambda way: way[0])
    ways = [" → ".join(words) for _, words in found if words]
    more = f" and {len(ways) - 1} more" if len(ways) > 1 else ""
    return f"{ways[0]}{more}" if ways else ""


def _ways(chain: DiscoveryChain, target: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Every way from the start to the target and its place in failover; a chain has three levels at most."""
    stack: list[tuple[str, tuple[str, ...]]] = [(chain.start_node, ())]
    while stack:
        key, way = stack.pop()
        node = chain.nodes[key]
        if isinstance(node, ResolverNode):
            position = _position(node, target)
            if position is not None:
                yield position, (*way, f"failover {position}") if position else way
            continue
        steps = (
            [(route.next_node, route_words(route, number)) for number, route in enumerate(node.routes, 1)]
            if isinstance(node, RouterNode)
            else [(split.next_node, split_words(split)) for split in node.splits]
        )
        stack.extend((following, (*way, words)) for following, words in reversed(steps))


def _position(node: ResolverNode, target: str) -> int | None:
    """Which place a target has among those that a resolver tries; 0 is its own."""
    if node.target == target:
        return 0
    others = node.failover.targets if node.failover is not None else ()
    return others.index(target) + 1 if target in others else None


def _permission(call: Call) -> str:
    decision = call.decision
    word = _VERDICTS[decision.verdict]
    if decision.intention is None:
        return visible(f"{word} by default")
    at = f"  {decision.intention.location}" if decision.intention.location is not None else ""
    return visible(f"{word} by an intention, precedence {decision.intention.precedence}{at}")


def callers_graph(calls: Sequence[Call]) -> Graph:
    """Callers and the services that they reach, with the mode on each arrow; broken calls dashed."""
    vertices: dict[str, Vertex] = {}
    edges: dict[Edge, None] = {}
    for call in calls:
        caller, service = caller_words(call), _service_words(call)
        vertices.setdefault(caller, Vertex(caller, caller, "round"))
        vertices.setdefault(service, Vertex(service, service, "round"))
        edges[Edge(caller, service, call.mode.value or "", dashed=not call.works)] = None
    return Graph(tuple(vertices.values()), tuple(edges))


def _service_words(call: Call) -> str:
    service = call.service
    words = f"{service.partition}/{service.namespace}/{service.name}"
    if call.peered is not None:
        return f"{words} at peer {call.peered.peer}"
    datacenter = call.target.target.datacenter
    return words if datacenter == call.caller.datacenter else f"{words} in {datacenter}"


def caller_objects(calls: Sequence[Call]) -> list[dict[str, Any]]:
    """Callers as plain data."""
    return [
        {
            "service": call.caller.destination,
            "proxy": call.caller.service.id,
            "namespace": call.caller.namespace,
            "partition": call.caller.partition,
            "datacenter": call.caller.datacenter,
            "upstream": call.upstream.envoy_id,
            "target": call.target.target.id,
            "way": way_to(call) or None,
            "intention": {
                "verdict": call.decision.verdict,
                "precedence": call.decision.intention.precedence if call.decision.intention else None,
                "location": _location(call.decision.intention.location if call.decision.intention else None),
            },
            "works": call.works,
        }
        for call in calls
    ]


def _location(location: Location | None) -> dict[str, Any] | None:
    return None if location is None else location_object(location)
