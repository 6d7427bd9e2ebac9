"""Consul's scalar conversions: weak for config entries, strict for agent files and API bodies."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeAlias

from meshgw.schema.durations import DurationError, parse_duration
from meshgw.schema.fields import Layer, ScalarKind
from meshgw.secret import NO_SECRET, Secret

_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False", ""})
_INTEGER = re.compile(
    r"[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|[1-9](?:_?[0-9])*|0)"
)
_FLOAT = re.compile(
    r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[+-]?(?:inf|infinity|nan)", re.IGNORECASE
)
_HEX_FLOAT = re.compile(r"[+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]{1,9}")
_TIMESTAMP = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:[.,]\d+)?(?:[Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_MAX_INTEGER_TEXT = 100  # 64 bits take at most 64 digits, plus sign, prefix and underscores

Converter: TypeAlias = Callable[[Any], Any]


class MismatchError(ValueError):
    """A value does not fit: the wanted type, and the piece of Consul's message that says so."""

    def __init__(self, wanted: str, consul: str) -> None:
        super().__init__(wanted)
        self.wanted = wanted
        self.consul = consul


def describe(value: Any) -> str:
    """What a value is, in the words of a message."""
    match value:
        case None:
            return "null"
        case bool():
            return f"the boolean `{str(value).lower()}`"
        case int() | float():
            return f"the number `{plain_number(value)}`"
        case str():
            return f"the string `{value}`"
        case list():
            return f"a list of {len(value)}"
        case _:
            return "an object"


def plain_number(value: float) -> str:
    """Shortest decimal without exponent: `1e21` → `1000000000000000000000`, `1.0` → `1`."""
    if isinstance(value, int):
        return str(value)
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124  # NaN
        return {"inf": "+Inf", "-inf": "-Inf"}.get(str(value), "NaN")
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _unconvertible(wanted: str) -> MismatchError:
    return MismatchError(wanted, "got unconvertible type")


def _single(value: Any, wanted: str) -> Any:
    """A list of one stands for its element, one level only."""
    if isinstance(value, list):
        if len(value) != 1 or isinstance(value[0], list | dict):
            raise _unconvertible(wanted)
        return value[0]
    return value


def weak_string(value: Any) -> str:
    value = _single(value, "a string")
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int | float):
        return plain_number(value)
    raise _unconvertible("a string")


def _weak_integer(given: Any, *, low: int, high: int, wanted: str, word: str) -> int:
    value: object = _single(given, wanted)
    if isinstance(value, int):  # a boolean is 1 or 0
        return int(value)
    if isinstance(value, float):
        return _truncated(value)
    if value is None or value == "":
        return 0
    if isinstance(value, str):
        if len(value) <= _MAX_INTEGER_TEXT and _INTEGER.fullmatch(value):
            parsed = parse_integer(value)
            if low <= parsed <= high:
                return parsed
        raise MismatchError(wanted, f"as {word}")
    raise _unconvertible(wanted)


def _truncated(value: float) -> int:
    """Toward zero; what no 64-bit integer holds is the lowest one, as on the processors Consul runs on."""
    if isinstance(value, int):
        return value
    return int(value) if -(2.0**63) <= value < 2.0**63 else -(2**63)


def parse_integer(text: str) -> int:
    """An integer with Go's base prefixes; a leading `0` is octal."""
    digits = text.lstrip("+-").replace("_", "")
    if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit():
        digits = "0o" + digits[1:]
    return -int(digits, 0) if text[:1] == "-" else int(digits, 0)


def weak_int(value: Any) -> int:
    found = _weak_integer(value, low=-(2**63), high=2**63 - 1, wanted="an integer", word="int")
    return (found + 2**63) % 2**64 - 2**63


def _weak_unsigned(bits: int) -> Converter:
    def convert(value: Any) -> int:
        if isinstance(value, str) and value[:1] in ("+", "-"):
            raise MismatchError("an integer that is not negative", "as uint")
        found = _weak_integer(
            value, low=0, high=2**bits - 1, wanted="an integer that is not negative", word="uint"
        )
        return found & (1 << bits) - 1  # a negative or too large number wraps, as in Consul

    return convert


def weak_float(value: Any) -> float:
    value = _single(value, "a number")
    if isinstance(value, int | float):
        return float(value)
    if value is None or value == "":
        return 0.0
    if isinstance(value, str):
        found = _parse_float(value)
        if found is not None:
            return found
        raise MismatchError("a number", "as float")
    raise _unconvertible("a number")


def _parse_float(text: str) -> float | None:
    """A number as Go reads it; what is too large is none, `Inf` and `NaN` are some."""
    if _FLOAT.fullmatch(text):
        found = float(text)
    elif _HEX_FLOAT.fullmatch(text):
        try:
            found = float.fromhex(text)
        except OverflowError:
            return None
    else:
        return None
    return found if text.strip("+-")[0] in "iInN" or abs(found) != float("inf") else None


def weak_bool(value: Any) -> bool:
    value = _single(value, "true or false")
    if isinstance(value, bool):
        return value
    if value is None:
        return False
    if isinstance(value, int | float):
        return value != 0
    if isinstance(value, str):
        if value in _TRUE:
            return True
        if value in _FALSE:
            return False
        raise MismatchError("true or false", "as bool")
    raise _unconvertible("true or false")


def weak_duration(value: Any) -> int:
    value = _single(value, "a duration")
    if isinstance(value, str):
        try:
            return parse_duration(value)
        except DurationError as fault:
            raise MismatchError('a duration such as "30s"', str(fault)) from fault
    return weak_int(value)


