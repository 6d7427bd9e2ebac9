"""Version constraints such as `>= 1.25, < 2`."""

from __future__ import annotations

import re

_PARTS = r"[0-9A-Za-z~-]*(?:\.[0-9A-Za-z~-]+)*"
_ITEM = re.compile(
    r"[ \t\n\f\r]*(?P<operator>=|!=|>|<|>=|<=|~>)?[ \t\n\f\r]*"
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


def holds(text: str, version: tuple[int, ...]) -> bool:
    """Whether a released version satisfies every item of a constraint; an empty one always holds."""
    return not text or all(_item_holds(item, version) for item in text.split(","))


def _item_holds(item: str, version: tuple[int, ...]) -> bool:
    found = _ITEM.fullmatch(item)
    if found is None:
        return False
    given = tuple(int(number) for number in found["numbers"].split("."))
    length = max(len(given), len(version))
    wanted, actual = _padded(given, length), _padded(version, length)
    match found["operator"] or "=":
        case "=":
            return actual == wanted
        case "!=":
            return actual != wanted
        case ">":
            return actual > wanted
        case "<":
            return actual < wanted
        case ">=":
            return actual >= wanted
        case "<=":
            return actual <= wanted
        case _:  # `~> 1.2.3`: the last number may grow
            kept = max(len(given) - 1, 1)
            return actual >= wanted and actual[:kept] == wanted[:kept]


def _padded(numbers: tuple[int, ...], length: int) -> tuple[int, ...]:
    return numbers + (0,) * (length - len(numbers))
