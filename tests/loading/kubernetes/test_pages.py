"""The pages of the rules about Kubernetes resources: their examples do what they say."""

import pytest

from meshgw.loading.kubernetes import judge_resources, judge_together
from meshgw.loading.project import KubernetesSetting
from meshgw.rulebook import examples, rulebook
from meshgw.source.yaml import read_yaml

RULES = {name: rule for name, rule in rulebook().items() if rule.stage == "kubernetes"}


def judged(example):
    operator = KubernetesSetting()
    found, resources = [], []
    for document in read_yaml(example.text, "example.yaml"):
        assert document.fault is None
        for one in judge_resources(document, example.profile, operator):
            found.extend(one.diagnostics)
            resources.extend([one.resource] if one.resource else [])
    return [*found, *judge_together(resources, example.profile, operator)]


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_examples(rule):
    for example in examples(rule):
        found = judged(example)
        expected = set() if example.section == "Accepted" else {rule.name}
        assert {one.rule for one in found} == expected
        for one in found:
            assert one.location is not None
            assert not one.message.endswith(".")
            assert (one.note or "").startswith("Kubernetes: ") == one.refused
