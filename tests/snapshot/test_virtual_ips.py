"""Virtual IPs that nobody gives are those that a cluster would give out (product.md 1)."""

import json
from pathlib import Path

import pytest
from recordings import FOLDER, scenario_project

from meshgw.loading.load import load_tree
from meshgw.loading.options import LoadOptions
from meshgw.mesh.build import build_mesh
from meshgw.mesh.virtual_ips import assumed_ips
from meshgw.snapshot.virtual_ips import virtual_ips

ROOT = FOLDER / "xds"
RECORDED = sorted(ROOT.glob("*/expected/**/virtual_ips.json"))


@pytest.mark.skipif(not RECORDED, reason=f"no recordings in {ROOT} (MESHGW_CONFORMANCE)")
@pytest.mark.parametrize("recorded", RECORDED, ids=lambda path: path.relative_to(ROOT).parent.as_posix())
def test_assumed_addresses_are_those_of_a_real_cluster(recorded: Path) -> None:
    scenario = ROOT / recorded.relative_to(ROOT).parts[0]
    project = scenario_project(scenario)
    for setting in project["datacenters"].values():
        setting.pop("virtual_ips", None)
    mesh = build_mesh(load_tree((str(scenario / "input"),), LoadOptions(project=project)))
    name = recorded.parent.name if recorded.parent.name != "expected" else min(mesh.datacenters)
    found = virtual_ips(mesh, mesh.datacenters[name])
    assert found.addresses == json.loads(recorded.read_text())
    assert found.assumed == set(found.addresses)
    assert any("virtual IP" in text and name in text for text in mesh.assumptions) or "dc2" in name


@pytest.mark.parametrize(
    ("names", "given", "expected"),
    [
        (["a", "b", "a"], {}, {"a": "240.0.0.1", "b": "240.0.0.2"}),
        (["a", "b"], {"x": "240.0.0.1"}, {"a": "240.0.0.2", "b": "240.0.0.3"}),
        (["a", "B"], {"b": "240.0.0.9"}, {"a": "240.0.0.1"}),
        ([], {"x": "240.0.0.1"}, {}),
    ],
)
def test_next_free_addresses(names: list[str], given: dict[str, str], expected: dict[str, str]) -> None:
    assert assumed_ips(names, given) == expected
