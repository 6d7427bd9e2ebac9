"""Findings that a team accepts, with the reason beside them.

    # meshgw: allow RULE, reason

at the end of a line speaks of findings that start on it; alone on a line, of those on the next line
that holds more than comments. JSON has no comments: there the project file says it (`allow`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from meshgw.diagnostics.model import Diagnostic, Location, Part
from meshgw.diagnostics.rules import Report, rule
from meshgw.profile import Profile
from meshgw.source.document import Comment, Document, Path

MARK = "meshgw:"
_COMMENT = re.compile(r"meshgw:\s*allow\s+([A-Za-z0-9_-]+)\s*(?:,\s*(\S.*))?", re.DOTALL)
_COMMENT_ONLY = re.compile(r"\s*(?:#|//|/\*.*\*/\s*$|$)")


@dataclass(frozen=True, slots=True)
class Suppression:
    """An accepted finding: the rule, why, and where it is said.

    It covers findings of a file that start on the lines `first` to `last`; with `last` 0, all of the
    files that `path`, a pattern of the project file, covers.
    """

    rule: str
    reason: str
    location: Location | None
    file: str = ""
    first: int = 0
    last: int = 0
    path: str = ""


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding that is accepted, and the suppression that says so."""

    found: Diagnostic
    by: Suppression


@dataclass(frozen=True, slots=True)
class Misspelled:
    """A name that is no rule's, and the one that was probably meant."""

    name: str
    close: str | None
    location: Location | None


@dataclass(frozen=True, slots=True)
class Unused:
    """A suppression that suppresses nothing; `refused`: Consul refuses what it speaks of."""

    by: Suppression
    refused: bool


class _Comments:
    """Comments as the subject of a report: every finding brings its own place."""

    def locate(self, at: Path = (), part: Part = "value") -> Location | None:  # noqa: ARG002
        return None

    def at_source(self, source: Path, part: Part = "value") -> Location | None:  # noqa: ARG002
        return None


@rule("unused-suppression", on="file", severity="warning")
def unused_suppression(unused: Unused, report: Report) -> None:
    """A suppression that suppresses nothing.

    What it spoke of is gone or stands elsewhere, or Consul itself refuses it: a comment cannot make
    Consul accept anything.

    Found in a tree:

        == web.hcl ==
        Kind     = "service-defaults"
        Name     = "web"
        Protocol = "http" # meshgw: allow duplicate-key, both are wanted

    Accepted in a tree:

        == web.hcl ==
        Kind     = "service-defaults"
        Name     = "web"
        Protocol = "http"
    """
    report(
        f"no finding of `{unused.by.rule}` is suppressed here",
        location=unused.by.location,
        note="what Consul refuses cannot be suppressed" if unused.refused else None,
        help="fix what Consul refuses" if unused.refused else "take it out",
    )


@rule("incomplete-suppression", on="file", severity="warning")
def incomplete_suppression(location: Location, report: Report) -> None:
    """A comment to meshgw that it does not understand, or that gives no reason.

    It suppresses nothing.

    Found in a tree:

        == web.hcl ==
        Kind     = "service-defaults"
        Name     = "web"
        Protocol = "http" # meshgw: allow duplicate-key

    Accepted in a tree:

        == web.hcl ==
        Kind     = "service-defaults"
        Name     = "web"
        Protocol = "http" # meshgateway: not a word to meshgw
    """
    report(
        "this suppresses nothing",
        location=location,
        help="write `meshgw: allow RULE, REASON` with the name of one rule and a reason",
    )


@rule("unknown-rule", on="file", severity="warning")
def unknown_rule(misspelled: Misspelled, report: Report) -> None:
    """The name of a rule that there is not, in a suppression or in the project file.

    Found in a tree:

        == web.hcl ==
        Kind     = "service-defaults"
        Name     = "web"
        Protocol = "http" # meshgw: allow duplicate-keys, both are wanted

    Accepted in a tree:

        == web.hcl ==
        Kind     = "service-defaults"
        Name     = "web"
        Protocol = "http"
    """
    close = misspelled.close
    report(
        f"no rule is called `{misspelled.name}`",
        location=misspelled.location,
        help=f"did you mean `{close}`?" if close else "`meshgw rules` lists them",
    )


def run(check_values: Iterable[tuple[object, object]], profile: Profile) -> list[Diagnostic]:
    """The findings of rules of this module on their values."""
    report = Report(None, _Comments(), profile)
    for check, value in check_values:
        report.run(check, value)  # type: ignore[arg-type]  # pairs of a rule and what it judges
    return report.diagnostics


def comments(documents: Iterable[Document]) -> Iterator[Suppression | Location]:
    """The suppressions of some documents; a bare location is a comment that suppresses nothing."""
    for document in documents:
        if MARK in document.text:  # positions cost more than the text
            below = _Below(document)
            for comment in document.layout.comments:
                yield from _read(document, comment, below)


class _Below:
    """For every line the next one that holds more than comments; found in one pass, when asked for."""

    def __init__(self, document: Document) -> None:
        self._document = document

    @cached_property
    def _next(self) -> list[int]:
        lines = self._document.text.split("\n")
        found = list(range(len(lines) + 2))
        code = 0
        for number in range(len(lines), 0, -1):
            found[number] = code or number
            if not _COMMENT_ONLY.match(lines[number - 1]):
                code = number
        return found

    def __getitem__(self, line: int) -> int:
        return self._next[line]


def _read(document: Document, comment: Comment, below: _Below) -> Iterator[Suppression | Location]:
    text = comment.text.strip()
    if not text.startswith(MARK):
        return
    location = Location(document, exact=comment.span)
    found = _COMMENT.fullmatch(text)
    if found is None or not found[2]:
        yield location
        return
    first = document.position(comment.span.start)[0]
    last = document.position(comment.span.end)[0]
    alone = not document.text[document.line_start(first) : comment.span.start].strip()
    yield Suppression(
        found[1], found[2].strip(), location, document.name, first, below[last] if alone else last
    )
