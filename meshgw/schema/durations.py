"""Durations as Consul reads and prints them (config-entries.md 1.7); unit: nanoseconds."""

from __future__ import annotations

import re
from functools import lru_cache

_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "μs": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}
_PART = re.compile(r"([0-9]*)(?:\.([0-9]*))?([^0-9.]*)")
_LIMIT = 2**63
_DIGITS = 19  # more overflow 64 bits whatever the unit


class DurationError(ValueError):
    """A string is no duration; the message is the piece of Consul's that names the fault."""


@lru_cache(maxsize=1024)  # a tree has few different ones
def parse_duration(text: str) -> int:
    """Nanoseconds of a duration string such as `1h5m0.5s`. Raises `DurationError`."""
    sign, rest = (-1, text[1:]) if text[:1] == "-" else (1, text.removeprefix("+"))
    if rest == "0":
        return 0
    if not rest or not (rest[0].isascii() and (rest[0].isdigit() or rest[0] == ".")):
        raise DurationError("time: invalid duration")
    total, at = 0, 0
    while at < len(rest):
        part = _PART.match(rest, at)
        if part is None or not (part[1] or part[2]) or len(part[1]) > _DIGITS:
            raise DurationError("time: invalid duration")
        unit = _UNITS.get(part[3])
        if unit is None:
            raise DurationError("time: unknown unit" if part[3] else "time: missing unit in duration")
        total += int(part[1] or 0) * unit
        if part[2]:
            total += int(part[2][:_DIGITS]) * unit // 10 ** len(part[2][:_DIGITS])
        if total >= _LIMIT:
            raise DurationError("time: invalid duration")
        at = part.end()
    return sign * total


def format_duration(nanoseconds: int) -> str:
    """A duration as Go prints it: `1h5m0.5s`, `250ms`, `0s`."""
    if nanoseconds == 0:
        return "0s"
    sign, rest = ("-", -nanoseconds) if nanoseconds < 0 else ("", nanoseconds)
    if rest < _UNITS["s"]:
        unit = next(unit for unit in ("ms", "us", "ns") if rest >= _UNITS[unit])
        return sign + _decimal(rest, _UNITS[unit]) + unit.replace("us", "µs")
    hours, rest = divmod(rest, _UNITS["h"])
    minutes, rest = divmod(rest, _UNITS["m"])
    seconds = _decimal(rest, _UNITS["s"]) + "s"
    if hours:
        return f"{sign}{hours}h{minutes}m{seconds}"
    return f"{sign}{minutes}m{seconds}" if minutes else sign + seconds


def _decimal(value: int, unit: int) -> str:
    whole, fraction = divmod(value, unit)
    digits = f"{fraction:0{len(str(unit)) - 1}d}".rstrip("0") if fraction else ""
    return f"{whole}.{digits}" if digits else str(whole)
