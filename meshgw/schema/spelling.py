"""How a file spells what a help says: as HCL, as JSON, or as the `spec` of a Kubernetes resource.

Config entries have Consul's own names here (`MeshGateway`), service definitions those of agent files
(`mesh_gateway`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from meshgw.diagnostics.model import Location
from meshgw.diagnostics.rules import Report
from meshgw.schema.fields import camel_case

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]*(/[A-Za-z0-9_-]+)*")
_NO_STRINGS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_NAMED = frozenset({"meta", "tagged_addresses"})  # maps by names of the user's
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a file is written. `capitals` says that its services have the names of the API's bodies."""

    syntax: Literal["hcl", "json", "yaml"] = "hcl"
    capitals: bool = False

    def key(self, name: str) -> str:
        """A key as the file spells it."""
        if self.syntax == "yaml":
            return camel_case(name)
        if self.capitals and name.islower():
            return "".join(part.capitalize() for part in name.split("_"))
        return name

    def setting(self, name: str, value: Any) -> str:
        """A key with its value on one line; a block in HCL."""
        if self.syntax == "hcl":
            joint = " " if isinstance(value, Mapping) else " = "
            return f"{_hcl_key(name)}{joint}{self.inline(value)}"
        return (
            f"{self._quoted(self.key(name))}: {self._named(value) if name in _NAMED else self.inline(value)}"
        )

    def _named(self, value: Mapping[str, Any]) -> str:
        """A map whose keys are the user's own names."""
        return f"{{ {', '.join(f'{self._quoted(key)}: {self.inline(one)}' for key, one in value.items())} }}"

    def _quoted(self, key: str) -> str:
        return _scalar(key) if self.syntax == "yaml" else json.dumps(key, ensure_ascii=False)

    def item(self, value: Mapping[str, Any]) -> str:
        """An element of a list."""
        return "\n".join(self.lines([value])) if self.syntax == "yaml" else self.inline(value)

    def inline(self, value: Any) -> str:
        """A value on one line."""
        if isinstance(value, Mapping):
            pairs = (
                f"{_hcl_key(key)} = {self.inline(one)}"
                if self.syntax == "hcl" and one != {}
                else self.setting(key, one)
                for key, one in value.items()
            )
            return f"{{ {', '.join(pairs)} }}" if value else "{}"
        if _is_list(value):
            return f"[{', '.join(self.inline(one) for one in value)}]"
        return _scalar(value) if self.syntax == "yaml" else json.dumps(value, ensure_ascii=False)

    def lines(self, value: Any, indent: str = "") -> list[str]:
        """A value as YAML in blocks."""
        lines = []
        if _is_list(value):
            for one in value:
                first, *rest = self.lines(one, indent + "  ")
                lines += [f"{indent}- {first.removeprefix(indent + '  ')}", *rest]
            return lines
        for name, one in value.items():
            key = _scalar(self.key(name))
            if isinstance(one, Mapping) or _is_list(one):
                lines += [f"{indent}{key}:", *self.lines(one, indent + "  ")]
            else:
                lines.append(f"{indent}{key}: {_scalar(one)}")
        return lines


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _hcl_key(name: str) -> str:
    return name if _IDENTIFIER.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _scalar(value: Any) -> str:
    plain = isinstance(value, str) and _PLAIN.fullmatch(value) and value.lower() not in _NO_STRINGS
    return value if plain else json.dumps(value, ensure_ascii=False)


def spelling_at(location: Location | None) -> Spelling:
    """How the file of a place is written, and the object there or around it."""
    if location is None:
        return Spelling()
    value = around = location.document.value
    for part in location.path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            break
        around = value if isinstance(value, dict) else around
    keys = around if isinstance(around, dict) else ()
    return Spelling(location.document.syntax, any(str(key)[:1].isupper() for key in keys))


def spelling_of(report: Report) -> Spelling:
    """How the file of what a rule looks at is written."""
    return spelling_at(report.subject.locate(report.base))
