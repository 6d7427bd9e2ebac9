"""Listeners of one node that want the same port (service-registration.md 4.4 UPS-W02, UPS-W03, 4.6 RG-W08).

Consul does not compare them: the second one to start fails. A node is all instances of one agent;
whether those of an assumed node really share a machine nobody knows, so findings there are weaker.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from meshgw.diagnostics.model import Location, Related, Severity
from meshgw.diagnostics.rules import Report, rule
from meshgw.mesh.model import Instance
from meshgw.schema.convert import MismatchError, weak_bool, weak_int, weak_string
from meshgw.source.document import Path

Role: TypeAlias = Literal["application", "proxy", "gateway", "upstream", "exposed path"]

_ANY = frozenset({"", "0.0.0.0", "::", "[::]"})  # noqa: S104  # compared with, never bound
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A place where something on a node listens: a host and a port, or a Unix socket (port 0)."""

    host: str
    port: int
    role: Role
    words: str
    owner: Instance
    at: Path

    @property
    def location(self) -> Location | None:
        return self.owner.service.locate(self.at)

    @property
    def place(self) -> str:
        if not self.port:
            return self.host
        host = "*" if self.host in _ANY else self.host
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two listeners of a node that cannot both be opened; `later` stands later in the tree."""

    earlier: Listener
    later: Listener


def nodes(instances: Iterable[Instance]) -> list[tuple[Instance, ...]]:
    """The instances of each node; those that only a catalog registration knows say nothing about ports."""
    found: dict[tuple[str, str, str], list[Instance]] = {}
    for instance in instances:
        if not instance.from_catalog:
            key = (instance.datacenter, instance.partition, instance.node.name)
            found.setdefault(key, []).append(instance)
    return [tuple(group) for group in found.values()]


def conflicts(node: Iterable[Instance]) -> list[Conflict]:
    """The conflicts among the listeners of one node; each listener is told with the first it meets."""
    node = tuple(node)
    by_port: dict[int | str, dict[str, Listener]] = {}
    found: list[Conflict] = []
    for listener in (one for instance in node for one in _listeners(instance)):
        taken = by_port.setdefault(listener.port or listener.host, {})
        earlier = _taken(listener, taken)
        if earlier is None:
            taken.setdefault("" if listener.host in _ANY else listener.host, listener)
        elif not _same_process(earlier, listener):
            found.append(Conflict(earlier, listener))
    return found


def _taken(listener: Listener, taken: Mapping[str, Listener]) -> Listener | None:
    if listener.host in _ANY:
        return next(iter(taken.values()), None)
    return taken.get(listener.host) or taken.get("")


def _same_process(earlier: Listener, later: Listener) -> bool:
    """One application may be registered under several names; Consul compares a proxy's upstreams itself."""
    if earlier.role == later.role == "application":
        return earlier.owner.service.name != later.owner.service.name
    return earlier.owner is later.owner and earlier.host == later.host and earlier.role == later.role


def _listeners(instance: Instance) -> Iterator[Listener]:
    service = instance.service
    if service.is_proxy:
        yield from _proxy_listeners(instance)
    elif service.is_gateway:
        yield from _gateway_listeners(instance)
    elif service.port > 0:
        words = f"the application `{service.id}`"
        yield Listener(
            host=service.address,
            port=service.port,
            role="application",
            words=words,
            owner=instance,
            at=("Port",),
        )


def _proxy_listeners(instance: Instance) -> Iterator[Listener]:
    service = instance.service
    config = service.proxy.config or {}
    host = _setting(config, "bind_address", weak_string) or service.address
    bind_port = _setting(config, "bind_port", weak_int)
    port = bind_port or service.port
    if port > 0:
        at: Path = ("Proxy", "Config", "bind_port") if bind_port else ("Port",)
        yield Listener(
            host=host, port=port, role="proxy", words=f"the proxy `{service.id}`", owner=instance, at=at
        )
    for index, upstream in enumerate(service.proxy.upstreams):
        words = f"the upstream `{upstream.destination_name}` of `{service.id}`"
        path: Path = ("Proxy", "Upstreams", index)
        if upstream.local_bind_port > 0:
            yield Listener(
                host=upstream.local_bind_address or _LOOPBACK,
                port=upstream.local_bind_port,
                role="upstream",
                words=words,
                owner=instance,
                at=(*path, "LocalBindPort"),
            )
        elif upstream.local_bind_socket_path:
            yield Listener(
                host=upstream.local_bind_socket_path,
                port=0,
                role="upstream",
                words=words,
                owner=instance,
                at=(*path, "LocalBindSocketPath"),
            )
    for index, exposed in enumerate(service.proxy.expose.paths):
        if exposed.listener_port > 0:
            yield Listener(
                host=host,
                port=exposed.listener_port,
                role="exposed path",
                words=f"the exposed path `{exposed.path}` of `{service.id}`",
                owner=instance,
                at=("Proxy", "Expose", "Paths", index, "ListenerPort"),
            )


