"""The snapshot of a sidecar (envoy-sidecar.md 3)."""

from __future__ import annotations

from collections.abc import Iterator

from meshgw.chain.model import ChainError, ServiceKey, Target
from meshgw.entries.jwt_provider import JWTProvider
from meshgw.mesh.model import Datacenter, Instance, Key, Mesh
from meshgw.resolve.intentions import matching_intentions
from meshgw.resolve.proxy import EffectiveProxy, EffectiveUpstream, effective_proxy
from meshgw.snapshot.compiling import upstream_chain
from meshgw.snapshot.exposed import exposed_checks
from meshgw.snapshot.model import (
    ChainUpstream,
    SidecarSnapshot,
    SnapshotFault,
    TargetSnapshot,
    Upstream,
)
from meshgw.snapshot.names import key_of_upstream, upstream_id
from meshgw.snapshot.peers import imported_upstreams, inbound_bundles, peer_target, peer_upstream
from meshgw.snapshot.pools import target_pool
from meshgw.snapshot.queries import query_upstream


def sidecar_snapshot(mesh: Mesh, instance: Instance) -> SidecarSnapshot:
    """Everything a sidecar knows. What Consul could not serve is in `faults`."""
    home = mesh.datacenters[instance.datacenter]
    proxy = effective_proxy(instance, home.entries, client_agent=home.registered_with == "client")
    faults: list[SnapshotFault] = []
    upstreams = sorted(_upstreams(mesh, home, proxy, faults), key=lambda upstream: upstream.envoy_id)
    return SidecarSnapshot(
        proxy=proxy,
        datacenter=home,
        mesh_entry=home.entries.mesh(instance.partition),
        enterprise=mesh.enterprise,
        upstreams=tuple(upstreams),
        jwt_providers=_jwt_providers(home, instance.partition),
        intentions=matching_intentions(home.entries, destination_of(instance)),
        inbound_bundles=inbound_bundles(mesh, home, destination_of(instance)),
        exposed_checks=tuple(exposed_checks(mesh, home, proxy)),
        advertise_address=instance.node.address,
        faults=tuple(faults),
    )


def _jwt_providers(home: Datacenter, partition: str) -> tuple[JWTProvider, ...]:
    """The providers of a partition, by name."""
    found = [entry for entry in home.entries.of_kind(JWTProvider) if entry.partition == partition]
    return tuple(sorted(found, key=lambda provider: provider.name))


def destination_of(instance: Instance) -> ServiceKey:
    """The service that a sidecar represents."""
    return ServiceKey(instance.partition, instance.namespace, instance.destination)


def _upstreams(
    mesh: Mesh, home: Datacenter, proxy: EffectiveProxy, faults: list[SnapshotFault]
) -> Iterator[Upstream]:
    for upstream in proxy.upstreams:
        registered = upstream.upstream
        if registered.destination_type == "prepared_query":
            yield query_upstream(mesh, home, proxy.instance.key, upstream)
            continue
        if upstream.index is None:
            continue
        if registered.destination_peer:
            yield peer_upstream(mesh, proxy.instance.key, upstream)
        else:
            made = chain_upstream(mesh, home, proxy.instance.key, upstream)
            if isinstance(made, SnapshotFault):
                faults.append(made)
            else:
                yield made
    yield from _imported(mesh, home, proxy)


def chain_upstream(
    mesh: Mesh, home: Datacenter, caller: Key, upstream: EffectiveUpstream
) -> ChainUpstream | SnapshotFault:
    """An explicit upstream with its chain and pools."""
    chain = upstream_chain(mesh, home, upstream)
    registered = upstream.upstream
    if isinstance(chain, ChainError):
        return SnapshotFault(upstream_id(registered), chain.message, chain)
    return ChainUpstream(
        envoy_id=upstream_id(registered),
        key=key_of_upstream(registered),
        chain=chain,
        targets={
            target.id: target_snapshot(mesh, caller, target, upstream.mode.value)
            for target in chain.targets.values()
        },
        settings=upstream,
    )


def _imported(mesh: Mesh, home: Datacenter, proxy: EffectiveProxy) -> Iterator[Upstream]:
    """In transparent mode the services of peers are upstreams without being registered."""
    if proxy.transparent:
        registered = {upstream_id(each.upstream) for each in proxy.upstreams if each.index is not None}
        yield from imported_upstreams(mesh, home, proxy, registered)


def target_snapshot(mesh: Mesh, caller: Key, target: Target, mode: str) -> TargetSnapshot:
    """A chain's target with what is dialed for it; `mode` is that of the chain's upstream."""
    if target.peer:
        return peer_target(mesh, caller, target, mode)
    return TargetSnapshot(target=target, pool=target_pool(mesh, caller, target))
