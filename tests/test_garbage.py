"""The garbage collector is left as it was found."""

import gc

import pytest

from meshgw.garbage import collecting_rarely


def test_thresholds_come_back() -> None:
    before = gc.get_threshold()
    with collecting_rarely():
        assert gc.get_threshold() != before
    assert gc.get_threshold() == before


def test_thresholds_come_back_after_an_error() -> None:
    before = gc.get_threshold()
    with pytest.raises(ValueError, match="bad"), collecting_rarely():
        raise ValueError("bad")
    assert gc.get_threshold() == before
