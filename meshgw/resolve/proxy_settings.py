"""Settings of a proxy itself, each with every place where it may be written (service-registration.md 5.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from meshgw.entries.proxy_defaults import ProxyDefaults
from meshgw.entries.service_defaults import ServiceDefaults
from meshgw.resolve.layers import Layer, Resolved
from meshgw.resolve.opaque import empty, fill
from meshgw.resolve.places import (
    EMPTY,
    general_name,
    general_place,
    missing,
    no_proxy_defaults,
    own_name,
    own_place,
    service_place,
    settled,
)
from meshgw.resolve.proxy import Sources
from meshgw.services.model import Proxy
from meshgw.source.document import Path

Block: TypeAlias = Proxy | ServiceDefaults | ProxyDefaults
Resolve: TypeAlias = Callable[[Sources], Resolved[Any]]


def field_setting(label: str, at: Path, default: Any) -> Resolve:
    """A field that registration, service-defaults and proxy-defaults share; the first that is set wins.

    A boolean is true when any place says so: `false` counts as not set.
    """

    def resolve(sources: Sources) -> Resolved[Any]:
        entry_label = ".".join(map(str, at))
        return settled(
            (
                own_place(sources, label, at, _read(sources.proxy, at)),
                service_place(sources, entry_label, at, lambda entry: _read(entry, at)),
                general_place(sources, entry_label, at, lambda entry: _read(entry, at)),
            ),
            default,
        )

    return resolve


def _read(block: Any, at: Path) -> Any:
    """A field of a block by its canonical path; `None` when a block on the way is absent."""
    for name in at:
        if block is None:
            return None
        block = getattr(block, block.attributes[name])
    return block


def access_log_setting(label: str, at: Path, default: Any) -> Resolve:
    """A field of `AccessLogs`: proxy-defaults and registration, each field for itself."""

    def resolve(sources: Sources) -> Resolved[Any]:
        entry_label = ".".join(map(str, at))
        layers = (
            own_place(sources, label, at, _read(sources.proxy, at)),
            missing(f"`{entry_label}` in service-defaults", "service-defaults have no access logs"),
            general_place(sources, entry_label, at, lambda entry: _read(entry, at)),
        )
        return settled(layers, default)

    return resolve


def mutual_tls_mode(sources: Sources) -> Resolved[Any]:
    at: Path = ("MutualTLSMode",)
    return settled(
        (
            missing(own_name(sources, "mutual_tls_mode"), "registrations have no such setting"),
            service_place(sources, "MutualTLSMode", at, lambda entry: entry.mutual_tls_mode),
            general_place(sources, "MutualTLSMode", at, lambda entry: entry.mutual_tls_mode),
        ),
        "",
    )


def envoy_extensions(sources: Sources) -> Resolved[Any]:
    """Extensions of proxy-defaults, then those of service-defaults; a registration's own are dropped."""
    at: Path = ("EnvoyExtensions",)
    dropped = "extensions of a registration are replaced by the central ones"
    if not sources.instance.central_config:
        dropped = ""
    layers = (
        own_place(sources, "envoy_extensions", at, sources.proxy.envoy_extensions, shut_out=dropped),
        service_place(sources, "EnvoyExtensions", at, lambda entry: entry.envoy_extensions),
        general_place(sources, "EnvoyExtensions", at, lambda entry: entry.envoy_extensions),
    )
    value = tuple(found for layer in reversed(layers) if layer.counts for found in layer.value or ())
    return Resolved(value, layers, joined=True)


_FIELDS = {
    "protocol": ("Protocol", "protocol"),
    "balance_inbound_connections": ("BalanceInboundConnections", "balance_inbound_connections"),
    "max_inbound_connections": ("MaxInboundConnections", "max_inbound_connections"),
    "local_connect_timeout_ms": ("LocalConnectTimeoutMs", "local_connect_timeout_ms"),
    "local_request_timeout_ms": ("LocalRequestTimeoutMs", "local_request_timeout_ms"),
}
"""The keys of a proxy's config that service-defaults have fields for: the field, its attribute."""


