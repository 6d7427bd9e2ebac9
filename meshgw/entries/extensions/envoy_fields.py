"""Paths and values of property-override against Envoy's own messages (config-entries.md 2.0.3).

The messages come from the package `xds-protos` (the extra `envoy`), imported when first needed.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

_MESSAGES: Final = {
    "cluster": ("envoy.config.cluster.v3.cluster_pb2", "Cluster"),
    "cluster-load-assignment": ("envoy.config.endpoint.v3.endpoint_pb2", "ClusterLoadAssignment"),
    "listener": ("envoy.config.listener.v3.listener_pb2", "Listener"),
    "route": ("envoy.config.route.v3.route_pb2", "RouteConfiguration"),
}
RESOURCE_TYPES = tuple(_MESSAGES)
_NUMBERS: Final = "number"
_WRAPPED: Final = {
    "google.protobuf.BoolValue": "bool",
    "google.protobuf.StringValue": "string",
    "google.protobuf.DoubleValue": _NUMBERS,
    "google.protobuf.FloatValue": _NUMBERS,
    "google.protobuf.Int32Value": _NUMBERS,
    "google.protobuf.Int64Value": _NUMBERS,
    "google.protobuf.UInt32Value": _NUMBERS,
    "google.protobuf.UInt64Value": _NUMBERS,
}
_WORDS: Final = {"bool": "true or false", "string": "a string", _NUMBERS: "a number"}


@dataclass(frozen=True, slots=True)
class FieldFault:
    """Why a path or a value does not fit: a message, Consul's words, and what may be written instead."""

    message: str
    consul: str
    known: tuple[str, ...] = ()
    unknown: str = ""


@cache
def _message(resource_type: str) -> Any:
    module, name = _MESSAGES[resource_type]
    return getattr(importlib.import_module(module), name).DESCRIPTOR


def envoy_known() -> bool:
    """Whether Envoy's messages can be imported."""
    try:
        _message("cluster")
    except ImportError:
        return False
    return True


def field_at(resource_type: str, path: str) -> Any:
    """The descriptor of the field that a path such as `/outlier_detection/interval` leads to.

    Gives a `FieldFault` for one that leads nowhere; needs `envoy_known()`.
    """
    message = _message(resource_type)
    segments = path.lstrip("/").split("/")
    for position, segment in enumerate(segments):
        found = _field_of(message, segment)
        if isinstance(found, FieldFault) or position == len(segments) - 1:
            return found
        blocked = _blocked(found)
        if blocked is not None:
            return blocked
        message = found.message_type
    return None


def _field_of(message: Any, name: str) -> Any:
    if not name:
        return FieldFault("the path has an empty part", "empty field name in path")
    found = message.fields_by_name.get(name)
    if found is None:
        known = tuple(field.name for field in message.fields)
        text = f"there is no field `{name}` in Envoy's `{message.name}`"
        return FieldFault(text, f"no match for field '{name}'", known, name)
    return found


def _is_repeated(field: Any) -> bool:
    if hasattr(field, "is_repeated"):
        return bool(field.is_repeated)
    return bool(field.label == field.LABEL_REPEATED)  # protobuf before 6.30


def _is_map(field: Any) -> bool:
    message = field.message_type
    return message is not None and bool(message.GetOptions().map_entry)


def _blocked(field: Any) -> FieldFault | None:
    """Why a path cannot go on below a field."""
    if _is_map(field):
        return FieldFault(f"`{field.name}` is a map; no path leads into it", "map field member access")
    if _is_repeated(field):
        text = f"`{field.name}` is a list; no path leads into it"
        return FieldFault(text, "repeated field member access is not supported")
    if field.message_type is None:
        return FieldFault(f"`{field.name}` has no fields of its own", "does not support child fields")
    if field.message_type.full_name == "google.protobuf.Any":
        text = f"`{field.name}` may hold any message; no path leads into it"
        return FieldFault(text, "variant-type message fields")
    return None


def value_fault(field: Any, value: Any) -> FieldFault | None:
    """Why a value cannot be set on a field; `None` when it can."""
    if _is_repeated(field):
        return FieldFault(f"`{field.name}` is a list, which Consul cannot set", "invalid Patches")
    if isinstance(value, dict):
        return _object_fault(field, value)
    message = field.message_type
    if message is not None:
        wanted = _WRAPPED.get(message.full_name)
        if wanted is None:
            text = f"`{field.name}` is an object, not a single value"
            return FieldFault(text, "unsupported target field type")
        return _scalar_fault(field, wanted, value)
    if field.type == field.TYPE_BYTES:
        return FieldFault(
            f"`{field.name}` is bytes, which Consul cannot set", "unsupported target field type"
        )
    if field.enum_type is not None:
        return _enum_fault(field, value)
    if field.type in (field.TYPE_STRING, field.TYPE_BOOL):
        return _scalar_fault(field, "string" if field.type == field.TYPE_STRING else "bool", value)
    return _scalar_fault(field, _NUMBERS, value)


def _object_fault(field: Any, value: dict[str, Any]) -> FieldFault | None:
    if field.message_type is None:
        return FieldFault(f"`{field.name}` is a single value, not an object", "cannot be set via a map")
    for key, inner in value.items():
        found = _field_of(field.message_type, key)
        fault = found if isinstance(found, FieldFault) else value_fault(found, inner)
        if fault is not None:
            return fault
    return None


def _scalar_fault(field: Any, wanted: str, value: Any) -> FieldFault | None:
    if isinstance(value, bool):
        fits = wanted == "bool"
    elif isinstance(value, int | float):
        fits = wanted == _NUMBERS
    else:
        fits = isinstance(value, str) and wanted == "string"
    if fits:
        return None
    return FieldFault(f"`{field.name}` wants {_WORDS[wanted]}", "invalid Patches")


def _enum_fault(field: Any, value: Any) -> FieldFault | None:
    names = tuple(field.enum_type.values_by_name)
    if isinstance(value, str) and value in names:
        return None
    unknown = value if isinstance(value, str) else ""
    return FieldFault(
        f"`{field.name}` wants the name of one of its values", "invalid Patches", names, unknown
    )
