"""Settings of the proxies of a mesh, each with its places (service-registration.md 5.6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from meshgw.chain.protocols import spoken
from meshgw.mesh.entry_set import EntrySet
from meshgw.mesh.model import Instance, Mesh
from meshgw.resolve.layers import Layer, Resolved
from meshgw.resolve.proxy import EffectiveUpstream, sources_of
from meshgw.resolve.settings import MODE, ProxySetting, UpstreamSetting, proxy_mode
from meshgw.snapshot.calls import call_mode
from meshgw.snapshot.model import ChainUpstream, PeerUpstream, SidecarSnapshot
from meshgw.snapshot.model import Upstream as UpstreamSnapshot
from meshgw.snapshot.names import upstream_id


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingValue:
    """A setting of one proxy, or of one of its upstreams.

    `upstream` names the upstream in Envoy, `*` for all that have no settings of their own. `target`
    names a target of its chain where the value is the target's. `default` says in words what applies
    when no place sets it.
    """

    proxy: Instance
    name: str
    default: str
    resolved: Resolved[Any]
    upstream: str = ""
    target: str = ""


def proxy_value(mesh: Mesh, proxy: Instance, setting: ProxySetting) -> SettingValue:
    """A setting of a proxy itself."""
    return SettingValue(
        proxy=proxy,
        name=setting.name,
        default=setting.default,
        resolved=setting.of(sources_of(proxy, mesh.datacenters[proxy.datacenter].entries)),
    )


def upstream_values(snapshot: SidecarSnapshot, setting: UpstreamSetting) -> Iterator[SettingValue]:
    """A setting of all upstreams of a sidecar: of those it has, then of those it has only settings for."""
    told: set[str] = set()
    for upstream in snapshot.upstreams:
        told.add(upstream.envoy_id)
        yield from _of_upstream(snapshot, upstream, setting)
    for settings in snapshot.proxy.upstreams:
        name = settings.upstream.destination_name
        identity = name if settings.index is None and name == "*" else upstream_id(settings.upstream)
        if identity not in told:
            told.add(identity)
            yield _value(snapshot, identity, setting, _of_settings(snapshot, settings, setting))


def _of_upstream(
    snapshot: SidecarSnapshot, upstream: UpstreamSnapshot, setting: UpstreamSetting
) -> Iterator[SettingValue]:
    settings: EffectiveUpstream | None = getattr(upstream, "settings", None)
    if setting.name == MODE and isinstance(upstream, ChainUpstream):
        for name, target in sorted(upstream.targets.items()):
            yield _value(snapshot, upstream.envoy_id, setting, call_mode(upstream, target.target), name)
        return
    found = (
        _without_settings(snapshot, setting)
        if settings is None
        else _of_settings(snapshot, settings, setting)
    )
    if setting.name == "protocol":
        found = _completed(found, snapshot.datacenter.entries, upstream)
    yield _value(snapshot, upstream.envoy_id, setting, found)


def _value(
    snapshot: SidecarSnapshot, upstream: str, setting: UpstreamSetting, found: Resolved[Any], target: str = ""
) -> SettingValue:
    return SettingValue(
        proxy=snapshot.instance,
        name=setting.name,
        default=setting.default,
        resolved=found,
        upstream=upstream,
        target=target,
    )


def _of_settings(
    snapshot: SidecarSnapshot, settings: EffectiveUpstream, setting: UpstreamSetting
) -> Resolved[Any]:
    client = snapshot.datacenter.registered_with == "client"
    return setting.of(snapshot.proxy.sources, settings, client_agent=client)


def _without_settings(snapshot: SidecarSnapshot, setting: UpstreamSetting) -> Resolved[Any]:
    """An inferred upstream that nothing is configured for: only the proxy's own mode reaches it."""
    return proxy_mode(snapshot.proxy) if setting.name == MODE else Resolved(None)


def _completed(found: Resolved[Any], entries: EntrySet, upstream: UpstreamSnapshot) -> Resolved[Any]:
    """The protocol with what applies where the caller's side is silent: the chain's, or the exporter's."""
    quiet = found.value in (None, "")
    last: Layer[Any]
    match upstream:
        case ChainUpstream(chain=chain, key=key):
            said = spoken(entries.service_defaults(key), entries.proxy_defaults(key.partition))
            location = said.place.location if said.place is not None else None
            # The compiled chain carries what the caller overrides; its own protocol is its entries'.
            protocol = chain.protocol if quiet else said.protocol
            last = Layer(f"discovery chain of {key.name}", protocol, location, counts=True)
        case PeerUpstream(service=service_of_peer):
            last = Layer("the exporting peer", service_of_peer.protocol, None, counts=True)
        case _:
            return found
    if not quiet:
        last = replace(last, counts=False, why="the caller's side is set")
    return Resolved(last.value if quiet else found.value, (*found.layers, last), found.joined)
