# ruff: noqa: E501  # a row of a table is one line
"""Scalar conversions: weak, of agent files, of API bodies, of extension arguments (config-entries.md 1.6)."""

import math

import pytest

from meshgw.schema.convert import EXACT, JSON_BODY, STRICT, WEAK, MismatchError, describe, plain_number

REFUSED = object()


def outcome(table, kind, value):
    try:
        return table[kind](value)
    except MismatchError:
        return REFUSED


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("string", "a", "a"), ("string", 5, "5"), ("string", 1.0, "1"), ("string", 1e21, "1000000000000000000000"),
        ("string", 0.1, "0.1"), ("string", True, "1"), ("string", False, "0"), ("string", ["a"], "a"), ("string", [5], "5"),
        ("string", None, ""), ("string", [], REFUSED), ("string", ["a", "b"], REFUSED), ("string", [["a"]], REFUSED),
        ("string", {}, REFUSED), ("string", [{}], REFUSED), ("string", [None], ""),
        ("int", 5, 5), ("int", -1.9, -1), ("int", True, 1), ("int", "12", 12), ("int", "+12", 12), ("int", "-0x10", -16),
        ("int", "0b11", 3), ("int", "0o17", 15), ("int", "017", 15), ("int", "1_000", 1000), ("int", "", 0), ("int", [7], 7),
        ("int", None, 0), ("int", "1.5", REFUSED), ("int", "abc", REFUSED), ("int", "08", REFUSED), ("int", "1__0", REFUSED),
        ("int", "_1", REFUSED), ("int", " 1", REFUSED), ("int", "9223372036854775807", 2**63 - 1),
        ("int", "9223372036854775808", REFUSED), ("int", "1" * 5000, REFUSED), ("int", [1, 2], REFUSED), ("int", {}, REFUSED),
        ("int", 1e300, -(2**63)), ("int", "٣", REFUSED),
        ("uint32", -1, 4294967295), ("uint32", -1.0, 4294967295), ("uint32", 4294967297, 1), ("uint32", "-1", REFUSED),
        ("uint32", "+1", REFUSED), ("uint32", "4294967295", 4294967295), ("uint32", "4294967296", REFUSED), ("uint32", "", 0),
        ("uint", -1, 2**64 - 1), ("uint", "18446744073709551615", 2**64 - 1),
        ("float", 1, 1.0), ("float", "1e2", 100.0), ("float", ".5", 0.5), ("float", "5.", 5.0), ("float", True, 1.0), ("float", "", 0.0),
        ("float", None, 0.0), ("float", "0x64", REFUSED), ("float", "0x1p4", 16.0), ("float", "1e400", REFUSED), ("float", "x", REFUSED),
        ("float", "Inf", math.inf), ("float", "-infinity", -math.inf), ("float", "0x1p99999", REFUSED), ("float", [], REFUSED),
        ("bool", True, True), ("bool", "T", True), ("bool", "0", False), ("bool", "", False), ("bool", 2, True), ("bool", 0.0, False),
        ("bool", None, False), ("bool", ["true"], True), ("bool", "yes", REFUSED), ("bool", "tRUE", REFUSED), ("bool", {}, REFUSED),
        ("duration", "1h5m0.5s", 3_900_500_000_000), ("duration", 10, 10), ("duration", 1.9, 1), ("duration", True, 1),
        ("duration", None, 0), ("duration", "10", REFUSED), ("duration", "", REFUSED), ("duration", {}, REFUSED),
        ("timestamp", "2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"), ("timestamp", "2026-01-31", REFUSED), ("timestamp", 5, REFUSED),
        ("bytes", "é", "é".encode()), ("bytes", [1, 257], b"\x01\x01"), ("bytes", None, b""), ("bytes", {}, REFUSED),
    ],
)  # fmt: skip
def test_weak(kind, value, expected):
    assert outcome(WEAK, kind, value) == expected


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("string", ["a"], "a"), ("string", 5, REFUSED), ("string", True, REFUSED), ("string", None, ""),
        ("int", 8080.7, 8080), ("int", 1e3, 1000), ("int", [5], 5), ("int", "8080", REFUSED), ("int", True, REFUSED),
        ("bool", "true", REFUSED), ("bool", 1, REFUSED), ("bool", [True], True),
        ("duration", "10s", 10_000_000_000), ("duration", 10, REFUSED), ("duration", "", REFUSED), ("duration", None, 0),
    ],
)  # fmt: skip
def test_agent_files(kind, value, expected):
    assert outcome(STRICT, kind, value) == expected


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("string", ["a"], REFUSED), ("string", None, ""), ("int", 5, 5), ("int", 5.0, REFUSED), ("int", True, REFUSED),
        ("bool", 1, REFUSED), ("duration", "10s", 10_000_000_000), ("duration", 10, 10), ("duration", "10", REFUSED),
    ],
)  # fmt: skip
def test_api_bodies(kind, value, expected):
    assert outcome(JSON_BODY, kind, value) == expected


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("string", "a", "a"), ("string", 5, REFUSED), ("string", ["a"], REFUSED), ("string", None, ""),
        ("int", 5.9, 5), ("int", -5, -5), ("int", "5", REFUSED), ("int", True, REFUSED), ("int", [5], REFUSED),
        ("uint32", 5.0, 5), ("uint32", -1, REFUSED), ("float", 5, 5), ("bool", True, True), ("bool", "true", REFUSED), ("bool", 1, REFUSED),
        ("duration", 1e9, 1_000_000_000), ("duration", "1s", REFUSED),
    ],
)  # fmt: skip
def test_extension_arguments(kind, value, expected):
    assert outcome(EXACT, kind, value) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"), (True, "the boolean `true`"), (1.5, "the number `1.5`"), ("a", "the string `a`"),
        ([1, 2], "a list of 2"), ({}, "an object"),
    ],
)  # fmt: skip
def test_describe(value, text):
    assert describe(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(5, "5"), (5.0, "5"), (1e-7, "0.0000001"), (-2.5, "-2.5"), (math.inf, "+Inf"), (-math.inf, "-Inf"), (math.nan, "NaN")],
)  # fmt: skip
def test_plain_number(value, text):
    assert plain_number(value) == text
