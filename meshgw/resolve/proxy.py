"""The effective settings of a proxy: its registration completed by central configuration.

service-registration.md 5 and envoy-sidecar.md 2; where each value comes from is `settings.py`'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from meshgw.entries.blocks import AccessLogs, EnvoyExtension, Expose, UpstreamConfig
from meshgw.entries.proxy_defaults import ProxyDefaults
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.mesh.entry_set import EntrySet
from meshgw.mesh.keys import ServiceKey
from meshgw.mesh.model import Instance
from meshgw.resolve.layers import Resolved
from meshgw.resolve.mesh_gateway_mode import upstream_mode
from meshgw.resolve.opaque import empty, fill
from meshgw.resolve.upstreams import (
    MergeKey,
    central_protocol,
    contributions,
    key_of,
    mode_of,
    overrides,
    upstream_defaults,
    wildcard_settings,
)
from meshgw.services.model import Proxy, Upstream


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sources:
    """The places that decide the settings of one proxy."""

    instance: Instance
    entries: EntrySet
    proxy_defaults: ProxyDefaults | None
    service_defaults: ServiceDefaults | None

    @property
    def proxy(self) -> Proxy:
        return self.instance.service.proxy

    def defaults_of(self, key: MergeKey) -> ServiceDefaults | None:
        """The service-defaults of an upstream service; peers have none here."""
        if key.peer or not self.instance.central_config:
            return None
        return exact_defaults(self.entries, ServiceKey(key.partition, key.namespace, key.name))


def sources_of(instance: Instance, entries: EntrySet) -> Sources:
    """Which entries are merged into a registration: those of its destination, or of the gateway's name."""
    service = instance.service
    name = service.name
    if service.is_proxy:
        name = service.proxy.destination_service_name
    if not instance.central_config:
        return Sources(instance=instance, entries=entries, proxy_defaults=None, service_defaults=None)
    return Sources(
        instance=instance,
        entries=entries,
        proxy_defaults=entries.proxy_defaults(instance.partition),
        service_defaults=exact_defaults(entries, ServiceKey(instance.partition, instance.namespace, name)),
    )


def exact_defaults(entries: EntrySet, key: ServiceKey) -> ServiceDefaults | None:
    """The service-defaults of a service; the merge compares names by case."""
    found = entries.service_defaults(key)
    return found if found is not None and found.name == key.name else None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EffectiveUpstream:
    """An upstream with its merged settings.

    `index` counts in the registration, `None` for one that only central configuration makes (it has
    no listener of its own). `mode` is the caller side of discovery-chain.md 2.5; empty means that the
    target side decides.
    """

    index: int | None
    upstream: Upstream
    config: Mapping[str, Any]
    mode: Resolved[str]

    @property
    def key(self) -> MergeKey:
        return key_of(self.upstream)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EffectiveProxy:
    """A proxy's merged definition. `config` is the opaque map, still to be read weakly."""

    sources: Sources
    config: Mapping[str, Any]
    mode: str
    mutual_tls_mode: str
    mesh_gateway_mode: str
    expose: Expose
    outbound_listener_port: int
    dialed_directly: bool
    access_logs: AccessLogs
    envoy_extensions: tuple[EnvoyExtension, ...]
    upstreams: tuple[EffectiveUpstream, ...]

    @property
    def instance(self) -> Instance:
        return self.sources.instance

    @property
    def transparent(self) -> bool:
        return self.mode == "transparent"


_NO_PROXY_DEFAULTS = ProxyDefaults()
_NO_SERVICE_DEFAULTS = ServiceDefaults()


