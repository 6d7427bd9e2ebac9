"""The public API of product.md 6, on the example."""

from pathlib import Path
from typing import Any

import pytest

import meshgw

EXAMPLE = Path(__file__).parents[1] / "examples" / "admin-partitions"
ENTRY = 'Kind = "service-defaults" Name = "web" Protocol = "{}"'


@pytest.fixture(scope="module")
def tree() -> meshgw.Tree:
    return meshgw.load(EXAMPLE)


def test_a_clean_tree(tree: meshgw.Tree) -> None:
    report = meshgw.validate(tree)
    assert report.accepted
    assert report.diagnostics == ()
    assert (report.entries, report.services, report.partitions) == (11, 12, 4)


def test_a_call_is_explained(tree: meshgw.Tree) -> None:
    call = meshgw.explain(tree, "web", "api")
    assert call.mode.value == "local"
    assert call.mode.winner is not None
    assert str(call.mode.winner.location).endswith("default/web.hcl:18:22")
    assert [str(hop.address) for hop in call.hops] == ["10.1.0.1:8443", "198.51.100.2:8443", "10.2.0.1:20000"]
    assert call.sni == "api.dev.api.dc1.internal-v1.5f1e7d3a-8c42-4b69-9a07-2d6c0b8e4f15.consul"
    assert call.works


def test_a_proxy_is_rendered(tree: meshgw.Tree) -> None:
    assert list(meshgw.render(tree, "web-sidecar-proxy", target="static")) == ["envoy.json"]
    served = meshgw.render(tree, "mesh-gateway", partition="api")
    assert list(served["listeners.json"]) == ["default:10.2.0.1:8443", "wan:198.51.100.2:8443"]


@pytest.mark.parametrize("name", ["nobody", "mesh-gateway"], ids=["unknown", "ambiguous"])
def test_a_name_that_fits_none_or_several(tree: meshgw.Tree, name: str) -> None:
    with pytest.raises(meshgw.MeshgwError):
        meshgw.render(tree, name)


def test_a_path_that_is_not_there() -> None:
    with pytest.raises(OSError, match="does not exist"):
        meshgw.load("nowhere")


def test_a_bad_project() -> None:
    with pytest.raises(ValueError, match="unknown key"):
        meshgw.load(EXAMPLE, project={"editoin": "auto"})


@pytest.mark.parametrize(("protocol", "accepted"), [("http", True), ("htp", False)])
def test_one_text(protocol: str, accepted: bool) -> None:
    report = meshgw.validate_text(ENTRY.format(protocol), name="web.hcl")
    assert report.accepted is accepted


@pytest.mark.parametrize(
    ("text", "entry_path", "accepted"),
    [
        ('service { name = "web" port = 80 }', "agent", True),
        ('service { name = "web" prot = 80 }', "agent", False),
        ('{"Name": "web", "Port": 80}', "http", True),
        ('{"Kind": "mesh"}', "http", True),
        ('{"Kind": "mesh", "Name": "mesh"}', "http", False),
    ],
)
def test_one_text_on_its_way_in(text: str, entry_path: meshgw.profile.EntryPath, accepted: bool) -> None:
    assert meshgw.validate_text(text, entry_path=entry_path).accepted is accepted


def test_a_sequence_remembers() -> None:
    splitter = 'Kind = "service-splitter" Name = "web" Splits = [{ Weight = 100 }]'
    reports = meshgw.validate_sequence([splitter, ENTRY.format("http"), splitter])
    assert [report.accepted for report in reports] == [False, True, True]


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ('service { name = "web" prot = 80 }', ["service-unknown-key"]),
        ('{"services": [{"name": "web", "port": 80}]}', []),
        ("Protocol = 1", ["entry-kind-missing"]),
    ],
)
def test_one_text_whose_way_in_nobody_says(text: str, rules: list[str]) -> None:
    assert [found.rule for found in meshgw.validate_text(text).diagnostics] == rules


@pytest.mark.parametrize(
    "words", [{"edition": "Enterprise"}, {"entry_path": "api"}, {"consul_version": "1.9"}], ids=str
)
def test_words_that_there_are_not(words: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="is none of"):
        meshgw.validate_text(ENTRY.format("http"), **words)


def test_an_edition_and_a_target_that_there_are_not(tree: meshgw.Tree) -> None:
    with pytest.raises(ValueError, match="`Enterprise` is none of"):
        meshgw.load(EXAMPLE, edition="Enterprise")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="`xsd` is none of"):
        meshgw.render(tree, "web-sidecar-proxy", target="xsd")
