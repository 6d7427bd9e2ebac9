"""Walking through Envoy's JSON, in either spelling of protobuf's field names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

DEEPEST: Final = 100  # protobuf's own limit when it reads JSON


def member(value: Any, name: str) -> Any:
    """The field `name`, given as snake_case, of a message; `None` when it is absent or no message."""
    if not isinstance(value, Mapping):
        return None
    found = value.get(name)
    return value.get(camel(name)) if found is None else found


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
        if isinstance(part, Mapping):
            yield part
            waiting.extend(reversed(list(part.values())))
        elif isinstance(part, list):
            waiting.extend(reversed(part))


def too_deep(value: Any) -> bool:
    """Whether a value is nested more deeply than protobuf reads."""
    level = [value]
    for _ in range(DEEPEST):
        level = [
            child
            for part in level
            if isinstance(part, Mapping | list)
            for child in (part.values() if isinstance(part, Mapping) else part)
        ]
        if not level:
            return False
    return True
