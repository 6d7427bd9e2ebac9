"""The splitter step: a target's splitter with everything below it, or its resolver (3.3).

Nested splitters are walked with an explicit stack, depth first and in the order of the splits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from meshgw.chain import names
from meshgw.chain.assembly import Assembly
from meshgw.chain.errors import Trail
from meshgw.chain.failing_over import resolver_step
from meshgw.chain.model import ChainError, Split, SplitterNode
from meshgw.chain.targets import TargetDraft
from meshgw.entries.service_resolver import LoadBalancer
from meshgw.entries.service_splitter import ServiceSplitter
from meshgw.entries.service_splitter import Split as SplitDefinition
from meshgw.mesh.keys import ServiceKey

HASH_POLICIES = frozenset({"ring_hash", "maglev"})


@dataclass(slots=True)
class _Open:
    """A splitter whose splits are being followed."""

    key: ServiceKey
    entry: ServiceSplitter
    trail: Trail
    rest: Iterator[tuple[int, SplitDefinition]]
    splits: list[Split] = field(default_factory=list)
    load_balancer: LoadBalancer | None = None

    @property
    def node(self) -> SplitterNode:
        return SplitterNode(
            name=names.node_name(self.key),
            splits=tuple(self.splits),
            load_balancer=self.load_balancer,
            entry=self.entry,
        )


def splitter_or_resolver_step(state: Assembly, target: TargetDraft, trail: Trail) -> str | ChainError:
    """The key of the node that a target without subset leads to."""
    entry = state.splitter_of(target.key)
    if entry is not None:
        return _splitters(state, target.key, entry, trail)
    node = resolver_step(state, target, trail)
    return node if isinstance(node, ChainError) else node.key


def _splitters(state: Assembly, key: ServiceKey, entry: ServiceSplitter, trail: Trail) -> str | ChainError:
    name = names.node_name(key)
    node_key = f"splitter:{name}"
    if node_key in state.splitters:
        return node_key
    state.uses_routing = True
    stack = [_open(key, entry, trail)]
    opened = {node_key}
    while stack:
        current = stack[-1]
        nested = _follow(state, current, opened)
        if isinstance(nested, ChainError):
            return nested
        if nested is not None:
            stack.append(nested)
        else:
            node = current.node
            state.splitters[node.key] = node
            stack.pop()
    return node_key


def _open(key: ServiceKey, entry: ServiceSplitter, trail: Trail) -> _Open:
    return _Open(key, entry, trail, enumerate(entry.splits))


def _follow(state: Assembly, current: _Open, opened: set[str]) -> _Open | ChainError | None:
    """Follow the remaining splits up to one whose own splitter has to be opened first."""
    entry = current.entry
    for index, split in current.rest:
        trail = current.trail.then(f"splitter {entry.name} split {index + 1}", entry, ("Splits", index))
        key = state.request.within(entry, split.service, split.namespace, split.partition)
        nested = None if split.service_subset or _same(key, current.key) else state.splitter_of(key)
        if nested is not None:
            node_key = f"splitter:{names.node_name(key)}"
            current.splits.append(_leg(entry, index, split, node_key))
            if node_key not in opened and node_key not in state.splitters:
                opened.add(node_key)
                return _open(key, nested, trail)
            continue
        node = resolver_step(state, state.targets.of(key, split.service_subset), trail)
        if isinstance(node, ChainError):
            return node
        current.splits.append(_leg(entry, index, split, node.key))
        donor = node.load_balancer
        if current.load_balancer is None and donor is not None and donor.policy in HASH_POLICIES:
            current.load_balancer = donor
    return None


def _leg(entry: ServiceSplitter, index: int, split: SplitDefinition, next_node: str) -> Split:
    return Split(definition=split, weight=split.weight, next_node=next_node, entry=entry, index=index)


def _same(one: ServiceKey, other: ServiceKey) -> bool:
    return one == other or (one[:2] == other[:2] and one.name.lower() == other.name.lower())
