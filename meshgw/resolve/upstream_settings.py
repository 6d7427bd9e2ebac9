"""Settings of an upstream, each with every place of it (service-registration.md 5.2–5.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from meshgw.entries.blocks import UpstreamConfig
from meshgw.resolve.layers import Layer, Resolved
from meshgw.resolve.places import (
    EMPTY,
    general_name,
    missing,
    no_caller_defaults,
    no_proxy_defaults,
    settled,
)
from meshgw.resolve.proxy import EffectiveUpstream, Sources
from meshgw.resolve.proxy_settings import filled, own_config_layer, spellings
from meshgw.resolve.upstreams import central_protocol, contributions, key_of, overrides, upstream_defaults

Resolve: TypeAlias = Callable[["UpstreamPlaces"], Resolved[Any]]

_WHOLE = ("limits", "passive_health_check")
_FIELDS = {
    "protocol": "Protocol",
    "connect_timeout_ms": "ConnectTimeoutMs",
    "balance_outbound_connections": "BalanceOutboundConnections",
    "envoy_listener_json": "EnvoyListenerJSON",
    "envoy_cluster_json": "EnvoyClusterJSON",
    "limits": "Limits",
    "passive_health_check": "PassiveHealthCheck",
}
"""The keys that central configuration writes into upstreams: the field of an upstream block."""


@dataclass(frozen=True, slots=True)
class UpstreamPlaces:
    """An upstream of a proxy; `client_agent` says how maps mix (5.4)."""

    sources: Sources
    upstream: EffectiveUpstream
    client_agent: bool = False

    @property
    def name(self) -> str:
        return self.upstream.upstream.destination_name

    @property
    def everything(self) -> bool:
        """Whether it stands for all upstreams that have no settings of their own."""
        return self.upstream.index is None and self.name == "*"

    @property
    def query(self) -> bool:
        return self.upstream.upstream.destination_type == "prepared_query"


def mesh_gateway_mode(places: UpstreamPlaces) -> Resolved[Any]:
    return places.upstream.mode


def config_setting(key: str) -> Resolve:
    """A key of an upstream's free-form `config`."""

    def resolve(places: UpstreamPlaces) -> Resolved[Any]:
        layers: list[Layer[Any]] = []
        value: Any = None
        joined, read = False, ""
        for spelling in _spellings(places, key):
            found = _spelled(places, spelling) if spelling == key else _other_spelling(places, spelling)
            if read:
                why = f"`{read}` is read in its place"
                hidden = (replace(one, counts=False, why=why) if one.counts else one for one in found.layers)
                found = Resolved(found.value, tuple(hidden), found.joined)
            elif _present(places, spelling, found):
                read, value, joined = spelling, found.value, found.joined
            layers.extend(found.layers)
        return Resolved(value, tuple(layers), joined)

    return resolve


def _spellings(places: UpstreamPlaces, key: str) -> Iterator[str]:
    """The order in which Envoy's setup looks for a setting: CamelCase, then with underscores."""
    own = places.upstream.upstream.config if places.upstream.index is not None else None
    field = _FIELDS.get(key, key)
    if field.lower() != key:
        yield from spellings(field, own)
    yield from spellings(key, own, {key: None})


def _present(places: UpstreamPlaces, key: str, found: Resolved[Any]) -> bool:
    """Whether the merged config has a key at all."""
    return key in (places.upstream.upstream.config or {}) or any(layer.counts for layer in found.layers)


def _other_spelling(places: UpstreamPlaces, key: str) -> Resolved[Any]:
    return filled((_own_layer(places, key, alone=True),))


def _own_layer(places: UpstreamPlaces, key: str, *, alone: bool) -> Layer[Any]:
    service, index = places.sources.instance.service, places.upstream.index
    assert index is not None
    return own_config_layer(
        f"upstream `{places.name}` `config.{key}` in the registration of {service.id}",
        service,
        ("Proxy", "Upstreams", index, "Config", key),
        places.upstream.upstream.config,
        key,
        alone=alone,
    )


def _spelled(places: UpstreamPlaces, key: str) -> Resolved[Any]:
    central = tuple(_central_layers(places, key))
    if places.query:
        central = _shut_out(central, "central configuration does not reach prepared queries")
    elif (
        key == "protocol" and places.upstream.upstream.destination_peer and places.upstream.index is not None
    ):
        central = _shut_out(central, "central configuration never sets the protocol of a peer's service")
    if places.upstream.index is None:
        return settled(central, None)
    own = _own_layer(places, key, alone=not any(layer.counts for layer in central))
    if key == "mesh_gateway" and own.counts and not places.query:
        own = replace(own, counts=False, why="not applicable: only the upstream's `mesh_gateway` is read")
    if key in _WHOLE and not places.client_agent:
        return settled((own, *central), None)
    return filled((own, *central))


