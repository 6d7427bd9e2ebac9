"""Bytes of a file → text, and the bounds within which the readers work."""

from __future__ import annotations

import codecs
from typing import Final

from meshgw.source.document import Span, SyntaxFault

MAX_DEPTH: Final = 100
"""Objects, lists and labels inside one another; deeper than any entry, shallow enough to recurse over."""

MAX_BYTES: Final = 64 * 1024 * 1024
"""Larger files are not configuration."""

BOM: Final = "\ufeff"


def decode(data: bytes) -> tuple[str, SyntaxFault | None]:
    """The text of a file and, when it is not text, why not.

    A byte-order mark and carriage returns stay: offsets must be those of the file, and whether a
    mark is welcome is for each reader to say. With a fault the text ends where the fault is.
    """
    if len(data) > MAX_BYTES:
        return "", SyntaxFault(f"the file is larger than {MAX_BYTES // 2**20} MiB", Span(0, 0))
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "", SyntaxFault("the file is UTF-16, only UTF-8 is read", Span(0, 0))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        good = data[: error.start].decode("utf-8")
        message = f"byte 0x{data[error.start]:02x} is not valid UTF-8"
        return _cut_at_nul(good, SyntaxFault(message, Span(len(good), len(good))))
    return _cut_at_nul(text, None)


def _cut_at_nul(text: str, fault: SyntaxFault | None) -> tuple[str, SyntaxFault | None]:
    at = text.find("\0")
    if at < 0:
        return text, fault
    return text[:at], SyntaxFault("a NUL character: this is not a text file", Span(at, at))
