"""Health checks of services (service-registration.md 2.6)."""

from __future__ import annotations

from meshgw.schema.fields import (
    Block,
    FieldType,
    Layer,
    ListOf,
    Scalar,
    block,
    boolean,
    duration,
    integer,
    mapping,
    secret_text,
    tenancy,
    text,
    texts,
)
from meshgw.secret import Secret

_API: frozenset[Layer] = frozenset({"api", "catalog"})
_AGENT: frozenset[Layer] = frozenset({"agent"})
_STRINGS: FieldType = ListOf(Scalar("string"))


@block
class Check(Block):
    """A health check. Durations are kept in nanoseconds."""

    id: str = text("CheckID", agent="id", doc="`service:ID`, numbered when there are several")
    name: str = text("Name", doc="shown to humans")
    notes: str = text("Notes", doc="free text")
    status: str = text(
        "Status", one_of=("passing", "warning", "critical"), doc="the state until the check has run"
    )
    args: tuple[str, ...] = texts(
        "ScriptArgs",
        agent="args",
        agent_aliases=("scriptargs",),
        api_aliases=("args", "script_args"),
        doc="command and arguments of a script check",
    )
    docker_container_id: str = text(
        "DockerContainerID",
        agent_aliases=("dockercontainerid",),
        api_aliases=("docker_container_id",),
        doc="the container in which the script runs",
    )
    shell: str = text("Shell", doc="the shell in the container")
    http: str = text("HTTP", doc="URL that must answer with 2xx")
    method: str = text("Method", doc="HTTP method, `GET` when empty")
    body: str = text("Body", doc="body of the HTTP request")
    header: dict[str, tuple[str, ...]] = mapping("Header", _STRINGS, doc="headers of the HTTP request")
    disable_redirects: bool = boolean("DisableRedirects", doc="do not follow redirects")
    tcp: str = text("TCP", doc="address and port that must accept connections")
    tcp_use_tls: bool = boolean("TCPUseTLS", api_aliases=("tcp_use_tls",), doc="with TLS")
    udp: str = text("UDP", doc="address and port that must not answer with an error")
    grpc: str = text("GRPC", doc="endpoint of the gRPC health checking protocol")
    grpc_use_tls: bool = boolean("GRPCUseTLS", api_aliases=("grpc_use_tls",), doc="with TLS")
    h2ping: str = text("H2PING", agent="h2ping", doc="address and port that must answer an HTTP/2 ping")
    h2ping_use_tls: bool | None = boolean(
        "H2PingUseTLS",
        optional=True,
        agent="h2ping_use_tls",
        api_aliases=("h2ping_use_tls",),
        doc="with TLS, which is the default",
    )
    os_service: str = text("OSService", doc="service of the operating system")
    tls_server_name: str = text("TLSServerName", api_aliases=("tls_server_name",), doc="SNI of the check")
    tls_skip_verify: bool = boolean(
        "TLSSkipVerify",
        agent_aliases=("tlsskipverify",),
        api_aliases=("tls_skip_verify",),
        doc="do not verify certificates",
    )
    alias_service: str = text("AliasService", doc="id of the service whose health is copied")
    alias_node: str = text("AliasNode", doc="node whose health is copied")
    interval: int = duration("Interval", doc="time between two runs")
    timeout: int = duration("Timeout", doc="longest duration of a run")
    ttl: int = duration("TTL", doc="longest silence of a check that reports by itself")
    deregister_critical_service_after: int = duration(
        "DeregisterCriticalServiceAfter",
        agent_aliases=("deregistercriticalserviceafter",),
        api_aliases=("deregister_critical_service_after",),
        doc="how long the service may be critical before it is removed",
    )
    success_before_passing: int = integer("SuccessBeforePassing", doc="successes in a row until passing")
    failures_before_warning: int | None = integer(
        "FailuresBeforeWarning", optional=True, doc="failures in a row until warning; as until critical"
    )
    failures_before_critical: int = integer("FailuresBeforeCritical", doc="failures in a row until critical")
    output_max_size: int | None = integer(
        "OutputMaxSize", optional=True, doc="bytes of output that are kept; 4096"
    )
    proxy_http: str = text("ProxyHTTP", layers=_API, doc="set by Consul for exposed checks")
    proxy_grpc: str = text("ProxyGRPC", layers=_API, doc="set by Consul for exposed checks")
    token: Secret = secret_text("Token", layers=_AGENT, doc="read, and unused inside a service")
    service_id: str = text(
        "ServiceID",
        agent_aliases=("serviceid",),
        api_aliases=("service_id",),
        doc="read, and unused inside a service",
    )
    namespace: str = tenancy("Namespace", doc="read, and unused inside a service (Enterprise)")
    partition: str = tenancy("Partition", doc="read, and unused inside a service (Enterprise)")
