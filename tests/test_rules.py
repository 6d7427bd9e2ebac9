"""The rules themselves: every one has a name, a page and examples, and the examples do what they say."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from meshgw.diagnostics.model import Diagnostic
from meshgw.diagnostics.rules import Rule
from meshgw.loading.texts import judge_entry_text
from meshgw.rulebook import Example, examples, expand, rulebook

RULES = rulebook()
ENTRY_RULES = {
    name: rule
    for name, rule in RULES.items()
    if rule.check.__module__.startswith(
        ("meshgw.entries.", "meshgw.loading.syntax", "meshgw.loading.document_rules")
    )
    and not any(example.in_tree for example in examples(rule))
}

WITHOUT_EXAMPLES = {"not-consul"}
"""What only a command line shows."""


def judged(example: Example) -> tuple[Diagnostic, ...]:
    """What an example of a config entry gives on its profile."""
    bootstrap = example.profile.entry_path == "bootstrap"
    name = "example.json" if bootstrap and example.text.startswith("{") else "example.hcl"
    return judge_entry_text(example.text, name, example.profile).diagnostics


@pytest.fixture(autouse=True)
def _without_envoy(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one rule that speaks of a package that is not installed needs a world without it."""
    rule = getattr(request.node, "callspec", None) and request.node.callspec.params.get("rule")
    if rule is not None and rule.name == "property-override-not-checked":
        monkeypatch.setattr("meshgw.entries.extensions.property_rules.envoy_known", lambda: False)


def in_section(rule: Rule, *sections: str) -> list[Example]:
    return [example for example in examples(rule) if example.section in sections]


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_every_rule_has_a_page(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
    assert rule.title.endswith("."), "the first line of the page is its title, a sentence"
    if rule.name in WITHOUT_EXAMPLES:
        return
    expected = "Refused" if rule.consul is not None else "Found"
    assert in_section(rule, expected), f"the page has no section {expected}"
    only_in_trees = all(example.in_tree for example in in_section(rule, expected))
    assert only_in_trees or in_section(rule, "Accepted"), "the page has no section Accepted"
    assert not in_section(rule, "Found" if rule.consul is not None else "Refused")


@pytest.mark.parametrize("rule", ENTRY_RULES.values(), ids=ENTRY_RULES)
def test_the_bad_example_shows_its_rule_and_no_other(rule: Rule) -> None:
    for example in in_section(rule, "Refused", "Found"):
        found = judged(example)
        assert {diagnostic.rule for diagnostic in found} == {rule.name}, found
        assert all(diagnostic.severity >= rule.severity for diagnostic in found)
        assert any(diagnostic.refused for diagnostic in found) == (rule.consul is not None)


@pytest.mark.parametrize("rule", ENTRY_RULES.values(), ids=ENTRY_RULES)
def test_the_good_example_is_clean(rule: Rule) -> None:
    for example in in_section(rule, "Accepted"):
        assert judged(example) == ()


@pytest.mark.parametrize("rule", ENTRY_RULES.values(), ids=ENTRY_RULES)
def test_a_finding_is_well_told_and_has_a_place(rule: Rule) -> None:
    for example in in_section(rule, "Refused", "Found"):
        for found in judged(example):
            assert found.location is not None
            start, end = found.location.span.start, found.location.span.end
            assert 0 <= start <= end <= len(example.text)
            message = found.message
            assert message[0] == "`" or not message[0].isupper() or message[:3].isupper(), message
            assert not message.endswith("."), message
            assert (found.note or "").startswith("Consul: ") == found.refused


@pytest.mark.parametrize(
    ("text", "expanded"),
    [
        ("Meta = { %{2 pairs: k%d = 1} }", "Meta = { k0 = 1, k1 = 1 }"),
        ("%{3 x ab}", "ababab"),
        ("${x} %{x} {}", "${x} %{x} {}"),
    ],
)
def test_macros(text: str, expanded: str) -> None:
    assert expand(text) == expanded


def test_examples_are_read_as_written() -> None:
    found: dict[str, Any] = {example.section: example for example in examples(RULES["null-element"])}
    assert json.loads(found["Refused"].text)["Sources"] == [None]
    assert found["Accepted"].profile.edition == "community"
