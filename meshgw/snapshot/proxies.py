"""The snapshot of any proxy, by its kind."""

from __future__ import annotations

from meshgw.mesh.model import Instance, Mesh
from meshgw.snapshot.model import ProxySnapshot


def snapshot_of(mesh: Mesh, instance: Instance) -> ProxySnapshot:
    """What a proxy of `mesh.proxies` knows."""
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
        case kind:
            raise ValueError(kind)
