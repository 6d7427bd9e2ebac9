"""Statistics in a bootstrap: tags, sinks, the telemetry collector (envoy-bootstrap.md 7, 8, 10)."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from meshgw.envoy.bootstrap_address import HostPort, socket_address, split_host_port
from meshgw.envoy.bootstrap_input import BootstrapInput
from meshgw.envoy.bootstrap_settings import Settings

_HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
_COLLECTOR = "consul_telemetry_collector_loopback"
_COLLECTOR_INTERVAL = "60s"
_HOST = re.compile(r"[A-Za-z0-9._:%-]+")

# One part of a name between dots; the outer group of a rule is cut out of the name, the inner is the value.
_S: Final = r"[^.]+"
_TARGET = (  # consul.destination. … of the names of chain targets
    ("custom_hash", r"((?:(S)~)?(?:S\.)?S\.S\.(?:S\.)?S\.S\.S\.consul\.)"),
    ("service_subset", r"((?:S~)?(?:(S)\.)?S\.S\.(?:S\.)?S\.S\.S\.consul\.)"),
    ("service", r"((?:S~)?(?:S\.)?(S)\.S\.(?:S\.)?S\.S\.S\.consul\.)"),
    ("namespace", r"((?:S~)?(?:S\.)?S\.(S)\.(?:S\.)?S\.S\.S\.consul\.)"),
    ("partition", r"((?:S~)?(?:S\.)?S\.S\.(?:(S)\.)?S\.internal[^.]*\.S\.consul\.)"),
    ("datacenter", r"((?:S~)?(?:S\.)?S\.S\.(?:S\.)?(S)\.internal[^.]*\.S\.consul\.)"),
    ("peer", r"(S\.(?:S\.)?(S)\.external\.S\.consul\.)"),
    ("routing_type", r"((?:S~)?(?:S\.)?S\.S\.(?:S\.)?S\.(S)\.S\.consul\.)"),
    ("trust_domain", r"((?:S~)?(?:S\.)?S\.S\.(?:S\.)?S\.S\.(S)\.consul\.)"),
    ("target", r"(((?:S~)?(?:S\.)?S\.S\.(?:S\.)?S)\.S\.S\.consul\.)"),
    ("full_target", r"(((?:S~)?(?:S\.)?S\.S\.(?:S\.)?S\.S\.S)\.consul\.)"),
)
_UPSTREAM = (  # consul.upstream. … of stat prefixes
    ("service", r"upstream(?:_peered)?\.((S)(?:\.S)?(?:\.S)?\.S\.)"),
    ("datacenter", r"upstream\.(S(?:\.S)?(?:\.S)?\.(S)\.)"),
    ("peer", r"upstream_peered\.(S(?:\.S)?\.(S)\.)"),
    ("namespace", r"upstream(?:_peered)?\.(S(?:\.(S))?(?:\.S)?\.S\.)"),
    ("partition", r"upstream\.(S(?:\.S)?(?:\.(S))?\.S\.)"),
)
_WITHOUT_OLD_FORM = ("partition", "peer")


def tag_rules(*, omit_deprecated: bool) -> list[dict[str, str]]:
    """How Envoy finds Consul's tags in names of statistics, in Consul's order."""
    rules = [
        _rule(f"consul.destination.{tag}", rf"^cluster\.{_passthrough(tag)}{rest}") for tag, rest in _TARGET
    ]
    rules += [_rule(f"consul.upstream.{tag}", rf"^(?:tcp|http)\.{rest}") for tag, rest in _UPSTREAM]
    if not omit_deprecated:
        old = [(tag, rest) for tag, rest in _TARGET if tag not in _WITHOUT_OLD_FORM]
        rules += [_rule(f"consul.{tag}", rf"^cluster\.{rest}") for tag, rest in old]
    return rules


def stats_config(of: BootstrapInput, settings: Settings) -> Any:
    """The body of `stats_config`: the user's own JSON, or tags of the user and of Consul."""
    own = settings.fragment("envoy_stats_config_json")
    if own is not None:
        return own
    mine = list(_own_tags(settings.texts("envoy_stats_tags")))
    taken = {tag["tag_name"] for tag in mine}
    return {
        "stats_tags": [
            *mine,
            *tag_rules(omit_deprecated=of.options.omit_deprecated_tags),
            *(
                {"tag_name": name, "fixed_value": value}
                for name, value in _source_tags(of)
                if value and name not in taken
            ),
        ],
        "use_all_default_tags": True,
    }


