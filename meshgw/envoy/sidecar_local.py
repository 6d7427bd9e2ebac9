"""The application behind a sidecar, as a cluster (envoy-sidecar.md 4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from meshgw.envoy import names
from meshgw.envoy.cluster_blocks import local_app_http
from meshgw.envoy.escape_hatches import CLUSTER, own_message
from meshgw.envoy.network_filters import HTTP2
from meshgw.envoy.protojson import addressed, milliseconds
from meshgw.envoy.resources import Resource, ResourceOrigin
from meshgw.envoy.sidecar_context import SidecarContext


def local_cluster(context: SidecarContext) -> Iterator[Resource]:
    """`local_app`, or the cluster that the user puts in its place (CL-01–CL-06)."""
    instance = context.snapshot.instance
    origin = ResourceOrigin(f"application of {instance.service.id}", instance.location)
    own = context.options.envoy_local_cluster_json
    if own:
        body = own_message(context, "envoy_local_cluster_json", own, CLUSTER, required=True)
    else:
        http = local_app_http() if context.options.protocol in HTTP2 else {}
        body = application_cluster(context, names.LOCAL_APP) | http
    if body is not None:
        yield Resource("clusters", body.get("name", ""), body, origin)


def application_cluster(context: SidecarContext, name: str, port: int | None = None) -> dict[str, Any]:
    """A cluster of the application, at its own port or that of an exposed path."""
    options = context.options
    assignment = {
        "clusterName": name,
        "endpoints": [{"lbEndpoints": [{"endpoint": _address(context, port)}]}],
    }
    body: dict[str, Any] = {
        "name": name,
        "type": "STATIC",
        "connectTimeout": milliseconds(options.local_connect_timeout_ms),
        "loadAssignment": assignment,
    }
    if options.max_inbound_connections > 0:
        body["circuitBreakers"] = {"thresholds": [{"maxConnections": options.max_inbound_connections}]}
    return body


def _address(context: SidecarContext, port: int | None) -> dict[str, Any]:
    """Where the application listens: its socket, else address and port."""
    proxy = context.snapshot.instance.service.proxy
    if proxy.local_service_socket_path:
        return {"address": {"pipe": {"path": proxy.local_service_socket_path}}}
    host = proxy.local_service_address or "127.0.0.1"
    return addressed(host, proxy.local_service_port if port is None else port)
