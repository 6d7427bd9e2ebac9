"""Health checks that are reachable through a sidecar, and the ports that its agent opens for them (LS-27)."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from meshgw.mesh.model import Datacenter, Instance, Mesh
from meshgw.resolve.proxy import EffectiveProxy, exposes_checks
from meshgw.services.model import CONNECT_PROXY, Check
from meshgw.snapshot.model import ExposedCheck

_GRPC_PATH = "/grpc.health.v1.Health/Check"


def exposed_checks(mesh: Mesh, home: Datacenter, proxy: EffectiveProxy) -> Iterator[ExposedCheck]:
    """The exposed checks of a sidecar's application, in the order of their definition.

    A URL without a port is skipped, though the agent gives it one to listen on.
    """
    if not proxy.expose.checks:
        return
    for check, port in _ports(mesh, home, proxy.instance):
        local = _local(check)
        if local is not None and local[1]:
            path, local_port = local
            yield ExposedCheck(
                path=path,
                protocol="http" if check.http else "http2",
                local_port=local_port,
                listener_port=port,
            )


def _ports(mesh: Mesh, home: Datacenter, sidecar: Instance) -> Iterator[tuple[Check, int]]:
    """A sidecar's checks with their listener ports: the lowest free ones of the agent, in its order."""
    port = sidecar.node.expose_ports[0]
    for other in mesh.on_node(sidecar.datacenter, sidecar.node.name):
        if other.service.kind != CONNECT_PROXY or not exposes_checks(other, home.entries):
            continue
        for check in _application_checks(mesh, other):
            if port > sidecar.node.expose_ports[1]:
                return
            if other is sidecar:
                yield check, port
            port += 1


def _application_checks(mesh: Mesh, sidecar: Instance) -> Iterator[Check]:
    """The HTTP and gRPC checks of the application on the same node."""
    wanted = sidecar.service.proxy.destination_service_id
    for instance in mesh.on_node(sidecar.datacenter, sidecar.node.name):
        place = (instance.partition, instance.namespace, instance.service.id)
        if wanted and place == (sidecar.partition, sidecar.namespace, wanted):
            yield from (check for check in instance.service.checks if check.http or check.grpc)


def _local(check: Check) -> tuple[str, int] | None:
    """Path and port of the application that a check asks; `None` when it cannot be read."""
    try:
        if check.http:
            parsed = urlsplit(check.http)
            return parsed.path, parsed.port or 0
        return _GRPC_PATH, urlsplit(f"//{check.grpc}").port or 0
    except ValueError:
        return None
