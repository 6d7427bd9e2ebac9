"""Whether fields of some sort stand anywhere inside an object: what a walk may leave out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from meshgw.schema.fields import Block, FieldSpec, FieldType, ListOf, MapOf, Obj


class Anywhere:
    """Finds the fields that are `wanted(block, spec)`, however deep; each block is looked at once."""

    def __init__(self, wanted: Callable[[type[Block], FieldSpec], bool]) -> None:
        self._wanted = wanted
        self._known: dict[type[Block], bool] = {}

    def in_field(self, block: type[Block], spec: FieldSpec) -> bool:
        """Whether a field is wanted, or has a wanted one inside."""
        return self._wanted(block, spec) or self.in_type(spec.type)

    def in_type(self, kind: FieldType) -> bool:
        """Whether values of a type may have a wanted field inside."""
        return any(self.in_block(block) for block in _blocks_of(kind))

    def in_block(self, block: type[Block]) -> bool:
        """Whether a block has a wanted field, or one inside."""
        known = self._known.get(block)
        if known is None:
            inside = _reachable(block)
            known = any(self._wanted(each, spec) for each in inside for spec in each.specs)
            self._known[block] = known
        return known


def leaf_of(kind: FieldType) -> FieldType:
    """What a list or map holds in the end."""
    while isinstance(kind, ListOf | MapOf):
        kind = kind.item
    return kind


def _blocks_of(kind: FieldType) -> Iterator[type[Block]]:
    leaf = leaf_of(kind)
    if isinstance(leaf, Obj):
        yield leaf.cls


def _reachable(block: type[Block]) -> list[type[Block]]:
    """A block and all that are inside it; one may contain itself."""
    found = [block]
    for each in found:
        for spec in each.specs:
            found += [inner for inner in _blocks_of(spec.type) if inner not in found]
    return found
