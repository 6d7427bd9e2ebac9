"""What HCL 1 makes of what was written: the value that Consul's decoder receives, and its places.

A block becomes a list of one object, a label an object with one key; what is written under one key
again is appended or, for scalars, converted to the type of the first.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from meshgw.source.document import Comment, Duplicate, Layout, Path, Place, Span, SyntaxFault
from meshgw.source.tree import Array, Item, Node, Object, Scalar

_INTEGER: Final = re.compile(
    r"[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0(?:_?[0-7])*|[1-9](?:_?[0-9])*)"
)
_INT64: Final = 2**63

View: TypeAlias = tuple[Item, int]
"""An item seen from inside its first so many keys."""


@dataclass(slots=True)
class _Work:
    places: dict[Path, Place] = field(default_factory=dict)
    duplicates: list[Duplicate] = field(default_factory=list)
    faults: list[SyntaxFault] = field(default_factory=list)
    objects: list[tuple[dict[str, Any], Path, list[View]]] = field(default_factory=list)
    arrays: list[tuple[list[Any], Path, Array]] = field(default_factory=list)

    def fault(self, message: str, span: Span) -> None:
        self.faults.append(SyntaxFault(message, span))


def evaluate(top: Object, comments: list[Comment]) -> tuple[dict[str, Any], Layout, SyntaxFault | None]:
    """The value, its layout, and the first place where what is written twice does not fit together."""
    work = _Work()
    value: dict[str, Any] = {}
    work.places[()] = Place(None, top.span)
    work.objects.append((value, (), [(item, 0) for item in top.items]))
    while work.objects or work.arrays:
        if work.objects:
            _Members(work, *work.objects.pop()).fill()
        else:
            _fill_array(work, *work.arrays.pop())
    fault = min(work.faults, key=lambda fault: fault.span.start, default=None)
    duplicates = sorted(work.duplicates, key=lambda duplicate: duplicate.again.start)
    return value, Layout(work.places, tuple(comments), tuple(duplicates)), fault


def _fill_array(work: _Work, out: list[Any], path: Path, array: Array) -> None:
    for element in array.elements:
        here = (*path, len(out))
        work.places[here] = Place(None, element.span)
        out.append(_start(work, here, element))


def _start(work: _Work, path: Path, node: Node) -> Any:
    """The value of a list element; containers are filled in later."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Array):
        inner: list[Any] = []
        work.arrays.append((inner, path, node))
        return inner
    members: dict[str, Any] = {}
    work.objects.append((members, path, [(item, 0) for item in node.items]))
    return members


