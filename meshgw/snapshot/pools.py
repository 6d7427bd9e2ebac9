"""What a proxy dials for a target: instances, or the gateways in front of them (envoy-sidecar.md 5.2)."""

from __future__ import annotations

from meshgw.chain.model import Target
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Instance, Key, Mesh
from meshgw.resolve.exports import export_to_partition
from meshgw.snapshot.instances import connect_endpoints, subset_of
from meshgw.snapshot.model import Endpoint, Pool


def gateway_key(mode: str, caller: Key, target: Key) -> Key | None:
    """The key whose mesh gateways a caller dials for a target; `None` dials instances (EP-10)."""
    if caller == target:
        return None
    return {"local": caller, "remote": target}.get(mode)


def visible(mesh: Mesh, caller: Key, datacenter: str, service: ServiceKey) -> bool:
    """Whether a caller may see a service: other partitions need an export where ACLs deny by default."""
    home = mesh.datacenters.get(datacenter)
    if home is None or service.partition == caller.partition or home.acl_allow:
        return True
    return export_to_partition(home.entries, service, caller.partition) is not None


def target_pool(mesh: Mesh, caller: Key, target: Target, *, viewer: Key) -> Pool:
    """The endpoints of a target that is not at a peer, as far as `viewer` may see them."""
    where = Key(target.datacenter, target.partition)
    instances: tuple[Instance, ...] = ()
    if visible(mesh, viewer, target.datacenter, target.key):
        instances = subset_of(connect_endpoints(mesh, target.datacenter, target.key), target.filter)
    key = gateway_key(target.mesh_gateway.mode, caller, where)
    if key is None:
        return Pool(
            endpoints=tuple(
                endpoint(instance, caller, only_passing=target.only_passing) for instance in instances
            ),
            instances=instances,
        )
    return through_gateways(mesh, caller, key, instances, only_passing=target.only_passing)


def through_gateways(
    mesh: Mesh, caller: Key, key: Key, instances: tuple[Instance, ...], *, only_passing: bool
) -> Pool:
    """The gateways of a key: all healthy if one real instance is, else none (EP-11)."""
    healthy = any(instance.health(only_passing=only_passing)[0] for instance in instances)
    return Pool(
        endpoints=tuple(
            Endpoint(gateway.address_from(caller), healthy, gateway.health()[1], gateway)
            for gateway in mesh.gateways(key)
        ),
        gateways=key,
        instances=instances,
    )


def endpoint(instance: Instance, caller: Key, *, only_passing: bool = False) -> Endpoint:
    """An instance as a caller with this locality key dials it."""
    healthy, weight = instance.health(only_passing=only_passing)
    return Endpoint(instance.address_from(caller), healthy, weight, instance)
