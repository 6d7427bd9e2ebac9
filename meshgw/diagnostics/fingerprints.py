"""What a finding is, whatever line it stands on: rule, entry and field.

Baselines, comparisons with an earlier state and the services that track findings use it. Moving an
entry, or writing lines above it, changes nothing; neither does the order of a list whose elements
have names.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path as FilePath
from typing import Any

from meshgw.diagnostics.model import Diagnostic, Location
from meshgw.source.document import Path

_NAMES = (
    "ID", "Id", "id", "Name", "name", "DestinationName", "destination_name", "Service", "service",
)  # fmt: skip
"""Keys that tell the elements of a list apart, the best one first."""

_IDENTITY = ("Kind", "Datacenter", "Partition", "Namespace", "Name")


def relative_name(name: str, folder: str) -> str:
    """A shown file name relative to the folder of the project, with `/`."""
    return FilePath(os.path.relpath(name, folder)).as_posix()


def field_path(location: Location) -> str:
    """A path without anything that depends on order or spelling: `splits.web.weight`."""
    value: Any = location.document.value
    parts = []
    for key in location.path:
        value = _below(value, key)
        parts.append(_named(value, key) if isinstance(key, int) else _bare(key))
    return ".".join(parts)


def identity(location: Location, folder: str) -> str:
    """The entry or resource that a place belongs to; files of several things are told by their path."""
    value: Any = location.document.value
    path: Path = ()
    if isinstance(value, dict) and "apiVersion" in value:
        items = value.get("items")
        if isinstance(items, list) and location.path[:1] == ("items",) and len(location.path) > 1:
            value, path = _below(items, location.path[1]), location.path[:2]
        return _resource(value) or f"{relative_name(location.document.name, folder)}#{path}"
    if isinstance(value, dict) and _text(value, "Kind"):
        return "/".join(_text(value, key) for key in _IDENTITY)
    return relative_name(location.document.name, folder)


def fingerprint(found: Diagnostic, folder: str) -> str:
    """32 hexadecimal digits; two findings of one rule about one field share them."""
    place = found.location
    what = (identity(place, folder), field_path(place)) if place is not None else ("", found.message)
    return hashlib.sha256("\0".join((found.rule, *what)).encode("utf-8", "replace")).hexdigest()[:32]


def fingerprints(diagnostics: Iterable[Diagnostic], folder: str) -> list[str]:
    """A fingerprint for each finding, unique in the report: `DIGITS:N`, the n-th of its kind."""
    met: Counter[str] = Counter()
    unique = []
    for found in diagnostics:
        digits = fingerprint(found, folder)
        met[digits] += 1
        unique.append(f"{digits}:{met[digits]}")
    return unique


def _below(value: Any, key: str | int) -> Any:
    if isinstance(value, list) and isinstance(key, int):
        return value[key] if 0 <= key < len(value) else None
    return value.get(key) if isinstance(value, dict) else None


def _named(value: Any, index: int) -> str:
    found = value if isinstance(value, dict) else {}
    named = next((found[key] for key in _NAMES if isinstance(found.get(key), str) and found[key]), None)
    return f"[{named}]" if named is not None else str(index)


def _text(value: Mapping[Any, Any], key: str) -> str:
    """What an entry says of itself; a few look-ups, however many keys it has."""
    found = value.get(key, value.get(key.lower()))
    return found if isinstance(found, str) else ""


def _resource(value: Any) -> str:
    if not isinstance(value, dict) or not isinstance(value.get("kind"), str):
        return ""
    metadata = value.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    return f"k8s/{value['kind']}/{metadata.get('namespace') or ''}/{metadata.get('name') or ''}"


def _bare(key: str) -> str:
    return key.replace("_", "").replace("-", "").lower()
