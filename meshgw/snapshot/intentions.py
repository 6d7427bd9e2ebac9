"""The intentions that a destination's proxy enforces."""

from __future__ import annotations

from meshgw.resolve.intentions import matching_intentions

__all__ = ["matching_intentions"]
