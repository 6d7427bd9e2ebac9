"""JSON with positions: why a text is refused, and where everything stands in one that is not."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from math import isinf
from typing import Any, Final, Literal

from meshgw.source.document import Duplicate, Layout, Path, Place, Span
from meshgw.source.text import BOM, MAX_DEPTH
from meshgw.source.tree import Array, Item, Key, Node, Object, Scalar, Unreadable

Dialect = Literal["strict", "hcl1"]
"""Strict is Go's `encoding/json`. HCL 1 also takes JSON: extra commas are nothing to it, `null` is `""`, and
a missing one between members ends the text."""

_SPACE: Final = re.compile(r"[ \t\r\n]*+")
_COMMAS: Final = re.compile(r"[ \t\r\n,]*+")
_STRING: Final = re.compile(r'"[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+"')
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?(?![\w.+-])")
# With nothing around it a number or literal ends where it can: what follows is trailing text.
_NUMBER_BEFORE_ANYTHING: Final = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?")
_LITERAL: Final = re.compile("true|false|null")
_WORD: Final = re.compile(r"[^\W\d][\w.$-]*+")
_BROKEN_NUMBER: Final = re.compile(r"[-+.0-9][\w.+-]*+")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_LITERALS: Final = {"true": True, "false": False, "null": None}
_EXACT: Final = 2**53


class JsonReader:
    """Reads one JSON value; `top` and `end` are good even after a fault."""

    def __init__(self, text: str, dialect: Dialect = "strict", *, exact: bool = False) -> None:
        self.text = text
        self.at = 0
        self.lenient = dialect == "hcl1"
        self.exact = exact
        self.top: Node | None = None
        self._open: list[Array | Object] = []

    def read(self) -> Node:
        if self.text.startswith(BOM):
            raise Unreadable("a byte-order mark; Consul reads JSON only without one", 0)
        self._skip()
        self.top = self._value()
        while self._open:
            here = self._open[-1]
            if isinstance(here, Object):
                self._member(here)
            else:
                self._element(here)
        return self.top

    def expect_end(self) -> None:
        """Refuse text after the value."""
        self._skip()
        if self.at < len(self.text):
            self._refuse_comment()
            raise Unreadable("text after the end of the JSON value", self.at)

    def _skip(self) -> str:
        """Go to the next token and give its first character, nothing at the end."""
        self.at = _SPACE.match(self.text, self.at).end()  # type: ignore[union-attr]
        return self.text[self.at : self.at + 1]

    def _member(self, here: Object) -> None:
        if self._next(here, "}", bool(here.items)):
            return
        key = self._key()
        item = Item([key])
        here.items.append(item)
        if self._skip() != ":":
            self._unfinished(here)
            raise Unreadable(f"expected a colon after the key `{key.text}`", key.span.start, key.span.end)
        self.at += 1
        self._skip()
        self._unfinished(here)
        item.value = self._value()

    def _element(self, here: Array) -> None:
        if not self._next(here, "]", bool(here.elements)):
            here.elements.append(self._value())

    def _next(self, here: Array | Object, close: str, comma: bool) -> bool:
        """Go to the next member; tell whether there is none and `here` was closed."""
        before = self.at
        char = self._skip()
        if char != close and comma:
            self._unfinished(here)
            if self.lenient:
                if char != "," and isinstance(here, Object):
                    return self._end_everything(before)
            elif char == ",":
                before = self.at
                self.at += 1
                char = self._skip()
                if char == close:
                    raise Unreadable(
                        f"a comma before the closing `{close}`; JSON has no trailing commas", before
                    )
            else:
                self._refuse_comment()
                raise Unreadable(f"expected a comma or `{close}` after this value", before)
        if self.lenient:
            self.at = _COMMAS.match(self.text, self.at).end()  # type: ignore[union-attr]
            char = self.text[self.at : self.at + 1]
        if char == close:
            self.at += 1
            here.end = self.at
            self._open.pop()
            return True
        self._unfinished(here)
        return False

    def _end_everything(self, at: int) -> bool:
        """HCL 1 takes a missing comma for the end of every object; what follows is never read."""
        self.at = at
        for open_ in self._open:
            open_.end = at
        self._open.clear()
        return True

    def _unfinished(self, here: Array | Object) -> None:
        if self.at >= len(self.text):
            kind = "object" if isinstance(here, Object) else "list"
            line = self.text.count("\n", 0, here.start) + 1
            raise Unreadable(f"the file ends inside the {kind} that begins on line {line}", self.at, self.at)

    def _key(self) -> Key:
        match = _STRING.match(self.text, self.at)
        if match:
            self.at = match.end()
            return Key(_unquote(match[0]), Span(*match.span()))
        self._refuse_comment()
        if self.text[self.at] == '"':
            self._refuse_string()
        word = _WORD.match(self.text, self.at)
        if word and self.lenient:
            raise Unreadable(f"key `{word[0]}` must stand in double quotes in JSON", word.end() - 1)
        if word:
            raise Unreadable(f"key `{word[0]}` must stand in double quotes", *word.span())
        raise Unreadable(f"expected a key in double quotes, found {self._seen()}", self.at)

    def _value(self) -> Node:
        text, at = self.text, self.at
        char = text[at : at + 1]
        if char == '"':
            match = _STRING.match(text, at) or self._refuse_string()
            self.at = match.end()
            return Scalar(_unquote(match[0]), Span(at, self.at), style="quoted")
        if char and char in "{[":
            if len(self._open) >= MAX_DEPTH:
                raise Unreadable(f"nested more than {MAX_DEPTH} levels deep", at)
            self.at += 1
            node = Object(at) if char == "{" else Array(at)
            self._open.append(node)
            return node
        number = (_NUMBER if self._open else _NUMBER_BEFORE_ANYTHING).match(text, at)
        if number:
            self.at = number.end()
            try:
                found = number_of(number[0], exact=self.exact)
                return Scalar(found, Span(at, self.at), number[0])
            except ValueError as error:
                raise Unreadable(str(error), at, self.at) from error
        word = (not self._open and _LITERAL.match(text, at)) or _WORD.match(text, at)
        if word and word[0] in _LITERALS:
            self.at = word.end()
            value = "" if self.lenient and word[0] == "null" else _LITERALS[word[0]]
            return Scalar(value, Span(at, self.at), word[0])
        return self._refuse_value(word)

    def _refuse_value(self, word: re.Match[str] | None) -> Node:
        self._refuse_comment()
        if self.at >= len(self.text):
            raise Unreadable("expected a value, found the end of the file", self.at, self.at)
        if word:
            start = word.end() - 1 if self.lenient else word.start()
            raise Unreadable(
                f"`{word[0]}` is not a JSON value; text must stand in double quotes", start, word.end()
            )
        number = _BROKEN_NUMBER.match(self.text, self.at)
        if number:
            raise Unreadable(f"`{number[0]}` is not a JSON number", *number.span())
        raise Unreadable(f"expected a value, found {self._seen()}", self.at)

    def _refuse_comment(self) -> None:
        if self.text.startswith(("//", "/*", "#"), self.at):
            raise Unreadable("JSON has no comments", self.at)

    def _refuse_string(self) -> re.Match[str]:
        """Say what is wrong with the string that begins here."""
        at = self.at + 1
        while True:
            at = _PLAIN.match(self.text, at).end()  # type: ignore[union-attr]
            char = self.text[at : at + 1]
            if char == "\\":
                raise Unreadable(
                    f"`{self.text[at : at + 2].rstrip()}` is not an escape sequence of JSON", at, at + 2
                )
            if char in ("", "\n", "\r"):
                raise Unreadable("the string is not closed before the end of the line", self.at, at)
            raise Unreadable(f"control character U+{ord(char):04X} in a string must be escaped", at)

    def _seen(self) -> str:
        char = self.text[self.at : self.at + 1]
        hint = "; JSON uses double quotes" if char == "'" else ""
        return f"`{char}`{hint}" if char.isprintable() else f"U+{ord(char):04X}"


_PLAIN: Final = re.compile(r'[^"\\\x00-\x1f]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*+)*+')


def _unquote(raw: str) -> str:
    return _SURROGATE.sub("\ufffd", json.loads(raw)) if "\\" in raw else raw[1:-1]


def number_of(raw: str, *, exact: bool = False) -> int | float:
    """A number as Consul holds it; integers that a float holds exactly stay integers.

    With `exact` all integers of 64 bits do.
    """
    if exact and len(raw) <= 20 and raw.lstrip("-").isdigit() and -(2**63) <= int(raw) < 2**63:
        return int(raw)
    if len(raw) <= 17 and raw.lstrip("-").isdigit():
        value = int(raw)
        return value if -_EXACT <= value <= _EXACT else float(value)
    number = float(raw)
    if isinf(number):
        raise ValueError(f"{raw[:40]} is beyond the range of a 64-bit float")
    return number


def rest_of(text: str, end: int) -> Span | None:
    """What stands behind a value that ends at `end`, without the space around it."""
    start = _SPACE.match(text, end).end()  # type: ignore[union-attr]
    return Span(start, len(text.rstrip(" \t\r\n"))) if start < len(text) else None


def value_of(top: Node) -> Any:
    """The value of a tree of JSON; of members with one key the last counts."""
    root: list[Any] = [None]
    work: list[tuple[Node, list[Any] | dict[str, Any], Any]] = [(top, root, 0)]
    while work:
        node, parent, key = work.pop()
        if isinstance(node, Scalar):
            parent[key] = node.value
        elif isinstance(node, Array):
            elements: list[Any] = [None] * len(node.elements)
            parent[key] = elements
            work.extend((element, elements, i) for i, element in enumerate(node.elements))
        else:
            members = {item.keys[0].text: None for item in node.items}
            parent[key] = members
            work.extend(
                (item.value, members, item.keys[0].text) for item in _last_of_each(node) if item.value
            )
    return root[0]


def layout_of(top: Node) -> Layout:
    """Where everything in a tree of JSON stands."""
    places: dict[Path, Place] = {}
    duplicates: list[Duplicate] = []
    work: list[tuple[Node, Path, Span | None]] = [(top, (), None)]
    while work:
        node, path, key = work.pop()
        places[path] = Place(key, node.span)
        if isinstance(node, Array):
            work.extend((element, (*path, i), None) for i, element in enumerate(node.elements))
        elif isinstance(node, Object):
            duplicates.extend(_duplicates(node, path))
            work.extend(
                (item.value, (*path, item.keys[0].text), item.keys[0].span)
                for item in _last_of_each(node)
                if item.value
            )
    duplicates.sort(key=lambda duplicate: duplicate.again.start)
    return Layout(places, (), tuple(duplicates))


def _last_of_each(node: Object) -> Iterable[Item]:
    return {item.keys[0].text: item for item in node.items}.values()


def _duplicates(node: Object, path: Path) -> Iterator[Duplicate]:
    first: dict[str, Span] = {}
    for item in node.items:
        key = item.keys[0]
        if key.text in first:
            yield Duplicate((*path, key.text), first[key.text], key.span)
        first.setdefault(key.text, key.span)
