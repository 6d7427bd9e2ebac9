"""What RE2 refuses, and that nothing but its answer is said."""

import pytest

from meshgw.entries.regex import re2_fault, re2_search


@pytest.mark.parametrize("pattern", ["", "a", "/v[0-9]+", r"\d{1,3}", "(?i)x", "é", "a\x00b", "\ud800"])
def test_accepted(pattern):
    assert re2_fault(pattern) is None


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("(", "missing )"),
        ("(?=a)", "invalid perl operator"),
        (r"(a)\1", "invalid escape sequence"),
        ("x{1001}", "invalid repetition size"),
        ("((a{100}){100}){100}", "invalid repetition size"),
        ("[z-a]", "invalid character class range"),
        ("*", "no argument for repetition operator"),
    ],
)
def test_refused(pattern, words, capfd):
    fault = re2_fault(pattern)
    assert fault is not None
    assert words in fault
    assert capfd.readouterr() == ("", "")


def test_search_is_unanchored_and_linear():
    assert re2_search("b", "abc")
    assert not re2_search("^b", "abc")
    assert not re2_search("(a+)+$", "a" * 100_000 + "b")
    with pytest.raises(ValueError, match="missing"):
        re2_search("(", "")
