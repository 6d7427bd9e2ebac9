"""Every recorded bootstrap, key for key and in its order, from the tree that it was recorded for."""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from meshgw.envoy.bootstrap import bootstrap
from meshgw.envoy.bootstrap_input import BootstrapOptions
from meshgw.envoy.bootstrap_of import bootstrap_input
from meshgw.loading.load import load_tree
from meshgw.loading.options import LoadOptions
from meshgw.mesh.build import build_mesh
from meshgw.mesh.model import Mesh
from meshgw.resolve.proxy import effective_proxy

ROOT = Path(os.environ.get("MESHGW_CONFORMANCE", Path(__file__).parents[3] / "shared/conformance")) / "xds"
RECORDED = sorted(ROOT.glob("*/expected/**/bootstrap.json"))
pytestmark = pytest.mark.skipif(not RECORDED, reason=f"no recordings in {ROOT}")


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.parent.relative_to(ROOT).as_posix())
def test_recorded(path: Path) -> None:
    scenario, *between, proxy_id, _ = path.relative_to(ROOT).parts
    mesh = recorded_mesh(scenario)
    datacenter = between[1] if between[1:] else min(mesh.datacenters)
    (instance,) = [
        found for found in mesh.proxies if (found.datacenter, found.service.id) == (datacenter, proxy_id)
    ]
    proxy = effective_proxy(instance, mesh.datacenters[datacenter].entries)
    found = bootstrap(bootstrap_input(proxy, mesh, options=BootstrapOptions(grpc_addr="127.0.0.1:8502")))
    assert not found.faults
    assert json.dumps(found.document, indent=1) == json.dumps(json.loads(path.read_text()), indent=1)


@cache
def recorded_mesh(scenario: str) -> Mesh:
    facts = json.loads((ROOT / scenario / "scenario.json").read_text())
    names = sorted(facts["datacenters"])
    datacenters: dict[str, Any] = {
        name: {
            "trust_domain": value["trust_domain"],
            "node": {"name": value["node"], "address": value["address"]},
        }
        for name, value in facts["datacenters"].items()
    }
    folder = ROOT / scenario / "input"
    tenancy = [{"path": f"**/{name}/**", "datacenter": name} for name in names if len(names) > 1]
    project = {"datacenter": names[0], "datacenters": datacenters, "tenancy": tenancy}
    return build_mesh(load_tree((str(folder),), LoadOptions(project=project)))
