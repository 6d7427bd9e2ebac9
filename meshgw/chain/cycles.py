"""Pass 1: splitters that lead back to themselves (discovery-chain.md 3.9.1)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from meshgw.chain import errors
from meshgw.chain.draft import Draft, edges
from meshgw.chain.errors import Trail
from meshgw.chain.model import ChainError, Place, SplitterNode


def refuse_cycles(draft: Draft) -> Draft | ChainError:
    """Walk the routes and splits depth first; a node that is met on its own path is an error."""
    path: dict[str, Iterator[str]] = {draft.start: edges(draft.nodes[draft.start])}
    done: set[str] = set()
    while path:
        key, following = next(reversed(path.items()))
        next_key = next(following, None)
        if next_key is None:
            done.add(key)
            del path[key]
        elif next_key in path:
            return _loop(draft, [*path, next_key])
        elif next_key not in done:
            path[next_key] = edges(draft.nodes[next_key])
    return draft


def _loop(draft: Draft, path: list[str]) -> ChainError:
    places = [_place(draft, one, other) for one, other in itertools.pairwise(path)]
    circle = [place for place in places[path.index(path[-1]) :] if place is not None]
    trail: Trail = draft.state.trail()
    for key, place in zip(path, places, strict=False):
        words = key.replace(":", " ", 1)
        trail = trail.then(words, None if place is None else place.entry, () if place is None else place.at)
    closing = circle[-1] if circle else None
    return errors.splitter_loop(path, closing, circle[:-1][:6], trail)


def _place(draft: Draft, key: str, next_key: str) -> Place | None:
    """The split by which one node leads to the next."""
    node = draft.nodes[key]
    if not isinstance(node, SplitterNode) or node.entry is None:
        return None
    found = next(split for split in node.splits if split.next_node == next_key)
    return Place(node.entry, ("Splits", found.index))
