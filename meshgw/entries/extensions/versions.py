"""Version constraints such as `>= 1.25, < 2`."""

from __future__ import annotations

import re

_PARTS = r"[0-9A-Za-z~-]*(?:\.[0-9A-Za-z~-]+)*"
_ITEM = re.compile(
    r"[ \t\n\f\r]*(?:=|!=|>|<|>=|<=|~>)?[ \t\n\f\r]*"
    r"v?(?P<numbers>[0-9]+(?:\.[0-9]+)*)"
    rf"(?:-[0-9]{_PARTS}|-?[A-Za-z~-]{_PARTS})?"
    r"(?:\+[0-9A-Za-z~-]+(?:\.[0-9A-Za-z~-]+)*)?"
    r"[ \t\n\f\r]*"
)
_LARGEST_NUMBER = 2**63


def is_constraint(text: str) -> bool:
    """Whether every item of a comma-separated list is an operator, or none, and a version."""
    return all(_is_item(item) for item in text.split(","))


def _is_item(item: str) -> bool:
    found = _ITEM.fullmatch(item)
    if found is None:
        return False
    return all(len(n) < 20 and int(n) < _LARGEST_NUMBER for n in found["numbers"].split("."))
