"""Resources as the worked examples of envoy-other-gateways.md 8 abbreviate them: constant blocks by name."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

TYPE = "type.googleapis.com/envoy.extensions"
ROUTER = {
    "name": "envoy.filters.http.router",
    "typedConfig": {"@type": f"{TYPE}.filters.http.router.v3.Router"},
}
NAMED = {
    "<TLS inspector>": {
        "name": "envoy.filters.listener.tls_inspector",
        "typedConfig": {"@type": f"{TYPE}.filters.listener.tls_inspector.v3.TlsInspector"},
    },
    "<router>": ROUTER,
    "<grpc_stats>": {
        "name": "envoy.filters.http.grpc_stats",
        "typedConfig": {
            "@type": f"{TYPE}.filters.http.grpc_stats.v3.FilterConfig",
            "statsForAllMethods": True,
        },
    },
    "<grpc_http1_bridge>": {
        "name": "envoy.filters.http.grpc_http1_bridge",
        "typedConfig": {"@type": f"{TYPE}.filters.http.grpc_http1_bridge.v3.Config"},
    },
    "<HTTP/2>": {
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
            "@type": f"{TYPE}.upstreams.http.v3.HttpProtocolOptions",
            "explicitHttpConfig": {"http2ProtocolOptions": {}},
        }
    },
    "<EDS>": {"edsConfig": {"ads": {}, "resourceApiVersion": "V3"}},
}
ADS = {"ads": {}, "resourceApiVersion": "V3"}
LEAF = [{"certificateChain": {"inlineString": "<leaf cert>"}, "privateKey": {"inlineString": "<leaf key>"}}]
UPSTREAM = f"{TYPE}.transport_sockets.tls.v3.UpstreamTlsContext"
DOWNSTREAM = f"{TYPE}.transport_sockets.tls.v3.DownstreamTlsContext"
TCP_PROXY = f"{TYPE}.filters.network.tcp_proxy.v3.TcpProxy"
MANAGER = f"{TYPE}.filters.network.http_connection_manager.v3.HttpConnectionManager"


def short(value: Any) -> Any:
    """A resource in shorthand. A block that is not exactly the constant one stays as it is."""
    if isinstance(value, list):
        return [short(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    for name, block in NAMED.items():
        if value == block:
            return name
    match value:
        case {"socketAddress": {"portValue": port, **address}, **rest} if not rest:
            return f"{address.get('address', '')}:{port}"
        case {"endpoint": {"address": address}, "healthStatus": status, "loadBalancingWeight": weight}:
            return f"{short(address)} {status} {weight}"
        case {"name": "envoy.filters.network.tcp_proxy", "typedConfig": {"@type": kind, **fields}}:
            assert kind == TCP_PROXY
            return {"<TCP proxy>": short(fields)}
        case {"name": "envoy.filters.network.http_connection_manager", "typedConfig": config}:
            return {"<HCM>": _manager(config)}
        case {"name": "tls", "typedConfig": {"@type": kind} as context} if kind == UPSTREAM:
            return {"<UP>": _upstream(context)}
        case {"name": "tls", "typedConfig": {"@type": kind} as context} if kind == DOWNSTREAM:
            return _downstream(context)
        case _:
            return {key: short(part) for key, part in value.items()}


def _manager(config: Mapping[str, Any]) -> dict[str, Any]:
    fields = dict(config)
    assert fields.pop("@type") == MANAGER
    assert fields.pop("tracing") == {"randomSampling": {}}
    assert fields.pop("upgradeConfigs") == [{"upgradeType": "websocket"}]
    if fields["httpFilters"] == [ROUTER]:
        del fields["httpFilters"]
    if fields["rds"]["configSource"] == ADS:
        fields["rds"] = {"routeConfigName": fields["rds"]["routeConfigName"]}
    return {key: short(part) for key, part in fields.items()}


def _upstream(context: Mapping[str, Any]) -> dict[str, Any]:
    common = deepcopy(context["commonTlsContext"])
    assert set(context) == {"@type", "commonTlsContext", "sni"}
    assert common.pop("tlsCertificates") == LEAF
    parameters, validation = common.pop("tlsParams"), common.pop("validationContext")
    assert not common
    matchers = [matcher["matcher"]["exact"] for matcher in validation.pop("matchTypedSubjectAltNames", [])]
    root = validation.pop("trustedCa")["inlineString"]
    assert not validation
    found: dict[str, Any] = {"sni": context["sni"], "san": matchers}
    found |= {"tlsParams": parameters} if parameters else {}
    return found | ({"roots": root} if root != "<root>" else {})


def _downstream(context: Mapping[str, Any]) -> dict[str, Any]:
    common = deepcopy(context["commonTlsContext"])
    assert set(context) == {"@type", "commonTlsContext", "requireClientCertificate"}
    assert context["requireClientCertificate"] is False
    if "tlsCertificateSdsSecretConfigs" in common:
        (secret,) = common.pop("tlsCertificateSdsSecretConfigs")
        return {"<SDS TLS>": _secret(secret) | common}
    assert common.pop("tlsCertificates") == LEAF
    assert common.pop("validationContext") == {"trustedCa": {"inlineString": "<root>"}}
    return {"<built-in TLS>": common}


def _secret(secret: Mapping[str, Any]) -> dict[str, Any]:
    (service,) = secret["sdsConfig"]["apiConfigSource"].pop("grpcServices")
    assert service["timeout"] == "5s"
    source = {"apiConfigSource": {"apiType": "GRPC", "transportApiVersion": "V3"}, "resourceApiVersion": "V3"}
    assert secret["sdsConfig"] == source
    return {"secret": secret["name"], "sdsCluster": service["envoyGrpc"].get("clusterName", "")}
