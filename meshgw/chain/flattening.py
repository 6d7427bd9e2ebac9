"""Pass 2: splitters below splitters become one (discovery-chain.md 3.10)."""

from __future__ import annotations

import struct
from collections.abc import Hashable
from dataclasses import replace

from meshgw.chain import errors
from meshgw.chain.draft import Draft
from meshgw.chain.model import ChainError, Node, Note, Place, Split, SplitterNode
from meshgw.entries.service_splitter import hundredths
from meshgw.entries.shared import HeaderModifiers

MOST_SPLITS = 100_000
"""Of one chain. Every splitter that names another twice doubles the splits of those above it."""


def flatten_splitters(draft: Draft) -> Draft | ChainError:
    """Replace splits that lead to splitters by these splitters' splits, until none is left.

    Splitters are taken in ascending order of their keys; with three and more levels the rounding
    depends on it, and Consul's own order is not fixed.
    """
    nodes = dict(draft.nodes)
    keys = sorted(key for key, node in nodes.items() if isinstance(node, SplitterNode))
    if not keys:
        return draft
    notes: dict[Hashable, Note] = {note.identity: note for note in draft.notes}
    total = sum(len(_splitter(nodes, key).splits) for key in keys)
    changed = True
    while changed:
        changed = False
        for key in keys:
            node = _splitter(nodes, key)
            nested = [split for split in node.splits if split.next_node.startswith("splitter:")]
            if not nested:
                continue
            total += sum(len(_splitter(nodes, split.next_node).splits) - 1 for split in nested)
            if total > MOST_SPLITS:
                return _too_many(draft, node)
            nodes[key] = replace(node, splits=tuple(_flat(node, nodes, notes)))
            changed = True
    return replace(draft, nodes=nodes, notes=tuple(notes.values()))


def _splitter(nodes: dict[str, Node], key: str) -> SplitterNode:
    node = nodes[key]
    assert isinstance(node, SplitterNode)
    return node


def _too_many(draft: Draft, node: SplitterNode) -> ChainError:
    place = None if node.entry is None else Place(node.entry, ("Splits",))
    return errors.too_many_splits(MOST_SPLITS, place, draft.state.trail())


def _flat(node: SplitterNode, nodes: dict[str, Node], notes: dict[Hashable, Note]) -> list[Split]:
    flat: list[Split] = []
    for split in node.splits:
        if not split.next_node.startswith("splitter:"):
            flat.append(split)
            continue
        flat.extend(_merged(split, child, notes) for child in _splitter(nodes, split.next_node).splits)
    return flat


def _merged(parent: Split, child: Split, notes: dict[Hashable, Note]) -> Split:
    above, below = parent.definition, child.definition
    requests, responses = above.request_headers, above.response_headers
    if _crashes(requests, below.request_headers) or _crashes(below.response_headers, responses):
        _note_crash(parent, child, notes)
    definition = replace(
        below,
        request_headers=merged_headers(requests, below.request_headers),
        response_headers=merged_headers(below.response_headers, responses),
    )
    return replace(child, definition=definition, weight=share(parent.weight, child.weight))


def share(parent: float, child: float) -> float:
    """A child's percentage of its parent's percentage, in 32-bit floats, rounded to hundredths."""
    return hundredths(single(single(single(parent) * single(child)) / 100)) / 100


def single(value: float) -> float:
    """The nearest 32-bit float."""
    found: float = struct.unpack("f", struct.pack("f", value))[0]
    return found


def merged_headers(base: HeaderModifiers | None, overlay: HeaderModifiers | None) -> HeaderModifiers | None:
    """Header rules one over another: the overlay's values win, removals add up."""
    if base is None or base.empty:
        return overlay
    if overlay is None or overlay.empty:
        return base
    return HeaderModifiers(
        add={**base.add, **overlay.add},
        set={**base.set, **overlay.set},
        remove=tuple(dict.fromkeys((*base.remove, *overlay.remove))),
    )


def _crashes(base: HeaderModifiers | None, overlay: HeaderModifiers | None) -> bool:
    """Whether Consul fails to merge: it fills a map that the base does not have (DC-W07)."""
    if base is None or base.empty or overlay is None or overlay.empty:
        return False
    return bool((overlay.add and not base.add) or (overlay.set and not base.set))


def _note_crash(parent: Split, child: Split, notes: dict[Hashable, Note]) -> None:
    if parent.entry is not None and child.entry is not None:
        place = Place(parent.entry, ("Splits", parent.index))
        other = Place(child.entry, ("Splits", child.index))
        note = Note("headers-not-mergeable", place, parent.entry.name, other)
        notes.setdefault(note.identity, note)
