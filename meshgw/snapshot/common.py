"""What the snapshots of all kinds of proxies share (envoy-sidecar.md 2, envoy-other-gateways.md 1.1)."""

from __future__ import annotations

from typing import TypedDict, TypeVar

from meshgw.entries.base import Entry
from meshgw.entries.mesh import Mesh as MeshEntry
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Datacenter, Instance, Mesh
from meshgw.resolve.proxy import EffectiveProxy, effective_proxy

E = TypeVar("E", bound=Entry)


class Common(TypedDict):
    """The fields of every `ProxySnapshot`, but for its faults."""

    proxy: EffectiveProxy
    datacenter: Datacenter
    mesh_entry: MeshEntry | None
    enterprise: bool
    consul_version: tuple[int, int]


def common_to_all(mesh: Mesh, instance: Instance) -> Common:
    """What a proxy of any kind knows."""
    home = mesh.datacenters[instance.datacenter]
    return Common(
        proxy=proxy_at(home, instance),
        datacenter=home,
        mesh_entry=home.entries.mesh(instance.partition),
        enterprise=mesh.enterprise,
        consul_version=mesh.consul_version,
    )


def proxy_at(home: Datacenter, instance: Instance) -> EffectiveProxy:
    """The merged definition of a proxy as its datacenter serves it."""
    return effective_proxy(instance, home.entries, client_agent=home.registered_with == "client")


def own_entry(home: Datacenter, gateway: Instance, kind: type[E]) -> E | None:
    """The entry of a gateway: it is called like the service of the registration."""
    key = ServiceKey(gateway.partition, gateway.namespace, gateway.service.name)
    found = home.entries.find(kind.kind, key)
    return found if isinstance(found, kind) else None
