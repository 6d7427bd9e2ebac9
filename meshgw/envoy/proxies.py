"""The resources of any proxy, by the kind of its snapshot."""

from __future__ import annotations

from meshgw.envoy.resources import Resources
from meshgw.snapshot.api_gateway_model import APIGatewaySnapshot
from meshgw.snapshot.ingress_model import IngressGatewaySnapshot
from meshgw.snapshot.model import MeshGatewaySnapshot, ProxySnapshot, SidecarSnapshot
from meshgw.snapshot.terminating_model import TerminatingGatewaySnapshot


def resources_of(snapshot: ProxySnapshot) -> Resources:
    """Everything that Consul serves to a proxy."""
    match snapshot:
        case SidecarSnapshot():
            from meshgw.envoy.sidecar import sidecar_resources

            return sidecar_resources(snapshot)
        case MeshGatewaySnapshot():
            from meshgw.envoy.mesh_gateway import mesh_gateway_resources

            return mesh_gateway_resources(snapshot)
        case TerminatingGatewaySnapshot():
            from meshgw.envoy.terminating_gateway import terminating_gateway_resources

            return terminating_gateway_resources(snapshot)
        case IngressGatewaySnapshot():
            from meshgw.envoy.ingress_gateway import ingress_gateway_resources

            return ingress_gateway_resources(snapshot)
        case APIGatewaySnapshot():
            from meshgw.envoy.api_gateway import api_gateway_resources

            return api_gateway_resources(snapshot)
        case _:
            raise TypeError(type(snapshot).__name__)