def _shut_out(layers: tuple[Layer[Any], ...], why: str) -> tuple[Layer[Any], ...]:
    return tuple(
        replace(layer, counts=False, why=f"not applicable: {why}") if layer.value is not None else layer
        for layer in layers
    )


def _central_layers(places: UpstreamPlaces, key: str) -> Iterator[Layer[Any]]:
    """The places of central configuration, the strongest first."""
    if key not in _FIELDS:
        return
    yield _override_layer(places, key)
    yield _defaults_layer(places, key)
    if key == "protocol":
        yield _upstream_service_layer(places)
    yield _general_layer(places, key)


def _block_layer(
    name: str, subject: Any, at: tuple[str | int, ...], block: UpstreamConfig, key: str
) -> Layer[Any]:
    """A field of an upstream block: what it contributes counts, even an empty map of limits."""
    written = dict(contributions(block))
    location = subject.locate((*at, _FIELDS[key]))
    if key in written:
        return Layer(name, written[key], location, counts=True)
    if subject.wrote((*at, _FIELDS[key])):
        return Layer(name, getattr(block, key), location, counts=False, why=EMPTY)
    return Layer(name, None, location, counts=False, why="not set")


def _override_layer(places: UpstreamPlaces, key: str) -> Layer[Any]:
    entry = places.sources.service_defaults
    name = "`UpstreamConfig.Overrides`" + ("" if places.everything else f" for {places.name}")
    if entry is None:
        return missing(name, no_caller_defaults(places.sources))
    name += f" in service-defaults {entry.name}"
    if places.everything:
        return missing(name, "no override for this upstream")
    found = overrides(entry).get(key_of(places.upstream.upstream))
    if found is None:
        return missing(name, "no override for this upstream")
    index, block = found
    return _block_layer(name, entry, ("UpstreamConfig", "Overrides", index), block, key)


def _defaults_layer(places: UpstreamPlaces, key: str) -> Layer[Any]:
    entry = places.sources.service_defaults
    name = "`UpstreamConfig.Defaults` in service-defaults"
    if entry is None:
        return missing(name, no_caller_defaults(places.sources))
    name += f" {entry.name}"
    defaults = upstream_defaults(entry)
    if defaults is None:
        return missing(name, "no upstream defaults")
    return _block_layer(name, entry, ("UpstreamConfig", "Defaults"), defaults, key)


def _upstream_service_layer(places: UpstreamPlaces) -> Layer[Any]:
    """The protocol in the service-defaults of the upstream's own service."""
    if places.everything:
        name = "`Protocol` in service-defaults of the upstream"
        return missing(name, "not applicable: it decides in the upstream's discovery chain")
    name = f"`Protocol` in service-defaults {places.name}"
    if places.upstream.upstream.destination_peer:
        return missing(name, "not applicable: entries of a peer's service are not looked at")
    entry = places.sources.defaults_of(places.upstream.key)
    if entry is None:
        return missing(name, f"no service-defaults of {places.name}")
    if not entry.protocol:
        return Layer(name, None, entry.locate(("Protocol",)), counts=False, why="not set")
    return Layer(name, entry.protocol, entry.locate(("Protocol",)), counts=True)


def _general_layer(places: UpstreamPlaces, key: str) -> Layer[Any]:
    """proxy-defaults set the protocol of an upstream and nothing else of it."""
    sources = places.sources
    name = general_name(sources, f"Config.{key}")
    entry = sources.proxy_defaults
    if entry is None:
        return missing(name, no_proxy_defaults(sources))
    value: Any = (entry.config or {}).get(key)
    at = ("Config", key) if value is not None else ("Config",)
    if key != "protocol":
        why = "not applicable: proxy-defaults set nothing but the protocol and the mode of upstreams"
        return Layer(name, value, entry.locate(at), counts=False, why=why)
    value = central_protocol(entry) or None
    if value is None:
        return Layer(name, None, entry.locate(at), counts=False, why="not set")
    if places.everything:
        why = "not applicable: without an override it does not reach inferred upstreams"
        return Layer(name, value, entry.locate(at), counts=False, why=why)
    return Layer(name, value, entry.locate(at), counts=True)