def effective_proxy(instance: Instance, entries: EntrySet, *, client_agent: bool = False) -> EffectiveProxy:
    """Merge central configuration into a proxy's registration.

    `client_agent` selects how `limits` and `passive_health_check` mix (service-registration.md 5.4).
    """
    sources = sources_of(instance, entries)
    proxy = sources.proxy
    pd = sources.proxy_defaults or _NO_PROXY_DEFAULTS
    sd = sources.service_defaults or _NO_SERVICE_DEFAULTS
    mode = _first_set(proxy.mode, sd.mode, pd.mode)
    transparency = [
        place.transparent_proxy for place in (proxy, sd, pd) if place.transparent_proxy is not None
    ]
    return EffectiveProxy(
        sources=sources,
        config=fill(proxy.config or {}, central_config(pd, sd)),
        mode=mode,
        mutual_tls_mode=_first_set(sd.mutual_tls_mode, pd.mutual_tls_mode),
        mesh_gateway_mode=_first_set(proxy.mesh_gateway.mode, central_mode(sources)),
        expose=_merged_expose(proxy.expose, sd.expose, pd.expose),
        outbound_listener_port=next(
            (found.outbound_listener_port for found in transparency if found.outbound_listener_port), 0
        ),
        dialed_directly=any(found.dialed_directly for found in transparency),
        access_logs=_merged_access_logs(proxy.access_logs, pd.access_logs),
        envoy_extensions=(
            pd.envoy_extensions + sd.envoy_extensions if instance.central_config else proxy.envoy_extensions
        ),
        upstreams=_merged_upstreams(sources, mode, client_agent=client_agent),
    )


def exposes_checks(instance: Instance, entries: EntrySet) -> bool:
    """Whether a proxy exposes health checks, by its merged definition."""
    sources = sources_of(instance, entries)
    places = (sources.proxy, sources.service_defaults, sources.proxy_defaults)
    return any(place.expose.checks for place in places if place is not None)


def central_mode(sources: Sources) -> str:
    """The mesh gateway mode of service-defaults, else of proxy-defaults."""
    entries = (sources.service_defaults, sources.proxy_defaults)
    return _first_set(*(entry.mesh_gateway.mode for entry in entries if entry is not None))


def _first_set(*values: str) -> str:
    return next((value for value in values if value), "")


def central_config(pd: ProxyDefaults, sd: ServiceDefaults) -> dict[str, Any]:
    """The free-form settings that a service has from central configuration alone (CM-01)."""
    config = dict(pd.config or {})
    if sd.protocol:
        config["protocol"] = sd.protocol
    if sd.balance_inbound_connections:
        config["balance_inbound_connections"] = sd.balance_inbound_connections
    for name in ("max_inbound_connections", "local_connect_timeout_ms", "local_request_timeout_ms"):
        if getattr(sd, name) > 0:
            config[name] = getattr(sd, name)
    return config


def service_settings(
    entries: EntrySet, service: ServiceKey
) -> tuple[dict[str, Any], tuple[EnvoyExtension, ...]]:
    """What central configuration says about a service that has no proxy: its settings and extensions."""
    pd = entries.proxy_defaults(service.partition) or _NO_PROXY_DEFAULTS
    sd = exact_defaults(entries, service) or _NO_SERVICE_DEFAULTS
    return central_config(pd, sd), pd.envoy_extensions + sd.envoy_extensions


def _merged_expose(*places: Expose) -> Expose:
    """`places` from the strongest to the weakest."""
    return Expose(
        checks=any(place.checks for place in places),
        paths=next((place.paths for place in places if place.paths), ()),
    )


def _merged_access_logs(own: AccessLogs, central: AccessLogs | None) -> AccessLogs:
    if central is None:
        return own
    return AccessLogs(
        **{
            spec.attribute: getattr(own, spec.attribute) or getattr(central, spec.attribute)
            for spec in AccessLogs.specs
        }
    )


