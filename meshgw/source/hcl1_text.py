"""The two kinds of text in HCL 1: strings with escapes, and heredocs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from meshgw.source.tree import Unreadable

_SPECIAL: Final = re.compile(
    r'\$\{|\\(?:([abfnrtv\\"])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))'
)
_BRACE: Final = re.compile("[{}]")
_SIMPLE: Final = {
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
    "\\": "\\",
    '"': '"',
}


def unescape(body: str, offset: int) -> str:
    """What a string means; `offset` is where `body` stands in its text. `${…}` is kept verbatim."""
    pieces: list[bytes] = []
    at = 0
    while match := _SPECIAL.search(body, at):
        pieces.append(_utf8(body[at : match.start()]))
        if match[0] == "${":
            at = _past_interpolation(body, match.end())
            pieces.append(_utf8(body[match.start() : at]))
        else:
            at = match.end()
            pieces.append(_escaped(match, offset))
    pieces.append(_utf8(body[at:]))
    # \x and octal escapes are bytes: together they may spell UTF-8, and what does not becomes U+FFFD.
    return b"".join(pieces).decode("utf-8", "replace")


def _escaped(match: re.Match[str], offset: int) -> bytes:
    simple, octal, byte, *wide = match.groups()
    if simple:
        return _SIMPLE[simple].encode()
    code = int(octal, 8) if octal else int(byte or wide[0] or wide[1], 16)
    if (octal and code > 0o377) or code > 0x10FFFF:
        start, end = match.span()
        limit = "\\377" if octal else "U+10FFFF"
        raise Unreadable(f"`{match[0]}` is beyond {limit}", offset + start, offset + end)
    return bytes([code]) if octal or byte else _utf8(chr(code))


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _past_interpolation(body: str, at: int) -> int:
    braces = 1
    while braces and (match := _BRACE.search(body, at)):
        braces += 1 if match[0] == "{" else -1
        at = match.end()
    return at


@dataclass(frozen=True, slots=True)
class Heredoc:
    """The lines of a heredoc, with the indentation of its last line, and where it ends."""

    body: str
    indented: bool
    end: int


@lru_cache(maxsize=64)
def _terminator(anchor: str) -> re.Pattern[str]:
    return re.compile(rf"^[ \t\v\f\r]*{re.escape(anchor)}\r*\n", re.MULTILINE)


def find_heredoc(text: str, opening: re.Match[str]) -> Heredoc | None:
    """The heredoc that `opening` (groups: `-`, anchor, carriage return) begins, if it ends at all."""
    anchor = opening[2] + opening[3]
    last = _terminator(anchor).search(text, opening.end())
    if not last:
        return None
    return Heredoc(text[opening.end() : last.end() - len(anchor) - 1], opening[1] == "-", last.end())


def unindent(found: Heredoc) -> str:
    """Take the last line's indentation from every line, if every line has it."""
    lines = found.body.split("\n")
    indentation = lines[-1]
    if all(line.startswith(indentation) for line in lines):
        return "\n".join(line[len(indentation) :] for line in lines)
    return found.body[:-1].rstrip(" \t")
