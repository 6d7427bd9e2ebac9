"""JSON as Consul reads it: Go's `encoding/json`, strictly.

Consul keeps every number as a 64-bit float. An integer written as one stays a Python `int` as long
as a float can tell it from its neighbours (up to 2**53), so that messages show what was written;
`1.0` is a float, and larger integers become the nearest float. Bodies of the API are decoded into
integers directly: there every 64-bit integer stays what it is.
"""

from __future__ import annotations

import json
import re
from functools import partial
from math import isinf
from typing import Any, Final

from meshgw.source.document import Document, Layout, SyntaxFault
from meshgw.source.json_tree import JsonReader, layout_of, number_of, rest_of, value_of
from meshgw.source.text import MAX_DEPTH
from meshgw.source.tree import Object, Unreadable, keys_of

_SPACE: Final = re.compile(r"[ \t\r\n]*+")
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")
"""Half of a character: Go makes U+FFFD of it, Python lets it be."""


def read_json(
    text: str, name: str, *, trailing: bool = False, any_value: bool = False, exact: bool = False
) -> Document:
    """Read a JSON object.

    `trailing` gives the first value and the span of what follows it, as Consul's HTTP API and
    `consul services register` read; `any_value` also lets a list, a scalar or `null` be the top; `exact`
    keeps integers of 64 bits.
    """
    lay_out = partial(_lay_out, text)
    fast = _read_fast(text, trailing=trailing, exact=exact)
    if fast and (any_value or isinstance(fast[0], dict)):
        rest = rest_of(text, fast[1]) if trailing else None
        return Document(name=name, text=text, syntax="json", value=fast[0], trailing=rest, lay_out=lay_out)
    reader = JsonReader(text, exact=exact)
    try:
        top = reader.read()
        end = reader.at
        if not trailing:
            reader.expect_end()
        if not (any_value or isinstance(top, Object)):
            raise Unreadable("expected a JSON object, `{ … }`, at the top", top.span.start)  # noqa: TRY301
    except Unreadable as error:
        keys = keys_of(reader.top if isinstance(reader.top, Object) else None)
        return _faulty(text, name, error.fault, keys)
    value = value_of(top)
    rest = rest_of(text, end) if trailing else None
    return Document(name=name, text=text, syntax="json", value=value, trailing=rest, lay_out=lay_out)


def _faulty(text: str, name: str, fault: SyntaxFault, keys: tuple[str, ...]) -> Document:
    return Document(
        name=name,
        text=text,
        syntax="json",
        value=None,
        fault=fault,
        top_level_keys=keys,
        lay_out=lambda: Layout({}, (), ()),
    )


def _lay_out(text: str) -> Layout:
    return layout_of(JsonReader(text).read())


def _integer(raw: str) -> int | float:
    return int(raw) if len(raw) < 16 else number_of(raw)


def _exact_integer(raw: str) -> int | float:
    return int(raw) if len(raw) < 16 else number_of(raw, exact=True)


def _float(raw: str) -> float:
    number = float(raw)
    if isinf(number):
        raise ValueError(raw)
    return number


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


_decode: Final = json.JSONDecoder(
    parse_int=_integer, parse_float=_float, parse_constant=_refuse_constant
).raw_decode
_decode_exactly: Final = json.JSONDecoder(
    parse_int=_exact_integer, parse_float=_float, parse_constant=_refuse_constant
).raw_decode


def _read_fast(text: str, *, trailing: bool, exact: bool) -> tuple[Any, int] | None:
    """The value and its end, or nothing when the careful reader has to look."""
    if _SURROGATE.search(text):
        return None
    read = _decode_exactly if exact else _decode
    try:
        value, end = read(text, _SPACE.match(text).end())  # type: ignore[union-attr]
    except (ValueError, RecursionError):
        return None
    if not trailing and _SPACE.match(text, end).end() != len(text):  # type: ignore[union-attr]
        return None
    if text.count("{") + text.count("[") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        return None
    return value, end


def _depth(value: Any) -> int:
    """How many containers stand inside one another, level by level without recursion."""
    depth, level = 0, [value] if isinstance(value, (dict, list)) else []
    while level:
        depth += 1
        level = [
            child
            for here in level
            for child in (here.values() if isinstance(here, dict) else here)
            if isinstance(child, (dict, list))
        ]
    return depth
