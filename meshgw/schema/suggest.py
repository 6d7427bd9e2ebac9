"""What a user probably meant."""

from __future__ import annotations

from collections.abc import Iterable

_SHORT, _LONG = 0.6, 0.7
"""How alike words must be: one letter of three or four may differ."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word closest to one that was mistyped, ignoring case; `None` when none is close."""
    import difflib

    by_folded = {candidate.lower(): candidate for candidate in reversed(tuple(known))}
    found = difflib.get_close_matches(
        word.lower()[:100], by_folded, n=1, cutoff=_SHORT if len(word) <= 4 else _LONG
    )
    return by_folded[found[0]] if found else None


def spelled_otherwise(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known spellings of a word that differ from it only by case, `-` and `_`."""
    bare = _bare(word)
    return tuple(dict.fromkeys(candidate for candidate in known if _bare(candidate) == bare))


def _bare(word: str) -> str:
    return word.replace("-", "").replace("_", "").lower()
