"""Secrets of the tree taken out of everything that a report says, before any format writes it.

Source lines are masked where they are shown; this is about messages, notes and help that quote a
value, in the document that holds it or in another one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from meshgw.analysis.report import ValidationReport
from meshgw.diagnostics.model import Diagnostic
from meshgw.schema.secrets import Clean, cleaner_of
from meshgw.source.document import Document


def masked(report: ValidationReport) -> ValidationReport:
    """The report without secrets in its texts."""
    return replace(
        report,
        diagnostics=masked_findings(report.diagnostics),
        suppressed=tuple(replace(one, found=_masked(one.found, {})) for one in report.suppressed),
    )


def masked_findings(found: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Findings without secrets in their texts."""
    known: dict[int, Clean | None] = {}
    return tuple(_masked(one, known) for one in found)


def _masked(found: Diagnostic, known: dict[int, Clean | None]) -> Diagnostic:
    documents = _documents(found)
    for document in documents:
        if id(document) not in known:
            known[id(document)] = cleaner_of(document)
    cleaners = [one for document in documents if (one := known[id(document)]) is not None]
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


def _documents(found: Diagnostic) -> list[Document]:
    places = [found.location, *(one.location for one in found.related)]
    return list({id(place.document): place.document for place in places if place is not None}.values())
