"""Lists of one that HCL cannot tell from blocks (config-entries.md 1.9)."""

from __future__ import annotations

from typing import Any


def collapse(values: dict[str, Any]) -> dict[str, Any]:
    """A free-form map with its lists of one replaced by their element."""
    return {key: _collapse_value(value) for key, value in values.items()}


def _collapse_value(value: Any) -> Any:
    if isinstance(value, list) and len(value) == 1:
        return _collapse_deep(value[0]) if isinstance(value[0], dict) else value[0]
    return value


def _collapse_deep(value: Any) -> Any:
    if isinstance(value, list):
        if len(value) == 1:
            return _collapse_deep(value[0])
        return [_collapse_deep(item) for item in value]
    if isinstance(value, dict):
        return {key: _collapse_deep(item) for key, item in value.items()}
    return value
