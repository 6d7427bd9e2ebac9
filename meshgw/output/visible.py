"""Text from the tree as it may be shown: nothing in it moves the cursor or starts a line."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_TAB = "    "


def visible(text: str) -> str:
    """`text` with control characters, escape sequences and bidirectional marks shown escaped."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character == "\t":
        return _TAB
    if unicodedata.category(character) not in _HIDDEN:
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def not_first(line: str) -> str:
    """Text that may stand first on a line: a CI service must not take it for a command (`::`)."""
    bare = line.lstrip()
    return f"{line[: len(line) - len(bare)]}\\x3a{bare[1:]}" if bare.startswith("::") else line


def printed_json(value: Any) -> str:
    """Indented JSON in which nothing but line ends moves a cursor; what it means is unchanged."""
    return shown_json(json.dumps(value, indent=2, ensure_ascii=False)) + "\n"


def shown_json(text: str) -> str:
    """JSON text in which nothing but line ends moves a cursor."""
    if text.isascii() and "\x7f" not in text:
        return text
    return "".join(_escaped(character) for character in text)


def _escaped(character: str) -> str:
    if character == "\n" or unicodedata.category(character) not in _HIDDEN:
        return character
    return json.dumps(character)[1:-1] if ord(character) > 0x7F else f"\\u{ord(character):04x}"


def columns(text: str) -> int:
    """How many columns of a terminal a shown text takes."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
