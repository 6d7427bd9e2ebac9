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

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from meshgw.diagnostics.rules import Report, Subject, rule_of
from meshgw.source.document import Path

Step: TypeAlias = "Callable[..., None] | Every | First | Until | Each | When | Inside"
Run: TypeAlias = Callable[[Any, Report], bool]
"""Runs a step on a value; whether Consul refuses because of it."""


@dataclass(frozen=True)
class Every:
    """Consul reports all of these together."""

    steps: tuple[Step, ...]

    @cached_property
    def run(self) -> Run:
        runs = _runs_of(self.steps)

        def run(value: Any, report: Report) -> bool:
            failed = False
            for each_run in runs:
                if each_run(value, report):
                    failed = True
            return failed

        return run


@dataclass(frozen=True)
class First:
    """Consul stops at the first of these that fails; the others are shown beside it."""

    steps: tuple[Step, ...]

    @cached_property
    def run(self) -> Run:
        runs = _runs_of(self.steps)

        def run(value: Any, report: Report) -> bool:
            own, failed = report.own, False
            for each_run in runs:
                if each_run(value, report):
                    failed = True
                    report.own = False
            report.own = own
            return failed

        return run


@dataclass(frozen=True)
class Until:
    """Nothing after the first failing one is even looked at: it would not make sense."""

    steps: tuple[Step, ...]

    @cached_property
    def run(self) -> Run:
        runs = _runs_of(self.steps)

        def run(value: Any, report: Report) -> bool:
            for each_run in runs:  # noqa: SIM110  a generator for each object was measured
                if each_run(value, report):
                    return True
            return False

        return run


@dataclass(frozen=True)
class Each:
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
class When:
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
class Inside:
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


def evaluate(step: Step, value: Any, report: Report) -> bool:
    """Run a step on a value; whether Consul refuses because of it."""
    return _run_of(step)(value, report)


def _runs_of(steps: tuple[Step, ...]) -> tuple[Run, ...]:
    return tuple(_run_of(step) for step in steps)


def _run_of(step: Step) -> Run:
    """The function that runs a step. Steps are made once and run often: each is prepared once."""
    return step.run if isinstance(step, Every | First | Until | Each | When | Inside) else _rule_run(step)


def _rule_run(check: Callable[..., None]) -> Run:
    """`Report.run` for one rule, with what does not change looked up once."""
    declared = rule_of(check)
    always = declared.edition is None and not declared.inferred

    def run(value: Any, report: Report) -> bool:
        if not (always or declared.applies(report.profile)):
            return False
        report.running = declared
        found = report.diagnostics
        before = len(found)
        check(value, report)
        return len(found) > before and any(diagnostic.refused for diagnostic in found[before:])

    return run
