"""Listeners of the bootstrap itself: Prometheus, statistics, readiness (envoy-bootstrap.md 9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from meshgw.diagnostics.model import Severity
from meshgw.envoy.bootstrap_address import HostPort, socket_address, split_host_port
from meshgw.envoy.bootstrap_input import BootstrapInput, BootstrapOptions
from meshgw.envoy.bootstrap_settings import Settings
from meshgw.envoy.faults import RenderFault

ADMIN_CLUSTER = "self_admin"
PROMETHEUS_CLUSTER = "prometheus_backend"
_PROMETHEUS_KEY = "envoy_prometheus_bind_addr"
_STATS_KEY = "envoy_stats_bind_addr"
_TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext"
_HTTP = (
    "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
)
_HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


@dataclass(slots=True)
class Extras:
    """Static resources beside `local_agent`, in the order in which Consul adds them."""

    clusters: list[Any] = field(default_factory=list)
    listeners: list[Any] = field(default_factory=list)
    secrets: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of the admin endpoint that a listener shows."""

    listener: str
    match: dict[str, str]
    rewrite: str
    stat_prefix: str


_STATS = _Page("envoy_metrics_listener", {"prefix": "/stats"}, "/stats", "envoy_metrics")
_READY = _Page("envoy_ready_listener", {"path": "/ready"}, "/ready", "envoy_ready")


def add_listeners(of: BootstrapInput, settings: Settings, admin: HostPort, extras: Extras) -> None:
    """Add the listeners that the settings and options ask for, with their clusters and secrets."""
    options = of.options
    settings.faults += _tls_option_faults(options)
    if address := _bind_address(settings, _PROMETHEUS_KEY):
        cluster = _prometheus_backend(settings, options, admin, extras)
        path = {"path": options.prometheus_scrape_path}
        page = _Page(
            "envoy_prometheus_metrics_listener", path, "/stats/prometheus", "envoy_prometheus_metrics"
        )
        tls = bool(options.prometheus_cert_file)
        extras.listeners.append(_listener(page, address, cluster, tls=tls))
        extras.secrets += _secrets(options) if tls else []
    for page, found in (
        (_STATS, _bind_address(settings, _STATS_KEY)),
        (_READY, _ready_address(of, settings)),
    ):
        if found:
            _add_cluster(ADMIN_CLUSTER, admin, extras)
            extras.listeners.append(_listener(page, found, ADMIN_CLUSTER, tls=False))
            if options.prometheus_cert_file:
                settings.faults.append(_plain(page))


def _prometheus_backend(
    settings: Settings, options: BootstrapOptions, admin: HostPort, extras: Extras
) -> str:
    if not options.prometheus_backend_port:
        _add_cluster(ADMIN_CLUSTER, admin, extras)
        return ADMIN_CLUSTER
    port = options.prometheus_backend_port
    if not (port.isascii() and port.isdecimal() and len(port) <= 5 and int(port) <= 65535):
        message = f"`{port}` is no port"
        settings.faults.append(
            RenderFault(rule="port-invalid", message=message, option="--prometheus-backend-port")
        )
        return PROMETHEUS_CLUSTER
    if ADMIN_CLUSTER in _names(extras.clusters):
        settings.fault(
            "prometheus-backend-added",
            f"a cluster `{PROMETHEUS_CLUSTER}` is added, which Consul forgets",
            "envoy_extra_static_clusters_json",
            severity=Severity.WARNING,
            note=f"your own cluster `{ADMIN_CLUSTER}` keeps Consul from adding it, which Envoy refuses",
        )
    if PROMETHEUS_CLUSTER not in _names(extras.clusters):
        extras.clusters.append(_cluster(PROMETHEUS_CLUSTER, HostPort(admin.host, int(port))))
    return PROMETHEUS_CLUSTER


def _add_cluster(name: str, address: HostPort, extras: Extras) -> None:
    if name not in _names(extras.clusters):
        extras.clusters.append(_cluster(name, address))


def _names(resources: list[Any]) -> set[str]:
    found = [resource.get("name") for resource in resources if isinstance(resource, dict)]
    return {name for name in found if isinstance(name, str)}


def _bind_address(settings: Settings, key: str) -> HostPort | None:
    text = settings.text(key)
    if not text:
        return None
    found = split_host_port(text)
    if isinstance(found, str):
        settings.fault("bind-address-invalid", f"`{key}` {found}", key)
        return None
    return found