def _merged_upstreams(sources: Sources, mode: str, *, client_agent: bool) -> tuple[EffectiveUpstream, ...]:
    settings = _central_upstreams(sources)
    found = []
    registered = set()
    for index, upstream in enumerate(sources.proxy.upstreams):
        config: Mapping[str, Any] = upstream.config or {}
        if upstream.destination_type != "prepared_query":
            registered.add(key_of(upstream))
            config = _with_central(upstream, settings.get(key_of(upstream)), client_agent=client_agent)
        found.append(
            EffectiveUpstream(
                index=index, upstream=upstream, config=config, mode=upstream_mode(sources, upstream, index)
            )
        )
    if mode == "transparent":
        found.extend(_synthetic(sources, key, settings[key]) for key in sorted(settings.keys() - registered))
    return tuple(found)


def _central_upstreams(sources: Sources) -> dict[MergeKey, dict[str, Any]]:
    """The settings of every upstream that is registered or overridden, and of `*` (5.2)."""
    proxy, pd, sd = sources.proxy, sources.proxy_defaults, sources.service_defaults
    modes = [place.mode for place in (proxy, sd, pd) if place is not None]
    own = [upstream for upstream in proxy.upstreams if upstream.destination_type != "prepared_query"]
    if "transparent" not in modes and not own:
        return {}
    merged_mode = central_mode(sources)
    wildcard = wildcard_settings(pd, sd, proxy.mesh_gateway.mode, merged_mode)
    special = overrides(sd)
    found: dict[MergeKey, dict[str, Any]] = {}
    for key in dict.fromkeys([key_of(upstream) for upstream in own] + list(special)):
        override = special[key][1] if key in special else None
        settings = _settings_of(sources, key, wildcard, merged_mode, override)
        if settings:
            found[key] = settings
    if wildcard or upstream_defaults(sd) is not None:
        found[_wildcard_key(sources)] = wildcard
    return found


def _wildcard_key(sources: Sources) -> MergeKey:
    return MergeKey("*", "*", sources.instance.partition, "")


def _settings_of(
    sources: Sources,
    key: MergeKey,
    wildcard: Mapping[str, Any],
    merged_mode: str,
    override: UpstreamConfig | None,
) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    protocol = central_protocol(sources.proxy_defaults)
    if protocol:
        settings["protocol"] = protocol
    settings.update(wildcard)
    upstream_entry = sources.defaults_of(key)
    if upstream_entry is not None and upstream_entry.protocol:
        settings["protocol"] = upstream_entry.protocol
    if merged_mode:
        settings["mesh_gateway"] = {"Mode": merged_mode}
    defaults = upstream_defaults(sources.service_defaults)
    if defaults is not None:
        settings.update(contributions(defaults))
    own_mode = sources.proxy.mesh_gateway.mode
    if own_mode:
        settings["mesh_gateway"] = {"Mode": own_mode}
    if override is not None:
        settings.update(contributions(override))
    return settings


_WHOLE = ("limits", "passive_health_check")


def _with_central(
    upstream: Upstream, central: Mapping[str, Any] | None, *, client_agent: bool
) -> Mapping[str, Any]:
    """A registered upstream's own settings completed by central ones (5.4)."""
    own = dict(upstream.config or {})
    if central is None:
        own.pop("mesh_gateway", None)
        return own
    kept = {name: own[name] for name in _WHOLE if not client_agent and not empty(own.get(name))}
    config = fill(own, central) | kept
    if upstream.destination_peer:
        config.pop("protocol", None)
        if "protocol" in own:
            config["protocol"] = own["protocol"]
    config.pop("mesh_gateway", None)
    return config


def _synthetic(sources: Sources, key: MergeKey, settings: Mapping[str, Any]) -> EffectiveUpstream:
    upstream = Upstream(
        destination_type="service",
        destination_name=key.name,
        destination_namespace=key.namespace,
        destination_partition=key.partition,
        destination_peer=key.peer,
        centrally_configured=True,
    )
    mode = upstream_mode(sources, upstream, None)
    assert not mode.value or mode.value == mode_of(settings)
    return EffectiveUpstream(index=None, upstream=upstream, config=settings, mode=mode)
