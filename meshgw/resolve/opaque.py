"""Free-form proxy and upstream settings: filling, and reading them weakly (envoy-sidecar.md 9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_EMPTY: tuple[Any, ...] = (None, False, 0, "", [], {})


def empty(value: Any) -> bool:
    """Whether a registration's value counts as absent: null, false, 0, "", [] or {}."""
    return any(value is found or (type(value) is type(found) and value == found) for found in _EMPTY) or (
        isinstance(value, float) and value == 0
    )


def fill(own: Mapping[str, Any], central: Mapping[str, Any]) -> dict[str, Any]:
    """`own` completed by `central`, key by key and recursively (service-registration.md 5.3)."""
    filled = dict(own)
    for key, value in central.items():
        if value is None:
            continue
        if empty(filled.get(key)):
            filled[key] = value
        elif isinstance(filled[key], Mapping) and isinstance(value, Mapping):
            filled[key] = fill(filled[key], value)
    return filled
