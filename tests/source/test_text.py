"""Bytes to text."""

from __future__ import annotations

import pytest

from meshgw.source.document import Span
from meshgw.source.text import MAX_BYTES, decode


@pytest.mark.parametrize(("data", "text"), [
    (b"", ""),
    ("é\r\n".encode(), "é\r\n"),
    (b"\xef\xbb\xbfa", "\ufeffa"),
])  # fmt: skip
def test_text(data, text):
    assert decode(data) == (text, None)


@pytest.mark.parametrize(("data", "text", "message"), [
    ("é\n".encode() + b"a\xffb", "é\na", "byte 0xff is not valid UTF-8"),
    (b"a\xc3", "a", "0xc3"),
    (b"a\xed\xa0\x80", "a", "0xed"),
    (b"ab\0c", "ab", "NUL"),
    (b"ab\0c\xff", "ab", "NUL"),
    (b"\xff\xfea\0", "", "UTF-16"),
])  # fmt: skip
def test_what_is_not_text(data, text, message):
    got, fault = decode(data)
    assert got == text
    assert message in fault.message
    assert fault.span == Span(len(text), len(text))


def test_large_files_are_not_read():
    text, fault = decode(b" " * (MAX_BYTES + 1))
    assert text == ""
    assert "larger than 64 MiB" in fault.message
