"""What Consul takes for a host name (config-entries.md 1.15): very lenient DNS syntax."""

from __future__ import annotations

_DOT, _BACKSLASH = 0x2E, 0x5C
_LONGEST_LABEL = 63
_LONGEST_NAME = 256
_DIGITS = frozenset(b"0123456789")


def is_host(name: str) -> bool:
    """Whether a name is a host name for Consul: labels of at most 63 bytes between single dots.

    Every other byte is allowed, spaces, `*` and `:` included. A backslash escapes the next byte or
    three decimal digits; an escaped dot ends no label, so a name that ends in a lone backslash leaves
    its last label unchecked.
    """
    if not name or name == ".":
        return bool(name)
    data = name.encode("utf-8", "surrogatepass")
    if not _ends_in_dot(data):
        data += b"."
    length = total = at = 0
    while at < len(data):
        if data[at] == _DOT:
            total += length + 1
            if length == 0 or length > _LONGEST_LABEL or total > _LONGEST_NAME:
                return False
            length = 0
            at += 1
            continue
        at += _escaped(data, at) if data[at] == _BACKSLASH else 1
        length += 1
    return True


def _ends_in_dot(data: bytes) -> bool:
    """Whether the name ends in a dot that no backslash escapes."""
    if not data.endswith(b"."):
        return False
    body = data[:-1]
    return (len(body) - len(body.rstrip(b"\\"))) % 2 == 0


def _escaped(data: bytes, at: int) -> int:
    """How many bytes the escape at `at` takes."""
    digits = data[at + 1 : at + 4]
    return 4 if len(digits) == 3 and _DIGITS.issuperset(digits) else 2
