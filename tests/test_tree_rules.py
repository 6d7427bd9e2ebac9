"""Rules that look at a whole tree: each example on a page shows its rule, and the untouched trees none."""

import shutil
from pathlib import Path

import pytest

from meshgw.analysis.report import ValidationReport
from meshgw.analysis.validate import validate_tree
from meshgw.diagnostics.rules import Rule
from meshgw.loading.load import load_tree
from meshgw.loading.options import LoadOptions
from meshgw.rulebook import Example, examples, rulebook

EXAMPLES = Path(__file__).parents[1] / "examples"
CASES = [
    pytest.param(rule, example, id=f"{rule.name}-{number}")
    for rule in rulebook().values()
    for number, example in enumerate(example for example in examples(rule) if example.in_tree)
]
SAYING_WHAT_TO_WRITE = {
    f"meshgw.analysis.{name}"
    for name in (
        "api_gateway_listeners",
        "api_gateway_routes",
        "api_gateways",
        "calls",
        "call_advice",
        "federation",
        "ingress_certificates",
        "ingress_gateways",
        "missing_instances",
        "partition_exports",
        "peer_calls",
        "peerings",
        "unused_exports",
    )
}

BESIDES = {
    "gateway-timeout-zero": {"config-value-unreadable"},
    "linked-protocol-differs": {"protocol-reset"},  # the same, seen by callers
    "override-brings-protocol": {"protocol-reset"},  # the same, seen from the chain
    "port-conflict": {"upstream-without-instances"},
}
"""Rules that an example cannot avoid to show, too."""


def lay_out(example: Example, folder: Path) -> Path:
    """The tree of an example: its base, if it has one, with the example's files laid over it."""
    tree = folder / "tree"
    if example.base:
        shutil.copytree(EXAMPLES / example.base, tree)
    for name, text in example.files.items():
        if text.strip():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            (tree / name).write_text(text)
        else:
            (tree / name).unlink()
    return tree


def judged(tree: Path) -> ValidationReport:
    return validate_tree(load_tree((str(tree),), LoadOptions()))


@pytest.mark.parametrize("example", sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir()))
def test_the_examples_are_clean(example: str) -> None:
    assert judged(EXAMPLES / example).diagnostics == ()


@pytest.mark.parametrize(("rule", "example"), CASES)
def test_an_example_shows_its_rule_and_no_other(rule: Rule, example: Example, tmp_path: Path) -> None:
    report = judged(lay_out(example, tmp_path))
    if example.section == "Accepted":
        assert report.diagnostics == ()
        return
    rules = {found.rule for found in report.diagnostics} - BESIDES.get(rule.name, set())
    assert rules == {rule.name}, report.diagnostics
    for found in report.diagnostics:
        assert found.location is not None
        assert found.help or rule.check.__module__ not in SAYING_WHAT_TO_WRITE
        assert not found.message.endswith(".")
