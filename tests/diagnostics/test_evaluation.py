"""The combinators of rules: which run, and which findings Consul itself would report."""

from __future__ import annotations

import pytest

from meshgw.diagnostics.evaluation import View, each, every, first, inside, until, when
from meshgw.diagnostics.model import Severity
from meshgw.diagnostics.rules import Report, Rule, rule, rule_of
from meshgw.diagnostics.running import evaluate
from meshgw.loading.syntax import syntax
from meshgw.profile import Profile
from meshgw.schema.fields import Block, block, blocks, integer, mapping, obj, text
from meshgw.schema.origin import NOWHERE


@block
class Leaf(Block):
    """An object of the tests."""

    name: str = text("Name")
    size: int = integer("Size")


@block
class Tree(Block):
    """An object with objects in it."""

    leaf: Leaf | None = obj("Leaf", Leaf, optional=True)
    leaves: tuple[Leaf, ...] = blocks("Leaves", Leaf)
    named: dict[str, Leaf] = mapping("Named", Leaf)


def fails(name, *, consul="refused", condition=lambda _: True):
    """A rule that reports its own name when the condition holds; not among the rules of meshgw."""

    def check(value, report):
        if condition(value):
            report(name, at=("Name",))

    check.rule = Rule(
        name=name,
        severity=Severity.ERROR,
        consul=consul,
        on="",
        edition=None,
        inferred=False,
        stage="",
        check=check,
    )
    return check


def told(step, value):
    """For each finding its rule, and whether Consul would report it itself."""
    report = Report(value, NOWHERE, Profile())
    refused = evaluate(step, value, report)
    assert refused == any(found.refused for found in report.diagnostics)
    return " ".join(found.rule if found.own else f"({found.rule})" for found in report.diagnostics)


A, B, C, ADVICE = fails("a"), fails("b"), fails("c"), fails("advice", consul=None)
FINE = fails("fine", condition=lambda _: False)
BIG = fails("big", condition=lambda leaf: leaf.size > 1)
NAMED = fails("named", condition=lambda leaf: leaf.name != "")
LEAVES = Tree(leaves=(Leaf(size=2), Leaf(name="x", size=3), Leaf()))


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (every(A, B), "a b"),
        (first(A, B), "a (b)"),
        (first(FINE, A, B), "a (b)"),
        (first(ADVICE, A), "(advice) a"),
        (until(A, B), "a"),
        (until(ADVICE, FINE, B, C), "(advice) b"),
        (first(every(A, B), C), "a b (c)"),
        (every(first(A, B), C), "a (b) c"),
        (first(until(A, B), C), "a (c)"),
        (when(lambda _value, _report: False, A), ""),
        (when(lambda _value, _report: True, A, B), "a (b)"),
    ],
)
def test_order(step, expected):
    assert told(step, Leaf()) == expected


@pytest.mark.parametrize(
    ("step", "value", "expected"),
    [
        (each("Leaf", A), Tree(), ""),
        (each("Leaf", A), Tree(leaf=Leaf()), "a"),
        (each("Leaves", BIG, NAMED), LEAVES, "big (big) (named)"),
        (each("Leaves", every(BIG, NAMED), all_items=True), LEAVES, "big big named"),
        (each("Named", BIG), Tree(named={"b": Leaf(size=2), "a": Leaf(size=3)}), "big (big)"),
        (each("Leaf.Name", A), Tree(leaf=Leaf(name="x")), "a"),
        (each("Leaf.Name", A), Tree(), ""),
    ],
)
def test_items(step, value, expected):
    assert told(step, value) == expected


def test_paths_grow_on_the_way_down(monkeypatch):
    monkeypatch.setattr("meshgw.diagnostics.running._quiet_of", lambda *_: None)
    seen = []

    class Subject:
        def locate(self, at, part="value"):  # noqa: ARG002  the shape of a subject
            seen.append(at)

        def at_source(self, source, part="value"):  # noqa: ARG002  the shape of a subject
            seen.append(source)

    report = Report(LEAVES, Subject(), Profile())
    evaluate(each("Leaves", BIG), LEAVES, report)
    view = View(("Inner",), Leaf(), Subject())
    evaluate(inside(lambda _value, _report: view, A), LEAVES, report)
    assert seen == [("Leaves", 0, "Name"), ("Leaves", 1, "Name"), ("Inner", "Name")]
    assert report.base == ()
    assert not evaluate(inside(lambda _value, _report: None, A), LEAVES, report)


def test_two_rules_cannot_have_one_name():
    taken = rule_of(syntax).name
    with pytest.raises(ValueError, match=f"two rules are named {taken}"):
        rule(taken)(lambda _value, _report: None)
