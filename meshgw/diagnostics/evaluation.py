"""The order in which Consul evaluates rules, written as one visible tuple per kind.

    ORDER = first(
        name_required,
        every(each("Splits", weight_range, subset_known)),
        each("Sources", first(source_name_required, each("Permissions", permission_action))),
    )

A step is a rule or one of these. All rules run, so that independent faults are shown together;
what Consul would not have reached is marked as not its own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from meshgw.diagnostics.rules import Report, Rule, Subject, rule_of
from meshgw.source.document import Path

Step: TypeAlias = "Callable[..., None] | Combined"
Run: TypeAlias = Callable[[Any, Report], bool]
"""Runs a step on a value; whether Consul refuses because of it."""


class Combined:
    """A step made of others."""

    @cached_property
    def run(self) -> Run:
        """Runs the step on a value."""
        raise NotImplementedError

    @cached_property
    def memory(self) -> dict[Hashable, Any]:
        """What `running` remembers of the step."""
        return {}


@dataclass(frozen=True)
class Every(Combined):
    """Consul reports all of these together."""

    steps: tuple[Step, ...]

    @cached_property
    def run(self) -> Run:
        parts = _parts_of(self)
        return lambda value, report: _run_parts(parts, value, report)


@dataclass(frozen=True)
class First(Combined):
    """Consul stops at the first of these that fails; the others are shown beside it."""

    steps: tuple[Step, ...]

    @cached_property
    def run(self) -> Run:
        parts = _parts_of(self)
        return lambda value, report: _run_parts(parts, value, report, mutes=True)


@dataclass(frozen=True)
class Until(Combined):
    """Nothing after the first failing one is even looked at: it would not make sense."""

    steps: tuple[Step, ...]

    @cached_property
    def run(self) -> Run:
        parts = _parts_of(self)
        return lambda value, report: _run_parts(parts, value, report, stops=True)


@dataclass(frozen=True)
class Each(Combined):
    """The step for each element of a list, each value of a map, or a present object.

    Elements are taken in order and Consul stops at the first that fails, unless `all_items`.
    """

    field: str
    step: Step
    all_items: bool

    @cached_property
    def run(self) -> Run:
        inner = _run_of(self.step)
        stops = not self.all_items
        path = tuple(self.field.split("."))

        def run(value: Any, report: Report) -> bool:
            for name in path:
                if value is None:
                    return False
                value = getattr(value, value.attributes[name])
            if value is None:
                return False
            if isinstance(value, tuple | list):
                return _run_items(inner, enumerate(value), path, report, stops=stops) if value else False
            if isinstance(value, dict):
                return _run_items(inner, sorted(value.items()), path, report, stops=stops) if value else False
            base = report.base
            report.base = base + path
            failed = inner(value, report)
            report.base = base
            return failed

        return run


def _run_items(
    inner: Run, items: Iterable[tuple[Any, Any]], path: Path, report: Report, *, stops: bool
) -> bool:
    base, own, failed = report.base, report.own, False
    path = base + path
    for key, item in items:
        report.base = (*path, key)
        if inner(item, report):
            failed = True
            if stops:
                report.own = False
    report.base, report.own = base, own
    return failed


@dataclass(frozen=True)
class When(Combined):
    """The step only if `holds(value, report)`."""

    holds: Callable[[Any, Report], bool]
    step: Step

    @cached_property
    def run(self) -> Run:
        holds, inner = self.holds, _run_of(self.step)
        return lambda value, report: holds(value, report) and inner(value, report)


@dataclass(frozen=True, slots=True)
class View:
    """What a value holds when it is read in another way; `subject` locates paths below `path`."""

    path: Path
    value: Any
    subject: Subject


@dataclass(frozen=True)
class Inside(Combined):
    """The step on what `read(value, report)` makes of the value; not at all when that is `None`."""

    read: Callable[[Any, Report], View | None]
    step: Step

    @cached_property
    def run(self) -> Run:
        read, inner = self.read, _run_of(self.step)

        def run(value: Any, report: Report) -> bool:
            view = read(value, report)
            if view is None:
                return False
            base, subject = report.base, report.subject
            report.base, report.subject = base + view.path, view.subject
            failed = inner(view.value, report)
            report.base, report.subject = base, subject
            return failed

        return run


def every(*steps: Step) -> Every:
    return Every(steps)


def first(*steps: Step) -> First:
    return First(steps)


def until(*steps: Step) -> Until:
    return Until(steps)


def each(field: str, *steps: Step, all_items: bool = False) -> Each:
    """`field` is the canonical name of a list, map or object of the value; dots lead deeper."""
    return Each(field, steps[0] if len(steps) == 1 else First(steps), all_items)


def when(holds: Callable[[Any, Report], bool], *steps: Step) -> When:
    return When(holds, steps[0] if len(steps) == 1 else First(steps))


def inside(read: Callable[[Any, Report], View | None], *steps: Step) -> Inside:
    return Inside(read, steps[0] if len(steps) == 1 else First(steps))


def _run_of(step: Step) -> Run:
    """The function that runs a step. Steps are made once and run often: each is prepared once."""
    if isinstance(step, Combined):
        return step.run
    return lambda value, report: report.run(step, value)


_Part: TypeAlias = "tuple[Rule | None, Callable[..., Any]]"
"""A rule and its check, which are run in place, or `None` and something that runs itself."""


def _parts_of(whole: Every | First | Until) -> tuple[_Part, ...]:
    """The steps of a sequence; one inside another of the same sort makes no difference."""
    parts: list[_Part] = []
    for step in whole.steps:
        if type(step) is type(whole):
            parts += _parts_of(step)
        elif isinstance(step, Combined):
            parts.append((None, step.run))
        else:
            parts.append((rule_of(step), step))
    return tuple(parts)


def _run_parts(
    parts: tuple[_Part, ...], value: Any, report: Report, *, mutes: bool = False, stops: bool = False
) -> bool:
    """Run steps in order; a function for each was half of the time."""
    found = report.diagnostics
    before = len(found)
    failed, own = False, report.own
    for declared, check in parts:
        if declared is None:
            refused = check(value, report)
        else:
            if not declared.applies(report.profile):
                continue
            report.running = declared
            check(value, report)
            if len(found) == before:
                continue
            refused = any(diagnostic.refused for diagnostic in found[before:])
        before = len(found)
        if refused:
            failed = True
            if stops:
                break
            if mutes:
                report.own = False
    report.own = own
    return failed
