"""What decoding makes of free-form maps: lists of one (config-entries.md 1.9), and numbers."""

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


_EXACT = 2**53


def as_floats(value: Any) -> Any:
    """A free-form map of an API body: its numbers are 64-bit floats, also where the reader kept more."""
    if isinstance(value, dict):
        return {key: as_floats(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_floats(item) for item in value]
    if isinstance(value, int) and not -_EXACT <= value <= _EXACT:
        return float(value)
    return value
