"""Values of settings as text and as plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from meshgw.entries.blocks import EnvoyExtension, ExposePath
from meshgw.schema.fields import Block
from meshgw.schema.secrets import SECRET_KEYS
from meshgw.secret import Secret

NOTHING = "–"
REDACTED = "[redacted]"
_LONGEST = 72


def value_text(value: Any) -> str:
    """A value in one line, as a user would write it; long ones are cut."""
    text = _text(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _text(value: Any) -> str:
    match value:
        case None:
            return NOTHING
        case str():
            return value or '""'
        case ExposePath():
            return f"{value.path} on port {value.listener_port}"
        case EnvoyExtension():
            return value.name
        case tuple() if value and isinstance(value[0], Block):
            return ", ".join(map(_text, value))
        case _:
            return json.dumps(value_object(value), ensure_ascii=False)


def value_object(value: Any) -> Any:
    """A value as plain data: blocks by their canonical names, secrets redacted."""
    match value:
        case Secret():
            return REDACTED
        case Block():
            return {
                spec.name: value_object(getattr(value, spec.attribute))
                for spec in value.specs
                if getattr(value, spec.attribute) not in (None, "", (), {}, False, 0)
            }
        case Mapping():
            return {str(key): _member(str(key), member) for key, member in value.items()}
        case list() | tuple():
            return [value_object(member) for member in value]
        case None | bool() | int() | float() | str():
            return value
        case _:
            return str(value)


def _member(key: str, value: Any) -> Any:
    if key.replace("_", "").replace("-", "").lower() in SECRET_KEYS and value:
        return REDACTED
    return value_object(value)
