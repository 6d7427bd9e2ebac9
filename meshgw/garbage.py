"""Python's garbage collector while a tree is read, judged and rendered."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """Do not look for cycles of garbage meanwhile.

    What is read and made stays until the end and has no cycles; what is dropped earlier is freed
    anyway. Looking for some took a quarter of the time of validating 10,000 files, and a third of
    rendering 1,000 sidecars, with the same memory.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
