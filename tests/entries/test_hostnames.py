"""What Consul takes for a host name."""

import pytest

from meshgw.entries.hostnames import is_host

ACCEPTED = [
    "a", "a.com", "a.com.", ".", "a.com:80", "x y", "_foo", "[::1]", "*", "*.x", "My Cert", "ü.com",
    "a" * 63, "a\\.", "a\\", r"a\.b", r"\300", "a" * 64 + "\\", ".".join(["a" * 63] * 4),
    r"a\..", "\\" + "a" * 63,
]  # fmt: skip
REFUSED = [
    "", "a..b", ".a", "..", "a..", "a" * 64, "a." + "b" * 64, "ü" * 32, ".".join(["a" * 63] * 4) + ".b",
    r"a\\..",
]  # fmt: skip


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepted(name):
    assert is_host(name)


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name):
    assert not is_host(name)


def test_total_length_counts_every_label_and_its_dot():
    longest = ".".join(["a" * 63] * 3 + ["a" * 62])  # 3 * 64 + 63 = 255
    assert is_host(longest)
    assert is_host(longest + "a")
    assert not is_host(longest + "aa")