def _gateway_listeners(instance: Instance) -> Iterator[Listener]:
    service = instance.service
    config = service.proxy.config or {}
    words = f"the {service.kind} `{service.id}`"
    names = ("envoy_gateway_no_default_bind", "envoy_mesh_gateway_no_default_bind")
    default = not any(_setting(config, name, weak_bool) for name in names)
    if default and service.port > 0 and service.kind in ("mesh-gateway", "terminating-gateway"):
        yield Listener(
            host=service.address,
            port=service.port,
            role="gateway",
            words=words,
            owner=instance,
            at=("Port",),
        )
    for name in ("envoy_gateway_bind_addresses", "envoy_mesh_gateway_bind_addresses"):
        bound = config.get(name)
        for key, value in bound.items() if isinstance(bound, dict) else ():
            address = value if isinstance(value, dict) else {}
            port = _setting(address, "port", weak_int)
            if port and port > 0:
                yield Listener(
                    host=_setting(address, "address", weak_string) or "",
                    port=port,
                    role="gateway",
                    words=f"the bind address `{key}` of `{service.id}`",
                    owner=instance,
                    at=("Proxy", "Config", name, key, "port"),
                )


def _setting(config: Mapping[str, Any], name: str, convert: Any) -> Any:
    """A weakly read setting, zero when it is absent or unreadable."""
    for key, value in config.items():
        if key.lower() == name:
            try:
                return convert(value)
            except MismatchError:
                break
    return convert(None)


@rule("port-conflict", on="service")  # RG-W08, UPS-W02, UPS-W03
def port_conflict(conflict: Conflict, report: Report) -> None:
    """Two listeners of one node on the same port.

    Applications, proxies, the listeners of upstreams and of exposed paths, and gateways share the
    ports of their machine; an address that means all addresses meets every other one. Consul does
    not compare them; Envoy or the application fails when it starts. Where it is not known that both
    are on one machine, this is a remark only.

    Found in a tree:

        == node.hcl ==
        node_name = "node-1"
        bind_addr = "10.1.0.1"
        services {
          name = "web"
          port = 8080
          connect { sidecar_service { port = 20000 proxy {
            upstreams = [{ destination_name = "db", local_bind_port = 5000 }]
          } } }
        }
        services {
          name = "api"
          port = 8081
          connect { sidecar_service { port = 20001 proxy {
            upstreams = [{ destination_name = "db", local_bind_port = 5000 }]
          } } }
        }
    """
    earlier, later = conflict.earlier, conflict.later
    apart = _perhaps_apart(conflict)
    location = earlier.location
    report(
        f"{later.words} wants {later.place}, as does {earlier.words}",
        location=later.location,
        related=[Related(location, "the other one")] if location else (),
        note=apart,
        help="give one of them another port",
        severity=Severity.INFO if apart else _severity(conflict),
    )


def _severity(conflict: Conflict) -> Severity:
    both = {conflict.earlier.role, conflict.later.role}
    return Severity.WARNING if both == {"application"} else Severity.ERROR


def _perhaps_apart(conflict: Conflict) -> str | None:
    """Why the two may not meet after all."""
    earlier, later = conflict.earlier.owner, conflict.later.owner
    if earlier.node.assumed:
        return "no file says on which node they are; on one node they exclude each other"
    mine, theirs = later.service.address, earlier.service.address
    if mine and theirs and mine != theirs:
        return "their services have different addresses: in containers of their own they do not meet"
    return None


CHECKS = (port_conflict,)
