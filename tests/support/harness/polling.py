"""Waiting for what another process does, without guessing how long it takes."""

import time
from collections.abc import Callable
from typing import TypeVar

PAUSE = 0.02

T = TypeVar("T")


def wait_for(attempt: Callable[[], T | None], *, seconds: float) -> T | None:
    """The first result that is not None; None when the time is over."""
    end = time.monotonic() + seconds
    while (result := attempt()) is None and time.monotonic() < end:
        time.sleep(PAUSE)
    return result
