"""Small trees from texts, as meshes; and resources in the shorthand of tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from meshgw.envoy.proxies import resources_of
from meshgw.envoy.resources import Resources
from meshgw.loading.load import load_tree
from meshgw.loading.options import LoadOptions
from meshgw.mesh.build import build_mesh
from meshgw.mesh.model import Instance, Mesh
from meshgw.snapshot.proxies import snapshot_of

TRUST_DOMAIN = "t.consul"
_TENANCY = [{"path": "{datacenter}/{partition}/**"}, {"path": "{datacenter}/**"}]


def mesh_of(folder: Path, files: Mapping[str, str], **project: Any) -> Mesh:
    """The mesh of files `DATACENTER/[PARTITION/]NAME`; `project` is what a project file would say."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    said = {"edition": "community", "acl": {"enabled": False}, "datacenter": "dc1", "tenancy": _TENANCY[1:]}
    said |= {"trust_domain": TRUST_DOMAIN, "primary_datacenter": "dc1"} | project
    if said["edition"] == "enterprise":
        said["tenancy"] = project.get("tenancy", _TENANCY[:1])
    loaded = load_tree((str(folder),), LoadOptions(project=said))
    assert not [found for found in loaded.diagnostics if found.refused], loaded.diagnostics
    return build_mesh(loaded)


def proxy(mesh: Mesh, name: str, datacenter: str = "dc1", partition: str = "default") -> Instance:
    """The proxy with an id."""
    (found,) = [
        each
        for each in mesh.proxies
        if (each.service.id, each.datacenter, each.partition) == (name, datacenter, partition)
    ]
    return found


def resources(mesh: Mesh, name: str, datacenter: str = "dc1", partition: str = "default") -> Resources:
    """What a proxy is served."""
    snapshot = snapshot_of(mesh, proxy(mesh, name, datacenter, partition))
    assert snapshot is not None
    assert not snapshot.faults
    return resources_of(snapshot)


def dialed(found: Resources, cluster: str) -> list[str]:
    """The endpoints of a cluster: `HOST:PORT`, with `!` when unhealthy and `*WEIGHT` when not 1."""
    body = found.endpoints.get(cluster) or found.clusters[cluster]["loadAssignment"]
    return [_endpoint(item) for item in body["endpoints"][0].get("lbEndpoints", ())]


def _endpoint(item: Mapping[str, Any]) -> str:
    address = item["endpoint"]["address"]["socketAddress"]
    bad = "!" if item.get("healthStatus") == "UNHEALTHY" else ""
    weight = item.get("loadBalancingWeight", 1)
    return f"{address.get('address', '')}:{address['portValue']}{bad}{f'*{weight}' if weight != 1 else ''}"


def chains(found: Resources, listener: str) -> list[tuple[list[str], str]]:
    """The filter chains of a listener: server names, and the cluster or route of the last filter."""
    result = []
    for chain in found.listeners[listener]["filterChains"]:
        last = chain["filters"][-1]["typedConfig"]
        target = last["rds"]["routeConfigName"] if "rds" in last else last["cluster"]
        result.append((chain.get("filterChainMatch", {}).get("serverNames", []), target))
    return result
