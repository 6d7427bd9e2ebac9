"""Envoy's protobuf messages: the user's JSON read and written as Consul does (envoy-sidecar.md 9.4).

The messages come from the package `xds-protos` (the extra `envoy`), imported when first needed.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from meshgw.envoy.tree_walk import mappings, too_deep

_PACKAGES: Final = frozenset({"envoy", "udpa", "xds"})
_TYPE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)+")
_WELL_KNOWN: Final = ("any", "duration", "empty", "struct", "timestamp", "wrappers")


@dataclass(frozen=True, slots=True)
class Message:
    """A message in proto3 JSON without its own `@type`. `checked` says that Envoy's definitions were used."""

    body: dict[str, Any]
    checked: bool = True


@dataclass(frozen=True, slots=True)
class MessageFault:
    """Why a text is no message."""

    text: str


def read_message(text: str, expected: str) -> Message | MessageFault:
    """The message of a text in the form of an `Any`, with its defaults left out (PK-25, PK-26).

    Without the extra `envoy` the text is passed on as it is, unchecked.
    """
    try:
        value = json.loads(text)
    except RecursionError:
        return MessageFault("it is nested too deeply")
    except ValueError as error:
        return MessageFault(f"it is not JSON: {error}")
    if not isinstance(value, dict):
        return MessageFault("it is not a JSON object")
    if too_deep(value):
        return MessageFault("it is nested too deeply")
    named = value.get("@type")
    if not isinstance(named, str) or not named:
        return MessageFault("it has no `@type`")
    if type_name(named) != expected:
        return MessageFault(f"its `@type` is `{named}`, not `{expected}`")
    if not messages_known():
        return Message({key: part for key, part in value.items() if key != "@type"}, checked=False)
    return _parsed(text, value)


def type_name(url: str) -> str:
    """The message that a type URL names, whatever stands before its last slash."""
    return url.rpartition("/")[2]


@cache
def messages_known() -> bool:
    """Whether Envoy's messages can be imported."""
    try:
        importlib.import_module("envoy.config.listener.v3.listener_pb2")
    except ImportError:
        return False
    return True


def _parsed(text: str, value: dict[str, Any]) -> Message | MessageFault:
    from google.protobuf import any_pb2, json_format

    import_messages(type_name(url) for part in mappings(value) if isinstance(url := part.get("@type"), str))
    try:
        wrapped = json_format.Parse(text, any_pb2.Any())
        body = json_format.MessageToDict(wrapped)
    except (json_format.ParseError, json_format.SerializeToJsonError) as error:
        return MessageFault(_first_line(error))
    except (TypeError, ValueError, RecursionError) as error:  # from below protobuf's own errors
        return MessageFault(_first_line(error))
    body.pop("@type", None)
    return Message(body)


def as_message(body: Mapping[str, Any], url: str) -> Any:
    """A resource as Envoy's own message; `None` when a value does not fit. Needs `messages_known()`."""
    from google.protobuf import descriptor_pool, json_format, message_factory

    name = type_name(url)
    nested = (type_name(found) for part in mappings(body) if isinstance(found := part.get("@type"), str))
    import_messages([name, *nested])
    message = descriptor_pool.Default().FindMessageTypeByName(name)
    try:
        return json_format.ParseDict(dict(body), message_factory.GetMessageClass(message)())
    except (json_format.ParseError, TypeError, ValueError, RecursionError):
        return None


def as_body(message: Any) -> dict[str, Any]:
    """A message in proto3 JSON."""
    from google.protobuf import json_format

    found: dict[str, Any] = json_format.MessageToDict(message)
    return found


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


def import_messages(names: Iterable[str]) -> None:
    """Make messages known to protobuf by the names of their types; unknown names are left alone."""
    for name in dict.fromkeys(names):
        if _TYPE_NAME.fullmatch(name):
            _import_package(name.rpartition(".")[0])


@cache
def _import_package(package: str) -> None:
    """All messages of a protobuf package; a message within a message has its file one level up."""
    for module in _modules(package):
        importlib.import_module(module)


def _modules(package: str) -> Iterator[str]:
    if package == "google.protobuf":
        yield from (f"google.protobuf.{name}_pb2" for name in _WELL_KNOWN)
        return
    parts = package.split(".")
    while len(parts) > 1 and parts[0] in _PACKAGES:
        try:
            found = importlib.import_module(".".join(parts))
        except ImportError:
            parts.pop()
            continue
        for module in pkgutil.iter_modules(found.__path__):
            if module.name.endswith("_pb2"):
                yield f"{found.__name__}.{module.name}"
        return
