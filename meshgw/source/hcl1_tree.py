"""HCL 1 → what was written, with positions."""

from __future__ import annotations

from typing import Final, NoReturn

from meshgw.source.document import Span, SyntaxFault
from meshgw.source.hcl1_tokens import Scanner, Token
from meshgw.source.text import BOM, MAX_DEPTH
from meshgw.source.tree import Array, Item, Key, Node, Object, Scalar, Unreadable

_VALUES: Final = ("literal", "string")
_KEYS: Final = ("word", "string")


class HclReader:
    """Reads a file of HCL 1; `top` holds what was read, also after a fault."""

    def __init__(self, text: str) -> None:
        self.scanner = Scanner(text)
        self.top = Object(0, len(text))
        self._token: Token
        self._labels: list[int] = []
        self._open: list[Object | Array] = [self.top]

    def read(self) -> SyntaxFault | None:
        """Read all; the fault is the scanner's if it has one, as in Consul."""
        if self.scanner.text.startswith(BOM):
            return SyntaxFault("a byte-order mark; Consul reads HCL only without one", Span(0, 1))
        try:
            self._advance()
            while self._open:
                here = self._open[-1]
                if isinstance(here, Object):
                    self._item(here)
                else:
                    self._element(here)
        except Unreadable as error:
            return self.scanner.fault or error.fault
        return self.scanner.fault or self.scanner.late

    def _advance(self) -> None:
        self._token = self.scanner.next()

    def _at(self, *texts: str) -> bool:
        return self._token.kind == "punctuation" and self._token.text in texts

    def _ended(self) -> bool:
        return self._token.kind == "end"

    def _refuse(self, message: str) -> NoReturn:
        raise Unreadable(message, self._token.start, self._token.end)

    # Objects

    def _item(self, here: Object) -> None:
        top = here is self.top
        if self._at("}") and not top:
            self._close(here)
            return
        if self._ended():
            self._end(here)
            return
        item = Item([])
        here.items.append(item)
        self._keys(item)
        if self._at("{"):
            item.value = self._enter(Object(self._token.start), len(item.keys) - 1)
            return
        self._advance()
        if self._ended():
            # HCL 1 drops a key whose value is missing where the file ends.
            here.items.pop()
            self._end(here)
            return
        item.value = self._value()

    def _keys(self, item: Item) -> None:
        """Read up to the `=` or `{` that follows a key and its labels."""
        while True:
            token = self._token
            if token.kind in _KEYS:
                text = token.value if token.kind == "string" else token.text
                item.keys.append(Key(text, token.span))
                self._advance()
                continue
            if not item.keys:
                self._refuse_key()
            if self._at("{"):
                return
            if self._at("="):
                if len(item.keys) > 1:
                    labels = f"`{item.keys[0].text}` has a label"
                    self._refuse(f"{labels} and so must be a block, without `=`; expected `{{`")
                return
            if token.kind == "end" or self._at("}"):
                self._refuse(f"key `{item.keys[0].text}` has no value; expected `=` or `{{`, found {token}")
            key = item.keys[0].text
            self._refuse(f"expected `=` or `{{` after key `{key}`, found {token}")

    def _refuse_key(self) -> NoReturn:
        token = self._token
        if self._at("="):
            self._refuse("`=` without a key before it")
        if self._at("}") and len(self._open) == 1:
            self._refuse("`}` closes nothing")
        if token.kind == "literal" and not token.heredoc:
            self._refuse(f"{token} cannot be a key without double quotes")
        self._refuse(f"expected a key, found {token}")

    def _end(self, here: Object) -> None:
        if here is not self.top:
            line = self.scanner.text.count("\n", 0, here.start) + 1
            # One past the end, where Consul shows it.
            end = self._token.end + 1
            raise Unreadable(f"the block that begins on line {line} is never closed; expected `}}`", end, end)
        self._open.pop()

    def _close(self, here: Object | Array) -> None:
        here.end = self._token.end
        self._open.pop()
        self._labels.pop()
        self._advance()
        self._after()

    def _after(self) -> None:
        """What may follow a value: in an object one comma or none, in a list a comma or its end."""
        here = self._open[-1]
        if isinstance(here, Object):
            if self._at(","):
                self._advance()
        elif not self._at(",", "]"):
            self._refuse(f"expected a comma or `]` after this element of a list, found {self._token}")

    # Values

    def _enter(self, node: Object | Array, labels: int = 0) -> Object | Array:
        self._labels.append(labels + (self._labels[-1] if self._labels else 0))
        if len(self._open) + self._labels[-1] > MAX_DEPTH:
            self._refuse(f"nested more than {MAX_DEPTH} levels deep")
        self._open.append(node)
        self._advance()
        return node

    def _value(self) -> Node:
        token = self._token
        if token.kind in _VALUES:
            scalar = _scalar(token)
            self._advance()
            self._after()
            return scalar
        if self._at("{"):
            return self._enter(Object(token.start))
        if self._at("["):
            return self._enter(Array(token.start))
        if token.kind == "word":
            return self._refuse(f"{token} is not a value; text must stand in double quotes")
        return self._refuse(f"expected a value, found {token}")

    def _element(self, here: Array) -> None:
        while self._at(","):
            self._advance()
        if self._at("]"):
            self._close(here)
            return
        if self._token.kind == "end":
            line = self.scanner.text.count("\n", 0, here.start) + 1
            self._refuse(f"the list that begins on line {line} is never closed; expected `]`")
        here.elements.append(self._value())


def _scalar(token: Token) -> Scalar:
    if token.heredoc:
        return Scalar(token.value, token.span, token.text, "heredoc")
    return Scalar(token.value, token.span, token.text, "quoted" if token.kind == "string" else "plain")
