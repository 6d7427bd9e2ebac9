"""What both targets without a control plane have in common: `static` and `files`."""

from __future__ import annotations

import ipaddress
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from meshgw.diagnostics.model import Severity
from meshgw.envoy.certificates import CertificateFile, CertificatePaths, CertificateWriter, below
from meshgw.envoy.faults import RenderFault
from meshgw.envoy.mentions import Mentions, only
from meshgw.envoy.refusals import (
    refused_durations,
    refused_listeners,
    refused_timeouts,
    unusable_sds_clusters,
)
from meshgw.envoy.resources import TYPE_URLS, Body, Resources, ResourceType
from meshgw.envoy.tree_walk import is_message, key_of, mappings, member

AGENT = "local_agent"


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Files of one proxy by name (`eds/api.json`), and what is wrong with them.

    `certificates` are the files that it needs below the certificate folder, `other_files` those that it
    reads elsewhere (a CA file of a terminating gateway, say).
    """

    files: Mapping[str, Any]
    faults: tuple[RenderFault, ...] = ()
    certificates: tuple[CertificateFile, ...] = ()
    other_files: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """A bootstrap without its control plane, and resources whose certificates are files."""

    bootstrap: dict[str, Any]
    listeners: dict[str, Body]
    clusters: dict[str, Body]
    secrets: dict[str, Body]
    faults: list[RenderFault]
    certificates: tuple[CertificateFile, ...]
    mentions: Mentions

    def reading_files(self) -> list[Body]:
        """The resources of the user that read files."""
        places: tuple[tuple[ResourceType, dict[str, Body]], ...] = (
            ("listeners", self.listeners),
            ("clusters", self.clusters),
            ("secrets", self.secrets),
        )
        return [body for kind, bodies in places for body in only(kind, bodies, self.mentions.files).values()]


class ResourceWriter(ABC):
    """Replaces what asks a control plane for routes or secrets; `faults` tell of those that nobody serves."""

    def __init__(self, found: Parts, resources: Resources) -> None:
        self._found = found
        self._resources = resources
        self.faults: list[RenderFault] = []

    def written(self, kind: ResourceType, name: str, body: Body) -> Body:
        """A resource that asks no control plane."""
        by = (kind, name)
        if by not in self._found.mentions.control_plane:
            return body

        def change(message: Body) -> Body:
            if from_ads(member(message, "sds_config")):
                return self._secret(message, str(message.get("name", "")), by)
            if from_ads(member(member(message, "rds"), "config_source")):
                return self._routes(message, str(member(message["rds"], "route_config_name") or ""), by)
            return message

        changed: Body = rewritten(body, change)
        return changed

    def _routes(self, manager: Body, asked: str, by: tuple[ResourceType, str]) -> Body:
        routes = self._resources.routes.get(asked)
        if routes is None:
            # Envoy would wait for it before it opens the listener; without routes it answers 404.
            self.faults.append(missing("routes", asked, by, Severity.WARNING))
        return self._with_routes(manager, asked, routes)

    def _secret(self, config: Body, asked: str, by: tuple[ResourceType, str]) -> Body:
        if asked in self._found.secrets:
            return self._with_secret(config, asked)
        if asked not in static_names(self._found.bootstrap, "secrets"):
            self.faults.append(missing("secrets", asked, by, Severity.ERROR))
        return without_sds(config)

    @abstractmethod
    def _with_routes(self, manager: Body, asked: str, routes: Body | None) -> Body:
        """A connection manager that has its routes, or none."""

    @abstractmethod
    def _with_secret(self, config: Body, asked: str) -> Body:
        """The configuration of a secret that is there."""


def with_route_config(manager: Body, routes: Body) -> Body:
    """A connection manager with its routes inside, where it asked for them."""
    return {
        "routeConfig" if key == "rds" else key: routes if key == "rds" else value
        for key, value in manager.items()
    }


def without_sds(config: Body) -> Body:
    """A secret's configuration that names a static one."""
    return {key: value for key, value in config.items() if key not in ("sdsConfig", "sds_config")}


