"""The examples of the rules about service definitions do what they say."""

from __future__ import annotations

import pytest

from meshgw.diagnostics.model import Diagnostic
from meshgw.diagnostics.rules import Rule
from meshgw.loading.service_texts import judge_service_text
from meshgw.rulebook import Example, examples, rulebook

RULES = {
    name: rule
    for name, rule in rulebook().items()
    if rule.check.__module__.startswith(("meshgw.services.", "meshgw.loading.service_texts"))
}


def judged(example: Example) -> tuple[Diagnostic, ...]:
    name = "example.json" if example.text.startswith("{") else "example.hcl"
    return judge_service_text(example.text, name, example.profile).diagnostics


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_bad_example_shows_its_rule_and_no_other(rule: Rule) -> None:
    bad = [example for example in examples(rule) if example.section != "Accepted"]
    assert bad
    for example in bad:
        found = judged(example)
        assert {diagnostic.rule for diagnostic in found} == {rule.name}, found
        assert any(diagnostic.refused for diagnostic in found) == (rule.consul is not None)


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_the_good_example_is_clean(rule: Rule) -> None:
    for example in examples(rule):
        if example.section == "Accepted":
            assert judged(example) == ()


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_finding_is_well_told_and_has_a_place(rule: Rule) -> None:
    for example in examples(rule):
        for found in judged(example) if example.section != "Accepted" else ():
            assert found.location is not None
            start, end = found.location.span.start, found.location.span.end
            assert 0 <= start <= end <= len(example.text)
            assert found.message[0] == "`" or not found.message[0].isupper() or found.message[:3].isupper()
            assert not found.message.endswith(".")
            assert (found.note or "").startswith("Consul: ") == found.refused
