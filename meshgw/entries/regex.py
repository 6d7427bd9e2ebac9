"""What RE2 says about a user's regular expression. Envoy runs them; Consul only stores them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=4096)
def re2_fault(pattern: str) -> str | None:
    """Why RE2 refuses a pattern, in its own words; `None` when it takes it.

    RE2 is bounded in time and memory whatever the pattern, and says nothing on standard error here.
    """
    import re2

    try:
        _compiled(pattern)
    except re2.error as fault:
        return _words(fault)
    return None


def re2_search(pattern: str, text: str) -> bool:
    """Whether RE2 finds a pattern anywhere in a text. Raises `ValueError` for one that it refuses."""
    fault = re2_fault(pattern)
    if fault is not None:
        raise ValueError(fault)
    return _compiled(pattern).search(_utf8(text)) is not None


def _compiled(pattern: str) -> Any:
    import re2

    options = re2.Options()
    options.log_errors = False
    return re2.compile(_utf8(pattern), options)


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _words(fault: Exception) -> str:
    said = fault.args[0] if fault.args else str(fault)
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