def parts(bootstrap: Body, resources: Resources, paths: CertificatePaths) -> Parts:
    """Take the control plane out of a bootstrap and the placeholders out of its resources."""
    writer = CertificateWriter(paths)
    mentions = Mentions()
    faults: list[RenderFault] = []
    own = _without_dynamic(bootstrap)
    kept: dict[ResourceType, dict[str, Body]] = {}
    for kind in ("listeners", "clusters", "secrets"):
        kept[kind] = {}
        taken = set(static_names(own, kind))
        for name, body in resources.of_type(kind).items():
            deep = not mentions.read(kind, name, body, AGENT)
            if fault := _cannot_be_kept(kind, name, taken, deep=deep):
                faults.append(fault)
                continue
            writer.unknown.clear()
            kept[kind][name] = writer.written(body)
            faults += [_no_file(kind, name, text) for text in sorted(set(writer.unknown))]
    if not mentions.agent and not _mentions_agent(own):
        _drop_agent(own)
    faults += _bootstrap_asks(own)
    for kind, bodies in kept.items():
        faults += refused_durations(kind, only(kind, bodies, mentions.long_durations))
    faults += refused_timeouts(kept["clusters"])
    faults += refused_listeners(own, kept["listeners"])
    clusters = (*static_names(own, "clusters"), *kept["clusters"])
    faults += unusable_sds_clusters(only("listeners", kept["listeners"], mentions.secrets), clusters)
    return Parts(
        bootstrap=own,
        listeners=kept["listeners"],
        clusters=kept["clusters"],
        secrets=kept["secrets"],
        faults=faults,
        certificates=writer.used,
        mentions=mentions,
    )


def rewritten(value: Any, change: Callable[[Body], Body]) -> Any:
    """A copy of a value with each message changed, outer ones first."""
    if isinstance(value, list):
        return [rewritten(item, change) for item in value]
    if is_message(value):
        return {
            key: part if type(part) is str else rewritten(part, change) for key, part in change(value).items()
        }
    return value


def assignment(cluster: Body, endpoints: Mapping[str, Body]) -> Body:
    """The load assignment of a cluster of type EDS; an empty one when there is none."""
    name = member(member(cluster, "eds_cluster_config"), "service_name") or cluster.get("name", "")
    return endpoints.get(name, {"clusterName": name})


def has_host_names(load_assignment: Body) -> bool:
    """Whether an endpoint is a host name, which only DNS clusters may have."""
    return any(
        not _is_ip(host)
        for part in mappings(load_assignment)
        if isinstance(host := member(member(part, "socket_address"), "address"), str)
    )


def inline(cluster: Body, load_assignment: Body) -> Body:
    """A cluster of type EDS with its load assignment inside."""
    kind = "STRICT_DNS" if has_host_names(load_assignment) else "STATIC"
    changed: dict[str, Any] = {}
    for key, value in cluster.items():
        if key in ("edsClusterConfig", "eds_cluster_config"):
            changed["loadAssignment"] = load_assignment
        else:
            changed[key] = kind if key == "type" else value
    return changed | {"loadAssignment": load_assignment}


def is_eds(cluster: Body) -> bool:
    return cluster.get("type") == "EDS"


def from_ads(source: Any) -> bool:
    """Whether a config source is the control plane that is not there."""
    return is_message(source) and is_message(source.get("ads"))


def unserved(kind: ResourceType, bodies: Mapping[str, Body]) -> Iterator[RenderFault]:
    """What still asks the control plane for something."""
    for name, body in bodies.items():
        if any(from_ads(part) for part in mappings(body)):
            yield RenderFault(
                rule="needs-control-plane",
                message=f"{kind[:-1]} `{name}` takes a part of its configuration from Consul",
                resource=(kind, name),
                note="only clusters, endpoints, listeners, routes and secrets can be written down beforehand",
            )


