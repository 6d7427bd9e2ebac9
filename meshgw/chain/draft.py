"""An assembled chain on its way through the passes that follow (discovery-chain.md 3.9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from meshgw.chain.assembly import Assembly
from meshgw.chain.model import CompileRequest, Node, Note, RouterNode, SplitterNode, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What one pass hands to the next; none changes what it was given."""

    request: CompileRequest
    state: Assembly
    """Where the chain comes from, for messages; no pass writes to it."""

    protocol: str
    start: str
    nodes: dict[str, Node]
    targets: dict[str, Target]
    notes: tuple[Note, ...]
    custom_protocol: bool
    customization_hash: str = ""
    default: bool = False


def draft_of(state: Assembly) -> Draft:
    resolvers = {node.key: node for node in state.resolvers.values()}
    nodes: dict[str, Node] = {**state.routers, **state.splitters, **resolvers}
    return Draft(
        request=state.request,
        state=state,
        protocol=state.protocol,
        start=state.start,
        nodes=nodes,
        # Sources of redirects and the like never became a node and are left out (3.9.4).
        targets={
            identity: target.finished()
            for identity, target in state.targets.made.items()
            if identity in state.retained
        },
        notes=tuple(state.notes.values()),
        custom_protocol=state.custom_protocol,
    )


def edges(node: Node) -> Iterator[str]:
    """The keys of the nodes that a node leads to, in order; failover is no edge."""
    match node:
        case RouterNode():
            yield from (route.next_node for route in node.routes)
        case SplitterNode():
            yield from (split.next_node for split in node.splits)
