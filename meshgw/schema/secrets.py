"""Which parts of a text are secret, so that a shown source line does not give them away.

Secrets are found by the keys that the declarations mark (`FieldSpec.secret`), by the keys of agent
files that hold tokens, and as PEM blocks of private keys wherever they stand. That needs no decoding,
so it also covers a text that cannot be read or a key in the wrong place.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from meshgw.secret import REDACTED
from meshgw.source.document import Document, Path, Span

Clean: TypeAlias = Callable[[str], str]
"""Takes secrets out of a text."""

SECRET_KEYS = frozenset(
    {
        "privatekey",
        "token",
        "secret",
        "secretid",
        "encrypt",
        "password",
        "clientsecret",
        "secretkey",
        "secretaccesskey",
        "apikey",
        "jwks",
    }
)
"""Keys whose values are secret, in lower case without `_` and `-`."""

_SECRET_GROUPS = frozenset({"tokens"})  # every value below such a key is secret
_PEM_KEY = re.compile(
    r"-----BEGIN [^-\n]{0,60}PRIVATE KEY-----.*?(?:-----END [^-\n]{0,60}-----|\Z)", re.DOTALL
)
_PAIR = re.compile(
    r"""(?<![a-z_])["']?
    (?:private?[_-]?key|[a-z_-]{0,40}(?:toke?ne?|toekn|tken)s?|[a-z_-]{0,40}secret(?:[_-]?id)?|encrypt|password
    |(?:secret|secret[_-]?access|api)[_-]?key|jwks)["']?
    (?:[ \t]{0,40}[:=][ \t]{0,40}("[^"\n]*|'[^'\n]*|[^\s"'<{\[|>\#,][^\n\#,]*)|[ \t]{1,40}("[^"\n]*))""",
    re.IGNORECASE | re.VERBOSE,
)
"""A key and its value on one line, in HCL, JSON or YAML: for texts that cannot be read, and for keys that
are misspelled."""
_MASK = "*"
_LONG = 16  # characters: a token, not a word that also means something else
_MANY = 200  # secrets of one file that are looked for elsewhere in it
_SHORTEST = 6  # characters: what is shorter is no secret, and would hit words that mean something else
_WORD = re.compile(r"""[^\s"'`]+""")
_CLOSING = " \t,;)]}"  # what may follow a value without quotes on its line


@functools.lru_cache(maxsize=8)  # many findings of one file are shown one after another
def secret_spans(document: Document) -> tuple[Span, ...]:
    """The secret parts of a document's text, in order, without overlaps."""
    marked = list(_found(document))
    found = sorted([*marked, *_again(document.text, marked)], key=lambda span: (span.start, span.end))
    merged: list[Span] = []
    for span in found:
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)


def masked_line(document: Document, number: int) -> str:
    """A line of a document (counted from 1) with every secret character replaced by `*`.

    The line keeps its length, so columns stay right.
    """
    line = document.line(number)
    start = document.line_start(number)
    for span in secret_spans(document):
        first, last = max(span.start - start, 0), min(span.end - start, len(line))
        if first < last:
            line = line[:first] + _MASK * (last - first) + line[last:]
    return line


def cleaner_of(document: Document) -> Clean | None:
    """What takes the secrets of a document out of a text, also a single line of one; `None` without any."""
    words = frozenset(
        word
        for span in secret_spans(document)
        for line in _lines(document.text[span.start : span.end])
        for word in (line.strip(), line.strip(_CLOSING))
        if len(word) >= _SHORTEST
    )
    return _clean_of(words) if words else None


def without_private_keys(text: str, shown: str) -> str:
    """A text with `shown` in the place of every PEM block of a private key."""
    return _PEM_KEY.sub(lambda _: shown, text)


def redacted(document: Document, text: str) -> str:
    """A text about a document without its secrets."""
    clean = cleaner_of(document)
    return text if clean is None else clean(text)


def _clean_of(words: frozenset[str]) -> Clean:
    """Secrets are found anywhere in a text; where there are very many of them, as words between marks."""
    if len(words) <= _MANY:
        longest_first = sorted(words, key=len, reverse=True)
        pattern = re.compile("|".join(map(re.escape, longest_first)))
        return lambda text: pattern.sub(REDACTED, text)
    return lambda text: _WORD.sub(lambda match: REDACTED if match[0] in words else match[0], text)


def _lines(text: str) -> list[str]:
    """The lines of a secret; written in JSON they end in an escape."""
    return re.split(r"\\n|\\r|[\r\n]", text)


def _found(document: Document) -> Iterator[Span]:
    for match in _PEM_KEY.finditer(document.text):
        yield Span(*match.span())
    if _holds_paths(document):
        return
    for match in _PAIR.finditer(document.text):
        yield _unquoted(document.text, Span(*match.span(match.lastindex or 1)))
    if document.fault is None:
        for path, place in document.layout.places.items():
            if _is_secret(path):
                yield _unquoted(document.text, place.value)


def _again(text: str, marked: list[Span]) -> Iterator[Span]:
    """Where a long secret is written once more, under a key that holds none."""
    words = {text[span.start : span.end] for span in marked if span.end - span.start >= _LONG}
    for word in words if len(words) <= _MANY else ():
        at = text.find(word)
        while at >= 0:
            yield Span(at, at + len(word))
            at = text.find(word, at + len(word))


def _holds_paths(document: Document) -> bool:
    """Whether keys that are secret elsewhere are names of files here."""
    value = document.value
    return isinstance(value, dict) and "file-system-certificate" in (value.get("Kind"), value.get("kind"))


def _is_secret(path: Path) -> bool:
    keys = [key for key in path if isinstance(key, str)]
    return bool(keys) and is_secret_key(*keys)


def is_secret_key(*path: str) -> bool:
    """Whether the value at a path of keys is secret."""
    keys = [_bare(key) for key in path]
    return keys[-1] in SECRET_KEYS or keys[-1].endswith("token") or not _SECRET_GROUPS.isdisjoint(keys[:-1])


def _bare(key: str) -> str:
    return key.lower().replace("_", "").replace("-", "")


def _unquoted(text: str, span: Span) -> Span:
    """A value without the quotes around it."""
    start, end = span.start, span.end
    if text[start : start + 1] in ('"', "'"):
        start += 1
        if end > start and text[end - 1] == text[span.start]:
            end -= 1
    return Span(start, end)
