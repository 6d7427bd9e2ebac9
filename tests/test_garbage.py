"""The garbage collector is left as it was found."""

import gc

import pytest

from meshgw.garbage import without_collection


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_as_before(enabled: bool) -> None:
    was = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        with without_collection():
            assert not gc.isenabled()
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if was else gc.disable)()


def test_also_after_an_exception() -> None:
    with pytest.raises(ValueError, match="bad"), without_collection():
        raise ValueError("bad")
    assert gc.isenabled()
