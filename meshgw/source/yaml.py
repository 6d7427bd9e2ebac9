"""YAML as `kubectl` reads it: a stream of documents, each read on its own.

Documents are told apart by their `---` lines before any of them is parsed, so a fault in one takes
nothing from the others.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from meshgw.source.document import Comment, Document, Layout, Span, SyntaxFault
from meshgw.source.json_tree import layout_of, value_of
from meshgw.source.text import BOM
from meshgw.source.tree import Node, Object, Scalar, Unreadable, keys_of
from meshgw.source.yaml_tree import YamlReader

_MARKER: Final = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_PREAMBLE: Final = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n|%[^\n]*\n)*")
_FORBIDDEN: Final = re.compile(r"[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_HASH: Final = re.compile(r"(?:^|(?<=[ \t]))#[^\n]*", re.MULTILINE)
_HELM: Final = re.compile(r"\{\{-?[ \t]*(?:[.$\"(]|/\*|\w)[^{}\n]*\}\}")


def read_yaml(text: str, name: str) -> list[Document]:
    """Read all documents of a stream; those without content are left out."""
    documents: list[Document] = []
    for start, end in _parts(text):
        bad = _refuse_character(text, start, end)
        reader = YamlReader(text[start : bad.span.start if bad else end], start)
        fault = bad
        try:
            for top in reader.documents():
                if not (bad or _is_empty(top)):
                    documents.append(_whole(text, name, len(documents), reader, top))
        except Unreadable as error:
            fault = bad or error.fault
        if fault:
            documents.append(_faulty(text, name, len(documents), reader.top, fault))
    return documents


def looks_like_helm(text: str) -> bool:
    """Whether this is a template of YAML rather than YAML."""
    return _HELM.search(text) is not None


def _parts(text: str) -> Iterator[tuple[int, int]]:
    """Where each document of the stream begins and ends, its directives with it."""
    start = len(BOM) if text.startswith(BOM) else 0
    for marker in _MARKER.finditer(text, start):
        if not _PREAMBLE.fullmatch(text, start, marker.start()):
            yield start, marker.start()
            start = marker.start()
    yield start, len(text)


def _refuse_character(text: str, start: int, end: int) -> SyntaxFault | None:
    bad = _FORBIDDEN.search(text, start, end)
    if not bad:
        return None
    return SyntaxFault(f"character U+{ord(bad[0]):04X} is not allowed in YAML", Span(*bad.span()))


def _is_empty(top: Node) -> bool:
    return isinstance(top, Scalar) and top.value is None and not top.raw


def _whole(text: str, name: str, index: int, reader: YamlReader, top: Node) -> Document:
    start, end = reader.base, reader.base + len(reader.text)
    lay_out = partial(_lay_out, text, (start, end), top, tuple(reader.scalars))
    return Document(name=name, text=text, syntax="yaml", value=value_of(top), index=index, lay_out=lay_out)


def _faulty(text: str, name: str, index: int, top: Node | None, fault: SyntaxFault) -> Document:
    return Document(
        name=name,
        text=text,
        syntax="yaml",
        value=None,
        fault=fault,
        top_level_keys=keys_of(top if isinstance(top, Object) else None),
        index=index,
        lay_out=lambda: Layout({}, (), ()),
    )


def _lay_out(text: str, within: tuple[int, int], top: Node, scalars: tuple[Span, ...]) -> Layout:
    """The layout with the comments, which are every `#` that stands in no scalar."""
    ends = [span.end for span in scalars]
    comments = []
    for match in _HASH.finditer(text, *within):
        after = bisect.bisect_right(ends, match.start())
        if after == len(scalars) or match.start() < scalars[after].start:
            raw = match[0].rstrip("\r")
            span = Span(match.start(), match.start() + len(raw))
            comments.append(Comment(raw.lstrip("#").strip(), span))
    layout = layout_of(top)
    return Layout(layout.places, tuple(comments), layout.duplicates)
