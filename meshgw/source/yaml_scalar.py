"""What a YAML scalar is once `kubectl` has made JSON of it.

`kubectl` reads with sigs.k8s.io/yaml, whose core is go-yaml version 2, and so do these rules:
YAML 1.1 booleans (`y`, `yes`, `on` …), `0` as the octal prefix, underscores in numbers, no base 60,
timestamps stay text. Whole floats become integers, because that is how they are printed as JSON.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

_TRUE: Final = ("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON")
_FALSE: Final = ("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF")
_NULL: Final = ("", "~", "null", "Null", "NULL")
_WORDS: Final[dict[str, Any]] = (
    dict.fromkeys(_TRUE, True) | dict.fromkeys(_FALSE, False) | dict.fromkeys(_NULL)
)
_NOT_JSON: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_INTEGER: Final = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)")
_STANDARD: Final = "tag:yaml.org,2002:"
_TEXT_TAGS: Final = ("str", "timestamp")


class BadScalar(ValueError):  # noqa: N818  it carries a fault of the user's, not one of ours
    """A scalar that has no meaning in JSON; the message says why."""


def resolve(text: str, tag: str | None, *, plain: bool) -> Any:
    """The JSON value of a scalar with an explicit `tag`, if any; only plain ones are more than text."""
    if tag is None:
        return _resolve_plain(text) if plain else text
    kind = tag.removeprefix(_STANDARD)
    if kind in _TEXT_TAGS:
        return text
    if kind == tag or kind not in ("null", "bool", "int", "float"):
        raise BadScalar(f"tag `{shown_tag(tag)}` has no meaning in a Kubernetes resource")
    value = _resolve_plain(text)
    fits = {
        "null": value is None,
        "bool": isinstance(value, bool),
        "int": isinstance(value, int) and not isinstance(value, bool),
        "float": isinstance(value, (int, float)) and not isinstance(value, bool),
    }
    if not fits[kind]:
        raise BadScalar(f"`{text[:40]}` does not fit its tag `!!{kind}`")
    return value


def shown_tag(tag: str) -> str:
    return "!!" + tag.removeprefix(_STANDARD) if tag.startswith(_STANDARD) else tag


def _resolve_plain(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _NOT_JSON.fullmatch(text):
        raise BadScalar(f"`{text}` is a number that JSON does not have")
    digits = text if text[0] == "." else text.replace("_", "")
    integer = _INTEGER.fullmatch(digits)
    if integer and len(digits) <= 70:
        value = _integer(digits)
        return value if -(2**63) <= value < 2**64 else float(value)
    return _as_float(digits, text) if _FLOAT.fullmatch(digits) else text


def _as_float(digits: str, text: str) -> Any:
    number = float(digits)
    if math.isinf(number):
        return text
    return int(number) if number.is_integer() and abs(number) < 2**63 else number


def _integer(digits: str) -> int:
    body = digits.lstrip("+-")
    octal = len(body) > 1 and body[0] == "0" and body[1].isdigit()
    number = int(body, 8) if octal else int(body, 0)
    return -number if digits[0] == "-" else number


def json_key(value: Any) -> str:
    """A scalar as the key of a JSON object."""
    if isinstance(value, str):
        return value
    if value is None:
        raise BadScalar("`null` cannot be a key")
    return (
        str(value).lower()
        if isinstance(value, bool)
        else f"{value:g}"
        if isinstance(value, float)
        else str(value)
    )
