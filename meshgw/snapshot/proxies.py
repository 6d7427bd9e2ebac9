"""The snapshot of any proxy, by its kind."""

from __future__ import annotations

from meshgw.mesh.model import Instance, Mesh
from meshgw.services.model import (
    API_GATEWAY,
    CONNECT_PROXY,
    INGRESS_GATEWAY,
    MESH_GATEWAY,
    TERMINATING_GATEWAY,
)
from meshgw.snapshot.model import ProxySnapshot

RENDERED_KINDS = (CONNECT_PROXY, MESH_GATEWAY, TERMINATING_GATEWAY, INGRESS_GATEWAY, API_GATEWAY)
"""The kinds of proxies whose Envoy resources meshgw makes."""


def snapshot_of(mesh: Mesh, instance: Instance) -> ProxySnapshot | None:
    """What a proxy knows; `None` for a kind that is not rendered."""
    match instance.service.kind:
        case "connect-proxy":
            from meshgw.snapshot.sidecar import sidecar_snapshot

            return sidecar_snapshot(mesh, instance)
        case "mesh-gateway":
            from meshgw.snapshot.mesh_gateway import mesh_gateway_snapshot

            return mesh_gateway_snapshot(mesh, instance)
        case "terminating-gateway":
            from meshgw.snapshot.terminating_gateway import terminating_gateway_snapshot

            return terminating_gateway_snapshot(mesh, instance)
        case "ingress-gateway":
            from meshgw.snapshot.ingress_gateway import ingress_gateway_snapshot

            return ingress_gateway_snapshot(mesh, instance)
        case "api-gateway":
            from meshgw.snapshot.api_gateway import api_gateway_snapshot

            return api_gateway_snapshot(mesh, instance)
        case _:
            return None
