"""Secrets of the tree taken out of everything that a report says, before any format writes it.

Source lines are masked where they are shown; this is about messages, notes and help that quote a
value, in the document that holds it or in another one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeAlias

from meshgw.analysis.report import ValidationReport
from meshgw.diagnostics.model import Diagnostic
from meshgw.schema.secrets import secret_spans
from meshgw.source.document import Document

Clean: TypeAlias = Callable[[str], str]

REDACTED = "[redacted]"
_MANY = 200
_WORD = re.compile(r"""[^\s"'`]+""")
_SHORTEST = 6
"""Characters: what is shorter is no secret, and would hit words that mean something else."""


def masked(report: ValidationReport) -> ValidationReport:
    """The report without secrets in its texts."""
    known: dict[int, Clean | None] = {}
    return replace(
        report,
        diagnostics=tuple(_masked(found, known) for found in report.diagnostics),
        suppressed=tuple(replace(one, found=_masked(one.found, known)) for one in report.suppressed),
    )


def _masked(found: Diagnostic, known: dict[int, Clean | None]) -> Diagnostic:
    cleaners = [one for one in (_cleaner(document, known) for document in _documents(found)) if one]
    if not cleaners:
        return found

    def clean(text: str) -> str:
        for cleaner in cleaners:
            text = cleaner(text)
        return text

    return replace(
        found,
        message=clean(found.message),
        subject=clean(found.subject),
        note=clean(found.note) if found.note else found.note,
        help=clean(found.help) if found.help else found.help,
        related=tuple(replace(one, message=clean(one.message)) for one in found.related),
    )


def _documents(found: Diagnostic) -> Iterable[Document]:
    places = [found.location, *(one.location for one in found.related)]
    return {id(place.document): place.document for place in places if place is not None}.values()


def _cleaner(document: Document, known: dict[int, Clean | None]) -> Clean | None:
    """What takes the secrets of a document out of a text, also a single line of one."""
    if id(document) not in known:
        words = frozenset(
            line.strip()
            for span in secret_spans(document)
            for line in _lines(document.text[span.start : span.end])
            if len(line.strip()) >= _SHORTEST
        )
        known[id(document)] = _clean_of(words) if words else None
    return known[id(document)]


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
