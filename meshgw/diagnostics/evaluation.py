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

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import FunctionType
from typing import Any, TypeAlias

from meshgw.diagnostics.rules import Report, Subject
from meshgw.source.document import Path

Step: TypeAlias = "Callable[..., None] | Every | First | Until | Each | When | Inside"


@dataclass(frozen=True, slots=True)
class Every:
    """Consul reports all of these together."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class First:
    """Consul stops at the first of these that fails; the others are shown beside it."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Until:
    """Nothing after the first failing one is even looked at: it would not make sense."""

    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Each:
    """The step for each element of a list, each value of a map, or a present object.

    Elements are taken in order and Consul stops at the first that fails, unless `all_items`.
    """

    field: str
    step: Step
    all_items: bool


@dataclass(frozen=True, slots=True)
class When:
    """The step only if `holds(value, report)`."""

    holds: Callable[[Any, Report], bool]
    step: Step


@dataclass(frozen=True, slots=True)
class View:
    """What a value holds when it is read in another way; `subject` locates paths below `path`."""

    path: Path
    value: Any
    subject: Subject


@dataclass(frozen=True, slots=True)
class Inside:
    """The step on what `read(value, report)` makes of the value; not at all when that is `None`."""

    read: Callable[[Any, Report], View | None]
    step: Step


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
    if type(step) is FunctionType:  # most steps are rules: measured, half the time of a clean service
        return report.run(step, value)
    match step:
        case Every(steps):
            return sum([evaluate(each_step, value, report) for each_step in steps]) > 0
        case First(steps):
            return _first(((each_step, value, ()) for each_step in steps), report)
        case Until(steps):
            return any(evaluate(each_step, value, report) for each_step in steps)
        case Each(field, inner, all_items):
            items = ((inner, item, path) for path, item in _items(value, field))
            return any(_run_all(items, report)) if all_items else _first(items, report)
        case When(holds, inner):
            return holds(value, report) and evaluate(inner, value, report)
        case Inside(read, inner):
            view = read(value, report)
            return view is not None and _inside(view, inner, report)
        case _:
            return report.run(step, value)


def _first(work: Iterator[tuple[Step, Any, Path]], report: Report) -> bool:
    own, failed = report.own, False
    for step, value, path in work:
        report.own = own and not failed
        failed = _at(step, value, path, report) or failed
    report.own = own
    return failed


def _run_all(work: Iterator[tuple[Step, Any, Path]], report: Report) -> list[bool]:
    return [_at(step, value, path, report) for step, value, path in work]


def _at(step: Step, value: Any, path: Path, report: Report) -> bool:
    if not path:
        return evaluate(step, value, report)
    base = report.base
    report.base = base + path
    try:
        return evaluate(step, value, report)
    finally:
        report.base = base


def _inside(view: View, step: Step, report: Report) -> bool:
    subject = report.subject
    report.subject = view.subject
    try:
        return _at(step, view.value, view.path, report)
    finally:
        report.subject = subject


def _items(value: Any, field: str) -> Iterator[tuple[Path, Any]]:
    name, _, rest = field.partition(".")
    found = getattr(value, value.attribute_of(name))
    if rest:
        if found is not None:
            yield from (((name, *path), item) for path, item in _items(found, rest))
    elif isinstance(found, list | tuple):
        yield from (((name, index), item) for index, item in enumerate(found))
    elif isinstance(found, dict):
        yield from (((name, key), item) for key, item in sorted(found.items()))
    elif found is not None:
        yield (name,), found
