"""The snapshot of a sidecar (envoy-sidecar.md 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from meshgw.chain.model import ChainError, DiscoveryChain
from meshgw.entries.jwt_provider import JWTProvider
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Datacenter, Instance, Mesh
from meshgw.resolve.intentions import matching_intentions
from meshgw.resolve.proxy import EffectiveProxy, EffectiveUpstream
from meshgw.snapshot.chain_upstreams import ChainDraft, followed
from meshgw.snapshot.common import common_to_all
from meshgw.snapshot.compiling import plain_chain, service_chain, upstream_chain
from meshgw.snapshot.exposed import exposed_checks
from meshgw.snapshot.model import (
    ChainUpstream,
    SidecarSnapshot,
    SnapshotFault,
    Upstream,
)
from meshgw.snapshot.names import envoy_id, key_of_upstream, upstream_id
from meshgw.snapshot.peers import imported_upstreams, inbound_bundles, peer_upstream
from meshgw.snapshot.queries import query_upstream
from meshgw.snapshot.telemetry import TELEMETRY_COLLECTOR, telemetry_settings
from meshgw.snapshot.transparent import (
    addresses_of,
    destinations,
    inferred_services,
    passthroughs,
    settings_of,
)
from meshgw.snapshot.virtual_ips import virtual_ips


def sidecar_snapshot(mesh: Mesh, instance: Instance) -> SidecarSnapshot:
    """Everything a sidecar knows. What Consul could not serve is in `faults`."""
    common = common_to_all(mesh, instance)
    home, proxy = common["datacenter"], common["proxy"]
    faults: list[SnapshotFault] = []
    upstreams = sorted(_upstreams(mesh, home, proxy, faults), key=lambda upstream: upstream.envoy_id)
    return SidecarSnapshot(
        **common,
        upstreams=tuple(upstreams),
        jwt_providers=_jwt_providers(home, instance.partition),
        intentions=matching_intentions(home.entries, destination_of(instance)),
        inbound_bundles=inbound_bundles(mesh, home, destination_of(instance)),
        exposed_checks=tuple(exposed_checks(mesh, home, proxy)),
        advertise_address=instance.node.address,
        assumed_addresses=_assumed(mesh, home, upstreams) if proxy.transparent else {},
        faults=tuple(faults),
    )


def _assumed(mesh: Mesh, home: Datacenter, upstreams: list[Upstream]) -> dict[str, str]:
    """The virtual IPs in filter chains that nobody gave."""
    known = virtual_ips(mesh, home)
    names = sorted({each.envoy_id for each in upstreams} & known.assumed)
    used = {address for each in upstreams for address in getattr(each, "addresses", ())}
    return {name: known.of(name) for name in names if known.of(name) in used}


def _jwt_providers(home: Datacenter, partition: str) -> tuple[JWTProvider, ...]:
    """The providers of a partition, by name."""

    def found() -> tuple[JWTProvider, ...]:
        providers = (entry for entry in home.entries.of_kind(JWTProvider) if entry.partition == partition)
        return tuple(sorted(providers, key=lambda provider: provider.name))

    return home.entries.once(("JWT providers", partition), found)


def destination_of(instance: Instance) -> ServiceKey:
    """The service that a sidecar represents."""
    return ServiceKey(instance.partition, instance.namespace, instance.destination)


def _upstreams(
    mesh: Mesh, home: Datacenter, proxy: EffectiveProxy, faults: list[SnapshotFault]
) -> Iterator[Upstream]:
    made: list[Upstream | SnapshotFault] = [*_registered(mesh, home, proxy)]
    made += telemetry_upstream(mesh, home, proxy)
    if proxy.transparent:
        explicit = {each.envoy_id for each in made if not isinstance(each, SnapshotFault)}
        made += _inferred(mesh, home, proxy, explicit)
        made += imported_upstreams(mesh, home, proxy, explicit)
        made += destinations(mesh, home, proxy)
    for each in made:
        if isinstance(each, SnapshotFault):
            faults.append(each)
        else:
            yield each


def _registered(mesh: Mesh, home: Datacenter, proxy: EffectiveProxy) -> Iterator[Upstream | SnapshotFault]:
    """The upstreams of the registration; one without an address of its own gives settings only."""
    caller = proxy.instance.key
    for upstream in proxy.upstreams:
        registered = upstream.upstream
        if registered.destination_type == "prepared_query":
            yield query_upstream(mesh, home, caller, upstream)
        elif upstream.index is None or not (registered.local_bind_port or registered.local_bind_socket_path):
            continue
        elif registered.destination_peer:
            yield peer_upstream(mesh, caller, upstream)
        else:
            yield chain_upstream(mesh, home, proxy, upstream)


def chain_upstream(
    mesh: Mesh, home: Datacenter, proxy: EffectiveProxy, upstream: EffectiveUpstream
) -> ChainUpstream | SnapshotFault:
    """An explicit upstream with its chain and pools."""
    registered = upstream.upstream
    chain = upstream_chain(mesh, home, upstream)
    return _with_targets(
        mesh,
        home,
        proxy,
        chain,
        ChainDraft(upstream_id(registered), key_of_upstream(registered), upstream, upstream.mode.value),
    )


def _inferred(
    mesh: Mesh, home: Datacenter, proxy: EffectiveProxy, explicit: set[str]
) -> Iterator[ChainUpstream | SnapshotFault]:
    """In transparent mode: the services that intentions allow and that have no listener of their own."""
    for service, decision in inferred_services(mesh, home, proxy):
        identity = envoy_id(service)
        if identity in explicit:
            continue
        settings = settings_of(proxy, service)
        config = settings.config if settings is not None else {}
        mode = settings.mode.value if settings is not None else proxy.mesh_gateway_mode
        chain = service_chain(mesh, home, service, home.name, config=config, mode=mode)
        addresses = addresses_of(mesh, home, proxy.instance.key, service)
        draft = ChainDraft(identity, service, settings, mode, False, addresses, decision)
        yield _with_targets(mesh, home, proxy, chain, draft)


def _with_targets(
    mesh: Mesh,
    home: Datacenter,
    proxy: EffectiveProxy,
    chain: DiscoveryChain | ChainError,
    draft: ChainDraft,
) -> ChainUpstream | SnapshotFault:
    caller = proxy.instance.key
    upstream = followed(mesh, caller, chain, draft, viewer=caller)
    if isinstance(upstream, SnapshotFault):
        return upstream
    if not proxy.transparent:
        return upstream
    return replace(upstream, passthrough=passthroughs(mesh, home, caller, upstream))


def telemetry_upstream(
    mesh: Mesh, home: Datacenter, proxy: EffectiveProxy
) -> Iterator[ChainUpstream | SnapshotFault]:
    """The collector of telemetry, where the proxy's settings name a folder for its socket (US-04)."""
    settings = telemetry_settings(proxy)
    if settings is None:
        return
    service = ServiceKey(proxy.instance.partition, "default", TELEMETRY_COLLECTOR)
    chain = plain_chain(mesh, home, service)
    draft = ChainDraft(envoy_id(service), service, settings, "")
    yield _with_targets(mesh, home, proxy, chain, draft)
