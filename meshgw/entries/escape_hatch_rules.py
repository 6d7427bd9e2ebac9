"""Envoy's own JSON in config entries: Consul stores any text and reads it when a proxy asks."""

from __future__ import annotations

from typing import Any, Protocol

from meshgw.diagnostics.rules import Report, rule
from meshgw.entries.blocks import UpstreamConfig
from meshgw.source.json import read_json

_CONFIG_KEYS = (
    "envoy_public_listener_json",
    "envoy_local_cluster_json",
    "envoy_listener_tracing_json",
    "envoy_listener_json",
    "envoy_cluster_json",
)


class Configured(Protocol):
    """An entry with an opaque configuration."""

    @property
    def config(self) -> dict[str, Any] | None: ...


@rule("upstream-escape-hatch-unreadable", on="service-defaults")
def upstream_escape_hatch_unreadable(upstream: UpstreamConfig, report: Report) -> None:
    r"""Envoy JSON of an upstream that is no JSON object.

    Consul stores it unread. When it is used, the proxy's whole update fails.

    Found:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { EnvoyClusterJSON = "{ name: db }" }
        }

    Accepted:

        Kind = "service-defaults"
        Name = "web"
        UpstreamConfig {
          Defaults { EnvoyClusterJSON = "{ \"name\": \"db\" }" }
        }
    """
    for key, text in (
        ("EnvoyListenerJSON", upstream.envoy_listener_json),
        ("EnvoyClusterJSON", upstream.envoy_cluster_json),
    ):
        fault = _fault(text)
        if fault:
            report(f"`{key}` is no JSON object", at=(key,), note=fault)


@rule("config-escape-hatch-unreadable", on="proxy-defaults")
def config_escape_hatch_unreadable(defaults: Configured, report: Report) -> None:
    """Envoy JSON in the opaque configuration of proxies that is no JSON object.

    Consul stores it unread. When it is used, the whole update of every proxy fails.

    Found:

        Kind = "proxy-defaults"
        Name = "global"
        Config {
          envoy_public_listener_json = "{ name: public }"
        }

    Accepted:

        Kind = "proxy-defaults"
        Name = "global"
        Config {
          envoy_public_listener_json = "{}"
        }
    """
    for key in _CONFIG_KEYS:
        text = (defaults.config or {}).get(key)
        fault = _fault(text) if isinstance(text, str) else None
        if fault:
            report(f"`{key}` is no JSON object", at=("Config", key), note=fault)


def _fault(text: str) -> str | None:
    found = read_json(text, "Envoy JSON").fault if text else None
    return None if found is None else found.message
