"""Where the recordings of a real Consul are, and cases made of them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

_ROOT = Path(__file__).parents[2]

FOLDER = Path(os.environ.get("MESHGW_CONFORMANCE", _ROOT.parent / "shared" / "conformance"))
"""The folder that MESHGW_CONFORMANCE names."""


def recorded_lines(name: str) -> list[Any]:
    """One case for each line of a recording, or one that is skipped and says why."""
    path = FOLDER / name
    if not path.is_file():
        reason = f"no recordings at {path} (MESHGW_CONFORMANCE names the folder)"
        return [pytest.param(None, id=name, marks=pytest.mark.skip(reason=reason))]
    cases = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [pytest.param(case, id=case["id"]) for case in cases]


def scenario_project(folder: Path) -> dict[str, Any]:
    """The project file that stands for the `scenario.json` of a recorded tree."""
    facts = json.loads((folder / "scenario.json").read_text(encoding="utf-8"))
    names = sorted(facts["datacenters"])
    several = len(names) > 1
    datacenters = {}
    for name, value in facts["datacenters"].items():
        addresses = folder / "expected" / (name if several else ".") / "virtual_ips.json"
        setting: dict[str, Any] = {
            "trust_domain": value["trust_domain"],
            "node": {"name": value["node"], "address": value["address"]},
            "acl": {"enabled": False},
        }
        if facts.get("primary_datacenter"):
            setting["primary_datacenter"] = facts["primary_datacenter"]
        policy = value.get("agent", {}).get("default_intention_policy")
        if policy:
            setting["default_intention_policy"] = policy
        if addresses.is_file():
            setting["virtual_ips"] = json.loads(addresses.read_text(encoding="utf-8"))
        datacenters[name] = setting
    project: dict[str, Any] = {"edition": "community", "datacenter": names[0], "datacenters": datacenters}
    if several:
        project["tenancy"] = [{"path": f"**/{name}/**", "datacenter": name} for name in names]
    if facts.get("peerings"):
        project["peerings"] = facts["peerings"]
    return project
