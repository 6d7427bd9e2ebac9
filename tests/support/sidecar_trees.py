"""Small trees of one sidecar, and what meshgw makes of them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meshgw.envoy.proxies import resources_of
from meshgw.envoy.resources import Resources
from meshgw.loading.load import load_tree
from meshgw.loading.options import LoadOptions
from meshgw.mesh.build import build_mesh
from meshgw.mesh.model import Mesh
from meshgw.snapshot.model import SidecarSnapshot
from meshgw.snapshot.proxies import snapshot_of

TRUST_DOMAIN = "td.consul"


@dataclass(frozen=True)
class Tree:
    """The service web and what stands around it; texts are HCL, upstreams are separated by `;`.

    `only` chooses lines of the example.
    """

    proxy: str = ""
    upstreams: str = ""
    entries: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    default: str = "deny"
    sidecar: str = ""
    only: tuple[int, ...] = ()


DB = 'destination_name = "db" local_bind_port = 9191'


def entry(kind: str, name: str, body: str = "") -> str:
    return f'Kind = "{kind}"\nName = "{name}"\n{body}\n'


HTTP = entry("proxy-defaults", "global", 'Config { protocol = "http" }')


def instance(name: str, number: int, address: str, port: int = 8080) -> str:
    """A sidecar on a node of its own, as the catalog knows it."""
    return json.dumps(
        {
            "Node": f"node-{name}-{number}",
            "Address": address,
            "Service": {
                "Kind": "connect-proxy",
                "ID": f"{name}-{number}-sidecar-proxy",
                "Service": f"{name}-sidecar-proxy",
                "Address": address,
                "Port": port,
                "Proxy": {"DestinationServiceName": name, "Config": {}},
            },
        }
    )


def rendered(case: Tree, folder: Path) -> Resources:
    """The resources of web's sidecar."""
    snapshot = snapshot_for(case, folder)
    assert snapshot.faults == ()
    return resources_of(snapshot)


def snapshot_for(case: Tree, folder: Path) -> SidecarSnapshot:
    """What web's sidecar knows; the tree is written into a folder."""
    mesh = mesh_for(case, folder)
    (proxy,) = [each for each in mesh.proxies if each.service.id == "web-sidecar-proxy"]
    snapshot = snapshot_of(mesh, proxy)
    assert isinstance(snapshot, SidecarSnapshot)
    return snapshot


def mesh_for(case: Tree, folder: Path) -> Mesh:
    """The mesh of a tree, which is written into a folder."""
    listed = ", ".join(f"{{ {each} }}" for each in case.upstreams.split(";")) if case.upstreams else ""
    upstreams = f"upstreams = [{listed}]" if listed else ""
    texts = {
        "web.hcl": f"""service {{
          name = "web"
          port = 8080
          connect {{ sidecar_service {{ port = 9999 {case.sidecar}
            proxy {{ {case.proxy} {upstreams} }} }} }}
        }}"""
    }
    texts |= {f"entry-{number}.hcl": text for number, text in enumerate(case.entries)}
    texts |= {f"other-{number}.json": text for number, text in enumerate(case.others)}
    for file, text in texts.items():
        (folder / file).write_text(text)
    project: dict[str, Any] = {
        "edition": "community",
        "datacenter": "dc1",
        "default_intention_policy": case.default,
        "datacenters": {
            "dc1": {"trust_domain": TRUST_DOMAIN, "node": {"name": "node-1", "address": "192.0.2.1"}}
        },
    }
    loaded = load_tree((str(folder),), LoadOptions(project=project))
    assert not [found.message for found in loaded.diagnostics if found.refused]
    return build_mesh(loaded)
