"""What a transparent proxy may call without having it registered (intentions-and-exports.md 4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from meshgw.chain.model import Target
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.entries.shared import CONSUL, WILDCARD
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Datacenter, Instance, Key, Mesh
from meshgw.resolve.intentions import Caller, Decision, Intention, decide_among, matching_intentions
from meshgw.resolve.proxy import EffectiveProxy, EffectiveUpstream
from meshgw.resolve.upstreams import MergeKey
from meshgw.services.model import TERMINATING_GATEWAY
from meshgw.snapshot.instances import connect_endpoints
from meshgw.snapshot.linked_services import destination_of, linked_gateways
from meshgw.snapshot.model import ChainUpstream, DestinationUpstream, Endpoint, Passthrough
from meshgw.snapshot.names import envoy_id
from meshgw.snapshot.pools import visible
from meshgw.snapshot.virtual_ips import virtual_ips


def inferred_services(
    mesh: Mesh, home: Datacenter, proxy: EffectiveProxy
) -> Iterator[tuple[ServiceKey, Decision]]:
    """The services that intentions make upstreams, sorted, and what lets the proxy in."""
    own = proxy.instance
    caller = _caller(own)
    for service in candidates(mesh, home):
        itself = service == ServiceKey(own.partition, own.namespace, own.destination)
        if itself or service.name == CONSUL:
            continue
        decision = _decision(mesh, home, caller, service)
        if decision.verdict != "deny" and visible(mesh, own.key, home.name, service):
            yield service, decision


def candidates(mesh: Mesh, home: Datacenter) -> tuple[ServiceKey, ...]:
    """Registered applications, and all names that own a virtual IP; those of peers too (IQ-2)."""
    return mesh.once(("candidates", home.name), lambda: _candidates(mesh, home))


def _candidates(mesh: Mesh, home: Datacenter) -> tuple[ServiceKey, ...]:
    from meshgw.snapshot.peers import imported_services

    found: dict[ServiceKey, ServiceKey] = {}
    services = [
        ServiceKey(instance.partition, instance.namespace, instance.service.name)
        for instance in mesh.instances
        if instance.datacenter == home.name and instance.service.is_typical
    ]
    services += virtual_ips(mesh, home).services
    for key in mesh.keys:
        if key.datacenter == home.name:
            services += [
                ServiceKey(key.partition, service.namespace, service.name)
                for end in mesh.peerings_of(key)
                for service in imported_services(mesh, end)
            ]
    for service in services:
        found.setdefault(service.folded, service)
    return tuple(sorted(found.values()))


def _caller(instance: Instance) -> Caller:
    return Caller(instance.partition, instance.namespace, instance.destination)


def _decision(mesh: Mesh, home: Datacenter, caller: Caller, service: ServiceKey) -> Decision:
    """What intentions say about a caller; those that name a destination by itself do not count here."""
    found = _intentions(mesh, home, service)
    if destination_of(mesh, home, service) is not None:
        found = tuple(intention for intention in found if _is_wide(intention))
    return decide_among(found, caller, default_allow=home.default_allow, default_from=home.default_from)


def _intentions(mesh: Mesh, home: Datacenter, service: ServiceKey) -> tuple[Intention, ...]:
    return mesh.once(("intentions", home.name, service), lambda: matching_intentions(home.entries, service))


def _is_wide(intention: Intention) -> bool:
    return WILDCARD in (intention.entry.name, intention.entry.namespace)


def destinations(mesh: Mesh, home: Datacenter, proxy: EffectiveProxy) -> Iterator[DestinationUpstream]:
    """External destinations that intentions let the proxy reach, through their terminating gateways."""
    own = proxy.instance
    for entry in home.entries.of_kind(ServiceDefaults):
        service = ServiceKey(entry.partition, entry.namespace, entry.name)
        if entry.destination is None or not visible(mesh, own.key, home.name, service):
            continue
        found = _intentions(mesh, home, service)
        if destination_of(mesh, home, service) is None:
            found = tuple(intention for intention in found if _is_wide(intention))
        if decide_among(found, _caller(own), default_allow=home.default_allow).verdict != "deny":
            yield DestinationUpstream(
                envoy_id=envoy_id(service),
                key=service,
                entry=entry,
                protocol=entry.protocol or "tcp",
                endpoints=tuple(_gateways(mesh, home, service)),
            )


def _gateways(mesh: Mesh, home: Datacenter, service: ServiceKey) -> Iterator[Endpoint]:
    """The terminating gateways of a service, always by their WAN addresses."""
    for gateway in linked_gateways(mesh, home.name, service):
        healthy, weight = gateway.health()
        yield Endpoint(gateway.wan, healthy, weight, gateway)


def settings_of(proxy: EffectiveProxy, service: ServiceKey) -> EffectiveUpstream | None:
    """The settings of an inferred upstream: its own, else those of all upstreams (US-01)."""
    found = {each.key: each for each in proxy.upstreams if each.upstream.destination_type != "prepared_query"}
    own = found.get(MergeKey(service.name, service.namespace, service.partition, ""))
    return own or found.get(MergeKey("*", "*", proxy.instance.partition, ""))


def addresses_of(mesh: Mesh, home: Datacenter, caller: Key, service: ServiceKey) -> tuple[str, ...]:
    """Where a transparent proxy meets a service: its virtual IPs, and tags of its instances (LS-41)."""
    found: list[str] = []
    if service.partition == caller.partition:
        address = virtual_ips(mesh, home).of(envoy_id(service))
        found += [address] if address else []
    for instance in connect_endpoints(mesh, home.name, service):
        tagged = instance.service.tagged_addresses
        if instance.service.kind == TERMINATING_GATEWAY:
            tags = [f"consul-virtual:{envoy_id(service)}"]
        else:
            tags = ["consul-virtual"]
            tags += ["virtual"] if instance.partition == caller.partition else []
        found += [tagged[tag].address for tag in tags if tag in tagged and tagged[tag].address]
    return tuple(dict.fromkeys(found))


def passthroughs(
    mesh: Mesh, home: Datacenter, caller: Key, upstream: ChainUpstream
) -> tuple[Passthrough, ...]:
    """The instances of a chain that may be dialed by their own address, by service (CL-38).

    The chain's own service is watched besides its targets. Consul keeps what it saw last of these, so
    that its answer varies with time; here their addresses are put together.
    """
    chain = upstream.chain
    own = ServiceKey(chain.partition, chain.namespace, chain.service)
    found: dict[ServiceKey, Passthrough] = {}
    for target in sorted(upstream.targets.values(), key=lambda each: each.target.id):
        if target.target.peer:
            continue
        dialed = target.pool.instances
        addresses = _direct(dialed, caller, target.target)
        _merge(found, target.target.key, addresses, target.target.connect_timeout)
    if not any(_is_whole(target.target, own, home) for target in upstream.targets.values()):
        instances = connect_endpoints(mesh, home.name, own)
        _merge(found, own, _direct(instances, caller, None), 0)
    return tuple(found.values())


def _is_whole(target: Target, service: ServiceKey, home: Datacenter) -> bool:
    return target.key == service and not target.subset and target.datacenter == home.name and not target.peer


def _direct(instances: Iterable[Instance], caller: Key, target: Target | None) -> tuple[str, ...]:
    wanted = target is not None and target.dialed_directly
    return tuple(
        instance.address_from(caller).host
        for instance in instances
        if wanted or instance.service.proxy.transparent_proxy.dialed_directly
    )


def _merge(
    found: dict[ServiceKey, Passthrough], service: ServiceKey, addresses: tuple[str, ...], timeout: int
) -> None:
    """Add the addresses of one target; the timeout is that of the target that has them all."""
    if not addresses:
        return
    before = found.get(service)
    if before is None:
        found[service] = Passthrough(service=service, addresses=addresses, connect_timeout=timeout)
        return
    together = tuple(dict.fromkeys((*before.addresses, *addresses)))
    covers = set(addresses) == set(together)
    wider = covers and (before.varies or len(addresses) > len(before.addresses))
    found[service] = replace(
        before,
        addresses=together,
        connect_timeout=timeout if wider else before.connect_timeout,
        varies=before.varies or set(before.addresses) != set(addresses) or before.connect_timeout != timeout,
    )