def _bootstrap_asks(bootstrap: Body) -> Iterator[RenderFault]:
    if any(from_ads(part) for part in mappings(bootstrap)):
        yield RenderFault(
            rule="needs-control-plane",
            message="a static cluster or listener of the bootstrap takes a part of it from Consul",
            note="`ads` stands where there is no control plane",
        )


def missing(
    kind: ResourceType, name: str, asked_by: tuple[ResourceType, str], severity: Severity
) -> RenderFault:
    """A resource that another one asks for and that nobody serves."""
    by_kind, by = asked_by
    return RenderFault(
        rule=f"{kind[:-1]}-missing",
        severity=severity,
        message=f"{by_kind[:-1]} `{by}` asks for {_CALLED[kind]} `{name}`, which does not exist",
        resource=asked_by,
    )


_CALLED: dict[ResourceType, str] = {"routes": "the route configuration", "secrets": "the secret"}


def other_files(
    value: Any, certificates: Iterable[CertificateFile], paths: CertificatePaths
) -> tuple[str, ...]:
    """Certificates, keys and other data that are read from elsewhere."""
    own = {below(paths.folder, file.path) for file in certificates}
    found = {
        name for part in mappings(value) if isinstance(name := part.get("filename"), str) and name not in own
    }
    return tuple(sorted(found))


def static_names(bootstrap: Body, kind: str) -> Iterator[str]:
    """Names of the bootstrap's own resources of a type."""
    found = member(member(bootstrap, "static_resources"), kind)
    for resource in found if isinstance(found, list) else ():
        if isinstance(resource, Mapping) and isinstance(resource.get("name"), str):
            yield resource["name"]


def discovery_response(kind: ResourceType, bodies: Iterable[Body]) -> dict[str, Any]:
    """What a file of filesystem xDS holds."""
    return {
        "version_info": "1",
        "resources": [{"@type": TYPE_URLS[kind]} | dict(body) for body in bodies],
    }


def _without_dynamic(bootstrap: Body) -> dict[str, Any]:
    gone = ("dynamic_resources", "dynamicResources")
    return {key: value for key, value in bootstrap.items() if key not in gone}


def _cannot_be_kept(kind: ResourceType, name: str, taken: set[str], *, deep: bool) -> RenderFault | None:
    if deep:
        return RenderFault(
            rule="nested-too-deeply",
            message=f"{kind[:-1]} `{name}` is nested more deeply than Envoy reads",
            resource=(kind, name),
        )
    if name in taken:
        return RenderFault(
            rule="hidden-by-bootstrap",
            severity=Severity.WARNING,
            message=f"{kind[:-1]} `{name}` is left out: the bootstrap has one of this name",
            resource=(kind, name),
            note="Envoy never lets a control plane change what its bootstrap defines",
        )
    return None


def _no_file(kind: ResourceType, name: str, placeholder: str) -> RenderFault:
    return RenderFault(
        rule="certificate-unknown",
        message=f"no file is known for `{placeholder}` in {kind[:-1]} `{name}`",
        resource=(kind, name),
    )


def _mentions_agent(bootstrap: Body) -> bool:
    static = member(bootstrap, "static_resources")
    rest: list[Any] = [
        part for key, part in bootstrap.items() if key not in ("static_resources", "staticResources")
    ]
    for bodies in static.values() if isinstance(static, Mapping) else ():
        rest += [body for body in bodies if not _is_agent(body)] if isinstance(bodies, list) else []
    return any(AGENT in part.values() for part in mappings(rest))


def _drop_agent(bootstrap: dict[str, Any]) -> None:
    key = key_of(bootstrap, "static_resources")
    static = bootstrap.get(key)
    if isinstance(static, Mapping) and isinstance(static.get("clusters"), list):
        clusters = [cluster for cluster in static["clusters"] if not _is_agent(cluster)]
        bootstrap[key] = {**static, "clusters": clusters}


def _is_agent(cluster: Any) -> bool:
    return isinstance(cluster, Mapping) and cluster.get("name") == AGENT


@lru_cache(maxsize=65536)
def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
