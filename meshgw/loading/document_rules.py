"""What is odd about a whole file, whatever it holds."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from meshgw.diagnostics.model import Diagnostic, Location, Part, Related
from meshgw.diagnostics.rules import Report, rule
from meshgw.profile import Profile
from meshgw.source.document import Document, Path

_KEY = re.compile(r'"[ \t\r\n]*+:')


@dataclass(frozen=True)
class _Whole:
    """A document as the subject of a report."""

    document: Document

    def locate(self, at: Path = (), part: Part = "value") -> Location | None:
        return Location(self.document, at, part)

    def at_source(self, source: Path, part: Part = "value") -> Location | None:
        return self.locate(source, part)


@rule("text-after-missing-comma", on="file")
def text_after_missing_comma(document: Document, report: Report) -> None:
    """JSON in a `.hcl` file that lacks a comma.

    Consul reads it by HCL's own JSON dialect, which takes a missing comma for the end: whatever
    stands behind it is dropped without a word, and the rest is registered.

    Found in a tree:

        == db/metrics.hcl ==
        {
          "service": { "name": "metrics", "port": 9102 }
          "services": [{ "name": "metrics-push", "port": 9103 }]
        }
    """
    if document.syntax == "hcl" and document.trailing is not None:
        report(
            "Consul does not read what follows here: a comma is missing before it",
            location=Location(document, exact=document.trailing),
            help="write the comma, or name the file `.json`: then Consul refuses it instead",
        )


@rule("duplicate-key", on="file", severity="warning")
def duplicate_key(document: Document, report: Report) -> None:
    """A key that is written twice in one object.

    The later value replaces the earlier one without a word.

    Found:

        {
          "Kind": "service-defaults",
          "Name": "web",
          "Protocol": "tcp",
          "Protocol": "http"
        }

    Accepted:

        {
          "Kind": "service-defaults",
          "Name": "web",
          "Protocol": "http"
        }
    """
    for found in document.layout.duplicates:
        report(
            f"`{found.path[-1]}` is written twice; the later value counts",
            location=Location(document, found.path, exact=found.again),
            related=[Related(Location(document, found.path, exact=found.first), "the value that is lost")],
            help="take one of them out",
        )


def document_findings(document: Document, profile: Profile) -> tuple[Diagnostic, ...]:
    """What is odd about a file that could be read."""
    repeats = document.value is not None and _may_repeat(document)
    if document.value is None or not (repeats or document.trailing is not None):
        return ()  # nearly all
    report = Report(document, _Whole(document), profile, title=document.name)
    report.run(text_after_missing_comma, document)
    if repeats:
        report.run(duplicate_key, document)
    return tuple(report.diagnostics)


def _may_repeat(document: Document) -> bool:
    """Whether positions are worth computing: cheaper to tell than the positions themselves."""
    if document.syntax == "json":
        return len(_KEY.findall(document.text)) > _count_keys(document.value)
    return not document.keys_differ


def _count_keys(value: Any) -> int:
    count, work = 0, [value] if type(value) in _CONTAINERS else []
    for here in work:  # grows while it is walked
        inside = here
        if type(here) is dict:
            count += len(here)
            inside = here.values()
        work += [each for each in inside if type(each) in _CONTAINERS]
    return count


_CONTAINERS = (dict, list)
