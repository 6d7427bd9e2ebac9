"""JSON in a `.hcl` file, as HCL 1 reads it.

HCL 1 cannot tell an object from labels here: where every member of an object is an object, the keys
become labels, and `{"a": {"b": {…}, "c": {…}}}` is two blocks `a`, not one.
"""

from __future__ import annotations

from typing import Any

from meshgw.source.document import Layout, Span, SyntaxFault
from meshgw.source.hcl1_value import evaluate
from meshgw.source.json_tree import JsonReader, rest_of
from meshgw.source.tree import Array, Item, Object, Unreadable, keys_of


def read_dialect(
    text: str,
) -> tuple[dict[str, Any], Layout, SyntaxFault | None, tuple[str, ...], Span | None]:
    """The value, its layout, a fault, the keys at the top, and the text after it that HCL 1 ignores."""
    reader = JsonReader(text, "hcl1")
    try:
        reader.read()
    except Unreadable as error:
        keys = keys_of(reader.top if isinstance(reader.top, Object) else None)
        return {}, Layout({}, (), ()), error.fault, keys, None
    assert isinstance(reader.top, Object)
    keys = keys_of(reader.top)
    _flatten(reader.top)
    value, layout, fault = evaluate(reader.top, [])
    return value, layout, fault, keys, rest_of(text, reader.at)


def _flatten(top: Object) -> None:
    work: list[Object | Array] = [top]
    while work:
        here = work.pop()
        if isinstance(here, Object):
            here.items = [flat for item in here.items for flat in _flat(item)]
            inside = [item.value for item in here.items]
        else:
            inside = list(here.elements)
        work.extend(node for node in inside if isinstance(node, (Object, Array)))


def _flat(item: Item) -> list[Item]:
    """The blocks that a member of a JSON object stands for, in order."""
    out: list[Item] = []
    work = [item]
    while work:
        here = work.pop()
        node = here.value
        if isinstance(node, Object) and node.items and all(isinstance(i.value, Object) for i in node.items):
            work.extend(Item([*here.keys, *i.keys], i.value) for i in reversed(node.items))
        elif isinstance(node, Array) and node.elements and all(isinstance(e, Object) for e in node.elements):
            work.extend(Item(here.keys, element) for element in reversed(node.elements))
        else:
            out.append(here)
    return out
