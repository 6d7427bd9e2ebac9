"""Clusters for addresses that are dialed as they are (envoy-sidecar.md CL-37, CL-38)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from meshgw.chain.names import service_sni
from meshgw.envoy import names, tls
from meshgw.envoy.protojson import duration
from meshgw.envoy.resources import Resource, ResourceOrigin
from meshgw.envoy.sidecar_context import SidecarContext
from meshgw.snapshot.model import ChainUpstream, Passthrough

_DEFAULT_TIMEOUT: Final = 5_000_000_000


def passthrough_clusters(context: SidecarContext) -> Iterator[Resource]:
    """In transparent mode: what lies outside the mesh, and instances that may be dialed directly."""
    service = context.snapshot.instance.service
    if passes_outside(context):
        name = names.ORIGINAL_DESTINATION
        origin = ResourceOrigin(f"transparent mode of {service.id}", service.locate())
        yield Resource("clusters", name, _cluster(name, _DEFAULT_TIMEOUT), origin)
    for upstream in context.snapshot.upstreams:
        if isinstance(upstream, ChainUpstream):
            for each in upstream.passthrough:
                yield _passthrough(context, upstream, each)


def passes_outside(context: SidecarContext) -> bool:
    """Whether a transparent proxy lets traffic out of the mesh."""
    mesh_entry = context.snapshot.mesh_entry
    only = mesh_entry is not None and mesh_entry.transparent_proxy.mesh_destinations_only
    return context.snapshot.proxy.transparent and not only


def passthrough_name(context: SidecarContext, each: Passthrough) -> str:
    return f"passthrough~{_sni(context, each)}"


def _sni(context: SidecarContext, each: Passthrough) -> str:
    """The service without subset, always in the own datacenter."""
    return service_sni(each.service, "", context.snapshot.datacenter.name, context.snapshot.trust_domain)


def _passthrough(context: SidecarContext, upstream: ChainUpstream, each: Passthrough) -> Resource:
    snapshot = context.snapshot
    if each.varies:
        context.warn(
            "passthrough-varies",
            f"which instances of `{each.service.name}` are reached by their own address varies with time",
            note="Consul keeps the addresses of the subset that changed last; here all of them are listed",
        )
    identity = names.service_spiffe_id(each.service, snapshot.datacenter.name, snapshot.trust_domain)
    socket = tls.upstream_socket(context.outgoing_tls, tls.trusted(tls.ROOT, [identity]), _sni(context, each))
    name = passthrough_name(context, each)
    body = _cluster(name, each.connect_timeout or _DEFAULT_TIMEOUT) | {"transportSocket": socket}
    return Resource("clusters", name, body, context.origin(upstream))


def _cluster(name: str, timeout: int) -> dict[str, Any]:
    return {
        "name": name,
        "type": "ORIGINAL_DST",
        "lbPolicy": "CLUSTER_PROVIDED",
        "connectTimeout": duration(timeout),
    }
