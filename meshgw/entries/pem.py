"""Blocks of PEM text, as Go's reader takes them (RFC 7468, with headers)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_BEGIN = "-----BEGIN "
_END = "\n-----END "
_DASHES = "-----"
_SPACE = re.compile(r"[ \t\r\n]+")


@dataclass(frozen=True, slots=True)
class PemBlock:
    """`label` is what stands after BEGIN; `data` what the base64 text says."""

    label: str
    data: bytes = field(repr=False)


def pem_blocks(text: str) -> Iterator[PemBlock]:
    """The well-formed blocks of a text, in order; what is not well-formed is passed over.

    Every line is looked at once, however the text is made.
    """
    at = 0 if text.startswith(_BEGIN) else _next_begin(text, 0)
    while at >= 0:
        label_line, body = _line(text, at + len(_BEGIN))
        if label_line.endswith(_DASHES):
            label = label_line[: -len(_DASHES)]
            body, headers = _after_headers(text, body)
            found, body = _block(text, label, body, plain=not headers)
            if found is not None:
                yield found
        at = body if text.startswith(_BEGIN, body) else _next_begin(text, max(body - 1, 0))


def first_block(text: str) -> PemBlock | None:
    """The first well-formed block of a text."""
    return next(pem_blocks(text), None)


def _next_begin(text: str, start: int) -> int:
    found = text.find("\n" + _BEGIN, start)
    return found + 1 if found >= 0 else -1


def _line(text: str, start: int) -> tuple[str, int]:
    """The line from `start` on without white space at its end, and where the next one begins."""
    end = text.find("\n", start)
    if end < 0:
        return text[start:].rstrip(" \t"), len(text)
    return text[start:end].removesuffix("\r").rstrip(" \t"), end + 1


def _after_headers(text: str, start: int) -> tuple[int, bool]:
    """Where the lines `key: value` end, and whether there were any."""
    headers = False
    while start < len(text):
        line, after = _line(text, start)
        if ":" not in line:
            break
        headers, start = True, after
    return start, headers


def _block(text: str, label: str, start: int, *, plain: bool) -> tuple[PemBlock | None, int]:
    """The block whose base64 text begins at `start`, and where to go on."""
    if plain and text.startswith(_END[1:], start):
        end = trailer = start
    else:
        dash = text.find("-", start)  # base64 has no dashes, so a block ends at the first one
        end = dash - 1
        trailer = dash
        if dash < 0 or end < start or not text.startswith(_END, end):
            return None, start
    last, after = _line(text, trailer + len(_END) - 1)
    if last != label + _DASHES:
        return None, start
    try:
        data = binascii.a2b_base64(_SPACE.sub("", text[start:end]).encode("ascii"), strict_mode=True)
    except ValueError:  # not base64, or not ASCII
        return None, start
    return PemBlock(label, data), after