def _ready_address(of: BootstrapInput, settings: Settings) -> HostPort | None:
    options = of.options
    if options.envoy_ready_bind_address and options.envoy_ready_bind_port:
        return HostPort(options.envoy_ready_bind_address, options.envoy_ready_bind_port)
    by_registration = bool(options.node_name) and of.kind == "ingress-gateway"
    if options.gateway != "ingress" and not by_registration:
        return None
    found = split_host_port(options.address or ":8443")
    if isinstance(found, str):
        fault = RenderFault(rule="bind-address-invalid", message=found, option="--address")
        settings.faults.append(fault)
        return None
    return found if found.host else HostPort("127.0.0.1", found.port)


def _listener(page: _Page, address: HostPort, cluster: str, *, tls: bool) -> dict[str, Any]:
    routes = [
        {"match": page.match, "route": {"cluster": cluster, "prefix_rewrite": page.rewrite}},
        {"match": {"prefix": "/"}, "direct_response": {"status": 404}},
    ]
    manager = {
        "@type": _HTTP,
        "stat_prefix": page.stat_prefix,
        "codec_type": "HTTP1",
        "route_config": {
            "name": "self_admin_route",
            "virtual_hosts": [{"name": "self_admin", "domains": ["*"], "routes": routes}],
        },
        "http_filters": [
            {
                "name": "envoy.filters.http.router",
                "typedConfig": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"
                },
            }
        ],
    }
    filters = [{"name": "envoy.filters.network.http_connection_manager", "typedConfig": manager}]
    return {
        "name": page.listener,
        "address": socket_address(address),
        "filter_chains": [{"filters": filters} | ({"transportSocket": _tls_socket()} if tls else {})],
    }


def _cluster(name: str, address: HostPort) -> dict[str, Any]:
    return {
        "name": name,
        "ignore_health_on_host_removal": False,
        "connect_timeout": "5s",
        "type": "STATIC",
        "typed_extension_protocol_options": {
            _HTTP_OPTIONS: {
                "@type": f"type.googleapis.com/{_HTTP_OPTIONS}",
                "explicit_http_config": {"http_protocol_options": {}},
            }
        },
        "loadAssignment": {
            "clusterName": name,
            "endpoints": [{"lbEndpoints": [{"endpoint": {"address": socket_address(address)}}]}],
        },
    }


def _tls_socket() -> dict[str, Any]:
    common = {
        "tlsCertificateSdsSecretConfigs": [{"name": "prometheus_cert"}],
        "validationContextSdsSecretConfig": {"name": "prometheus_validation_context"},
    }
    return {"name": "tls", "typedConfig": {"@type": _TLS, "commonTlsContext": common}}


def _secrets(options: BootstrapOptions) -> list[dict[str, Any]]:
    if options.prometheus_ca_file:
        context: dict[str, Any] = {"trustedCa": {"filename": options.prometheus_ca_file}}
    else:
        context = {"watchedDirectory": {"path": options.prometheus_ca_path}}
    return [
        {
            "name": "prometheus_cert",
            "tlsCertificate": {
                "certificateChain": {"filename": options.prometheus_cert_file},
                "privateKey": {"filename": options.prometheus_key_file},
            },
        },
        {"name": "prometheus_validation_context", "validationContext": context},
    ]


def _tls_option_faults(options: BootstrapOptions) -> Iterator[RenderFault]:
    given = {
        "--prometheus-cert-file": options.prometheus_cert_file,
        "--prometheus-key-file": options.prometheus_key_file,
        "--prometheus-ca-file or --prometheus-ca-path": options.prometheus_ca_file
        or options.prometheus_ca_path,
    }
    lacking = [option for option, value in given.items() if not value]
    if lacking and len(lacking) < len(given):
        yield RenderFault(
            rule="prometheus-tls-incomplete",
            message=f"TLS for Prometheus also needs {' and '.join(lacking)}",
            option=next(option for option, value in given.items() if value).split()[0],
        )
    elif not lacking and not options.prometheus_ca_file:
        yield RenderFault(
            rule="prometheus-ca-path-verifies-nothing",
            severity=Severity.WARNING,
            message="a CA path for Prometheus makes Envoy watch a folder, and trust no CA in it",
            option="--prometheus-ca-path",
            help="name one file with `--prometheus-ca-file`",
        )


def _plain(page: _Page) -> RenderFault:
    return RenderFault(
        rule="prometheus-tls-elsewhere",
        severity=Severity.WARNING,
        message=f"`{page.listener}` is written without TLS; Consul puts that of Prometheus on it too",
        option="--prometheus-cert-file",
        note="it also writes the secrets once for each listener, and Envoy refuses two of one name",
    )
