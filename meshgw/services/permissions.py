"""What an ACL token has to be allowed for a service (service-registration.md 6).

Tokens themselves are not in a tree; what they need is told where one is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from meshgw.services.model import API_GATEWAY, INGRESS_GATEWAY, MESH_GATEWAY, TERMINATING_GATEWAY, Service


@dataclass(frozen=True, slots=True)
class Permission:
    """An access to a resource; an empty `name` means all of its kind, or that it has no names."""

    resource: Literal["service", "node", "mesh", "peering"]
    access: Literal["read", "write"]
    name: str = ""

    def __str__(self) -> str:
        where = (
            f" on `{self.name}`" if self.name else " on all" if self.resource in ("service", "node") else ""
        )
        return f"`{self.resource}:{self.access}`{where}"


_READ_ALL = (Permission("service", "read"), Permission("node", "read"))
_AT_WORK: dict[str, tuple[Permission, ...]] = {
    MESH_GATEWAY: (Permission("mesh", "write"), Permission("peering", "read"), *_READ_ALL),
    INGRESS_GATEWAY: _READ_ALL,
    API_GATEWAY: (Permission("mesh", "read"), *_READ_ALL),
    TERMINATING_GATEWAY: (Permission("node", "read"),),
}


def to_register(service: Service, replaced: Service | None = None) -> tuple[Permission, ...]:
    """Names that the token must be allowed to write; `replaced` has the same id until now."""
    names = [service.name]
    if service.is_proxy:
        names.append(service.proxy.destination_service_name)
    if replaced is not None:
        names.append(replaced.name)
    return tuple(Permission("service", "write", name) for name in dict.fromkeys(names) if name)


def to_work(service: Service) -> tuple[Permission, ...]:
    """What a proxy's token needs besides, to be given its configuration (documentation)."""
    if service.is_proxy:
        names = [
            upstream.destination_name
            for upstream in service.proxy.upstreams
            if upstream.destination_type != "prepared_query" and not upstream.destination_peer
        ]
        reads = tuple(Permission("service", "read", name) for name in dict.fromkeys(names) if name)
        return (*reads, Permission("node", "read")) if reads else ()
    return _AT_WORK.get(service.kind, ())


def identity_names(name: str) -> frozenset[str]:
    """The names that a service identity may write."""
    return frozenset({name, f"{name}-sidecar-proxy"})


def missing(needed: Iterable[Permission], writable: Iterable[str]) -> tuple[str, ...]:
    """The names that a token which may write `writable` still lacks, in the order Consul asks for them."""
    allowed = set(writable)
    return tuple(
        permission.name
        for permission in needed
        if permission.access == "write" and permission.name not in allowed
    )


def in_words(permissions: Iterable[Permission]) -> str:
    """`service:write` on `web` and on `web-sidecar-proxy`, …, for a message."""
    return ", ".join(dict.fromkeys(map(str, permissions)))
