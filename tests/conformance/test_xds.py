"""Every resource that a real Consul served for a recorded tree, type by type."""

import json
from functools import cache
from pathlib import Path

import pytest
from recordings import FOLDER, scenario_project

from meshgw.envoy.proxies import resources_of
from meshgw.loading.load import load_tree
from meshgw.loading.options import LoadOptions
from meshgw.mesh.build import build_mesh
from meshgw.mesh.model import Instance, Mesh
from meshgw.snapshot.proxies import snapshot_of

ROOT = FOLDER / "xds"
TYPES = ("listeners", "clusters", "endpoints", "routes", "secrets")
RECORDED = sorted(path.parent for path in ROOT.glob("*/expected/**/clusters.json"))
pytestmark = pytest.mark.skipif(not RECORDED, reason=f"no recordings in {ROOT} (MESHGW_CONFORMANCE)")


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("recorded", RECORDED, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_resources(recorded: Path, kind: str) -> None:
    mesh = recorded_mesh(recorded.relative_to(ROOT).parts[0])
    instance = proxy_of(mesh, recorded)
    found = getattr(resources_of(snapshot_of(mesh, instance)), kind)
    expected = json.loads((recorded / f"{kind}.json").read_text(encoding="utf-8"))
    assert sorted(found) == sorted(expected)
    for name, body in expected.items():
        assert found[name] == body, name


def proxy_of(mesh: Mesh, recorded: Path) -> Instance:
    """The proxy of `expected/[<datacenter>/]<proxy id>/`."""
    *between, proxy_id = recorded.relative_to(ROOT).parts[2:]
    datacenter = between[0] if between else min(mesh.datacenters)
    scenario = json.loads((ROOT / recorded.relative_to(ROOT).parts[0] / "scenario.json").read_text())
    (node,) = {
        proxy.get("node", scenario["datacenters"][datacenter]["node"])
        for proxy in scenario["proxies"]
        if (proxy["id"], proxy.get("datacenter", datacenter)) == (proxy_id, datacenter)
    }
    (found,) = [
        proxy
        for proxy in mesh.proxies
        if (proxy.datacenter, proxy.node.name, proxy.service.id) == (datacenter, node, proxy_id)
    ]
    return found


@cache
def recorded_mesh(scenario: str) -> Mesh:
    folder = ROOT / scenario
    loaded = load_tree((str(folder / "input"),), LoadOptions(project=scenario_project(folder)))
    assert not [found for found in loaded.diagnostics if found.refused]
    return build_mesh(loaded)
