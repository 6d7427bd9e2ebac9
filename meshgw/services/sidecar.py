"""Expanding `connect { sidecar_service { … } }` into a proxy of its own (service-registration.md 3.3).

The automatic port is not given out here: it depends on what else is on the agent. A sidecar that
waits for one has port 0; `with_port` completes it.
"""

from __future__ import annotations

from meshgw.schema.fields import Layer, replace
from meshgw.services.model import CONNECT_PROXY, SERVICE_KINDS, Check, Proxy, Service
from meshgw.services.normalize import default_tagged_addresses
from meshgw.source.document import Path

_LISTENING = "Connect Sidecar Listening"
_TEN_SECONDS = 10_000_000_000


def expand(parent: Service, layer: Layer) -> Service | None:
    """The sidecar of a normalized service, `None` when it has none; still to be normalized itself."""
    given = parent.connect.sidecar_service
    if given is None:
        return None
    kind = given.kind
    if layer == "agent" and kind not in SERVICE_KINDS:
        kind = ""
    within = (*parent.within, "Connect", "SidecarService")
    sidecar = replace(
        given,
        id=f"{parent.id}-sidecar-proxy",
        name=given.name or f"{parent.name}-sidecar-proxy",
        kind=kind or CONNECT_PROXY,
        namespace=parent.namespace,
        partition=parent.partition,
        tags=given.tags or parent.tags,
        meta=given.meta or parent.meta,
        locality=parent.locality if given.locality is None else given.locality,
        address=given.address or parent.address,
        port=max(given.port, 0),
        token=given.token or parent.token,
        proxy=_proxy_for(given.proxy, parent),
        origin=parent.origin,
        parent=parent,
        within=within,
        moved=_inherited(given, parent),
    )
    return sidecar if sidecar.checks or sidecar.check else replace(sidecar, checks=_checks(sidecar))


def _proxy_for(given: Proxy, parent: Service) -> Proxy:
    socket, address, port = (
        given.local_service_socket_path,
        given.local_service_address,
        given.local_service_port,
    )
    if not socket and (not address or port < 1):
        if parent.socket_path:
            socket = parent.socket_path
        else:
            address = address or "127.0.0.1"
            port = port if port >= 1 else parent.port
    return replace(
        given,
        destination_service_name=given.destination_service_name or parent.name,
        destination_service_id=given.destination_service_id or parent.id,
        local_service_socket_path=socket,
        local_service_address=address,
        local_service_port=port,
    )


def _inherited(given: Service, parent: Service) -> tuple[tuple[Path, Path], ...]:
    """Where values that come from the parent are written."""
    here = parent.within
    return tuple(
        ((name,), (*here, name))
        for name, own, theirs in (
            ("Tags", given.tags, parent.tags),
            ("Meta", given.meta, parent.meta),
            ("Locality", given.locality, parent.locality),
            ("Address", given.address, parent.address),
        )
        if theirs and not own
    )


_LISTENS = Check(name=_LISTENING, interval=_TEN_SECONDS, failures_before_warning=0, output_max_size=4096)
_ALIAS = Check(failures_before_warning=0, output_max_size=4096)


def _checks(sidecar: Service) -> tuple[Check, ...]:
    host = sidecar.address or sidecar.proxy.local_service_address
    parent_id = sidecar.id.removesuffix("-sidecar-proxy")
    return (
        replace(_LISTENS, id=f"service:{sidecar.id}:1", tcp=_host_port(host, sidecar.port)),
        replace(
            _ALIAS,
            id=f"service:{sidecar.id}:2",
            name=f"Connect Sidecar Aliasing {parent_id}",
            alias_service=parent_id,
        ),
    )


def _host_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def waits_for_port(service: Service) -> bool:
    """Whether the agent gives the service an automatic port: sidecars that name none."""
    return service.parent is not None and service.port < 1


def with_port(sidecar: Service, port: int) -> Service:
    """An expanded sidecar on the port that the agent gave it."""
    sidecar = replace(sidecar, port=port)
    host = sidecar.address or sidecar.proxy.local_service_address
    return replace(
        sidecar,
        tagged_addresses=default_tagged_addresses(sidecar),
        checks=tuple(
            replace(check, tcp=_host_port(host, port)) if check.name == _LISTENING else check
            for check in sidecar.checks
        ),
    )


def allocate_ports(
    services: list[Service], low: int = 21000, high: int = 21255
) -> tuple[list[Service], list[Service]]:
    """Give automatic ports to the sidecars of one agent, in the order in which it meets them.

    A sidecar that is registered again keeps its port if that is in the range. `low` to `high` is the
    agent's range, both included; a bound below 1 switches it off. Returns all services, and those
    sidecars among them for which no port was left.
    """
    placed: list[Service] = []
    left_over: list[Service] = []
    used: set[int] = set()
    held: dict[tuple[str, str], int] = {}
    free = low
    for service in services:
        if waits_for_port(service) and low > 0 and high > 0:
            port = held.get((service.namespace, service.id), 0)
            while free in used:
                free += 1
            if low <= port <= high or free <= high:
                service = with_port(service, port if low <= port <= high else free)  # noqa: PLW2901
        if waits_for_port(service):
            left_over.append(service)
        used.add(service.port)
        if service.parent is not None:
            held[service.namespace, service.id] = service.port
        placed.append(service)
    return placed, left_over
