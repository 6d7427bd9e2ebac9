"""The keys of `Proxy.Config` that change a bootstrap (envoy-bootstrap.md 6), and JSON fragments in them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from meshgw.envoy.faults import RenderFault
from meshgw.envoy.tree_walk import DEEPEST, too_deep
from meshgw.schema.convert import MismatchError, describe, weak_string
from meshgw.source.document import Path


class Settings:
    """Reads keys weakly and in any case; faults name the key as the user wrote it."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = config
        self.faults: list[RenderFault] = []

    def spelled(self, key: str) -> str:
        """A key as the config has it: as it is, or in another case."""
        if key in self._config:
            return key
        return next((name for name in sorted(self._config) if name.lower() == key), key)

    def text(self, key: str) -> str:
        """A text; empty when absent."""
        key = self.spelled(key)
        return self._string(self._config.get(key), (key,))

    def texts(self, key: str) -> list[str]:
        """A list of texts; one alone stands for a list."""
        key = self.spelled(key)
        value = self._config.get(key)
        if value is None or value == "":
            return []
        items = value if isinstance(value, list) else [value]
        return [self._string(item, (key, index)) for index, item in enumerate(items)]

    def fragments(self, key: str) -> list[Any]:
        """JSON values separated by commas: what becomes valid inside `[` and `]`."""
        found = self._parsed(key, "[", "]")
        return found if isinstance(found, list) else []

    def fragment(self, key: str) -> Any:
        """One JSON value; `None` when absent."""
        return self._parsed(key, "", "")

    def fault(self, rule: str, message: str, key: str, **more: Any) -> None:
        self.faults.append(RenderFault(rule=rule, message=message, key=(self.spelled(key),), **more))

    def _parsed(self, key: str, before: str, after: str) -> Any:
        text = self.text(key)
        if not text.strip():
            return None
        try:
            return parse_json(f"{before}{text}{after}")
        except ValueError as fault:
            wanted = "JSON objects separated by commas" if before else "JSON"
            self.fault("bootstrap-json-invalid", f"`{key}` is not {wanted}: {fault}", key)
            return None

    def _string(self, value: Any, path: Path) -> str:
        try:
            return weak_string(value)
        except MismatchError as fault:
            message = f"`{path[0]}` has to be {fault.wanted}, not {describe(value)}"
            self.faults.append(RenderFault(rule="bootstrap-setting-type", message=message, key=path))
            return ""


def parse_json(text: str) -> Any:
    """A JSON text as plain data; raises `ValueError` with a reason that quotes nothing of it."""
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as fault:
        raise ValueError(f"{fault.msg[0].lower()}{fault.msg[1:]} (character {fault.pos + 1})") from None
    except RecursionError:
        raise ValueError(f"nested more than {DEEPEST} deep") from None
    if too_deep(value):
        raise ValueError(f"nested more than {DEEPEST} deep")
    return value


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number is too large")
    return number


def _no_constant(name: str) -> None:
    raise ValueError(f"`{name}` is no JSON number")
