"""The bootstrap of an Envoy: what `consul connect envoy -bootstrap` prints (envoy-bootstrap.md)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from meshgw.diagnostics.model import Severity
from meshgw.envoy.access_logs import log_sink
from meshgw.envoy.bootstrap_address import HostPort, resolved, socket_address, split_host_port
from meshgw.envoy.bootstrap_agent import local_agent
from meshgw.envoy.bootstrap_input import Bootstrap, BootstrapInput
from meshgw.envoy.bootstrap_listeners import Extras, add_listeners
from meshgw.envoy.bootstrap_settings import Settings, parse_json
from meshgw.envoy.bootstrap_stats import (
    collector_cluster,
    collector_sink,
    collector_socket,
    flush_interval,
    stats_config,
    stats_sinks,
)
from meshgw.envoy.bootstrap_template import TemplateError, Value, execute
from meshgw.envoy.faults import RenderFault, failed
from meshgw.envoy.standalone import AGENT
from meshgw.envoy.tree_walk import member

_TEMPLATE_KEY = "envoy_bootstrap_json_tpl"
_FILE_LOG = "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog"


def bootstrap(of: BootstrapInput) -> Bootstrap:
    """The bootstrap of one proxy, its keys in Consul's order."""
    settings = Settings({} if of.options.no_central_config else of.config)
    admin, admin_faults = _admin_address(of)
    agent, agent_values, agent_faults = local_agent(of)
    sinks = stats_sinks(of, settings)
    stats = stats_config(of, settings)
    extras = Extras(
        clusters=settings.fragments("envoy_extra_static_clusters_json"),
        listeners=settings.fragments("envoy_extra_static_listeners_json"),
    )
    add_listeners(of, settings, admin, extras)
    tracing = settings.fragment("envoy_tracing_json")
    folder = settings.text("envoy_telemetry_collector_bind_socket_dir")
    interval = flush_interval(settings, sinks, collector=bool(folder))
    if folder:
        sinks = [*sinks, collector_sink()]
        extras.clusters.append(collector_cluster(collector_socket(folder, of.tenancy[0], of.proxy_id)))
    template = settings.text(_TEMPLATE_KEY)
    logs, log_faults = _admin_logs(of)
    faults = [*admin_faults, *agent_faults, *settings.faults, *log_faults]
    if failed(faults) or agent is None:
        return Bootstrap(None, tuple(faults))
    document = {
        "admin": {"access_log": logs, "address": socket_address(admin)},
        "node": _node(of),
        "layered_runtime": _RUNTIME,
        "static_resources": {
            "clusters": [agent, *extras.clusters],
            **({"listeners": extras.listeners} if extras.listeners else {}),
            **({"secrets": extras.secrets} if extras.secrets else {}),
        },
        **({"stats_sinks": sinks} if sinks else {}),
        "stats_config": stats,
        **({"stats_flush_interval": interval} if interval else {}),
        **({"tracing": tracing} if tracing is not None else {}),
        "dynamic_resources": _dynamic(of.options.token_placeholder),
    }
    if template:
        values = agent_values | _values(of, document, extras, admin, logs)
        try:
            document = parse_json(execute(template, values))
        except ValueError as fault:
            kind = "cannot be executed" if isinstance(fault, TemplateError) else "does not make JSON"
            settings.fault("bootstrap-template-invalid", f"`{_TEMPLATE_KEY}` {kind}: {fault}", _TEMPLATE_KEY)
            return Bootstrap(None, (*faults, *settings.faults[-1:]))
        if not isinstance(document, dict):
            settings.fault(
                "bootstrap-template-invalid", f"`{_TEMPLATE_KEY}` makes no JSON object", _TEMPLATE_KEY
            )
            return Bootstrap(None, (*faults, *settings.faults[-1:]))
    return Bootstrap(document, (*faults, *_refused_by_envoy(document, settings)))


_RUNTIME = {"layers": [{"name": "base", "static_layer": {"re2.max_program_size.error_level": 1048576}}]}


def _admin_address(of: BootstrapInput) -> tuple[HostPort, list[RenderFault]]:
    text = of.options.admin_bind
    if not text:
        return HostPort("::1" if of.agent.dual_stack else "127.0.0.1", 19000), []
    found = split_host_port(text)
    ip = None if isinstance(found, str) else resolved(found.host)
    if isinstance(found, HostPort) and ip is not None:
        return HostPort(ip, found.port), []
    why = (
        found
        if isinstance(found, str)
        else f"`{found.host}` is no IP address, and names are not looked up here"
    )
    return HostPort("", 0), [RenderFault(rule="admin-address-invalid", message=why, option="--admin-bind")]