def weak_timestamp(value: Any) -> str | None:
    value = _single(value, "a timestamp")
    if value is None:
        return None
    if isinstance(value, str):
        if _TIMESTAMP.fullmatch(value):
            return value
        raise MismatchError('a timestamp such as "2026-01-31T12:00:00Z"', "parsing time")
    raise MismatchError("a timestamp", "expected a map")


def weak_bytes(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode()
    if value is None:
        return b""
    if isinstance(value, list):
        return bytes(weak_int(item) % 256 for item in value)
    if isinstance(value, dict):
        raise _unconvertible("a string")
    return bytes([weak_int(value) % 256])


WEAK: dict[ScalarKind, Converter] = {
    "string": weak_string,
    "int": weak_int,
    "uint": _weak_unsigned(64),
    "uint32": _weak_unsigned(32),
    "float": weak_float,
    "bool": weak_bool,
    "duration": weak_duration,
    "timestamp": weak_timestamp,
    "bytes": weak_bytes,
    "any": lambda value: value,
    "secret": lambda value: Secret(weak_string(value)),
}


def _secret(convert: Converter) -> Converter:
    return lambda value: Secret(convert(value)) if value is not None else NO_SECRET


def _strict(types: tuple[type, ...], zero: Any, word: str, wanted: str) -> Converter:
    """Agent files (service-registration.md 1.3): one type, a list of one unwrapped, null is zero."""
    whole = word in ("int", "uint", "uint32")

    def convert(value: Any) -> Any:
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if value is None:
            return zero
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise MismatchError(wanted, f"expected type '{word}', got unconvertible type")
        fitting: Any = value
        return _truncated(fitting) if whole else fitting

    return convert


def strict_duration(value: Any) -> int:
    text = _strict((str,), None, "string", 'a duration such as "30s"')(value)
    if text is None:
        return 0
    try:
        return parse_duration(text)
    except DurationError as fault:
        raise MismatchError('a duration such as "30s"', str(fault)) from fault


STRICT: dict[ScalarKind, Converter] = {
    "string": _strict((str,), "", "string", "a string"),
    "int": _strict((int, float), 0, "int", "an integer"),
    "uint": _strict((int, float), 0, "uint", "an integer that is not negative"),
    "uint32": _strict((int, float), 0, "uint32", "an integer that is not negative"),
    "float": _strict((int, float), 0.0, "float64", "a number"),
    "bool": _strict((bool,), False, "bool", "true or false"),
    "duration": strict_duration,
    "timestamp": weak_timestamp,
    "bytes": weak_bytes,
    "any": lambda value: value,
    "secret": _secret(_strict((str,), "", "string", "a string")),
}


def _json(types: tuple[type, ...], zero: Any, wanted: str) -> Converter:
    """Bodies of the API (service-registration.md 1.7): exactly one JSON type, no unwrapping."""

    def convert(value: Any) -> Any:
        if value is None:
            return zero
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise MismatchError(wanted, "json: cannot unmarshal")
        return value

    return convert


def json_duration(value: Any) -> int:
    if isinstance(value, str):
        return strict_duration(value)
    return 0 if isinstance(value, bool) else _whole(value)


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0


JSON_BODY: dict[ScalarKind, Converter] = {
    "string": _json((str,), "", "a string"),
    "int": _json((int,), 0, "an integer without fraction or exponent"),
    "uint": _json((int,), 0, "an integer without fraction or exponent"),
    "uint32": _json((int,), 0, "an integer without fraction or exponent"),
    "float": _json((int, float), 0.0, "a number"),
    "bool": _json((bool,), False, "true or false"),
    "duration": json_duration,
    "timestamp": weak_timestamp,
    "bytes": weak_bytes,
    "any": lambda value: value,
    "secret": _secret(_json((str,), "", "a string")),
}


def _exact(types: tuple[type, ...], zero: Any, word: str, wanted: str) -> Converter:
    """Arguments of Envoy extensions (config-entries.md 2.0): the right type, numbers truncated."""

    def convert(value: Any) -> Any:
        if value is None:
            return zero
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise MismatchError(wanted, f"expected type '{word}', got unconvertible type")
        fitting: Any = value
        return _truncated(fitting) if isinstance(zero, int) and bool not in types else fitting

    return convert


def _exact_unsigned(bits: int) -> Converter:
    convert_signed = _exact((int, float), 0, f"uint{bits}", "an integer that is not negative")

    def convert(value: Any) -> int:
        found: int = convert_signed(value)
        if found < 0:
            raise MismatchError("an integer that is not negative", "overflows uint")
        return found & (1 << bits) - 1

    return convert


EXACT: dict[ScalarKind, Converter] = {
    "string": _exact((str,), "", "string", "a string"),
    "int": _exact((int, float), 0, "int", "an integer"),
    "uint": _exact_unsigned(64),
    "uint32": _exact_unsigned(32),
    "float": _exact((int, float), 0.0, "float64", "a number"),
    "bool": _exact((bool,), False, "bool", "true or false"),
    "duration": _exact((int, float), 0, "time.Duration", "a duration as a number of nanoseconds"),
    "timestamp": weak_timestamp,
    "bytes": weak_bytes,
    "any": lambda value: value,
    "secret": _secret(_exact((str,), "", "string", "a string")),
}

CONVERTERS: dict[Layer, dict[ScalarKind, Converter]] = {
    "agent": STRICT,
    "api": JSON_BODY,
    "catalog": JSON_BODY,
    "arguments": EXACT,
}
"""The conversions of the layers that are not weak."""
