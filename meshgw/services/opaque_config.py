"""Free-form `config` of proxies, gateways and upstreams (service-registration.md 2.4).

Consul never looks at it when it takes a registration: a typo or a value of another type is found
when nothing happens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from meshgw.diagnostics.evaluation import Step, each, every
from meshgw.diagnostics.rules import Report, rule
from meshgw.schema.convert import WEAK, MismatchError
from meshgw.schema.fields import ScalarKind
from meshgw.schema.suggest import nearest
from meshgw.services.model import Service, Upstream
from meshgw.source.document import Path

Keys: TypeAlias = "Mapping[str, ScalarKind | Keys]"
"""What is read, and as what; a mapping is an object of its own."""

_ANY: Keys = {}

SIDECAR: Final[Keys] = {
    "protocol": "string",
    "bind_address": "string",
    "bind_port": "int",
    "local_connect_timeout_ms": "int",
    "local_request_timeout_ms": "int",
    "local_idle_timeout_ms": "int",
    "max_inbound_connections": "int",
    "balance_inbound_connections": "string",
    "envoy_public_listener_json": "string",
    "envoy_local_cluster_json": "string",
    "envoy_listener_tracing_json": "string",
    "xds_fetch_timeout_ms": "int",
}
GATEWAY: Final[Keys] = {
    "connect_timeout_ms": "int",
    "envoy_gateway_bind_tagged_addresses": "bool",
    "envoy_gateway_no_default_bind": "bool",
    "envoy_gateway_bind_addresses": _ANY,
    "envoy_mesh_gateway_bind_tagged_addresses": "bool",
    "envoy_mesh_gateway_no_default_bind": "bool",
    "envoy_mesh_gateway_bind_addresses": _ANY,
    "envoy_dns_discovery_type": "string",
    "envoy_gateway_remote_tcp_enable_keepalive": "bool",
    "envoy_gateway_remote_tcp_keepalive_time": "int",
    "envoy_gateway_remote_tcp_keepalive_interval": "int",
    "envoy_gateway_remote_tcp_keepalive_probes": "int",
    "xds_fetch_timeout_ms": "int",
    "envoy_listener_tracing_json": "string",
}
BOOTSTRAP: Final = frozenset(
    {
        "envoy_bootstrap_json_tpl",
        "envoy_dogstatsd_url",
        "envoy_extra_static_clusters_json",
        "envoy_extra_static_listeners_json",
        "envoy_extra_stats_sinks_json",
        "envoy_hcp_metrics_bind_socket_dir",
        "envoy_prometheus_bind_addr",
        "envoy_ready_bind_addr",
        "envoy_stats_bind_addr",
        "envoy_stats_config_json",
        "envoy_stats_flush_interval",
        "envoy_stats_sinks_json",
        "envoy_stats_tags",
        "envoy_statsd_url",
        "envoy_telemetry_collector_bind_socket_dir",
        "envoy_tracing_json",
    }
)
"""Keys that the bootstrap reads (envoy-bootstrap.md 6); known by name only."""

UPSTREAM: Final[Keys] = {
    "protocol": "string",
    "connect_timeout_ms": "int",
    "limits": {
        "max_connections": "int",
        "max_pending_requests": "int",
        "max_concurrent_requests": "int",
    },
    "passive_health_check": {
        "interval": "duration",
        "max_failures": "uint32",
        "enforcing_consecutive_5xx": "uint32",
        "max_ejection_percent": "uint32",
        "base_ejection_time": "duration",
    },
    "envoy_listener_json": "string",
    "envoy_cluster_json": "string",
    "balance_outbound_connections": "string",
    "mesh_gateway": {"mode": "string"},
}


@rule("config-value-unreadable", on="service", severity="warning")  # RG-W07
def config_value_unreadable(value: Service | Upstream, report: Report) -> None:
    """A value in a free-form `config` that Consul cannot read.

    The registration is accepted. When Envoy is set up the value is left out with a line in the log,
    and for proxies and gateways the defaults of the other settings are lost with it.

    Found:

        service {
          name = "web"
          port = 8080
          connect {
            sidecar_service {
              proxy {
                config = { local_connect_timeout_ms = "5s" }
              }
            }
          }
        }

    Accepted:

        service {
          name = "web"
          port = 8080
          connect {
            sidecar_service {
              proxy {
                config = { local_connect_timeout_ms = 5000 }
              }
            }
          }
        }
    """
    for path, key, wanted in unreadable_settings(*_config_of(value)):
        report(
            f"`{key}` wants {wanted}",
            at=path,
            note="Consul accepts the registration and leaves the value out",
        )


@rule("config-key-unknown", on="service", severity="warning")  # RG-W07
def config_key_unknown(value: Service | Upstream, report: Report) -> None:
    """A key in a free-form `config` that looks like one that Consul reads.

    Unknown keys are ignored without a word, so that a typo is a setting that does nothing.

    Found:

        service {
          name = "web"
          port = 8080
          connect {
            sidecar_service {
              proxy {
                config = { local_connect_timeout = 5000 }
              }
            }
          }
        }

    Accepted:

        service {
          name = "web"
          port = 8080
          connect {
            sidecar_service {
              proxy {
                config = { local_connect_timeout_ms = 5000 }
              }
            }
          }
        }
    """
    for setting in _settings(*_config_of(value)):
        if setting.kind is not None or setting.key.lower() in BOOTSTRAP:
            continue
        close = nearest(setting.key, setting.known)
        if close:
            report(
                f"`{setting.key}` is ignored",
                at=setting.path,
                part="key",
                help=f"did you mean `{close}`?",
            )


def _config_of(value: Service | Upstream) -> tuple[Mapping[str, Any], Path, Keys]:
    if isinstance(value, Upstream):
        return value.config or {}, ("Config",), UPSTREAM
    return value.proxy.config or {}, ("Proxy", "Config"), SIDECAR if value.is_proxy else GATEWAY


def unreadable_settings(config: Mapping[str, Any], at: Path, known: Keys) -> Iterator[tuple[Path, str, str]]:
    """Values that cannot be read: path, key and what is wanted there. `at` is the path of `config`."""
    for setting in _settings(config, at, known):
        kind = setting.kind
        wanted = "" if kind is None or setting.value is None else _unreadable(setting.value, kind)
        if wanted:
            yield setting.path, setting.key, wanted


class _Setting(NamedTuple):
    """A key of a `config`, and as what Consul reads it: `None` for a key that it does not know."""

    path: Path
    key: str
    value: Any
    kind: ScalarKind | Keys | None
    known: Keys


def _settings(config: Mapping[str, Any], at: Path, known: Keys) -> Iterator[_Setting]:
    for key, value in config.items():
        found = _spelled(key, known)
        kind = known[found] if found else None
        yield _Setting((*at, key), key, value, kind, known)
        if isinstance(kind, Mapping) and kind and isinstance(value, Mapping):
            yield from _settings(value, (*at, key), kind)


def _unreadable(value: Any, kind: ScalarKind | Keys) -> str:
    """What is wanted in place of a value that cannot be read."""
    if isinstance(kind, Mapping):
        return "" if isinstance(value, Mapping) else "an object"
    try:
        WEAK[kind](value)
    except MismatchError as mismatch:
        return mismatch.wanted
    return ""


def _spelled(key: str, known: Keys) -> str | None:
    """The known key that a written one stands for: any case, for upstreams also CamelCase."""
    if key in known:
        return key
    if known is SIDECAR or known is GATEWAY:
        return key.lower() if key.lower() in known else None
    bare = key.replace("_", "").lower()
    return next((name for name in known if name.replace("_", "") == bare), None)


_LOOK: Step = every(config_value_unreadable, config_key_unknown)

CONFIG_ADVICE: Step = every(_LOOK, each("Proxy.Upstreams", _LOOK, all_items=True))