def _admin_logs(of: BootstrapInput) -> tuple[list[dict[str, Any]], list[RenderFault]]:
    path = of.options.admin_access_log_path
    faults = []
    if path:
        faults.append(
            RenderFault(
                rule="admin-access-log-path-deprecated",
                severity=Severity.WARNING,
                message="`--admin-access-log-path` is ignored: proxy-defaults has access logs"
                if of.access_logs.enabled
                else "`--admin-access-log-path` is deprecated; use the access logs of proxy-defaults",
                option="--admin-access-log-path",
            )
        )
    sink = log_sink(of.access_logs)
    if sink is not None:
        return [{"name": "Consul Listener Filter Log", "typedConfig": _sorted(sink)}], faults
    file = {"@type": _FILE_LOG, "path": path or "/dev/null"}
    return [{"name": "envoy.access_loggers.file", "typed_config": file}], faults


def _sorted(sink: dict[str, Any]) -> dict[str, Any]:
    """A log sink with the fields of its JSON format by name, as protobuf prints a map."""
    line = sink["logFormat"]
    if "jsonFormat" in line:
        line = {"jsonFormat": json.loads(json.dumps(line["jsonFormat"], sort_keys=True))}
    return sink | {"logFormat": line}


def _node(of: BootstrapInput) -> dict[str, Any]:
    namespace, partition, _ = of.tenancy
    return {
        "cluster": of.cluster,
        "id": of.proxy_id,
        "metadata": {
            **({"node_name": of.options.node_name} if of.options.node_name else {}),
            "namespace": namespace or "default",
            "partition": partition or "default",
        },
    }


def _dynamic(token: str) -> dict[str, Any]:
    def source() -> dict[str, Any]:
        return {"ads": {}, "initial_fetch_timeout": "0s", "resource_api_version": "V3"}

    return {
        "lds_config": source(),
        "cds_config": source(),
        "ads_config": {
            "api_type": "DELTA_GRPC",
            "transport_api_version": "V3",
            "grpc_services": {
                "initial_metadata": [{"key": "x-consul-token", "value": token}],
                "envoy_grpc": {"cluster_name": AGENT},
            },
        },
    }


def _values(
    of: BootstrapInput, document: dict[str, Any], extras: Extras, admin: HostPort, logs: list[dict[str, Any]]
) -> dict[str, Value]:
    """What a template may use, beside the values about the agent."""
    options = of.options
    namespace, partition, datacenter = of.tenancy
    tracing = document.get("tracing")
    return {
        "ProxyCluster": of.cluster,
        "ProxyID": of.proxy_id,
        "NodeName": options.node_name,
        "ProxySourceService": of.source_service,
        "AdminAccessLogConfig": [json.dumps(log) for log in logs],
        "AdminAccessLogPath": options.admin_access_log_path or "/dev/null",
        "AdminBindAddress": admin.host,
        "AdminBindPort": str(admin.port),
        "LocalAgentClusterName": AGENT,
        "Token": options.token_placeholder,
        "StaticClustersJSON": _joined(extras.clusters),
        "StaticListenersJSON": _joined(extras.listeners),
        "StaticSecretsJSON": _joined(extras.secrets),
        "StatsSinksJSON": _joined(document.get("stats_sinks", [])),
        "StatsConfigJSON": json.dumps(document["stats_config"]),
        "StatsFlushInterval": document.get("stats_flush_interval", ""),
        "TracingConfigJSON": "" if tracing is None else json.dumps(tracing),
        "Namespace": namespace,
        "Partition": partition,
        "Datacenter": datacenter,
        "PrometheusBackendPort": options.prometheus_backend_port,
        "PrometheusScrapePath": options.prometheus_scrape_path,
        "PrometheusCAFile": options.prometheus_ca_file,
        "PrometheusCAPath": options.prometheus_ca_path,
        "PrometheusCertFile": options.prometheus_cert_file,
        "PrometheusKeyFile": options.prometheus_key_file,
    }


def _joined(parts: list[Any]) -> str:
    return ",\n".join(json.dumps(part) for part in parts)


def _refused_by_envoy(document: dict[str, Any], settings: Settings) -> Iterator[RenderFault]:
    """What Consul prints without a word and Envoy refuses (envoy-bootstrap.md 16)."""
    if member(member(member(document, "tracing"), "http"), "config") is not None:
        yield RenderFault(
            rule="tracing-config-untyped",
            severity=Severity.WARNING,
            message="`config` of a tracer is a field that Envoy no longer has",
            key=(settings.spelled("envoy_tracing_json"),),
            help="write `typed_config` with an `@type`, `…/envoy.config.trace.v3.ZipkinConfig` for Zipkin",
        )
    for kind in ("clusters", "listeners", "secrets"):
        found = member(member(document, "static_resources"), kind)
        parts = [part for part in found if isinstance(part, dict)] if isinstance(found, list) else []
        counts = Counter(name for part in parts if isinstance(name := part.get("name"), str))
        for name in sorted(name for name, count in counts.items() if count > 1):
            yield RenderFault(
                rule="bootstrap-name-repeated",
                severity=Severity.WARNING,
                message=f"the bootstrap has several {kind} of the name `{name}`",
                note="Envoy refuses to start with two of one name",
            )
