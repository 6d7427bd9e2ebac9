"""Walking through Envoy's JSON, in either spelling of protobuf's field names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

_PLAIN: Final = frozenset({str, int, float, bool, type(None)})
DEEPEST: Final = 100  # protobuf's own limit when it reads JSON


def member(value: Any, name: str) -> Any:
    """The field `name`, given as snake_case, of a message; `None` when it is absent or no message."""
    if not is_message(value):
        return None
    found = value.get(name)
    return value.get(camel(name)) if found is None else found


def is_message(value: Any) -> bool:
    """Whether a value is a message. Asking an abstract class is slow: four fifths of a walk."""
    kind = type(value)
    return kind is dict or (kind not in _PLAIN and isinstance(value, Mapping))


@lru_cache(maxsize=4096)
def camel(name: str) -> str:
    """`route_config` → `routeConfig`."""
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), name)


def key_of(value: Mapping[str, Any], name: str) -> str:
    """The spelling of a field that is used in a message; `name` itself when it is absent."""
    return name if name in value or camel(name) not in value else camel(name)


def spelling(value: Mapping[str, Any], name: str) -> str:
    """The spelling under which to set a field of a message: its own, else that of Envoy's JSON."""
    return name if name in value else camel(name)


def mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    """All messages in a value, outer ones first; no recursion, so any depth."""
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if is_message(part):
            yield part
            waiting.extend([inner for inner in reversed(part.values()) if type(inner) not in _PLAIN])
        elif isinstance(part, list):
            waiting.extend(reversed(part))


def too_deep(value: Any) -> bool:
    """Whether a value is nested more deeply than protobuf reads."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            child
            for part in level
            if isinstance(part, list) or is_message(part)
            for child in (part if isinstance(part, list) else part.values())
            if type(child) not in _PLAIN
        ]
        if not level:
            return False
    return True
