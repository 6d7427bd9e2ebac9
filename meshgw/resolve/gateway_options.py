"""The opaque settings of gateways, read as Consul reads them (envoy-mesh-gateway.md 3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from meshgw.schema.convert import MismatchError, weak_bool, weak_int, weak_string

_DEFAULT_TIMEOUT_MS = 5000
_UINT32 = 2**32


@dataclass(frozen=True, slots=True, kw_only=True)
class BindAddress:
    """An additional listener."""

    address: str = ""
    port: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayOptions:
    """What a gateway's free-form config says; timeouts in milliseconds.

    `bad_keys` could not be converted: they keep their zero value, and then Consul fills in no
    defaults either (MG-K05).
    """

    bind_tagged_addresses: bool = False
    bind_addresses: Mapping[str, BindAddress] = field(default_factory=dict)
    no_default_bind: bool = False
    dns_discovery_type: str = ""
    connect_timeout_ms: int = _DEFAULT_TIMEOUT_MS
    keepalive: bool = False
    keepalive_time: int = 0
    keepalive_interval: int = 0
    keepalive_probes: int = 0
    bad_keys: tuple[str, ...] = ()

    @property
    def strict_dns(self) -> bool:
        return self.dns_discovery_type == "strict_dns"


ALIASES = {
    "envoy_mesh_gateway_bind_tagged_addresses": "envoy_gateway_bind_tagged_addresses",
    "envoy_mesh_gateway_bind_addresses": "envoy_gateway_bind_addresses",
    "envoy_mesh_gateway_no_default_bind": "envoy_gateway_no_default_bind",
}


def gateway_options(config: Mapping[str, Any]) -> GatewayOptions:
    """Read the options of a merged config weakly; keys match in any case."""
    values = _canonical(config)
    bad: list[str] = []
    tagged = _read(values, "envoy_gateway_bind_tagged_addresses", weak_bool, bad)
    no_default = _read(values, "envoy_gateway_no_default_bind", weak_bool, bad)
    keepalive = _read(values, "envoy_gateway_remote_tcp_enable_keepalive", weak_bool, bad)
    timeout = _read(values, "connect_timeout_ms", weak_int, bad)
    discovery = _read(values, "envoy_dns_discovery_type", weak_string, bad)
    times = [
        _read(values, f"envoy_gateway_remote_tcp_keepalive_{name}", weak_int, bad) % _UINT32
        for name in ("time", "interval", "probes")
    ]
    addresses = _read(values, "envoy_gateway_bind_addresses", _bind_addresses, bad)
    return GatewayOptions(
        bind_tagged_addresses=tagged,
        bind_addresses=addresses,
        no_default_bind=no_default,
        dns_discovery_type=discovery if bad else discovery.lower(),
        connect_timeout_ms=timeout if bad or timeout >= 1 else _DEFAULT_TIMEOUT_MS,
        keepalive=keepalive,
        keepalive_time=times[0],
        keepalive_interval=times[1],
        keepalive_probes=times[2],
        bad_keys=tuple(bad),
    )


def fetch_timeout_ms(config: Mapping[str, Any]) -> int | None:
    """`xds_fetch_timeout_ms` of any proxy; `None` when unset, negative or unreadable (MG-K06)."""
    value = _canonical(config).get("xds_fetch_timeout_ms")
    if value is None:
        return None
    try:
        timeout = weak_int(value)
    except MismatchError:
        return None
    return timeout if timeout >= 0 else None


def _canonical(config: Mapping[str, Any]) -> dict[str, Any]:
    """Keys in lower case; the exact key wins over its other spellings and its alias (MG-K03)."""
    found: dict[str, Any] = {}
    for key in sorted(config, reverse=True):
        lowered = key.lower()
        if lowered in ALIASES:
            found.setdefault(ALIASES[lowered], config[key])
    for key in sorted(config):
        if key.lower() not in ALIASES:
            found[key.lower()] = config[key]
    found.update({key: value for key, value in config.items() if key in found})
    return found


def _read(values: Mapping[str, Any], key: str, convert: Any, bad: list[str]) -> Any:
    value = values.get(key)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    try:
        return convert(value)
    except MismatchError:
        bad.append(key)
        return convert(None)


def _bind_addresses(value: Any) -> dict[str, BindAddress]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise MismatchError("an object", "expected a map")
    return {name: _bind_address(item) for name, item in value.items()}


def _bind_address(value: Any) -> BindAddress:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if value is None:
        return BindAddress()
    if not isinstance(value, Mapping):
        raise MismatchError("an object", "expected a map")
    lowered = _canonical(value)
    return BindAddress(address=weak_string(lowered.get("address")), port=weak_int(lowered.get("port")))
