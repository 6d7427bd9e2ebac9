"""The target `files`: filesystem xDS (envoy-bootstrap.md 15 B)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from meshgw.envoy.certificates import CertificatePaths, below
from meshgw.envoy.file_names import file_names
from meshgw.envoy.mentions import only
from meshgw.envoy.refusals import missing_clusters
from meshgw.envoy.resources import Body, Resources, ResourceType
from meshgw.envoy.standalone import (
    Parts,
    ResourceWriter,
    Target,
    assignment,
    discovery_response,
    from_ads,
    has_host_names,
    inline,
    is_eds,
    other_files,
    parts,
    static_names,
    unserved,
    with_route_config,
)
from meshgw.envoy.tree_walk import key_of, member


def files_config(
    bootstrap: Body, resources: Resources, certificates: CertificatePaths, *, folder: str = ""
) -> Target:
    """A bootstrap and the resources that Consul serves as files that Envoy watches.

    `envoy.json` points to `lds.json` and `cds.json`, these to `eds/`, `rds/` and `sds/`, which hold exactly
    one resource a file: Envoy refuses more. `folder` is where the files will lie, as Envoy is to open it.
    Files come in the order in which they may be replaced: what is pointed to, before what points to it.
    """
    found = parts(bootstrap, resources, certificates)
    writer = _Pointer(found, resources, folder)
    clusters = {name: writer.cluster(name, body) for name, body in found.clusters.items()}
    listeners = {name: writer.written("listeners", name, body) for name, body in found.listeners.items()}
    files = dict(sorted(writer.files.items()))
    files["cds.json"] = discovery_response("clusters", clusters.values())
    files["lds.json"] = discovery_response("listeners", listeners.values())
    files["envoy.json"] = found.bootstrap | {
        "dynamic_resources": {
            "lds_config": writer.source("lds.json"),
            "cds_config": writer.source("cds.json"),
        }
    }
    asking = found.mentions.control_plane
    known = [*static_names(found.bootstrap, "clusters"), *clusters]
    faults = [
        *found.faults,
        *writer.faults,
        *unserved("clusters", only("clusters", clusters, asking)),
        *unserved("listeners", only("listeners", listeners, asking)),
        *missing_clusters(only("listeners", listeners, found.mentions.inline_routes), known),
    ]
    return Target(
        files=files,
        faults=tuple(faults),
        certificates=found.certificates,
        other_files=other_files(list(files.values()), found.certificates, certificates),
    )


class _Pointer(ResourceWriter):
    """Writes what a control plane would send into files, and points to them where it is asked for."""

    def __init__(self, found: Parts, resources: Resources, folder: str) -> None:
        super().__init__(found, resources)
        self._folder = folder
        self._names: Mapping[str, Mapping[str, str]] = {
            "eds": file_names(found.clusters),
            "rds": file_names(resources.routes),
            "sds": file_names(found.secrets),
        }
        self.files: dict[str, Any] = {}

    def source(self, name: str) -> dict[str, Any]:
        """A config source that is a file."""
        # Envoy watches a path's folder, and refuses a path that names none.
        path = below(self._folder, name) if self._folder not in ("", ".") else f"./{name}"
        return {"resource_api_version": "V3", "path_config_source": {"path": path}}

    def cluster(self, name: str, body: Body) -> Body:
        config = member(body, "eds_cluster_config")
        if is_eds(body) and from_ads(member(config, "eds_config")):
            load_assignment = assignment(body, self._resources.endpoints)
            if has_host_names(load_assignment):
                body = inline(body, load_assignment)
            else:
                source = self._file("eds", name, "endpoints", load_assignment)
                pointing = {**config, key_of(config, "eds_config"): source}
                body = {**body, key_of(body, "eds_cluster_config"): pointing}
        return self.written("clusters", name, body)

    def _with_routes(self, manager: Body, asked: str, routes: Body | None) -> Body:
        if routes is None:
            return with_route_config(manager, {"name": asked})
        source = self._file("rds", asked, "routes", routes)
        pointing = {**manager["rds"], key_of(manager["rds"], "config_source"): source}
        return {**manager, "rds": pointing}

    def _with_secret(self, config: Body, asked: str) -> Body:
        source = self._file("sds", asked, "secrets", self._found.secrets[asked])
        return {**config, key_of(config, "sds_config"): source}

    def _file(self, folder: str, name: str, kind: ResourceType, body: Body) -> dict[str, Any]:
        path = f"{folder}/{self._names[folder][name]}.json"
        self.files[path] = discovery_response(kind, [body])
        return self.source(path)