def config_setting(key: str) -> Resolve:
    """A key of the proxy's free-form `config`."""

    def resolve(sources: Sources) -> Resolved[Any]:
        layers: list[Layer[Any]] = []
        value: Any = None
        joined, read = False, ""
        for spelling in spellings(key, sources.proxy.config, _general_config(sources), _FIELDS, {key: None}):
            found = _spelled(sources, spelling)
            if read:
                hidden = f"`{read}` is read in its place"
                found = Resolved(found.value, tuple(map(_hider(hidden), found.layers)), found.joined)
            elif _present(sources, spelling):
                read, value, joined = spelling, found.value, found.joined
            layers.extend(found.layers)
        return Resolved(value, tuple(layers), joined)

    return resolve


def spellings(key: str, *maps: Mapping[str, Any] | None) -> Iterator[str]:
    """The keys by which a setting is read from free-form maps: as it is spelled, then in other cases."""
    written = {name for found in maps for name in found or () if name.lower() == key.lower()}
    if key in written:
        yield key
    yield from sorted(written - {key})


def _hider(why: str) -> Callable[[Layer[Any]], Layer[Any]]:
    def hide(layer: Layer[Any]) -> Layer[Any]:
        return replace(layer, counts=False, why=why) if layer.counts else layer

    return hide


def _general_config(sources: Sources) -> Mapping[str, Any]:
    entry = sources.proxy_defaults
    return (entry.config or {}) if entry is not None else {}


def _present(sources: Sources, key: str) -> bool:
    """Whether the merged config has a key at all."""
    if key in (sources.proxy.config or {}) or _general_config(sources).get(key) is not None:
        return True
    return bool(_service_value(sources, key))


def _service_value(sources: Sources, key: str) -> Any:
    entry = sources.service_defaults
    if entry is None or key not in _FIELDS:
        return None
    value = getattr(entry, _FIELDS[key][1])
    return value if value and (isinstance(value, str) or value > 0) else None


def _spelled(sources: Sources, key: str) -> Resolved[Any]:
    central = (*_service_layers(sources, key), _general_layer(sources, key))
    own = own_config_layer(
        own_name(sources, f"config.{key}"),
        sources.instance.service,
        ("Proxy", "Config", key),
        sources.proxy.config,
        key,
        alone=not any(layer.counts for layer in central),
    )
    return filled((own, *central))


def own_config_layer(
    name: str, subject: Any, at: Path, config: Mapping[str, Any] | None, key: str, *, alone: bool
) -> Layer[Any]:
    """A key of a registration's free-form map: an empty value stands only where it is `alone`."""
    found = config or {}
    location = subject.locate(at)
    if key not in found or found[key] is None:
        return Layer(name, None, location, counts=False, why="not set")
    value = found[key]
    counts = alone or not empty(value)
    return Layer(name, value, location, counts=counts, why="" if counts else EMPTY)


def filled(layers: tuple[Layer[Any], ...]) -> Resolved[Any]:
    """Own and central layers under the rule of `fill`: two maps are joined key by key."""
    own, central = layers[0], layers[1:]
    below = next((layer for layer in central if layer.counts), None)
    found = settled(layers, None)
    if below is None or not (own.counts and isinstance(own.value, Mapping)):
        return found
    if not isinstance(below.value, Mapping):
        return found
    others = (
        replace(layer, counts=False, why="a stronger place is set")
        if layer.counts and layer is not below
        else layer
        for layer in central
    )
    return Resolved(fill(own.value, below.value), (own, *others), joined=True)


def _service_layers(sources: Sources, key: str) -> Iterator[Layer[Any]]:
    if key in _FIELDS:
        label = _FIELDS[key][0]
        yield service_place(sources, label, (label,), lambda _: _service_value(sources, key))


def _general_layer(sources: Sources, key: str) -> Layer[Any]:
    name = general_name(sources, f"Config.{key}")
    entry = sources.proxy_defaults
    if entry is None:
        return missing(name, no_proxy_defaults(sources))
    value = (entry.config or {}).get(key)
    if value is None:
        return Layer(name, None, entry.locate(("Config",)), counts=False, why="not set")
    return Layer(name, value, entry.locate(("Config", key)), counts=True)
