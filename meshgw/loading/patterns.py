"""Path patterns of the project file: `*`, `?`, `**` and captures, matched in linear time by RE2."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

_CAPTURE = re.compile(r"\{([a-z_]+)\}")
_TOKEN = re.compile(r"\*\*/|\*\*|\*|\?|\{[a-z_]+\}|[^*?{]+|\{")


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Any:
    import re2

    pieces: list[str] = []
    for piece in _TOKEN.findall(pattern.removeprefix("./")):
        if piece == "**/":
            pieces.append("(?:.*/)?")
        elif piece == "**":
            pieces.append(".*")
        elif piece == "*":
            pieces.append("[^/]*")
        elif piece == "?":
            pieces.append("[^/]")
        elif _CAPTURE.fullmatch(piece):
            named = f"(?P<{piece[1:-1]}>[^/]+)"
            pieces.append("[^/]+" if named in pieces else named)
        else:
            pieces.append(re2.escape(piece))
    return re2.compile("".join(pieces))


def captures(text: str) -> list[str]:
    """The names in braces, in order."""
    return _CAPTURE.findall(text)


def match_path(pattern: str, path: str) -> dict[str, str] | None:
    """The captures of a pattern that covers a whole `/`-separated path, else `None`."""
    found = _compiled(pattern).fullmatch(path)
    return None if found is None else found.groupdict()


def covers(pattern: str, path: str) -> bool:
    """Whether a pattern covers a path, or a folder that holds it."""
    return match_path(pattern, path) is not None or match_path(f"{pattern.rstrip('/')}/**", path) is not None