class _Members:
    """Fills one object from the items in it."""

    def __init__(self, work: _Work, out: dict[str, Any], path: Path, items: list[View]) -> None:
        self.work = work
        self.out = out
        self.path = path
        self.items = items
        self.scalars: dict[str, Scalar] = {}
        self.blocks: set[str] = set()

    def fill(self) -> None:
        groups = self._labelled()
        done: set[str] = set()
        for item, depth in self.items:
            key = item.keys[depth]
            group = groups.get(_fold(key.text))
            if not group:
                if item.value is not None:
                    self._add(item, depth, item.value)
            elif key.text not in done:
                done.add(key.text)
                self._add_labelled(key.text, group)

    def _labelled(self) -> dict[str, list[View]]:
        """The items of every key that has a label somewhere; HCL 1 ignores case here, and only here."""
        labelled = {_fold(item.keys[depth].text) for item, depth in self.items if len(item.keys) - depth > 1}
        groups = defaultdict[str, list[View]](list)
        if labelled:
            for item, depth in self.items:
                folded = _fold(item.keys[depth].text)
                if folded in labelled:
                    groups[folded].append((item, depth))
        return groups

    def _add_labelled(self, name: str, group: list[View]) -> None:
        elements: list[Any] = []
        self.out[name] = elements
        path = (*self.path, name)
        for item, depth in group:
            key = item.keys[depth]
            if len(item.keys) - depth == 1 or item.value is None:
                self.work.fault(f"`{key.text}` is written both with and without a label", key.span)
                continue
            written = Span(item.keys[depth + 1].span.start, item.value.span.end)
            place = Place(key.span, written)
            self.work.places.setdefault(path, place)
            self.work.places[*path, len(elements)] = place
            inside: dict[str, Any] = {}
            self.work.objects.append((inside, (*path, len(elements)), [(item, depth + 1)]))
            elements.append(inside)

    def _add(self, item: Item, depth: int, node: Node) -> None:
        key = item.keys[depth]
        path = (*self.path, key.text)
        again = key.text in self.out
        place = Place(key.span, node.span)
        if isinstance(node, Scalar):
            if again:
                self._replace(key.text, node)
                self.work.duplicates.append(Duplicate(path, self._first_key(path), key.span))
            else:
                self.out[key.text] = node.value
                self.scalars[key.text] = node
            self.work.places[path] = place
        elif again and key.text in self.scalars:
            written = "a list" if isinstance(node, Array) else "a block"
            self.work.fault(f"`{key.text}` was a scalar before and is {written} here", node.span)
        else:
            elements = self.out.setdefault(key.text, [])
            self.work.places.setdefault(path, place)
            if isinstance(node, Object):
                self._append_block(path, elements, place, node)
            else:
                self._append_all(path, elements, node)

    def _first_key(self, path: Path) -> Span:
        return self.work.places[path].key or Span(0, 0)

    def _append_block(self, path: Path, elements: list[Any], place: Place, node: Object) -> None:
        if not elements:
            self.blocks.add(str(path[-1]))
        here = (*path, len(elements))
        self.work.places[here] = place
        elements.append(_start(self.work, here, node))

    def _append_all(self, path: Path, elements: list[Any], array: Array) -> None:
        name = str(path[-1])
        if name in self.blocks:
            wrong = next((e for e in array.elements if not isinstance(e, Object)), None)
            if wrong:
                self.work.fault(
                    f"`{name}` was a block before, so only objects may follow in a list", wrong.span
                )
        _fill_array(self.work, elements, path, array)

    def _replace(self, name: str, node: Scalar) -> None:
        """Take a later scalar in the type of the first one."""
        first = self.scalars.get(name)
        if not first:
            self.work.fault(f"`{name}` was a block or list before and is a scalar here", node.span)
            return
        value = _as_first(first.value, node)
        if value is None:
            self.work.fault(f"`{name}` was {_type(first)} before and is {_type(node)} here", node.span)
        else:
            self.out[name] = value


def _as_first(first: Any, node: Scalar) -> Any:
    """`node` as a value of the type of `first`, or nothing if HCL 1 does not convert it."""
    value = node.value
    if isinstance(first, bool) or isinstance(value, bool):
        return value if isinstance(first, bool) and isinstance(value, bool) else None
    if isinstance(first, str):
        return value if isinstance(value, str) else node.raw if isinstance(value, int) else None
    if isinstance(first, float):
        return None if isinstance(value, str) else float(value)
    if isinstance(value, str):
        return _integer(value) if node.style == "quoted" else None
    return value if isinstance(value, int) else None


def _integer(text: str) -> int | None:
    """An integer as Go writes it in source, within 64 bits."""
    if len(text) > 80 or not _INTEGER.fullmatch(text):
        return None
    digits = text.lstrip("+-")
    octal = len(digits) > 1 and digits[0] == "0" and (digits[1].isdigit() or digits[1] == "_")
    number = int(digits, 8) if octal else int(digits, 0)
    number = -number if text[0] == "-" else number
    return number if -_INT64 <= number < _INT64 else None


def _type(scalar: Scalar) -> str:
    names = {bool: "a boolean", int: "an integer", float: "a number with a fraction", str: "a string"}
    return names[type(scalar.value)]


def _fold(text: str) -> str:
    return text.casefold()
