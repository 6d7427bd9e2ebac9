"""Small configurations written by hand, in the shape that Consul gives them: enough to prove the harness."""

from typing import Any

TYPES = "type.googleapis.com/envoy.extensions"
# The keys of Consul's default format that the harness reads.
LOG_FIELDS = (
    "connection_termination_details",
    "downstream_local_address",
    "downstream_remote_address",
    "requested_server_name",
    "response_code_details",
    "response_flags",
    "upstream_cluster",
    "upstream_host",
    "upstream_local_address",
)
LOG_FORMAT = {field: f"%{field.upper()}%" for field in LOG_FIELDS} | {"request_id": "%REQ(X-REQUEST-ID)%"}


def bootstrap(listeners: list[Any], clusters: list[Any]) -> dict[str, Any]:
    admin = {"address": socket_address("127.0.0.1", 19000)}
    return {"admin": admin, "static_resources": {"listeners": listeners, "clusters": clusters}}


def listener(name: str, address: str, port: int, chains: list[Any], **more: Any) -> dict[str, Any]:
    refused = {"response_flag_filter": {"flags": ["NR"]}}
    return {
        "name": f"{name}:{address}:{port}",
        "address": socket_address(address, port),
        "access_log": [_access_log("Consul Listener Log") | {"filter": refused}],
        "filter_chains": chains,
        **more,
    }


def tls_inspector() -> dict[str, Any]:
    return _typed("envoy.filters.listener.tls_inspector", "filters.listener.tls_inspector.v3.TlsInspector")


def sni_cluster() -> dict[str, Any]:
    return _typed("envoy.filters.network.sni_cluster", "filters.network.sni_cluster.v3.SniCluster")


def tcp_proxy(cluster: str) -> dict[str, Any]:
    return _typed(
        "envoy.filters.network.tcp_proxy",
        "filters.network.tcp_proxy.v3.TcpProxy",
        stat_prefix="tcp",
        cluster=cluster,
        access_log=[_access_log("Consul Listener Filter Log")],
    )


def http_manager(cluster: str) -> dict[str, Any]:
    route = {"match": {"prefix": "/"}, "route": {"cluster": cluster}}
    return _typed(
        "envoy.filters.network.http_connection_manager",
        "filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix="http",
        access_log=[_access_log("Consul Listener Filter Log")],
        route_config={"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
        http_filters=[_typed("envoy.filters.http.router", "filters.http.router.v3.Router")],
    )


def allow_only(spiffe_id: str) -> dict[str, Any]:
    identity = {"authenticated": {"principal_name": {"exact": spiffe_id}}}
    policies = {"intentions": {"permissions": [{"any": True}], "principals": [identity]}}
    return _typed(
        "envoy.filters.network.rbac",
        "filters.network.rbac.v3.RBAC",
        stat_prefix="connect_authz",
        rules={"action": "ALLOW", "policies": policies},
    )


def inbound_tls(trust_domain: str, folder: str, *alpn: str) -> dict[str, Any]:
    context = _common_tls(trust_domain, folder) | {"alpn_protocols": list(alpn)}
    return _typed(
        "tls",
        "transport_sockets.tls.v3.DownstreamTlsContext",
        require_client_certificate=True,
        common_tls_context=context,
    )


def outbound_tls(trust_domain: str, folder: str, *, sni: str, expect: str) -> dict[str, Any]:
    context = _common_tls(trust_domain, folder)
    context["validation_context"]["match_typed_subject_alt_names"] = [
        {"san_type": "URI", "matcher": {"exact": expect}}
    ]
    return _typed("tls", "transport_sockets.tls.v3.UpstreamTlsContext", sni=sni, common_tls_context=context)


def cluster(name: str, address: str, port: int, **more: Any) -> dict[str, Any]:
    endpoints = [{"lb_endpoints": [{"endpoint": {"address": socket_address(address, port)}}]}]
    assignment = {"cluster_name": name, "endpoints": endpoints}
    return {"name": name, "type": "STATIC", "connect_timeout": "5s", "load_assignment": assignment, **more}


def http2() -> dict[str, Any]:
    """For a cluster whose endpoints are to be spoken to in HTTP/2."""
    options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    explicit: dict[str, Any] = {"explicit_http_config": {"http2_protocol_options": {}}}
    kind = {"@type": f"type.googleapis.com/{options}"}
    return {"typed_extension_protocol_options": {options: kind | explicit}}


def socket_address(address: str, port: int) -> dict[str, Any]:
    return {"socket_address": {"address": address, "port_value": port}}


def _common_tls(trust_domain: str, folder: str) -> dict[str, Any]:
    certificate = {
        "certificate_chain": {"filename": f"certs/{folder}/cert.pem"},
        "private_key": {"filename": f"certs/{folder}/key.pem"},
    }
    trusted = {"trusted_ca": {"filename": f"certs/roots/{trust_domain}.pem"}}
    return {"tls_params": {}, "tls_certificates": [certificate], "validation_context": trusted}


def _access_log(name: str) -> dict[str, Any]:
    return _typed(name, "access_loggers.stream.v3.StdoutAccessLog", log_format={"json_format": LOG_FORMAT})


def _typed(name: str, kind: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "typed_config": {"@type": f"{TYPES}.{kind}", **fields}}
