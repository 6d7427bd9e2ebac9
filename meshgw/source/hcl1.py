"""HCL 1 as Consul reads it.

The value has the shape that Consul's decoder receives: `a { … }` and `a = { … }` are a list of one
object, an object inside a list is plain, labels are objects with one key.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from meshgw.source.document import Document, Layout, Span, SyntaxFault
from meshgw.source.hcl1_fast import read_fast
from meshgw.source.hcl1_json import read_dialect
from meshgw.source.hcl1_tree import HclReader
from meshgw.source.hcl1_value import evaluate
from meshgw.source.tree import keys_of


def read_hcl(text: str, name: str) -> Document:
    """Read an HCL file; one that begins with `{` is read by HCL 1's dialect of JSON."""
    is_json = text.lstrip(" \t\r\n").startswith("{")
    value = None if is_json else read_fast(text)
    if value is not None:
        lay_out = partial(_lay_out, text)
        return Document(
            name=name, text=text, syntax="hcl", value=value, keys_differ=True, lay_out=lay_out
        )  # the fast reader leaves repeated keys to the other one
    value, layout, fault, keys, rest = read_dialect(text) if is_json else _read(text)
    return Document(
        name=name,
        text=text,
        syntax="hcl",
        value=None if fault else value,
        fault=fault,
        top_level_keys=keys,
        trailing=rest,
        lay_out=lambda: layout,
    )


def _read(text: str) -> tuple[dict[str, Any], Layout, SyntaxFault | None, tuple[str, ...], Span | None]:
    reader = HclReader(text)
    fault = reader.read()
    keys = keys_of(reader.top)
    if fault:
        return {}, Layout({}, tuple(reader.scanner.comments), ()), fault, keys, None
    value, layout, fault = evaluate(reader.top, reader.scanner.comments)
    return value, layout, fault, keys, None


def _lay_out(text: str) -> Layout:
    return _read(text)[1]
