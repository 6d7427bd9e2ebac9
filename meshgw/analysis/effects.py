"""What a file changes in a tree: chains, settings, calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from meshgw.analysis.proposal import Chains
from meshgw.chain.collecting import Gathered
from meshgw.diagnostics.model import Location
from meshgw.entries.base import Entry
from meshgw.loading.model import Loaded
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Datacenter, Instance
from meshgw.resolve.settings import PROXY_SETTINGS, UPSTREAM_SETTINGS
from meshgw.snapshot.calls import Call, Calls
from meshgw.snapshot.model import ChainUpstream
from meshgw.snapshot.settings import SettingValue, proxy_value, upstream_values

_SETTINGS = frozenset({"proxy-defaults", "service-defaults"})
_CHAINS = frozenset(
    {
        "proxy-defaults",
        "service-defaults",
        "service-router",
        "service-splitter",
        "service-resolver",
        "sameness-group",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainEffect:
    """A discovery chain that an entry takes part in, and the sidecars that use it."""

    datacenter: str
    service: ServiceKey
    callers: tuple[Instance, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryEffects:
    """What a config entry decides.

    `replaced` says that another entry of the same kind and name counts in its place. `settings` are
    those that it wins, `exported` the calls that it exports a service for, `decided` those that its
    intentions decide, `gateways` the instances that it configures.
    """

    entry: Entry
    replaced: bool = False
    chains: tuple[ChainEffect, ...] = ()
    settings: tuple[SettingValue, ...] = ()
    exported: tuple[Call, ...] = ()
    decided: tuple[Call, ...] = ()
    gateways: tuple[Instance, ...] = ()

    @property
    def nothing(self) -> bool:
        return not (self.chains or self.settings or self.exported or self.decided or self.gateways)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceEffects:
    """A registered instance: the calls that it makes, receives, and carries as a gateway."""

    instance: Instance
    calls: tuple[Call, ...] = ()
    received: tuple[Call, ...] = ()
    carried: tuple[Call, ...] = ()


def effects_of(file: str, loaded: Loaded, calls: Calls) -> list[EntryEffects | InstanceEffects]:
    """What the entries and services of a file do; `file` is its name in messages.

    A sidecar speaks for its application.
    """
    found: list[EntryEffects | InstanceEffects] = []
    for item in loaded.entries:
        if _named(item.entry.locate(), file):
            home = calls.mesh.datacenters[item.datacenter]
            found.append(_entry_effects(item.entry, home, calls))
    behind = {_application(instance) for instance in calls.mesh.instances if instance.service.is_proxy}
    found.extend(
        _instance_effects(instance, calls)
        for instance in calls.mesh.instances
        if _named(instance.location, file) and instance.identity not in behind
    )
    return found


def _application(proxy: Instance) -> tuple[str, ...]:
    """The identity of the instance that a sidecar stands before."""
    return (*proxy.identity[:-1], proxy.service.proxy.destination_service_id)


def _named(location: Location | None, file: str) -> bool:
    return location is not None and location.document.name == file


def _entry_effects(entry: Entry, home: Datacenter, calls: Calls) -> EntryEffects:
    primary = calls.mesh.datacenters.get(home.primary, home) if entry.partition == "default" else home
    if primary.entries.stored(entry) is not entry:
        return EntryEffects(entry=entry, replaced=True)
    return EntryEffects(
        entry=entry,
        chains=tuple(_chains(entry, calls)) if entry.kind in _CHAINS else (),
        settings=tuple(_settings(entry, calls)) if entry.kind in _SETTINGS else (),
        exported=tuple(
            call for call in calls.all if call.export is not None and _within(call.export.location, entry)
        ),
        decided=tuple(
            call
            for call in calls.all
            if call.decision.intention is not None and call.decision.intention.entry is entry
        ),
        gateways=tuple(_gateways(entry, calls)),
    )


def _chains(entry: Entry, calls: Calls) -> Iterator[ChainEffect]:
    """The chains that the entry is gathered for: those in use, then those that entries shape."""
    for datacenter in calls.mesh.datacenters.values():
        if datacenter.entries.stored(entry) is not entry:
            continue
        chains = Chains(datacenter.entries, enterprise=calls.mesh.enterprise, datacenter=datacenter.name)
        users: dict[ServiceKey, list[Instance]] = {}
        for snapshot in calls.snapshots:
            if snapshot.datacenter.name != datacenter.name:
                continue
            for upstream in snapshot.upstreams:
                if isinstance(upstream, ChainUpstream):
                    users.setdefault(upstream.key, []).append(snapshot.instance)
        for key in sorted({*users, *chains.known()}):
            if _takes_part(entry, chains.of(key).gathered):
                yield ChainEffect(datacenter=datacenter.name, service=key, callers=tuple(users.get(key, ())))


def _takes_part(entry: Entry, gathered: Gathered) -> bool:
    groups = (
        gathered.splitters,
        gathered.resolvers,
        gathered.service_defaults,
        gathered.proxy_defaults,
        gathered.sameness_groups,
    )
    return gathered.router is entry or any(found is entry for group in groups for found in group.values())


def _settings(entry: Entry, calls: Calls) -> Iterator[SettingValue]:
    """The settings of proxies and upstreams that the entry wins, or has a part in."""
    for proxy in calls.mesh.proxies:
        for setting in PROXY_SETTINGS:
            value = proxy_value(calls.mesh, proxy, setting)
            if _wins(entry, value):
                yield value
    for snapshot in calls.snapshots:
        for upstream_setting in UPSTREAM_SETTINGS:
            for value in upstream_values(snapshot, upstream_setting):
                if _wins(entry, value):
                    yield value


def _wins(entry: Entry, value: SettingValue) -> bool:
    return any(_within(layer.location, entry) for layer in value.resolved.winners)


def _within(location: Location | None, entry: Entry) -> bool:
    """Whether a place is a part of an entry."""
    origin = entry.origin
    if location is None or location.document is not origin.document:
        return False
    return location.path[: len(origin.base)] == origin.base


def _gateways(entry: Entry, calls: Calls) -> Iterator[Instance]:
    if entry.kind not in ("ingress-gateway", "terminating-gateway", "api-gateway"):
        return
    for instance in calls.mesh.proxies:
        service = instance.service
        if (service.kind, instance.partition, instance.namespace, service.name) == (
            entry.kind,
            entry.partition,
            entry.namespace,
            entry.name,
        ):
            yield instance


def _instance_effects(instance: Instance, calls: Calls) -> InstanceEffects:
    return InstanceEffects(
        instance=instance,
        calls=tuple(call for call in calls.all if call.caller is instance),
        received=tuple(call for call in calls.all if _passes(call, instance, at_end=True)),
        carried=tuple(call for call in calls.all if _passes(call, instance, at_end=False)),
    )


def _passes(call: Call, instance: Instance, *, at_end: bool) -> bool:
    """Whether a call's path has a hop at an instance: at its destination, or on the way there."""
    return any(
        (hop.role == "destination") == at_end and any(found is instance for found in hop.instances)
        for hop in call.path.hops
    )
