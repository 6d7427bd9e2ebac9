# ruff: noqa: E501  # several rows of a table in a line
"""Durations as Consul reads and prints them (config-entries.md 1.7)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshgw.schema.durations import DurationError, format_duration, parse_duration


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("10s", 10_000_000_000), ("1h5m0.5s", 3_900_500_000_000), ("-5s", -5_000_000_000), ("+5s", 5_000_000_000),
        ("1.5h", 5_400_000_000_000), (".5s", 500_000_000), ("5.s", 5_000_000_000), ("0", 0), ("-0", 0), ("+0", 0),
        ("1us", 1_000), ("1µs", 1_000), ("1μs", 1_000), ("0.1ns", 0), ("100ms", 100_000_000), ("0s", 0),
    ],
)  # fmt: skip
def test_accepted(text, nanoseconds):
    assert parse_duration(text) == nanoseconds


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "time: invalid duration"), ("10", "time: missing unit in duration"), ("1d", "time: unknown unit"),
        ("5 s", "time: unknown unit"), ("1S", "time: unknown unit"), ("s", "time: invalid duration"),
        ("1h1", "time: missing unit in duration"), ("1m-5s", "time: unknown unit"), ("99999999h", "time: invalid duration"),
        (".s", "time: invalid duration"), ("-", "time: invalid duration"), ("--5s", "time: invalid duration"),
        ("٣s", "time: invalid duration"), ("9" * 5000 + "ns", "time: invalid duration"),
    ],
)  # fmt: skip
def test_refused(text, says):
    with pytest.raises(DurationError, match=f"^{says}$"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0s"), (1, "1ns"), (1_500, "1.5µs"), (250_000_000, "250ms"), (1_000_000_000, "1s"), (90_000_000_000, "1m30s"),
        (3_900_500_000_000, "1h5m0.5s"), (-5_000_000_000, "-5s"), (3_600_000_000_000, "1h0m0s"),
    ],
)  # fmt: skip
def test_printed(nanoseconds, text):
    assert format_duration(nanoseconds) == text


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_what_is_printed_reads_back(nanoseconds):
    assert parse_duration(format_duration(nanoseconds)) == nanoseconds
