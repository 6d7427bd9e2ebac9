"""Applying suppressions to the findings of a tree, and finding those that do nothing."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import accumulate

from meshgw.diagnostics.fingerprints import relative_name
from meshgw.diagnostics.model import Diagnostic, Location
from meshgw.diagnostics.suppressions import (
    Misspelled,
    Suppressed,
    Suppression,
    Unused,
    comments,
    incomplete_suppression,
    run,
    unknown_rule,
    unused_suppression,
)
from meshgw.loading.model import Loaded
from meshgw.loading.patterns import match_path
from meshgw.loading.project import Project

ASSUMPTION = "assumption"
"""The name of the findings that `strict` makes of assumptions."""


def suppress(found: Iterable[Diagnostic], loaded: Loaded) -> tuple[list[Diagnostic], list[Suppressed]]:
    """What stays of some findings with what is to say about suppressions, and what is suppressed."""
    said = list(comments(loaded.documents))
    written = [one for one in said if isinstance(one, Suppression)]
    allowed = _allowances(loaded.project)
    everything = [*written, *allowed]
    kept, suppressed, refused = _divided(found, _Index(written, allowed, loaded.project.folder))
    wrong = list(_misspelled(everything, loaded.project))
    kept += run(
        [
            *((incomplete_suppression, one) for one in said if isinstance(one, Location)),
            *((unknown_rule, one) for one in wrong),
            *((unused_suppression, one) for one in _unused(everything, kept, suppressed, refused, wrong)),
        ],
        loaded.profile,
    )
    return kept, suppressed


def _unused(
    everything: Iterable[Suppression],
    kept: Iterable[Diagnostic],
    suppressed: Iterable[Suppressed],
    refused: Collection[int],
    wrong: Iterable[Misspelled],
) -> Iterator[Unused]:
    used = {id(one.by) for one in suppressed}
    names = {one.name for one in wrong}
    spoiled = {one.location.document.name for one in kept if one.refused and one.location is not None}
    for one in everything:
        if id(one) in used or one.rule in names:
            continue
        if id(one) in refused or one.file not in spoiled:  # such a file is not judged to its end
            yield Unused(one, id(one) in refused)


class _Lines:
    """The suppressions of one rule in one file, found by line in logarithmic time."""

    def __init__(self, written: Iterable[Suppression]) -> None:
        self._sorted = sorted(written, key=lambda one: one.first)
        self._starts = [one.first for one in self._sorted]
        # of those that start at or before each, the one that reaches furthest
        self._furthest: list[Suppression] = list(accumulate(self._sorted, _further))

    def covering(self, line: int) -> Suppression | None:
        at = bisect_right(self._starts, line) - 1
        found = self._furthest[at] if at >= 0 else None
        return found if found is not None and found.last >= line else None


def _further(one: Suppression, other: Suppression) -> Suppression:
    return one if one.last >= other.last else other


class _Index:
    """Suppressions by what they cover."""

    def __init__(self, written: Iterable[Suppression], allowed: Iterable[Suppression], folder: str) -> None:
        by_file: defaultdict[tuple[str, str], list[Suppression]] = defaultdict(list)
        for one in written:
            by_file[one.rule, one.file].append(one)
        self._by_file = {key: _Lines(those) for key, those in by_file.items()}
        self._by_path: defaultdict[str, list[Suppression]] = defaultdict(list)
        for one in allowed:
            self._by_path[one.rule].append(one)
        self._folder = folder

    def covering(self, found: Diagnostic) -> Suppression | None:
        """The suppression that covers a finding; a comment goes before the project file."""
        if found.location is None:
            return None
        name = found.location.document.name
        lines = self._by_file.get((found.rule, name))
        covering = lines.covering(found.location.position[0]) if lines is not None else None
        wide = self._by_path.get(found.rule)
        if covering is not None or not wide:
            return covering
        relative = relative_name(name, self._folder)
        return next((one for one in wide if match_path(one.path, relative) is not None), None)


def _divided(
    found: Iterable[Diagnostic], index: _Index
) -> tuple[list[Diagnostic], list[Suppressed], set[int]]:
    """What stays, what is suppressed, and the suppressions of what Consul refuses (by `id`)."""
    kept: list[Diagnostic] = []
    suppressed: list[Suppressed] = []
    refused: set[int] = set()
    for one in found:
        by = index.covering(one)
        if by is None:
            kept.append(one)
        elif one.refused:
            kept.append(one)
            refused.add(id(by))
        else:
            suppressed.append(Suppressed(one, by))
    return kept, suppressed, refused


def _allowances(project: Project) -> list[Suppression]:
    """What the project file allows."""
    return [Suppression(one.rule, one.reason, one.location, path=one.path) for one in project.allow]


def _misspelled(said: Iterable[Suppression], project: Project) -> Iterator[Misspelled]:
    names = [(one.rule, one.location) for one in said]
    names += [(name, project.locate(("rules", name))) for name in project.rules]
    yield from misspelled(names)


def misspelled(names: Collection[tuple[str, Location | None]]) -> Iterator[Misspelled]:
    """Those of some names that are no rule's, with the nearest one."""
    if not names:
        return
    from meshgw.rulebook import rulebook
    from meshgw.schema.suggest import nearest

    book = {*rulebook(), ASSUMPTION}
    for name, location in names:
        if name not in book:
            yield Misspelled(name, nearest(name, sorted(book)), location)
