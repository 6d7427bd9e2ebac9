"""Settling the edition from the raw trees, before anything is decoded (product.md 1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from meshgw.diagnostics.model import Location
from meshgw.source.document import Document, Path

_KEYS = frozenset(
    {"namespace", "partition", "destinationnamespace", "destinationpartition", "consulnamespace"}
)
_FREE_FORM = frozenset({"meta", "config", "arguments", "metadata", "headers", "nodemeta", "legacymeta"})


def enterprise_reason(documents: Iterable[Document]) -> str | None:
    """The first place that only Enterprise has: a partition or namespace other than default."""
    for document in documents:
        if not _names_tenancy(document.value):
            continue
        found = next(_tenancy_places(document.value), None)
        if found is not None:
            path, text = found
            return f"{text} at {Location(document, path, 'key')}"
    return None


def _names_tenancy(root: Any) -> bool:
    """Whether there are any such places. Measured: most files have none, and paths take most of the time."""
    work = [root]
    while work:
        item = work.pop()
        if type(item) is dict:
            for key, element in item.items():
                if type(element) is str:
                    if element == "sameness-group" or _bare(key) in _KEYS:
                        return True
                elif element:
                    work.append(element)
        elif type(item) is list:
            work += item
    return False


@lru_cache(maxsize=4096)
def _bare(key: str) -> str:
    """A key without what Consul takes for the same spelling."""
    return key.lower().replace("_", "")


def _tenancy_places(value: Any) -> Iterator[tuple[Path, str]]:
    """Keys at places of the schema that name a partition or namespace, in the order written."""
    work: list[tuple[Path, Any]] = [((), value)]
    while work:
        path, item = work.pop()
        if isinstance(item, dict):
            if not path and item.get("Kind", item.get("kind")) == "sameness-group":
                yield path, "a sameness-group"
            inner = []
            for key, element in item.items():
                name = _bare(key)
                if name in _KEYS and isinstance(element, str) and element.lower() not in ("", "default"):
                    yield (*path, key), f"`{key}`"
                elif name not in _FREE_FORM:
                    inner.append(((*path, key), element))
            work.extend(reversed(inner))
        elif isinstance(item, list):
            work.extend(reversed([((*path, index), element) for index, element in enumerate(item)]))
