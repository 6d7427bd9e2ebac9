"""Names as file names: what is unsafe is encoded, reversibly.

Letters, digits, `.`, `_`, `~`, `+`, `=`, `,` and `-` stand for themselves, every other byte of the UTF-8
text becomes `%XX`. So a name is never `.`, `..`, hidden, a device of Windows, or two folders deep, and
`urllib.parse.unquote` gives it back. A text that would be too long is cut and ends in `%~` and a digest,
which no escape does; what it stands for is in `index.json` (or, of a resource, in the file itself).
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from typing import TypeVar

LONGEST = 200  # bytes; file systems take 255, endings and temporary names need some

K = TypeVar("K", bound=Hashable)

_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?|index\.json", re.IGNORECASE)
_UNSAFE = re.compile(r"[^A-Za-z0-9._~+=,-]")


def file_name(name: str) -> str:
    """One name alone as a file name; see `file_names` for several in one folder."""
    return shortened(escaped(name))


def file_names(names: Iterable[str]) -> dict[str, str]:
    """Distinct names of one folder as file names that stay distinct where case is ignored."""
    return distinct({name: escaped(name) for name in names})


def distinct(wanted: Mapping[K, str]) -> dict[K, str]:
    """Escaped names by key; those that are equal but for their case get their capitals encoded."""
    alike = defaultdict(list)
    for key, text in wanted.items():
        alike[text.lower()].append(key)
    return {
        key: shortened(text if len(alike[text.lower()]) == 1 else _without_capitals(text))
        for key, text in wanted.items()
    }


def escaped(name: str) -> str:
    """The name with everything unsafe as `%XX`; it may still be too long."""
    text = _UNSAFE.sub(_hex, name)
    if text.startswith(".") or _RESERVED.fullmatch(text):
        text = _hex_of(text[0]) + text[1:]
    if text.endswith("."):
        text = text[:-1] + _hex_of(".")
    return text or "%"  # of the empty name: no other name gives a bare `%`


def shortened(text: str) -> str:
    """The text, or its beginning and a digest of the whole."""
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - 34]}%~{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def _without_capitals(text: str) -> str:
    return re.sub(r"%[0-9A-F]{2}|[A-Z]", lambda found: found[0] if found[0][0] == "%" else _hex(found), text)


def _hex(found: re.Match[str]) -> str:
    return _hex_of(found[0])


def _hex_of(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogatepass"))
