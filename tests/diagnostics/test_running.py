"""Rules that run as one written-out function find what they find when they run one by one."""

from __future__ import annotations

from typing import Any

import pytest

from meshgw.diagnostics import running
from meshgw.diagnostics.evaluation import View, each, every, first, inside, until, when
from meshgw.diagnostics.model import Severity
from meshgw.diagnostics.rules import Report, Rule
from meshgw.diagnostics.running import evaluate, looks_of, write
from meshgw.loading.texts import judge_entry_text
from meshgw.profile import Profile
from meshgw.rulebook import examples, rulebook
from meshgw.schema.fields import Block, block, blocks, integer, mapping, obj, opaque, text
from meshgw.schema.origin import NOWHERE

PROFILE = Profile()


class Other(Report):
    """A report that rules may treat in another way."""


@block
class Leaf(Block):
    """An object of the tests."""

    name: str = text("Name")
    size: int = integer("Size")


@block
class Tree(Block):
    """An object with objects in it."""

    name: str = text("Name")
    leaf: Leaf | None = obj("Leaf", Leaf, optional=True)
    bud: Leaf = obj("Bud", Leaf)
    leaves: tuple[Leaf, ...] = blocks("Leaves", Leaf)
    named: dict[str, Leaf] = mapping("Named", Leaf)
    config: dict[str, Any] | None = opaque("Config")


def asks(*fields: str, **options: Any) -> Any:
    """A rule that finds something where any of some fields is written; `root` asks for the root, too."""

    def check(value: Any, report: Report) -> None:
        if any(getattr(value, field) for field in fields) and (not options.get("root") or report.root):
            report("written")

    return ruled(check, options.get("edition"))


def ruled(check: Any, edition: Any = None) -> Any:
    check.rule = Rule(
        name="-".join(["asks", str(id(check))]),
        severity=Severity.ERROR,
        consul="refused",
        on="",
        edition=edition,
        inferred=False,
        stage="",
        check=check,
    )
    return check


def finds(step: Any, value: Any) -> list[tuple[str, bool]]:
    report = Report(value, NOWHERE, PROFILE)
    evaluate(step, value, report)
    assert report.base == ()
    return [(found.rule, found.own) for found in report.diagnostics]


VALUES = (
    Tree(),
    Tree(name="x"),
    Tree(leaf=Leaf()),
    Tree(leaf=Leaf(size=1)),
    Tree(bud=Leaf(name="x")),
    Tree(leaves=(Leaf(), Leaf(name="x", size=2))),
    Tree(named={"b": Leaf(size=1), "a": Leaf(name="x")}),
    Tree(config={"a": 1}),
)
NAME, SIZE, BOTH = asks("name"), asks("size"), asks("name", "size")
STEPS = (
    every(NAME, asks("leaf"), asks("leaves", "named")),
    first(
        NAME, each("Leaf", SIZE), each("Bud", NAME, SIZE), each("Bud.Name", ruled(lambda v, r: v and r("x")))
    ),
    every(each("Leaves", first(NAME, SIZE), all_items=True), each("Named", BOTH), each("Config", asks())),
    until(NAME, each("Leaves", BOTH)),
    when(
        lambda tree, _report: bool(tree.leaves),
        each("Leaves", when(lambda leaf, _report: leaf.size > 1, NAME)),
    ),
    every(asks("name", edition="enterprise"), asks("leaf", root=True)),
    inside(lambda tree, report: View(("Leaf",), tree.leaf, report.subject) if tree.leaf else None, SIZE),
)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("value", VALUES)
def test_written_out_or_not(step: Any, value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_quiet_of", lambda *_: None)
    one_by_one = finds(step, value)
    monkeypatch.setattr(running, "_quiet_of", write)
    assert finds(step, value) == one_by_one
    report = Report(value, NOWHERE, PROFILE)
    write(step, type(value), PROFILE)(value, report)
    assert bool(report.diagnostics) == bool(one_by_one), "clean input runs nothing else"


@pytest.mark.parametrize(
    ("step", "looks"),
    [
        (asks("name"), {"name"}),
        (asks("size", "name"), {"name", "size"}),
        (asks(), set()),
        (ruled(lambda _leaf, report: report("always")), None),
        (ruled(lambda _leaf, report: report.root.name), None),
        (ruled(lambda leaf, report: report.met(leaf.name)), None),
        (ruled(lambda leaf, report: isinstance(report, Other) and leaf.name), None),
        (ruled(lambda leaf, _report: leaf.name[0]), None),
        (ruled(lambda leaf, _report: leaf == Leaf() or None), None),
    ],
)
def test_what_a_rule_looks_at(step: Any, looks: set[str] | None) -> None:
    assert looks_of(step, Leaf(), PROFILE) == looks


def test_what_comes_after_a_fault_is_not_run() -> None:
    """What follows in `until` may rely on what went before."""
    step = until(asks("name"), ruled(lambda leaf, _report: 1 // len(leaf.name[1:])))
    assert len(finds(step, Leaf(name="x"))) == 1


def test_a_function_is_written_after_some_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_USES_BEFORE_WRITING", 2)
    written = []
    monkeypatch.setattr(running, "write", lambda *given: written.append(given) or write(*given))
    step = every(asks("name"), asks("size"))
    for _ in range(5):
        assert finds(step, Leaf()) == []
    assert written == [(step, Leaf, PROFILE)]


EXAMPLES = [
    pytest.param(example, id=f"{name}-{example.section}-{number}")
    for name, rule in rulebook().items()
    for number, example in enumerate(examples(rule))
    if rule.check.__module__.startswith("meshgw.entries.") and not example.in_tree
]


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_examples_of_all_rules(example: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def judged() -> list[tuple[str, str, bool]]:
        found = judge_entry_text(example.text, "example.hcl", example.profile).diagnostics
        return [(one.rule, one.message, one.own) for one in found]

    monkeypatch.setattr(running, "_quiet_of", lambda *_: None)
    one_by_one = judged()
    monkeypatch.undo()
    monkeypatch.setattr(running, "_USES_BEFORE_WRITING", 0)
    assert judged() == one_by_one
