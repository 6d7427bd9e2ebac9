"""The target `static`: one file that an Envoy runs with no control plane (envoy-bootstrap.md 15 C)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from meshgw.envoy.certificates import CertificatePaths
from meshgw.envoy.mentions import only
from meshgw.envoy.refusals import missing_clusters
from meshgw.envoy.resources import Body, Resources
from meshgw.envoy.standalone import (
    Parts,
    ResourceWriter,
    Target,
    assignment,
    from_ads,
    inline,
    is_eds,
    other_files,
    parts,
    static_names,
    unserved,
    with_route_config,
    without_sds,
)
from meshgw.envoy.tree_walk import key_of, member


def static_config(bootstrap: Body, resources: Resources, certificates: CertificatePaths) -> Target:
    """A bootstrap and the resources that Consul serves as one `envoy.json`.

    Endpoints and routes stand inside what asks for them, certificates are files, and neither the agent nor
    anything else is asked at run time. Faults tell what Envoy would refuse.
    """
    found = parts(bootstrap, resources, certificates)
    writer = _Inliner(found, resources)
    clusters = {name: writer.cluster(name, body) for name, body in found.clusters.items()}
    listeners = {name: writer.written("listeners", name, body) for name, body in found.listeners.items()}
    config = _with_static(
        found.bootstrap,
        {
            "clusters": list(clusters.values()),
            "listeners": list(listeners.values()),
            "secrets": [found.secrets[name] for name in sorted(writer.secrets)],
        },
    )
    known = [*static_names(config, "clusters")]
    asking = found.mentions.control_plane
    faults = [
        *found.faults,
        *writer.faults,
        *unserved("clusters", only("clusters", clusters, asking)),
        *unserved("listeners", only("listeners", listeners, asking)),
        *missing_clusters(only("listeners", listeners, found.mentions.inline_routes), known),
    ]
    return Target(
        files={"envoy.json": config},
        faults=tuple(faults),
        certificates=found.certificates,
        other_files=other_files([found.bootstrap, *found.reading_files()], found.certificates, certificates),
    )


class _Inliner(ResourceWriter):
    """Puts what a control plane would send where it is asked for."""

    def __init__(self, found: Parts, resources: Resources) -> None:
        super().__init__(found, resources)
        self.secrets: set[str] = set()

    def cluster(self, name: str, body: Body) -> Body:
        if is_eds(body) and from_ads(member(member(body, "eds_cluster_config"), "eds_config")):
            body = inline(body, assignment(body, self._resources.endpoints))
        return self.written("clusters", name, body)

    def _with_routes(self, manager: Body, asked: str, routes: Body | None) -> Body:
        routes = routes if routes is not None else {"name": asked}
        # Routes that are served later are not checked against the clusters; inline ones are, by default.
        checked = {key_of(routes, "validate_clusters"): False} | dict(routes)
        return with_route_config(
            manager, dict(sorted(checked.items(), key=lambda item: item[0] in _UNCHECKED))
        )

    def _with_secret(self, config: Body, asked: str) -> Body:
        self.secrets.add(asked)
        return without_sds(config)


_UNCHECKED = ("validate_clusters", "validateClusters")


def _with_static(bootstrap: dict[str, Any], served: Mapping[str, list[Body]]) -> dict[str, Any]:
    """The bootstrap with resources added after its own."""
    key = key_of(bootstrap, "static_resources")
    static = bootstrap.get(key, {})
    if not isinstance(static, Mapping):
        return bootstrap  # of a template of the user's own; Envoy says what is wrong with it
    merged = dict(static) | dict(_merged(static, served))
    placed = {name: merged if name == key else value for name, value in bootstrap.items()}
    return placed | {key: merged}


def _merged(static: Mapping[str, Any], served: Mapping[str, list[Body]]) -> Iterator[tuple[str, list[Any]]]:
    for kind, bodies in served.items():
        own = static.get(kind, [])
        if isinstance(own, list) and (own or bodies):
            yield kind, [*own, *bodies]
