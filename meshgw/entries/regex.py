"""What RE2 says about a user's regular expression. Envoy runs them; Consul only stores them."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=4096)
def re2_fault(pattern: str) -> str | None:
    """Why RE2 refuses a pattern, in its own words; `None` when it takes it.

    RE2 is bounded in time and memory whatever the pattern, and says nothing on standard error here.
    """
    import re2

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern.encode("utf-8", "surrogatepass"), options)
    except re2.error as fault:
        return _words(fault)
    return None


def _words(fault: Exception) -> str:
    said = fault.args[0] if fault.args else str(fault)
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