def stats_sinks(of: BootstrapInput, settings: Settings) -> list[Any]:
    """statsd, dogstatsd, then the user's own."""
    sinks = []
    for key, name, message in (
        ("envoy_statsd_url", "statsd", "StatsdSink"),
        ("envoy_dogstatsd_url", "dog_statsd", "DogStatsdSink"),
    ):
        if (url := settings.text(key)) and (address := _sink_address(url, key, settings, of.environment)):
            typed = {"@type": f"type.googleapis.com/envoy.config.metrics.v3.{message}", "address": address}
            sinks.append({"name": f"envoy.stat_sinks.{name}", "typedConfig": typed})
    return sinks + settings.fragments("envoy_extra_stats_sinks_json")


def collector_socket(folder: str, namespace: str, proxy_id: str) -> str:
    """The Unix socket on which a proxy takes its own statistics for the telemetry collector."""
    digest = hashlib.sha1(f"{namespace or 'default'}_{proxy_id}".encode(), usedforsecurity=False).digest()
    name = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return f"{folder.rstrip('/')}/{name}.sock"


def collector_sink() -> dict[str, Any]:
    """The sink that sends to the collector's cluster."""
    return {
        "name": "envoy.stat_sinks.metrics_service",
        "typed_config": {
            "@type": "type.googleapis.com/envoy.config.metrics.v3.MetricsServiceConfig",
            "transport_api_version": "V3",
            "grpc_service": {"envoy_grpc": {"cluster_name": _COLLECTOR}},
            "emit_tags_as_labels": True,
        },
    }


def collector_cluster(socket: str) -> dict[str, Any]:
    """The collector's cluster: the socket."""
    return {
        "name": _COLLECTOR,
        "type": "STATIC",
        "typed_extension_protocol_options": {
            _HTTP_OPTIONS: {
                "@type": f"type.googleapis.com/{_HTTP_OPTIONS}",
                "explicit_http_config": {"http2_protocol_options": {}},
            }
        },
        "loadAssignment": {
            "clusterName": _COLLECTOR,
            "endpoints": [{"lbEndpoints": [{"endpoint": {"address": {"pipe": {"path": socket}}}}]}],
        },
    }


def flush_interval(settings: Settings, sinks: list[Any], *, collector: bool) -> str:
    """How often statistics are sent; empty for Envoy's default."""
    own = settings.text("envoy_stats_flush_interval")
    return own or (_COLLECTOR_INTERVAL if collector and not sinks else "")


def _rule(tag: str, pattern: str) -> dict[str, str]:
    # The letter S stands alone in every pattern: no tag's fixed text has a capital.
    return {"regex": pattern.replace("S", _S), "tag_name": tag}


def _passthrough(tag: str) -> str:
    return "" if tag == "peer" else "(?:passthrough~)?"


def _own_tags(texts: list[str]) -> Iterator[dict[str, str]]:
    for text in texts:
        name, equals, value = text.partition("=")
        yield {"tag_name": name.lower(), "fixed_value": value if equals else "1"}


def _source_tags(of: BootstrapInput) -> list[tuple[str, str]]:
    namespace, partition, datacenter = of.tenancy
    return [
        ("local_cluster", of.cluster),
        ("consul.source.service", of.source_service),
        ("consul.source.namespace", namespace or "default"),
        ("consul.source.partition", partition or "default"),
        ("consul.source.datacenter", datacenter),
    ]


def _sink_address(
    url: str, key: str, settings: Settings, environment: Mapping[str, str]
) -> dict[str, Any] | None:
    expanded, unset = _expanded(url, environment)
    if unset:
        settings.fault(
            "environment-unset",
            f"`{key}` uses the environment variable `{unset}`, which is not given",
            key,
            help="give its value under `environment` of the project file",
        )
        return None
    scheme, _, rest = expanded.partition("://")
    if scheme == "unix" and rest.startswith("/"):
        return {"pipe": {"path": rest}}
    address = split_host_port(rest) if scheme == "udp" else None
    if isinstance(address, HostPort) and _HOST.fullmatch(address.host):
        return socket_address(address)
    settings.fault(
        "statsd-url-invalid",
        f"`{expanded}` is neither `udp://HOST:PORT` nor `unix:///PATH`",
        key,
        note=None if scheme == "udp" else "Consul: unsupported address protocol",
    )
    return None


def _expanded(url: str, environment: Mapping[str, str]) -> tuple[str, str]:
    """The URL, and the variable that it needs and that is not there."""
    if len(url) > 2 and url.startswith("$"):  # the whole is a variable's name
        return environment.get(url[1:], ""), "" if environment.get(url[1:]) else url[1:]
    unset = ""

    def value(found: re.Match[str]) -> str:
        nonlocal unset
        name = found[1] if found[1] is not None else found[2]
        if name != "HOST_IP":
            return f"${{{name}}}"
        unset = unset or ("" if environment.get(name) else name)
        return environment.get(name, "")

    return re.sub(r"\$(?:\{([^}]*)\}|(\w+))", value, url, flags=re.ASCII), unset
