"""Paths of the application that are reachable without mutual TLS (envoy-sidecar.md 6.4, CL-03–CL-07)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from meshgw.envoy import names
from meshgw.envoy.cluster_blocks import http2_upstream
from meshgw.envoy.escape_hatches import CLUSTER, own_message
from meshgw.envoy.network_filters import HTTP2, HTTP_LIKE, http_manager, inline_routes, tcp_proxy
from meshgw.envoy.protojson import addressed
from meshgw.envoy.resources import Resource, ResourceOrigin
from meshgw.envoy.sidecar_context import SidecarContext
from meshgw.envoy.sidecar_local import application_cluster
from meshgw.envoy.sidecar_public import bind_host

_OTHER = re.compile(r"[^A-Za-z0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposedPath:
    """One path with the port that the sidecar opens for it; `check` is a health check's."""

    path: str
    protocol: str
    local_port: int
    listener_port: int
    check: bool = False

    @property
    def word(self) -> str:
        """The path as names have it."""
        return _OTHER.sub("", self.path)


def exposed_listeners(context: SidecarContext) -> Iterator[Resource]:
    """One listener for each exposed path."""
    host = bind_host(context)
    for exposed in exposed_paths(context):
        name = f"exposed_path_{exposed.word}:{host}:{exposed.listener_port}"
        chain: dict[str, Any] = {"filters": [_filter(context, exposed)]}
        if exposed.check:
            chain = {"filterChainMatch": _agent_only(context), **chain}
        body = {
            "name": name,
            **addressed(host, exposed.listener_port),
            **context.listener_logs,
            "filterChains": [chain],
            "trafficDirection": "INBOUND",
        }
        yield Resource("listeners", name, body, _origin(context, exposed))


def exposed_clusters(context: SidecarContext) -> Iterator[Resource]:
    """Ports of the application other than its own; a local cluster of the user's own replaces them."""
    for exposed in exposed_paths(context):
        if exposed.local_port == _application_port(context):
            continue
        own = context.options.envoy_local_cluster_json
        if own:
            body = own_message(context, "envoy_local_cluster_json", own, CLUSTER, required=False)
            if body is None:
                continue
        else:
            body = application_cluster(context, names.exposed_cluster(exposed.local_port), exposed.local_port)
            if exposed.protocol in HTTP2:
                body |= http2_upstream()
        yield Resource("clusters", body.get("name", ""), body, _origin(context, exposed))


def exposed_paths(context: SidecarContext) -> Iterator[ExposedPath]:
    """The paths of the merged definition, then those of health checks."""
    for path in context.snapshot.proxy.expose.paths:
        yield ExposedPath(
            path=path.path,
            protocol=path.protocol or "http",
            local_port=path.local_path_port,
            listener_port=path.listener_port,
        )
    for check in context.snapshot.exposed_checks:
        yield ExposedPath(
            path=check.path,
            protocol=check.protocol,
            local_port=check.local_port,
            listener_port=check.listener_port,
            check=True,
        )


def _filter(context: SidecarContext, exposed: ExposedPath) -> dict[str, Any]:
    name = f"exposed_path_filter_{exposed.word}_{exposed.listener_port}"
    own = exposed.local_port == _application_port(context)
    cluster = names.LOCAL_APP if own else names.exposed_cluster(exposed.local_port)
    if exposed.protocol not in HTTP_LIKE:
        return tcp_proxy(name, cluster, context.filter_logs)
    routes = inline_routes(name, name, cluster, path=exposed.path)
    return http_manager(exposed.protocol, name, routes, context.filter_logs)


def _application_port(context: SidecarContext) -> int:
    return context.snapshot.instance.service.proxy.local_service_port


def _agent_only(context: SidecarContext) -> dict[str, Any]:
    """Health checks come from the agent: its own host, and the address that it advertises (LS-27)."""
    snapshot = context.snapshot
    advertised = snapshot.advertise_address
    ranges = [
        {"addressPrefix": "127.0.0.1", "prefixLen": 8},
        {"addressPrefix": advertised, "prefixLen": 128 if ":" in advertised else 32},
    ]
    if snapshot.host_has_ipv6:
        ranges.append({"addressPrefix": "::1", "prefixLen": 128})
    return {"sourcePrefixRanges": ranges}


def _origin(context: SidecarContext, exposed: ExposedPath) -> ResourceOrigin:
    instance = context.snapshot.instance
    word = "health check at" if exposed.check else "exposed path"
    return ResourceOrigin(f"{word} `{exposed.path}` of {instance.service.id}", instance.location)
