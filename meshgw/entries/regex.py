"""What RE2 says about a user's regular expression. Envoy runs them; Consul only stores them."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from meshgw.diagnostics.rules import Report
from meshgw.schema.fields import Block


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


def report_refused_regex(matched: Block, field: str, report: Report) -> None:
    """Report the expression in a field, if Envoy refuses it."""
    pattern = getattr(matched, matched.attribute_of(field))
    fault = re2_fault(pattern) if pattern else None
    if fault:
        report(
            f"`{pattern}` is no expression that Envoy takes",
            at=(field,),
            note=f"RE2 says: {fault}",
            help="write it in RE2's syntax",
        )
