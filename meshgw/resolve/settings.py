"""The settings that can be explained, by name (service-registration.md 5.6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from meshgw.resolve import proxy_settings, upstream_settings
from meshgw.resolve.layers import Resolved
from meshgw.resolve.proxy import EffectiveProxy, EffectiveUpstream, Sources
from meshgw.resolve.proxy_settings import access_log_setting, field_setting
from meshgw.resolve.upstream_settings import UpstreamPlaces

MODE = "mesh_gateway.mode"
CONFIG = "config."
"""What stands before a key of the free-form `config`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxySetting:
    """A setting of a proxy. `default` says in words what applies when no place sets it."""

    name: str
    doc: str
    default: str
    resolve: proxy_settings.Resolve

    def of(self, sources: Sources) -> Resolved[Any]:
        """The value as merging gives it (nothing for a default), with its places."""
        return self.resolve(sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamSetting:
    """A setting of an upstream. `default` says in words what applies when no place sets it."""

    name: str
    doc: str
    default: str
    resolve: upstream_settings.Resolve

    def of(
        self, sources: Sources, upstream: EffectiveUpstream, *, client_agent: bool = False
    ) -> Resolved[Any]:
        """The value as merging gives it (nothing for a default), with its places."""
        return self.resolve(UpstreamPlaces(sources, upstream, client_agent))


def _config(key: str, doc: str, default: str = "Envoy's or Consul's own") -> ProxySetting:
    return ProxySetting(
        name=f"{CONFIG}{key}", doc=doc, default=default, resolve=proxy_settings.config_setting(key)
    )


def _field(name: str, at: tuple[str, ...], unset: Any, default: str, doc: str) -> ProxySetting:
    return ProxySetting(name=name, doc=doc, default=default, resolve=field_setting(name, at, unset))


def _log(name: str, field: str, unset: Any, default: str, doc: str) -> ProxySetting:
    label = f"access_logs.{name}"
    resolve = access_log_setting(label, ("AccessLogs", field), unset)
    return ProxySetting(name=label, doc=doc, default=default, resolve=resolve)


PROXY_SETTINGS = (
    ProxySetting(
        name="protocol",
        doc="protocol of the service behind the proxy",
        default="tcp",
        resolve=proxy_settings.config_setting("protocol"),
    ),
    _config("max_inbound_connections", "most connections to the service at a time", "no limit"),
    _config("local_connect_timeout_ms", "timeout of connections to the service", "5000"),
    _config("local_request_timeout_ms", "timeout of requests to the service", "15000"),
    _config("balance_inbound_connections", "how connections spread over worker threads", "not at all"),
    _field(MODE, ("MeshGateway", "Mode"), "", "as none", "mode of the proxy's upstreams"),
    _field("mode", ("Mode",), "", "direct", "how outbound traffic is caught"),
    _field(
        "transparent_proxy.outbound_listener_port",
        ("TransparentProxy", "OutboundListenerPort"),
        0,
        "15001",
        "port that outbound traffic is redirected to",
    ),
    _field(
        "transparent_proxy.dialed_directly",
        ("TransparentProxy", "DialedDirectly"),
        False,
        "false",
        "whether instances may be called by their own address",
    ),
    _field("expose.checks", ("Expose", "Checks"), False, "false", "open a port for each check"),
    _field("expose.paths", ("Expose", "Paths"), (), "none", "paths reachable without mutual TLS"),
    _log("enabled", "Enabled", False, "false", "whether the proxy writes access logs"),
    _log(
        "disable_listener_logs",
        "DisableListenerLogs",
        False,
        "false",
        "leave out connections no filter takes",
    ),
    _log("type", "Type", "", "stdout", "where access logs go"),
    _log("path", "Path", "", "none", "the file of access logs"),
    _log("json_format", "JSONFormat", "", "Consul's own", "JSON text of a log line"),
    _log("text_format", "TextFormat", "", "none", "format string of a log line"),
    ProxySetting(
        name="envoy_extensions",
        doc="extensions that change the proxy's Envoy configuration",
        default="none",
        resolve=proxy_settings.envoy_extensions,
    ),
    ProxySetting(
        name="mutual_tls_mode",
        doc="whether connections without mutual TLS are let in",
        default="strict",
        resolve=proxy_settings.mutual_tls_mode,
    ),
)
"""The named settings of proxies; besides them `config.KEY` for any key."""


def _upstream(key: str, doc: str, default: str) -> UpstreamSetting:
    return UpstreamSetting(name=key, doc=doc, default=default, resolve=upstream_settings.config_setting(key))


UPSTREAM_SETTINGS = (
    UpstreamSetting(
        name=MODE,
        doc="how calls to other partitions, datacenters and peers travel",
        default="as none",
        resolve=upstream_settings.mesh_gateway_mode,
    ),
    _upstream("protocol", "protocol that the upstream is called with", "that of its discovery chain"),
    _upstream("connect_timeout_ms", "timeout of connections", "that of the resolvers in its discovery chain"),
    _upstream("balance_outbound_connections", "how connections spread over worker threads", "not at all"),
    _upstream("limits", "circuit breakers", "Envoy's"),
    _upstream("passive_health_check", "outlier detection", "Envoy's, without ejections"),
    _upstream("envoy_listener_json", "an Envoy listener in place of the generated one", "none"),
    _upstream("envoy_cluster_json", "an Envoy cluster in place of the generated ones", "none"),
)
"""The named settings of upstreams; besides them `config.KEY` for any key."""

_SHORT = {"outbound_listener_port", "dialed_directly"}


def proxy_setting(name: str) -> ProxySetting | None:
    """The setting of a proxy with a name."""
    full = f"transparent_proxy.{name}" if name in _SHORT else name
    found = next((setting for setting in PROXY_SETTINGS if setting.name == full), None)
    if found is None and name.startswith(CONFIG) and name != CONFIG:
        return _config(name.removeprefix(CONFIG), "a key of the proxy's config")
    return found


def upstream_setting(name: str) -> UpstreamSetting | None:
    """The setting of an upstream with a name."""
    bare = name.removeprefix(CONFIG)
    found = next((setting for setting in UPSTREAM_SETTINGS if setting.name in (name, bare)), None)
    if found is None and bare and bare != name:
        resolve = upstream_settings.config_setting(bare)
        doc = "a key of the upstream's config"
        return UpstreamSetting(name=name, doc=doc, default="nothing", resolve=resolve)
    return found


def is_named(setting: ProxySetting | UpstreamSetting) -> bool:
    """Whether a setting is one of the named ones, rather than any key of a free-form `config`."""
    return setting in (*PROXY_SETTINGS, *UPSTREAM_SETTINGS)


def setting_names() -> Iterator[str]:
    """All names, those of proxies first."""
    yield from (setting.name for setting in PROXY_SETTINGS)
    yield from (setting.name for setting in UPSTREAM_SETTINGS)


def proxy_mode(proxy: EffectiveProxy) -> Resolved[Any]:
    """The proxy's own merged mode: what an inferred upstream without any settings gets."""
    found = proxy_setting(MODE)
    assert found is not None
    return found.of(proxy.sources)
